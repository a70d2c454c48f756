#!/usr/bin/env python3
"""Drivers that speak without end, or do not end: the run does, in bounded time and memory."""

import signal
import subprocess
import sys
import time

from man import play

CHUNK = "x" * 65536


def line_without_end(man, method, request):
    if method == "start":
        while True:
            sys.stdout.write(CHUNK)
    return None


def lines_without_end(man, method, request):
    if method == "start":
        while True:
            print('{"jsonrpc": "2.0", "method": "notify", "params": {"room_id": "!a:b", "event_id": "$a", "effects": []}}')
    return None


def log_without_end(man, method, request):
    if method == "start":
        man.later(log_for_ever)
    return None


def log_for_ever():
    while True:
        sys.stderr.write(CHUNK)


def deep(man, method, request):
    if method != "notifications":
        return None
    print(f'{{"jsonrpc": "2.0", "id": {request["id"]}, "result": ' + "[" * 500_000, flush=True)
    return None


def wide(man, method, request):
    told = {"room_id": "!a:b", "event_id": "$a", "effects": ["sound"]}
    return {"result": {"notifications": [told] * 1_000_000}} if method == "notifications" else None


def ignores_the_end(man, method, request):
    """Does not end when it is told to."""
    if method == "initialize":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        man.later(time.sleep, 600)
    return None


def leaves_a_child(man, method, request):
    """Leaves a process that holds what the driver had open."""
    if method == "initialize":
        subprocess.Popen(["sleep", "20"], start_new_session=True)
    return None


play({
    "line-without-end": line_without_end,
    "lines-without-end": lines_without_end,
    "log-without-end": log_without_end,
    "deep": deep,
    "wide": wide,
    "ignores-the-end": ignores_the_end,
    "leaves-a-child": leaves_a_child,
})
