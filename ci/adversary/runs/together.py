#!/usr/bin/env python3
"""Has runs check one homeserver at the same time: none of them knows of the others, and each comes to the same.
together.py TIMES COMMAND…; in the command, `@url` is the homeserver."""

import os
import subprocess
import sys


def main():
    times, words = int(sys.argv[1]), sys.argv[2:]
    serving = subprocess.Popen(
        [os.environ["PUSHPROOF"], "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        url = serving.stdout.readline().split()[1]
        words = [word.replace("@url", url) for word in words]
        running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(times)]
        said = [process.communicate()[0] for process in running]
    finally:
        serving.terminate()
        serving.wait()
    codes = {process.returncode for process in running}
    verdicts = {next(line for line in text.splitlines() if "musts judged" in line) for text in said}
    print(*verdicts, sep="\n")
    sys.exit(codes.pop() if len(codes) == len(verdicts) == 1 else f"they differ: {codes}")


main()
