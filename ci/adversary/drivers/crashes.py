#!/usr/bin/env python3
"""Clients that end, or hang, by what a sync answer brings."""

import json
import os
import signal
import time

from between import play


def events_of(answer):
    yield from answer.get("account_data", {}).get("events", [])
    for room in answer.get("rooms", {}).get("join", {}).values():
        yield from room.get("timeline", {}).get("events", [])


def is_malformed(event):
    return not isinstance(event.get("content", {}), dict)


def is_nonsense(event):
    """Also where its content is an object."""
    return event["type"].startswith("org.pushproof.nonsense")


def on(which, does):
    """Does something when an event of a kind is there, instead of hearing of it."""
    def trick(server, request):
        if not request.is_("GET", "/sync"):
            return None
        status, answer = server.hand_on(request)
        if status == 200 and any(map(which, events_of(json.loads(answer)))):
            does()
        return status, answer
    return trick


def ends():
    os._exit(0)


def breaks_down():
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs():
    time.sleep(600)


play({
    "ends-by-malformed": on(is_malformed, ends),
    "breaks-down-by-malformed": on(is_malformed, breaks_down),
    "hangs-by-malformed": on(is_malformed, hangs),
    "ends-by-nonsense": on(is_nonsense, ends),
    "ends-by-nothing": on(lambda event: event["type"] == "m.room.message", ends),
})
