#!/usr/bin/env python3
"""Runs whose reports, or whose words, go where they cannot, or not easily. Says what else is off, and ends as the run does.
outlets.py HOW COMMAND…; in the command, `@outlet` is the place."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import threading

PIPE = "pipe"


def pipe_with_reader(words):
    """A pipe that somebody reads from to its end."""
    os.mkfifo(PIPE)
    got = []

    def read():
        with open(PIPE, "rb") as pipe:
            got.append(pipe.read())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    code = subprocess.call(at(words, PIPE))
    reader.join(10)
    print("all came" if got and got[0].rstrip().endswith(b"}") else f"came: {[len(text) for text in got]}")
    return code


def pipe_without_reader(words):
    os.mkfifo(PIPE)
    return subprocess.call(at(words, PIPE))


def pipe_whose_reader_leaves(words):
    """A pipe whose reader goes as soon as it is there."""
    os.mkfifo(PIPE)

    def read():
        os.close(os.open(PIPE, os.O_RDONLY))

    threading.Thread(target=read, daemon=True).start()
    return subprocess.call(at(words, PIPE))


def place(path):
    return lambda words: subprocess.call(at(words, path))


def occupied(words):
    """A socket, to which nothing can be written by its name."""
    socket.socket(socket.AF_UNIX).bind("socket")
    return subprocess.call(at(words, "socket"))


def folder(words):
    os.mkdir("folder")
    return subprocess.call(at(words, "folder"))


def folder_that_goes(words):
    """A folder that is removed once the run has begun."""
    os.mkdir("folder")
    with subprocess.Popen(at(words, "folder/report"), stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        shutil.rmtree("folder")
        sys.stdout.buffer.write(process.stderr.read())
    return process.returncode


def stdout_full(words):
    with open("/dev/full", "wb") as full:
        return subprocess.call(words, stdout=full)


def stdout_closed(words):
    """Whoever reads what is said goes at once."""
    reading, writing = os.pipe()
    os.close(reading)
    code = subprocess.call(words, stdout=writing)
    os.close(writing)
    return code


def no_streams(words):
    """There is neither stdin nor stdout nor stderr."""
    def close():
        os.closerange(0, 3)
    return subprocess.call(words, preexec_fn=close, close_fds=False)


def small_files(words):
    """No file may be larger than some bytes."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    return subprocess.call(at(words, "large"), preexec_fn=limit)


def at(words, path):
    return [word.replace("@outlet", path) for word in words]


HOW = {
    "pipe-with-reader": pipe_with_reader,
    "pipe-without-reader": pipe_without_reader,
    "pipe-whose-reader-leaves": pipe_whose_reader_leaves,
    "full": place("/dev/full"),
    "null": place("/dev/null"),
    "nowhere": place("/proc/nowhere"),
    "read-only": place("/proc/version"),
    "folder": folder,
    "folder-that-goes": folder_that_goes,
    "socket": occupied,
    "stdout-full": stdout_full,
    "stdout-closed": stdout_closed,
    "no-streams": no_streams,
    "small-files": small_files,
}

sys.exit(HOW[sys.argv[1]](sys.argv[2:]))
