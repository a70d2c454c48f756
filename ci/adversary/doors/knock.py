#!/usr/bin/env python3
"""Visitors of the ports of `pushproof serve` who want to hold it, fill it, or steer it. Says what is off, and ends with 1
if anything is."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time

CROWD = 10_000
MIB = 1 << 20


class Reference:
    """A reference homeserver with an inspection port."""

    def __init__(self, *more):
        self.process = subprocess.Popen(
            [os.environ["PUSHPROOF"], "serve", "--listen", "127.0.0.1:0", "--inspect", "127.0.0.1:0", *more],
            stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline().rstrip("\n").rsplit(" ", 1)[1] for _ in range(3)]
        self.homeserver, self.inspection = (int(url.rstrip("/").rsplit(":", 1)[1]) for url in lines[:2])
        self.token = lines[2]

    def resident(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) * 1024

    def stands(self):
        return self.process.poll() is None and status(self.homeserver, "GET /_matrix/client/versions") == 200

    def ask(self, method, path, body=None, token=None):
        text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"{method} /_matrix/client/v3{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(text)}\r\nConnection: close\r\n"
        head += f"Authorization: Bearer {token}\r\n" if token else ""
        answer = spoken(self.homeserver, head.encode() + b"\r\n" + text, 60)
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]) if head else 0, body

    def register(self, name):
        code, body = self.ask("POST", "/register", {
            "username": name, "password": "a password", "auth": {"type": "m.login.dummy"}})
        return (code, json.loads(body)) if code == 200 else (code, {"access_token": None, "user_id": None})


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def spoken(port, request, seconds=20):
    """What comes back for some bytes until the connection ends."""
    answer = b""
    with contextlib.suppress(OSError), connect(port) as connection:
        connection.settimeout(seconds)
        # What does not want to read it all may answer before.
        with contextlib.suppress(OSError):
            connection.sendall(request)
        while piece := connection.recv(65536):
            answer += piece
    return answer


def status(port, line, *headers, body=b"", host=None):
    own = f"127.0.0.1:{port}" if host is None else host.replace("PORT", str(port))
    head = [f"{line} HTTP/1.1", f"Host: {own}", "Connection: close", *(one.replace("PORT", str(port)) for one in headers)]
    answer = spoken(port, "\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def crowd(port_of, says):
    def knock(reference):
        port, crowd = port_of(reference), []
        for number in range(CROWD):
            with contextlib.suppress(OSError):
                crowd.append(connect(port))
                crowd[-1].send(says)
            if number % (CROWD // 4) == 0 and status(port, "GET /") == 0:
                yield f"nobody else was answered after {number} connections"
        if status(port, "GET /") == 0:
            yield f"nobody else was answered after {len(crowd)} connections"
        if reference.resident() > 600 * MIB:
            yield f"{reference.resident() >> 20} MiB of memory for {len(crowd)} connections"
        for one in crowd:
            one.close()
        if not reference.stands():
            yield "it does not stand"
    return knock


def trickle(reference):
    """A byte now and then is no request."""
    slow = [connect(port) for port in (reference.homeserver, reference.inspection)]
    began = time.monotonic()
    while slow and time.monotonic() - began < 60:
        for one in list(slow):
            try:
                one.send(b"G")
                one.setblocking(False)
                if one.recv(1) == b"":
                    slow.remove(one)
            except BlockingIOError:
                pass
            except OSError:
                slow.remove(one)
        time.sleep(0.5)
    if slow:
        yield f"{len(slow)} connections that trickle were served for {time.monotonic() - began:.0f} s"


def large(reference):
    for port, path in ((reference.homeserver, "/_matrix/client/v3/register"), (reference.inspection, "/control")):
        for headers, body in (
            (["Content-Length: 400000000"], b""),
            (["Content-Length: 99999999999999999999"], b""),
            (["Transfer-Encoding: chunked"], b"800000\r\n" + b"1" * 0x800000),
        ):
            began = time.monotonic()
            code = status(port, f"POST {path}", "Content-Type: application/json", f"Authorization: Bearer {reference.token}",
                          *headers, body=body)
            if code not in (400, 413, 0) or (code == 0 and "chunked" not in headers[0]):
                yield f"POST {path} with {headers[0]} was answered {code}"
            if time.monotonic() - began > 10:
                yield f"POST {path} with {headers[0]} was answered after {time.monotonic() - began:.0f} s"
    for head in ("X: " + "a" * 3_000_000, "\r\n".join(["X: a"] * 5_000)):
        if status(reference.homeserver, "GET /_matrix/client/versions", head) not in (400, 431, 0):
            yield "a head of megabytes was answered"
    if not reference.stands() or reference.resident() > 300 * MIB:
        yield "it does not stand, or takes much memory"


def fills(what):
    """Fills the homeserver until it refuses, and a little longer; it must stay within its bound, and answer in Matrix's way."""
    def knock(reference):
        _, alice = reference.register("alice")
        seen, fulls = {}, 0
        began = time.monotonic()
        for number in range(1_000_000):
            code, body = what(reference, alice, number)
            seen[code] = seen.get(code, 0) + 1
            if code != 200:
                with contextlib.suppress(ValueError):
                    if json.loads(body)["errcode"] not in ("M_RESOURCE_LIMIT_EXCEEDED", "M_LIMIT_EXCEEDED", "M_TOO_LARGE"):
                        yield f"number {number} was answered {code} {body[:200]!r}"
                fulls += 1
            if fulls > 20 or time.monotonic() - began > 90:
                break
        if not fulls:
            yield f"it was never full: {seen}, {reference.resident() >> 20} MiB"
        if any(code >= 500 and code != 507 or code == 0 for code in seen):
            yield f"answers: {seen}"
        if reference.resident() > 3 * 64 * MIB:
            yield f"{reference.resident() >> 20} MiB of memory, where 64 are allowed"
        if not reference.stands():
            yield "it does not stand"
        if reference.ask("POST", "/logout", {}, alice["access_token"])[0] != 200:
            yield "nobody can log out"
    return knock


