#!/usr/bin/env python3
"""Homeservers that have rules of their own about rooms, which say nothing about pushers and settings."""

import threading
import urllib.parse

from proxy import error, play

PUBLIC = b'"join_rule": "public"', b'"join_rule":"public"', b"public_chat", b'"visibility": "public"', b'"visibility":"public"'


def says_public(request):
    return any(part in request.body for part in PUBLIC)


def room_of(request):
    parts = urllib.parse.unquote(request.path).split("/")
    return parts[parts.index("rooms") + 1] if "rooms" in parts else None


def calls_not_once_public():
    """Refuses calls in rooms that were ever public: as Synapse does, whose statistics lag."""
    lock, public = threading.Lock(), set()

    def trick(server, request):
        if request.is_("POST", "/createRoom"):
            status, answer = server.passed(request)
            if says_public(request) and status == 200:
                with lock:
                    public.add(answer["room_id"])
            return status, answer
        if request.method == "PUT" and "/send/m.call.invite/" in request.path and room_of(request) in public:
            return error(403, "M_FORBIDDEN", "Call invites are not allowed in public rooms")
        return None
    return trick


def none_public(server, request):
    """Refuses to make a room public."""
    if request.method in ("POST", "PUT") and ("/createRoom" in request.path or "/state/" in request.path):
        if says_public(request):
            return error(403, "M_FORBIDDEN", "no room is public here")
    return None


def all_private(server, request):
    """Makes every room private, whatever is asked for, and says nothing of it."""
    if not request.is_("POST", "/createRoom"):
        return None
    body = request.json() | {"preset": "private_chat", "visibility": "private"}
    body["initial_state"] = [event for event in body.get("initial_state", []) if event["type"] != "m.room.join_rules"]
    return server.ask("POST", request.target, body, headers=request.headers)


def joins_late():
    """Lets in at the third time only: as under load."""
    tries = {}

    def trick(server, request):
        if request.method != "POST" or "/join/" not in request.path:
            return None
        key = (request.token, request.path)
        tries[key] = tries.get(key, 0) + 1
        return error(403, "M_FORBIDDEN", "you are not invited") if tries[key] < 3 else None
    return trick


def rules_stay(server, request):
    """A public room stays public."""
    is_rule = request.method == "PUT" and "/state/m.room.join_rules" in request.path
    return error(403, "M_FORBIDDEN", "what is public stays public") if is_rule else None


play({
    "calls-not-once-public": calls_not_once_public(),
    "none-public": none_public,
    "all-private": all_private,
    "joins-late": joins_late(),
    "rules-stay": rules_stay,
    "none-at-all": lambda server, request: (
        error(403, "M_FORBIDDEN", "no rooms here") if request.is_("POST", "/createRoom") else None),
})
