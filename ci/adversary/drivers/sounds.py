#!/usr/bin/env python3
"""Clients that tell of some events without sound, or not at all."""

import urllib.parse

from man import play


def is_call(man, told):
    if not told.get("event_id"):
        return False
    path = [urllib.parse.quote(told[part], safe="") for part in ("room_id", "event_id")]
    event = man.api("GET", f"/rooms/{path[0]}/event/{path[1]}")
    return (event or {}).get("type") == "m.call.invite"


def has_settings(man):
    return man.api("GET", man.settings()) is not None


def told_of(change):
    """Changes what the client tells of: each as things are when it first tells of it."""
    known = {}

    def changed(man, one):
        key = (one["room_id"], one.get("event_id"))
        if key not in known:
            known[key] = change(man, one)
        return known[key]

    def trick(man, method, request):
        if method != "notifications":
            return None
        answer = man.ask(request)
        told = answer.get("result", {}).get("notifications", [])
        told[:] = [one for one in (changed(man, one) for one in told) if one]
        return answer
    return trick


def soundless(told):
    return told | {"effects": [effect for effect in told["effects"] if effect != "sound"]}


def declared_by_kind(change):
    """Says beforehand that calls have no sound."""
    tells = told_of(change)

    def trick(man, method, request):
        if method != "initialize":
            return tells(man, method, request)
        answer = man.ask(request)
        effects = answer["result"]["effects"]
        answer["result"]["effects"] = {kind: effects for kind in answer["result"]["kinds"]} | {
            "call": [effect for effect in effects if effect != "sound"]}
        return answer
    return trick


def calls_soundless(man, one):
    return soundless(one) if is_call(man, one) else one


play({
    "calls-soundless": told_of(calls_soundless),
    "calls-soundless-declared": declared_by_kind(calls_soundless),
    "calls-soundless-with-settings": told_of(
        lambda man, one: soundless(one) if is_call(man, one) and has_settings(man) else one),
    "calls-never": told_of(lambda man, one: None if is_call(man, one) else one),
    "nothing-with-settings": told_of(lambda man, one: None if has_settings(man) else one),
    "soundless-with-settings": told_of(lambda man, one: soundless(one) if has_settings(man) else one),
})
