#!/usr/bin/env python3
"""Clients that make themselves heard while they are paused, under another name than that of the event."""

import json
import urllib.parse

from man import play, refuse

EFFECTS = ["sound", "banner", "lock_screen"]


def under(name):
    """What came while the client is paused is told of under the name that this finds for its room."""
    leaked = []

    def trick(man, method, request):
        if method == "settle" and man.is_paused():
            told = name(man, request["params"])
            leaked.extend([told] if told and told not in leaked else [])
            return None
        if method == "notifications":
            answer = man.ask(request)
            answer.get("result", {}).get("notifications", []).extend(leaked)
            return answer
        return None
    return trick


def state_event(man, settled):
    """The room's latest event that is about a member."""
    room = urllib.parse.quote(settled["room_id"], safe="")
    events = (man.api("GET", f"/rooms/{room}/messages?dir=b&limit=50") or {}).get("chunk", [])
    found = next((event["event_id"] for event in events if event["type"] == "m.room.member"), None)
    return found and {"room_id": settled["room_id"], "event_id": found, "effects": EFFECTS}


def nothing(man, settled):
    """No event at all."""
    return {"room_id": settled["room_id"], "effects": EFFECTS}


def rings_again():
    """Sends `notify`, and once more for all that was told of before, when something comes while the client is paused."""
    sent = []

    def send(notified):
        print(json.dumps({"jsonrpc": "2.0", "method": "notify", "params": notified}), flush=True)

    def trick(man, method, request):
        if method == "initialize":
            answer = man.ask(request)
            answer["result"]["lacks"] = [{"method": "notifications", "why": "it sends notify"}]
            return answer
        if method == "notifications":
            return refuse(-32601, "it sends notify")
        if method != "settle":
            return None
        answer = man.ask(request)
        if man.is_paused():
            for notified in sent:
                send(notified)
            return answer
        asked = man.ask({"jsonrpc": "2.0", "id": f"of {request['id']}", "method": "notifications", "params": {}})
        for notified in asked["result"]["notifications"]:
            if notified not in sent:
                sent.append(notified)
                send(notified)
        return answer
    return trick


play({
    "under-a-state-event": under(state_event),
    "under-no-event": under(nothing),
    "rings-again": rings_again(),
})
