#!/usr/bin/env python3
"""Homeservers on which not all that was made can be removed, and those on which something was there before. At the end it is
said what is left, and how much was asked for."""

import json
import urllib.parse

from proxy import NAMES, error, play

PASSWORD = "a password of one's own"


def refuses(status, *ends, method="POST"):
    """Refuses some endpoints."""
    errcode = {404: "M_UNRECOGNIZED", 405: "M_UNRECOGNIZED"}.get(status, "M_UNKNOWN")

    def trick(server, request):
        is_one = request.method == method and request.path.endswith(ends)
        return error(status, errcode, "not here") if is_one else None
    return trick


def no_effect(*ends):
    """Says of some endpoints that all went well, and does nothing."""
    return lambda server, request: (200, {}) if request.method == "POST" and request.path.endswith(ends) else None


def keeps_pushers(server, request):
    """Deletes no pusher, in words that are new each time."""
    if request.is_("POST", "/pushers/set") and request.json().get("kind", "") is None:
        return error(500, "M_UNKNOWN", f"broken: {request.json()['pushkey']}")
    return None


def keeps_settings(server, request):
    """Takes no empty settings event."""
    kind = urllib.parse.unquote(request.path)
    if request.method == "PUT" and NAMES["settings"] in kind and request.body == b"{}":
        return error(400, "M_BAD_JSON", "nothing in it")
    return None


def first_administrates(server, request):
    """Every account is an administrator's."""
    return (200, {"admin": True}) if request.is_("GET", "/admin") else None


def with_accounts(number):
    """Accounts are there, each with a device."""
    def trick(server, request):
        if not server.tokens:
            for name in (f"own{one}" for one in range(number)):
                status, body = server.ask("POST", "/_matrix/client/v3/register", {
                    "username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}})
                answer = json.loads(body)
                server.tokens[answer["user_id"]] = [answer["access_token"]]
        return None
    return trick


def left(server):
    """What is left."""
    written = [urllib.parse.unquote(path.rsplit("/", 1)[-1]) for path, (_, body) in server.settings.items()
               if json.loads(body)]
    living = [token for tokens in server.tokens.values() for token in tokens
              if server.ask("GET", "/_matrix/client/v3/account/whoami", token=token)[0] == 200]
    return (f"asked for: {'something' if server.asked else 'nothing'}; settings written: {bool(server.settings)}; settings left: "
            f"{len(written)}; devices left: {len(living)}")


play({
    "no-logout-all-404": refuses(404, "/logout/all"),
    "no-logout-all-405": refuses(405, "/logout/all"),
    "no-logout-all-500": refuses(500, "/logout/all"),
    "logout-all-without-effect": no_effect("/logout/all"),
    "no-logout": refuses(500, "/logout/all", "/logout"),
    "logout-without-effect": no_effect("/logout/all", "/logout"),
    "keeps-pushers": keeps_pushers,
    "keeps-settings": keeps_settings,
    "first-administrates": first_administrates,
    "accounts": with_accounts(2),
    "none": lambda server, request: None,
}, afterwards=left)
