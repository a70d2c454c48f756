#!/usr/bin/env python3
"""Homeservers that let nobody in, or not everybody, and say why."""

from proxy import error, play

STAGE = "m.login.registration_token"


def token_stage(refuse, taken=0):
    """Asks for a registration token, and takes it for so many accounts; then it is refused."""
    registered = []

    def trick(server, request):
        if not request.is_("POST", "/register"):
            return None
        body = request.json()
        flows = {"session": "s", "flows": [{"stages": [STAGE]}], "params": {}}
        if body.get("auth", {}).get("type") != STAGE:
            return 401, flows
        if len(registered) >= taken:
            return refuse(flows)
        registered.append(body["username"])
        body["auth"] = {"type": "m.login.dummy"}
        return server.ask("POST", request.target, body, headers=request.headers)
    return trick


def as_synapse(flows):
    return 401, flows | {"completed": [], "errcode": "M_UNAUTHORIZED", "error": "Invalid registration token"}


def forbids(flows):
    return error(403, "M_FORBIDDEN", "that token has been used up")


def asks_again(flows):
    """Says nothing of what was wrong."""
    return 401, flows | {"completed": []}


def refuses(status, errcode, message):
    return lambda server, request: error(status, errcode, message) if request.is_("POST", "/register") else None


play({
    "token-unknown": token_stage(as_synapse),
    "token-forbidden": token_stage(forbids),
    "token-asked-again": token_stage(asks_again),
    "token-used-up": token_stage(as_synapse, taken=2),
    "closed": refuses(403, "M_FORBIDDEN", "Registration has been disabled"),
    "closed-at-once": refuses(401, "M_UNAUTHORIZED", "nobody is let in"),
})
