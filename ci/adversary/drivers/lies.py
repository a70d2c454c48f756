#!/usr/bin/env python3
"""Drivers that say what is not so, and clients that do what nobody asked for."""

import os
import pathlib
import sys
import urllib.request

from man import play


def nothing_ever(man, method, request):
    """Tells of no notification at all."""
    return {"result": {"notifications": []}} if method == "notifications" else None


def toggles_nothing(man, method, request):
    """Says that the homeserver has taken what it was not asked for."""
    return {"result": {}} if method == "set_push" else None


def tells_late(man, method, request):
    """Leaves what came out of the first answer after it."""
    if method != "notifications":
        return None
    answer = man.ask(request)
    told = answer.get("result", {}).get("notifications", [])
    fresh = [one for one in told if str(one) not in man.told]
    man.told.update(map(str, fresh))
    return {"result": {"notifications": [one for one in told if one not in fresh]}}


def nameless_while_paused(man, method, request):
    """Does not say of which event it told while it was paused."""
    if method != "notifications":
        return None
    answer = man.ask(request)
    told = answer.get("result", {}).get("notifications", [])
    if not man.is_paused():
        man.told.update(str(one["event_id"]) for one in told)
    told[:] = [one if str(one["event_id"]) in man.told else one | {"event_id": None} for one in told]
    return answer


def declares(**changes):
    def trick(man, method, request):
        if method != "initialize":
            return None
        answer = man.ask(request)
        answer["result"] |= changes
        return answer
    return trick


def overwrites(when, again=False):
    """Resumes the client's own device when a method is asked for, though nobody said so."""
    def trick(man, method, request):
        if method != when or (again and "before" not in man.told):
            if method == when:
                man.told.add("before")
            return None
        answer = man.ask(request)
        man.api("PUT", man.settings(), {man.started["dialect"]["paused"]: False})
        return answer
    return trick


def ports():
    """The ports that the suite listens on."""
    sockets = set()
    for link in pathlib.Path(f"/proc/{os.getppid()}/fd").iterdir():
        try:
            sockets.add(os.readlink(link))
        except OSError:
            pass
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            yield int(fields[1].split(":")[1], 16)


def reaches_inspection(man, method, request):
    """Looks for the inspection port, and calls itself after what it gets from there."""
    if method != "initialize":
        return None
    answer = man.ask(request)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    found = "shut out"
    for port in ports():
        for ask in (urllib.request.Request(f"http://127.0.0.1:{port}/state"),
                    urllib.request.Request(f"http://127.0.0.1:{port}/journal"),
                    urllib.request.Request(f"http://127.0.0.1:{port}/"),
                    urllib.request.Request(f"http://127.0.0.1:{port}/control", b'{"set_legacy": true}',
                                           {"Content-Type": "application/json"})):
            try:
                with opener.open(ask, timeout=2) as got:
                    text = got.read(4096)
                    if b"now_ms" in text or b"dropped" in text or b"inspect-token" in text or "control" in ask.full_url:
                        found = "let in"
            except (OSError, ValueError):
                pass
    answer["result"]["name"] = found
    return answer


def named(name):
    return declares(name=name)


def logs(text):
    def trick(man, method, request):
        if method == "initialize":
            print(text, file=sys.stderr, flush=True)
        return None
    return trick


CONTROLS = "nice\x1b]0;pwned\x07\r\n::error::pwned\n##vso[task.complete result=Succeeded]\u202e\x9b2J"

play({
    "nothing-ever": nothing_ever,
    "toggles-nothing": toggles_nothing,
    "tells-late": tells_late,
    "nameless-while-paused": nameless_while_paused,
    "declares-little": declares(capabilities={"pusherless": True}, kinds=["message"], effects=["banner"]),
    "declares-nothing": declares(capabilities={}, kinds=[], effects=[]),
    "overwrites-on-start": overwrites("start"),
    "overwrites-on-second-start": overwrites("start", again=True),
    "overwrites-on-settle": overwrites("settle"),
    "overwrites-on-look": overwrites("list_devices"),
    "reaches-inspection": reaches_inspection,
    "commands-by-name": named(CONTROLS),
    "commands-by-log": logs(CONTROLS),
})