def account_data(reference, alice, number):
    wide = b'{"a": [' + b"1," * 200_000 + b"1]}"
    return reference.ask("PUT", f"/user/{alice['user_id']}/account_data/t{number}", wide, alice["access_token"])


def filters(reference, alice, number):
    wide = {"room": {"rooms": [f"!{number}-{one}:x" for one in range(20_000)]}}
    return reference.ask("POST", f"/user/{alice['user_id']}/filter", wide, alice["access_token"])


def accounts(reference, _alice, number):
    name = f"u{number}" + "x" * 200
    return reference.ask("POST", "/register", {
        "username": name, "password": "x" * 500_000, "initial_device_display_name": "y" * 400_000,
        "auth": {"type": "m.login.dummy"}})


def pushers(reference, alice, number):
    return reference.ask("POST", "/pushers/set", {
        "app_id": "org.example", "pushkey": f"{number}", "kind": "http", "app_display_name": "a" * 400_000,
        "device_display_name": "b" * 400_000, "lang": "en", "append": True,
        "data": {"url": "http://127.0.0.1:9/_matrix/push/v1/notify"}}, alice["access_token"])


def to_device(reference, alice, number):
    content = {"messages": {alice["user_id"]: {"*": {"a": "x" * 800_000}}}}
    return reference.ask("PUT", f"/sendToDevice/org.example/{number}", content, alice["access_token"])


