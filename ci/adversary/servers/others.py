#!/usr/bin/env python3
"""Homeservers that are right, but not as most are; or wrong in what is not asked, and must be told of as they are."""

import base64
import json
import time
import urllib.parse

from proxy import NAMES, error, play

CONTROLS = "sorry\x1b]0;pwned\x07\r\n::error::pwned\r\n##vso[task.complete result=Succeeded]\u202e\x9b2J"


def refuses_gateway(status, errcode, message):
    def trick(server, request):
        if request.is_("POST", "/pushers/set") and request.json().get("kind") == "http":
            return error(status, errcode, message)
        return None
    return trick


def settings_as_text(server, request):
    """Stores booleans of settings events as text."""
    kind = urllib.parse.unquote(request.path)
    if request.method != "PUT" or NAMES["settings"] not in kind:
        return None
    stored = {name: str(value).lower() if isinstance(value, bool) else value
              for name, value in request.json().items()}
    return server.ask("PUT", request.target, stored, headers=request.headers)


def sync_cache():
    """Answers each `since` of a device in the same way, whatever else is asked: as Conduit does."""
    answered = {}

    def trick(server, request):
        if not request.is_("GET", "/sync"):
            return None
        key = (request.token, request.query.get("since", [""])[0])
        if key not in answered:
            answer = server.ask("GET", request.target, headers=request.headers)
            if answer[0] != 200 or json.loads(answer[1]).get("next_batch") == key[1]:
                return answer
            answered[key] = answer
        return answered[key]
    return trick


def others_data_into_own(server, request):
    """Takes what is written for another user for what is written for oneself, and says that all went well."""
    parts = request.path.split("/")
    mine = server.users.get(request.token, [None])[0]
    if request.method != "PUT" or "/account_data/" not in request.path or mine is None:
        return None
    parts[parts.index("user") + 1] = urllib.parse.quote(mine, safe="")
    return server.ask("PUT", "/".join(parts), request.body, headers=request.headers)


def no_notifications(server, request):
    return error(404, "M_UNRECOGNIZED", "no such endpoint") if request.is_("GET", "/notifications") else None


def repeats_token(server, request):
    """Repeats the token of whoever asks, under names of its own and in other forms."""
    if not request.is_("POST", "/pushers/set"):
        return None
    status, answer = server.passed(request)
    token = request.token.encode()
    answer |= {"x_session": request.token, "x_quoted": "".join(f"%{byte:02X}" for byte in token),
               "x_base64": base64.b64encode(token).decode()}
    with open("tokens", "a", encoding="ascii") as tokens:
        tokens.write("".join(f"{value}\n" for name, value in answer.items() if name.startswith("x_")))
    return status, answer


def commands(server, request):
    """Speaks to terminals and CI systems."""
    if request.is_("POST", "/pushers/set") and NAMES["link"] in request.json():
        return error(200, "M_UNKNOWN", CONTROLS)
    if request.is_("GET", "/versions"):
        return 200, {"versions": ["v1.1", CONTROLS], "unstable_features": {CONTROLS: True},
                     "server": {"name": CONTROLS, "version": CONTROLS}}
    return None


def commands_on_refusal(server, request):
    return error(403, CONTROLS, CONTROLS) if request.is_("POST", "/register") else None


def limits(after_ms, asked):
    """Lets nobody in, for ever."""
    def trick(server, request):
        if not asked(request):
            return None
        return 429, {"errcode": "M_LIMIT_EXCEEDED", "error": "too many requests", "retry_after_ms": after_ms}
    return trick


def one_pusher_a_key():
    """Keeps one pusher for each push key, whatever its app: as Conduit does."""
    owners = {}

    def trick(server, request):
        body = request.json()
        if not request.is_("POST", "/pushers/set") or body.get("kind") is None:
            return None
        user = server.users.get(request.token, [None])[0]
        before = owners.get((user, body.get("pushkey")))
        answered = server.ask("POST", request.target, request.body, headers=request.headers)
        if answered[0] == 200:
            owners[(user, body.get("pushkey"))] = body.get("app_id")
            if before not in (None, body.get("app_id")):
                gone = {"app_id": before, "pushkey": body["pushkey"], "kind": None}
                server.ask("POST", request.target, gone, headers=request.headers)
        return answered
    return trick


def unauthorized_for_bad(server, request):
    """Answers 401 to whatever it does not like, also to what anybody would get 400 for."""
    if not request.is_("POST", "/pushers/set"):
        return None
    status, body = server.ask("POST", request.target, request.body, headers=request.headers)
    return (401, json.dumps({"errcode": "M_UNAUTHORIZED", "error": "no"}).encode()) if status == 400 else (status, body)


def hangs(method, end):
    """Never answers one endpoint."""
    return lambda server, request: time.sleep(600) if request.is_(method, end) else None


play({
    "gateway-only-https": refuses_gateway(400, "M_INVALID_PARAM", "only https is taken"),
    "gateway-private": refuses_gateway(403, "M_FORBIDDEN", "that address is private"),
    "gateway-unknown": refuses_gateway(400, "M_UNKNOWN", "the gateway does not suit"),
    "settings-as-text": settings_as_text,
    "sync-cache": sync_cache(),
    "others-data-into-own": others_data_into_own,
    "no-notifications": no_notifications,
    "repeats-token": repeats_token,
    "commands": commands,
    "commands-on-refusal": commands_on_refusal,
    "limits-accounts": limits(2_000, lambda request: request.is_("POST", "/register")),
    "limits-everything": limits(60_000, lambda request: not request.is_("GET", "/versions")),
    "one-pusher-a-key": one_pusher_a_key(),
    "unauthorized-for-bad": unauthorized_for_bad,
    "hangs-at-list": hangs("GET", "/pushers"),
    "hangs-at-logout": hangs("POST", "/logout/all"),
    "hangs-at-sync": hangs("GET", "/sync"),
    "none": lambda server, request: None,
})
