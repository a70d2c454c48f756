#!/usr/bin/env python3
"""Homeservers that refuse a link half, or list it in another form."""

import base64
import json

from proxy import NAMES, play

LINK = NAMES["link"]


def half_done(does):
    """A set that was refused for its link is done in part."""
    def trick(server, request):
        if not request.is_("POST", "/pushers/set") or LINK not in request.json():
            return None
        status, body = server.hand_on(request)
        if status == 400:
            does(server, request)
        return status, body
    return trick


def changes(field, value=None):
    """Another set changes one field of the pusher that is listed, to what was asked for or to something else."""
    def does(server, request):
        asked = request.json()
        _, listed = server.ask("GET", "/_matrix/client/v3/pushers", headers=request.headers)
        for pusher in json.loads(listed)["pushers"]:
            if (pusher["app_id"], pusher["pushkey"]) == (asked["app_id"], asked["pushkey"]) and field in asked:
                known = {name: was for name, was in pusher.items() if name != LINK}
                server.ask("POST", request.target, known | {field: value or asked[field]}, headers=request.headers)
    return does


def removes(server, request):
    """The pusher is deleted."""
    gone = {name: value for name, value in request.json().items() if name != LINK} | {"kind": None}
    server.ask("POST", request.target, gone, headers=request.headers)


def makes_another(server, request):
    """A pusher is made beside, of another push key."""
    asked = {name: value for name, value in request.json().items() if name != LINK}
    server.ask("POST", request.target, asked | {"pushkey": asked["pushkey"] + "-2"}, headers=request.headers)


def lists(change):
    """Each pusher is listed in another form."""
    def trick(server, request):
        if not request.is_("GET", "/pushers"):
            return None
        status, answer = server.passed(request)
        for pusher in answer.get("pushers", []):
            if LINK in pusher:
                change(pusher)
        return status, answer
    return trick


def listed_as(form):
    def change(pusher):
        if isinstance(pusher[LINK], str):
            pusher[LINK] = form(pusher[LINK])
    return lists(change)


def under(name):
    def change(pusher):
        pusher[name] = pusher.pop(LINK)
    return lists(change)


def within(name):
    def change(pusher):
        pusher[name] = pusher.get(name, {}) | {LINK: pusher.pop(LINK)}
    return lists(change)


play({
    "half-done-language": half_done(changes("lang")),
    "half-done-data": half_done(changes("data")),
    "half-done-state": half_done(changes(NAMES["state"])),
    "half-done-name": half_done(changes("device_display_name", "Refused")),
    "refused-and-removed": half_done(removes),
    "refused-and-made-beside": half_done(makes_another),
    "link-under-capitals": under(LINK.upper()),
    "link-within-data": within("data"),
    "link-as-base64": listed_as(lambda link: base64.b64encode(link.encode()).decode()),
    "link-in-small-letters": listed_as(str.lower),
    "link-in-list": listed_as(lambda link: [link]),
    "link-with-blank": listed_as(lambda link: link + " "),
})
