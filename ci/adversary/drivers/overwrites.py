#!/usr/bin/env python3
"""Clients that write into settings events what nobody asked for: of their own device, or of others."""

import threading
import time

from man import play

SOON = 0.3


def write(man, paused=False, token=None, device=None):
    man.api("PUT", man.settings(device), {man.started["dialect"]["paused"]: paused}, token)


def on(method_of, does):
    """Does something once a method has been answered."""
    def trick(man, method, request):
        if method != method_of:
            return None
        answer = man.ask(request)
        does(man)
        return answer
    return trick


def once_paused(does):
    """Does something a little after the client was paused."""
    def wait(man):
        while not man.is_paused():
            time.sleep(SOON)
        time.sleep(SOON)
        does(man)

    return on("start", lambda man: threading.Thread(target=wait, args=[man], daemon=True).start())


def for_a_moment(man):
    write(man, False)
    time.sleep(SOON)
    write(man, True)


def by_another_login(man):
    """Writes from a login of its own, which is another device."""
    login = man.api("POST", "/login", {
        "type": "m.login.password", "password": man.started["password"],
        "identifier": {"type": "m.id.user", "user": man.started["user_id"]}})
    write(man, token=login["access_token"])


def empties(man):
    man.api("PUT", man.settings(), {})


def keeps_the_rest(man):
    """Resumes, and leaves all else in the event as it is."""
    man.api("PUT", man.settings(), man.api("GET", man.settings()) | {man.started["dialect"]["paused"]: False})


def others_too(man):
    """Silences all devices of the user."""
    for device in man.api("GET", "/devices")["devices"]:
        if device["device_id"] != man.started["device_id"]:
            write(man, True, device=device["device_id"])


def against_the_toggle(man, method, request):
    """Toggles a device as it is told to, and has its settings event say the opposite."""
    if method != "set_push":
        return None
    answer = man.ask(request)
    write(man, request["params"]["enabled"], device=request["params"]["device_id"])
    return answer


play({
    "once-paused": once_paused(write),
    "for-a-moment": once_paused(for_a_moment),
    "by-another-login": once_paused(by_another_login),
    "empties": once_paused(empties),
    "keeps-the-rest": once_paused(keeps_the_rest),
    "on-stop": on("stop", write),
    "others-too": on("set_push", others_too),
    "against-the-toggle": against_the_toggle,
    "others-on-look": on("list_devices", others_too),
})
