#!/usr/bin/env python3
"""Homeservers that push to pushers that are disabled: late, or other things than messages."""

import json
import urllib.request

from proxy import NAMES, play

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def push(pusher, **notification):
    device = {"app_id": pusher["app_id"], "pushkey": pusher["pushkey"]}
    body = {"notification": {"devices": [device], "counts": {"unread": 1}, **notification}}
    request = urllib.request.Request(pusher["data"]["url"], json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    try:
        OPENER.open(request, timeout=10).read()
    except OSError:
        pass


def late_message(seconds):
    """Each message reaches the disabled pushers as well, later."""
    def tell(server, event_id, room_id):
        for pusher in server.disabled():
            push(pusher, event_id=event_id, room_id=room_id)

    def trick(server, request):
        if request.method != "PUT" or "/send/m.room.message/" not in request.path:
            return None
        status, body = server.passed(request)
        if status == 200:
            server.later(seconds, tell, server, body["event_id"], "!a:b")
        return status, body
    return trick


def counts_on(asked, seconds=0.0):
    """Something that is asked for has counts sent to the disabled pushers alone."""
    def tell(server):
        for pusher in server.disabled():
            push(pusher)

    def trick(server, request):
        answered = server.hand_on(request)
        if asked(request):
            server.later(seconds, tell, server)
        return answered
    return trick


def sets_disabled(request):
    return request.is_("POST", "/pushers/set") and request.json().get(NAMES["state"]) is True


def is_sent(request):
    return request.method == "PUT" and "/send/" in request.path


def is_read(request):
    return request.method == "POST" and ("/receipt/" in request.path or request.path.endswith("/read_markers"))


play({
    "at-once": late_message(0.0),
    "after-one-second": late_message(1.0),
    "after-three-seconds": late_message(3.0),
    "after-four-seconds": late_message(4.0),
    "after-eight-seconds": late_message(8.0),
    "counts-on-disabling": counts_on(sets_disabled),
    "counts-after-disabling": counts_on(sets_disabled, 1.0),
    "counts-on-messages": counts_on(is_sent),
    "counts-on-reading": counts_on(is_read),
})
