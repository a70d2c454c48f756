#!/usr/bin/env python3
"""Homeservers that push to disabled pushers in ways that a gateway may not understand. Silence is not what comes of it."""

import gzip
import http.client
import json
import urllib.parse

from proxy import play

EVENT = {"event_id": "$event", "room_id": "!room:localhost", "counts": {"unread": 1}}


def body_of(pusher, wrap=None, **device):
    device = {"app_id": pusher["app_id"], "pushkey": pusher["pushkey"]} | device
    notification = EVENT | {"devices": [device]}
    return json.dumps(wrap(notification) if wrap else {"notification": notification}).encode()


def send(pusher, body, length=None, method="POST", query="", **headers):
    """Sends a request to the pusher's gateway; cut off if the body is shorter than its length."""
    url = urllib.parse.urlsplit(pusher["data"]["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=5)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers |= {"Content-Length": str(length or len(body)), "Content-Type": "application/json"}
    try:
        connection.request(method, url.path + query, body, headers)
        if length is None:
            connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def on_messages(tell):
    """With each message, the disabled pushers are told."""
    def trick(server, request):
        answered = server.hand_on(request)
        if request.method == "PUT" and "/send/m.room.message/" in request.path:
            for pusher in server.disabled():
                tell(pusher)
        return answered
    return trick


def cut_off(pusher):
    body = body_of(pusher)
    send(pusher, body[:-20], length=len(body))


def query_alone(pusher):
    query = urllib.parse.urlencode({"pushkey": pusher["pushkey"], "app_id": pusher["app_id"]})
    send(pusher, b"", method="GET", query=f"?{query}")


play({
    "gzipped": on_messages(lambda pusher: send(pusher, gzip.compress(body_of(pusher)), Content_Encoding="gzip")),
    "cut-off": on_messages(cut_off),
    "other-case": on_messages(lambda pusher: send(pusher, body_of(pusher, pushkey=pusher["pushkey"].upper()))),
    "other-app": on_messages(lambda pusher: send(pusher, body_of(pusher, app_id="org.example.other"))),
    "no-app": on_messages(lambda pusher: send(pusher, body_of(pusher, app_id=None))),
    "unwrapped": on_messages(lambda pusher: send(pusher, body_of(pusher, wrap=lambda one: one))),
    "in-list": on_messages(lambda pusher: send(pusher, body_of(pusher, wrap=lambda one: [{"notification": one}]))),
    "put": on_messages(lambda pusher: send(pusher, body_of(pusher), method="PUT")),
    "utf-16": on_messages(lambda pusher: send(pusher, body_of(pusher).decode().encode("utf-16"))),
    "query-alone": on_messages(query_alone),
    "large": on_messages(lambda pusher: send(pusher, body_of(pusher, filler="x" * 400_000))),
    "blank-after-key": on_messages(lambda pusher: send(pusher, body_of(pusher, pushkey=pusher["pushkey"] + " "))),
})