def knock_at_inspection(reference):
    """Who may read, and who may steer."""
    port, bearer = reference.inspection, f"Authorization: Bearer {reference.token}"
    json_type, length = "Content-Type: application/json", "Content-Length: 2"
    reads = [
        (200, "own", {}, []), (200, "by name", {"host": "localhost:PORT"}, []),
        (200, "own origin", {}, ["Origin: http://127.0.0.1:PORT"]),
        (403, "rebound", {"host": "evil.example:PORT"}, []), (403, "other port", {"host": "127.0.0.1:1"}, []),
        (403, "no port", {"host": "127.0.0.1"}, []), (403, "alias", {"host": "localhost.evil.example:PORT"}, []),
        (403, "IPv6", {"host": "[::1]:PORT"}, []), (403, "everywhere", {"host": "0.0.0.0:PORT"}, []),
        (403, "another page", {}, ["Origin: http://evil.example"]), (403, "sandbox", {}, ["Origin: null"]),
        (403, "page of the homeserver", {}, [f"Origin: http://127.0.0.1:{reference.homeserver}"]),
        (403, "two hosts", {}, ["Host: 127.0.0.1:PORT"]), (403, "two origins", {}, ["Origin: null", "Origin: null"]),
    ]
    for path in ("/", "/state", "/journal?since=0"):
        for expected, name, more, headers in reads:
            code = status(port, f"GET {path}", *headers, **more)
            if code != expected:
                yield f"GET {path}, {name}: {code} instead of {expected}"
    for expected, name, line, headers in [
        (403, "absolute, rebound", f"GET http://evil.example:{port}/state", []),
        (400, "absolute, of two names", "GET http://evil.example/state", ["X: y"]),
    ]:
        code = status(port, line, *headers, host="evil.example:PORT" if expected == 403 else None)
        if code not in (400, 403):
            yield f"{name}: {code}"
    steers = [
        (400, "nonsense with all there is", [json_type, bearer]), (401, "no token", [json_type]),
        (401, "wrong token", [json_type, bearer + "x"]), (401, "beginning of it", [json_type, bearer[:-1]]),
        (401, "in the query alone", [json_type]), (401, "as basic", [json_type, bearer.replace("Bearer", "Basic")]),
        (401, "twice", [json_type, bearer, bearer]), (415, "text", ["Content-Type: text/plain", bearer]),
        (415, "form", ["Content-Type: application/x-www-form-urlencoded", bearer]), (415, "no type", [bearer]),
        (415, "multipart", ["Content-Type: multipart/form-data; boundary=x", bearer]),
        (403, "another page", [json_type, bearer, "Origin: http://evil.example"]),
    ]
    for expected, name, headers in steers:
        code = status(port, f"POST /control?token={reference.token}", *headers, length, body=b"{}")
        if code != expected:
            yield f"POST /control, {name}: {code} instead of {expected}"
    body = b'{"set_legacy": true}'
    code = status(port, "POST /control", json_type, bearer, f"Content-Length: {len(body)}", body=body)
    if code != 200:
        yield f"POST /control with all there is: {code}"
    for line in ("OPTIONS /control", "GET /state", "POST /control"):
        answer = spoken(port, f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                              "Access-Control-Request-Method: POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
        if b"access-control-" in answer.lower():
            yield f"{line} is shared with other origins"
    answer = spoken(reference.homeserver, b"OPTIONS /_matrix/client/v3/sync HTTP/1.1\r\nHost: x\r\n"
                                          b"Origin: https://app.example\r\nConnection: close\r\n\r\n")
    if b"access-control-allow-origin: *" not in answer.lower():
        yield "web clients cannot use the homeserver any more"
    page = spoken(port, f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    if reference.token.encode() not in page:
        yield "the page has no token"


KNOCKS = {
    "inspection": (knock_at_inspection, []),
    "crowd-at-homeserver": (crowd(lambda reference: reference.homeserver, b""), []),
    "crowd-at-inspection": (crowd(lambda reference: reference.inspection, b"GET / HT"), []),
    "crowd-with-bodies": (crowd(lambda reference: reference.homeserver,
                                b"POST /_matrix/client/v3/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"), []),
    "trickle": (trickle, []),
    "large": (large, []),
    **{f"fills-{name}": (fills(what), ["--memory", "64"]) for name, what in {
        "account-data": account_data, "filters": filters, "accounts": accounts, "pushers": pushers,
        "to-device": to_device}.items()},
}


def main():
    # As many files as may be open; the reference has no more than most systems give.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    knock, more = KNOCKS[sys.argv[1]]
    reference = Reference(*more)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        wrong = list(knock(reference))
    finally:
        reference.process.terminate()
        reference.process.wait()
    print("\n".join(wrong) or "as it must")
    sys.exit(bool(wrong))


main()
