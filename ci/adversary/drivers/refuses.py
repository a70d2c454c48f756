#!/usr/bin/env python3
"""Drivers that answer where it suits them, and do not where they would be found wanting."""

from man import play, refuse

NOT_FOUND, BAD_PARAMS, INTERNAL, REFUSED = -32601, -32602, -32603, -32000


def once_paused(name, code):
    """Answers one method until the client is paused, and never again."""
    def trick(man, method, request):
        if method == name and (man.told or man.is_paused()):
            man.told.add("paused")
            return refuse(code)
        return None
    return trick


def always(names, code):
    return lambda man, method, request: refuse(code) if method in names else None


def to_silence(man, method, request):
    """Resumes what it is asked to, and silences nothing."""
    return refuse(REFUSED) if method == "set_push" and request["params"]["enabled"] is False else None


def lists_with_silenced(man, method, request):
    """Lists devices and pushers as long as none of them is silenced."""
    if method not in ("list_devices", "list_pushers"):
        return None
    answer = man.ask(request)
    listed = answer.get("result", {})
    shown = [device["push"] == "disabled" for device in listed.get("devices", [])]
    shown += [not pusher["enabled"] for pusher in listed.get("pushers", [])]
    return refuse(REFUSED) if any(shown) else answer | {}


def second_start(man, method, request):
    """Starts once, though it declares that it can be started again."""
    if method != "start":
        return None
    if "started" in man.told:
        return refuse(NOT_FOUND)
    man.told.add("started")
    return None


play({
    "settle-not-found-once-paused": once_paused("settle", NOT_FOUND),
    "notifications-not-found-once-paused": once_paused("notifications", NOT_FOUND),
    "settle-bad-params-once-paused": once_paused("settle", BAD_PARAMS),
    "notifications-internal-error-once-paused": once_paused("notifications", INTERNAL),
    "lists-and-toggles-not-found": always(("list_pushers", "list_devices", "set_push"), NOT_FOUND),
    "toggles-not-found": always(("set_push",), NOT_FOUND),
    "toggles-refused": always(("set_push",), REFUSED),
    "lists-bad-params": always(("list_pushers", "list_devices"), BAD_PARAMS),
    "silencing-refused": to_silence,
    "lists-with-silenced-refused": lists_with_silenced,
    "second-start-not-found": second_start,
})
