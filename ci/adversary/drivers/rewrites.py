#!/usr/bin/env python3
"""Clients that ask for other things than they are to: what the reference client sends is changed on its way."""

import json
import time
import urllib.parse

from between import play


def sets(change):
    """Every set of a pusher is changed."""
    def trick(server, request):
        if not request.is_("POST", "/pushers/set"):
            return None
        body = request.json()
        change(server, request, body)
        return server.ask("POST", request.target, body, headers=request.headers)
    return trick


def without(*fields):
    def change(server, request, body):
        for field in fields:
            body.pop(field, None)
    return sets(change)


def state_as_text(server, request, body):
    body[server.names["state"]] = str(body[server.names["state"]]).lower()


def state_left_out(server, request, body):
    """A set without a state enables, so that it is left out where that is wanted."""
    if body[server.names["state"]] == server.state(True):
        del body[server.names["state"]]


def link_of_list(server, request, body):
    """Sends what the list says of the pusher back, the link included."""
    _, listed = server.ask("GET", "/_matrix/client/v3/pushers", headers=request.headers)
    for pusher in json.loads(listed)["pushers"]:
        if (pusher["app_id"], pusher["pushkey"]) == (body["app_id"], body["pushkey"]):
            body[server.names["link"]] = pusher[server.names["link"]]


def link_of_its_own(server, request, body):
    body[server.names["link"]] = server.started["device_id"]


def link_of_nobody(server, request, body):
    body[server.names["link"]] = None


def opposite(server, body):
    return body | {server.names["state"]: not body[server.names["state"]]}


def opposite_first(server, request):
    """Each set is preceded by one of the opposite."""
    if request.is_("POST", "/pushers/set"):
        server.ask("POST", request.target, opposite(server, request.json()), headers=request.headers)


def undone(seconds):
    """What was set is set back, later."""
    def trick(server, request):
        back = None
        if request.is_("POST", "/pushers/set"):
            back = opposite(server, request.json())
        elif server.settings_of(request) not in (None, server.started["device_id"]):
            back = {server.names["paused"]: not request.json()[server.names["paused"]]}
        if back is not None:
            again = json.dumps(back).encode()
            server.later(seconds, lambda: server.ask(request.method, request.target, again, headers=request.headers))
    return trick


def made_anew(server, request):
    """Each pusher is deleted before it is set."""
    if request.is_("POST", "/pushers/set"):
        server.ask("POST", request.target, request.json() | {"kind": None}, headers=request.headers)


def set_twice(server, request):
    """Each set is sent twice, alike: that is right."""
    if request.is_("POST", "/pushers/set"):
        server.hand_on(request)


def stale_list(server, request):
    """The list of pushers is read once, as by a client that keeps it."""
    if not request.is_("GET", "/pushers"):
        return None
    if "pushers" not in server.seen:
        server.seen["pushers"] = server.hand_on(request)
    return server.seen["pushers"]


def is_settings(server, event):
    return event["type"].startswith(server.names["settings_prefix"])


def settings_unheard(server, request):
    """Settings events are in no sync answer."""
    if not request.is_("GET", "/sync"):
        return None
    status, answer = server.passed(request)
    events = answer.get("account_data", {}).get("events", [])
    events[:] = [event for event in events if not is_settings(server, event)]
    return status, answer


def settings_next_time(server, request):
    """Settings events that come together with messages are in the next sync answer."""
    if not request.is_("GET", "/sync"):
        return None
    kept = server.seen.pop("kept", [])
    if kept:
        request.target = request.target.replace("timeout=", "timeout=0&x=")
    status, answer = server.passed(request)
    if status != 200:
        server.seen["kept"] = kept
        return status, answer
    events = answer.setdefault("account_data", {}).setdefault("events", [])
    if answer.get("rooms", {}).get("join") and "since" in request.query:
        server.seen["kept"] = [event for event in events if is_settings(server, event)]
        events[:] = [event for event in events if not is_settings(server, event)]
    events[:0] = kept
    return status, answer


def small_ids(server, request):
    """Device ids are written in lower case."""
    device = server.settings_of(request)
    if device is None:
        return None
    kind = urllib.parse.quote(server.names["settings_prefix"] + device.lower(), safe="")
    return server.ask("PUT", f"{request.path.rsplit('/', 1)[0]}/{kind}", request.body, headers=request.headers)


def slow(server, request):
    """Every answer comes a second late."""
    time.sleep(1)


play({
    "without-profile-tag": without("profile_tag"),
    "without-lang": without("lang"),
    "without-state": sets(lambda server, request, body: body.pop(server.names["state"])),
    "state-as-text": sets(state_as_text),
    "state-left-out-when-resuming": sets(state_left_out),
    "link-of-list": sets(link_of_list),
    "link-of-its-own": sets(link_of_its_own),
    "link-of-nobody": sets(link_of_nobody),
    "opposite-first": opposite_first,
    "undone-after-half-a-second": undone(0.5),
    "undone-after-two-seconds": undone(2.0),
    "undone-after-four-seconds": undone(4.0),
    "made-anew": made_anew,
    "set-twice": set_twice,
    "stale-list": stale_list,
    "settings-unheard": settings_unheard,
    "settings-next-time": settings_next_time,
    "small-ids": small_ids,
    "slow": slow,
    "none": lambda server, request: None,
})
