#!/usr/bin/env python3
"""Homeservers that limit rates: of all or of some, for ever or now and then, and say so in odd ways."""

from proxy import play


def limited(retry_after, asked=lambda request: request.is_("POST", "/pushers/set"), every=1):
    """Refuses every so manieth request of a kind; all of them if it is 1."""
    count = [0]

    def trick(server, request):
        if not asked(request):
            return None
        count[0] += 1
        if count[0] % every:
            return None
        says = {} if retry_after is None else {"retry_after_ms": retry_after}
        return 429, {"errcode": "M_LIMIT_EXCEEDED", "error": "too many requests"} | says
    return trick


def is_any(request):
    return not request.path.startswith("/_matrix/client/versions")


play({
    "sets": limited(500),
    "sets-huge": limited(10 ** 30),
    "sets-negative": limited(-1_000_000),
    "sets-text": limited("in a while"),
    "sets-unsaid": limited(None),
    "versions": limited(400, lambda request: request.is_("GET", "/versions")),
    "now-and-then": limited(30, is_any, every=3),
    "now-and-then-negative": limited(-5, is_any, every=9),
    "logouts": limited(300, lambda request: request.path.endswith(("/logout", "/logout/all"))),
    "pushers-to-delete": limited(300, lambda request: request.is_("POST", "/pushers/set") and not request.json()["kind"]),
    "logins-dear": limited(40_000, lambda request: request.is_("POST", "/login")),
})
