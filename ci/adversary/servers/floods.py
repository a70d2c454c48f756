#!/usr/bin/env python3
"""Homeservers that answer without end, or not at all: the run ends all the same, in bounded time and memory."""

import http.server
import os
import socket
import subprocess
import sys
import threading
import time

CHUNK = b" " * 65536
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(connection):
    """A body that has no end."""
    connection.sendall(HEAD + b"Connection: close\r\n\r\n{")
    while True:
        connection.sendall(CHUNK)


def large(connection):
    """A body that says that it is larger than any memory."""
    connection.sendall(HEAD + b"Content-Length: 99999999999999\r\n\r\n{")
    while True:
        connection.sendall(CHUNK)


def deep(connection):
    body = b"[" * 2_000_000
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def heads(connection):
    """Headers that have no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"a" * 1000 + b"\r\n")


def trickle(connection):
    """A byte now and then."""
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n{")
    while True:
        connection.sendall(b" ")
        time.sleep(0.2)


def silence(connection):
    time.sleep(600)


def garbage(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


def hangs_up(connection):
    pass


def circle(connection):
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /_matrix/client/versions\r\nContent-Length: 0\r\n\r\n")


def answer(how, connection):
    with connection:
        try:
            connection.recv(65536)
            how(connection)
        except OSError:
            pass


def main():
    name, *words = sys.argv[1:]
    how = {one.__name__.replace("_", "-"): one for one in (
        endless, large, deep, heads, trickle, silence, garbage, hangs_up, circle)}[name]
    listening = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=answer, args=[how, listening.accept()[0]], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    code = subprocess.call(["prlimit", "--as=2000000000", os.environ["PUSHPROOF"], *(word.replace("@url", url) for word in words)])
    sys.stdout.flush()
    os._exit(code)


main()
