#!/usr/bin/env python3
"""Interrupts a run at a random moment, and once more if told to: it ends soon, with its record, and says that it was
interrupted. interrupt.py TIMES RECORD COMMAND…"""

import json
import os
import random
import signal
import subprocess
import sys
import time

# What the clean-up may take, on a machine that has other things to do.
AMPLE = 60


def main():
    times, record, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    moment = random.uniform(0.3, 6.0)
    with subprocess.Popen(command, start_new_session=True) as process:
        time.sleep(moment)
        before = process.poll()
        began = time.monotonic()
        for _ in range(times):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.5)
        try:
            code = process.wait(AMPLE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            sys.exit(f"interrupted after {moment:.2f} s, it still ran {AMPLE} s later")
    took = time.monotonic() - began
    if before is not None or code == 0:
        print("it was over before it was interrupted: as it must")
        return
    if code != 130:
        sys.exit(f"interrupted after {moment:.2f} s, it ended with {code} after {took:.1f} s")
    with open(record, encoding="utf-8") as file:
        if json.load(file)["interrupted"] is not True:
            sys.exit("the record does not say that it was interrupted")
    print(f"interrupted after {moment:.2f} s, ended after {took:.1f} s: as it must")


main()
