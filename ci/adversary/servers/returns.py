#!/usr/bin/env python3
"""Homeservers on which what is gone, or was refused, is there again a moment later; or is gone in one place only."""

import json
import time
import urllib.parse

from proxy import NAMES, play

REMOVALS = ("/logout", "/logout/all", "/delete_devices")


def removes(request):
    return (request.method == "POST" and request.path.endswith(REMOVALS)) or (
        request.method == "DELETE" and "/devices/" in request.path)


def pruned_event_returns(seconds, again=False):
    """Settings events of devices that went are written again."""
    def put_back(server):
        for path, (token, body) in list(server.settings.items()):
            user, _ = server.users.get(token, (None, None))
            for other in reversed(server.tokens.get(user, [])):
                if server.ask("GET", path, token=other)[0] == 404 and server.ask("PUT", path, body, other)[0] == 200:
                    break

    def trick(server, request):
        if not removes(request):
            return None
        answered = server.hand_on(request)
        server.later(seconds, put_back, server)
        if again:
            server.later(2 * seconds, put_back, server)
        return answered
    return trick


def refused_set_returns(seconds):
    """A set that was refused for its link is done without it."""
    def trick(server, request):
        if not request.is_("POST", "/pushers/set") or NAMES["link"] not in request.json():
            return None
        status, body = server.hand_on(request)
        if status == 400:
            wanted = {name: value for name, value in request.json().items() if name != NAMES["link"]}
            server.later(seconds, server.ask, "POST", request.target, json.dumps(wanted).encode(), request.token)
        return status, body
    return trick


def pruned_in_sync_only(server, request):
    """Reading one's account data gives the settings events of removed devices for ever."""
    kind = urllib.parse.unquote(request.path)
    if request.method != "GET" or NAMES["settings"] not in kind:
        return None
    status, body = server.ask(request.method, request.target, headers=request.headers)
    for path, (token, written) in server.settings.items():
        mine = server.users.get(token, [None])[0] == server.users.get(request.token, [0])[0]
        if status == 404 and mine and urllib.parse.unquote(path) == kind:
            return 200, written
    return status, body


def deleted_pusher_returns(seconds):
    """A pusher that was deleted is set again."""
    sets = {}

    def trick(server, request):
        if not request.is_("POST", "/pushers/set"):
            return None
        body = request.json()
        key = (request.token, body.get("app_id"), body.get("pushkey"))
        if body.get("kind"):
            sets[key] = request.body
            return None
        for (token, app_id, pushkey), wanted in sets.items():
            same_user = server.users.get(token, [0])[0] == server.users.get(request.token, [1])[0]
            if same_user and (app_id, pushkey) == key[1:]:
                server.later(seconds, server.ask, "POST", request.target, wanted, request.token)
        return None
    return trick


def is_set(request):
    return request.is_("POST", "/pushers/set") and request.json().get("kind")


def state_returns(seconds):
    """A pusher that was disabled is enabled again."""
    def trick(server, request):
        if is_set(request) and request.json().get(NAMES["state"]) is True:
            enabled = request.json() | {NAMES["state"]: False}
            server.later(seconds, server.ask, "POST", request.target, enabled, request.token)
    return trick


def listed_otherwise(change, seconds):
    """What is listed of a pusher changes a while after it was set first."""
    since = {}

    def trick(server, request):
        if is_set(request):
            since.setdefault(request.json()["pushkey"], time.monotonic())
        if not request.is_("GET", "/pushers"):
            return None
        status, answer = server.passed(request)
        for pusher in answer.get("pushers", []):
            if time.monotonic() - since.get(pusher["pushkey"], time.monotonic()) > seconds:
                change(answer["pushers"], pusher)
        return status, answer
    return trick


def loses_link(pushers, pusher):
    pusher[NAMES["link"]] = None


def is_there_twice(pushers, pusher):
    if pushers.count(pusher) == 1:
        pushers.append(dict(pusher))


def settings_change(seconds):
    """Settings that were written say the opposite later."""
    def trick(server, request):
        kind = urllib.parse.unquote(request.path)
        if request.method == "PUT" and NAMES["settings"] in kind and request.json():
            other = {key: not value if isinstance(value, bool) else value for key, value in request.json().items()}
            server.later(seconds, server.ask, "PUT", request.target, other, request.token)
    return trick


play({
    "event-after-half-a-second": pruned_event_returns(0.5),
    "event-after-one-second": pruned_event_returns(1.0),
    "event-after-nearly-two-seconds": pruned_event_returns(1.8),
    "event-after-two-seconds": pruned_event_returns(2.0),
    "event-after-four-seconds": pruned_event_returns(4.0),
    "event-to-be-read": pruned_in_sync_only,
    "set-after-half-a-second": refused_set_returns(0.5),
    "set-after-one-second": refused_set_returns(1.0),
    "set-after-nearly-two-seconds": refused_set_returns(1.8),
    "set-after-four-seconds": refused_set_returns(4.0),
    "state-after-two-seconds": state_returns(2.0),
    "no-link-after-two-seconds": listed_otherwise(loses_link, 2.0),
    "twice-after-two-seconds": listed_otherwise(is_there_twice, 2.0),
    "settings-other-after-two-seconds": settings_change(2.0),
    "pusher-after-one-second": deleted_pusher_returns(1.0),
})
