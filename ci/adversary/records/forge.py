#!/usr/bin/env python3
"""Makes a forged record of a true one: forge.py FORGERY TRUE FORGED."""

import json
import sys

DEPTH = 200_000


def broken(record):
    return [clause for clause in record["clauses"] if clause["verdict"] == "broken"]


def verdict(record):
    record["verdict"] = "conformant"


def clause_holds(record):
    for clause in broken(record):
        clause["verdict"] = "holds"
    verdict(record)


def clause_open(record):
    for clause in broken(record):
        clause["level"], clause["verdict"] = "open", "observed"
    verdict(record)


def clause_implied(record):
    for clause in broken(record):
        clause["level"] = "implied"
    verdict(record)


def clause_gone(record):
    record["clauses"] = [clause for clause in record["clauses"] if clause["verdict"] != "broken"]
    verdict(record)


def clause_not_applicable(record):
    for clause in broken(record):
        clause["verdict"], clause["reason"] = "not-applicable", "it is not"
    verdict(record)


def clauses_none(record):
    record["clauses"] = []
    verdict(record)


def scenario_passed(record):
    for scenario in record["scenarios"]:
        scenario["verdict"] = "passed"
    clause_holds(record)


def step_moved(record):
    """The failed step judges another clause, one that need not hold."""
    other = next(clause["id"] for clause in record["clauses"] if clause["level"] == "open")
    for scenario in record["scenarios"]:
        for step in scenario["steps"]:
            if step["verdict"] == "failed":
                step["clause"] = other
    verdict(record)


def step_unjudging(record):
    for scenario in record["scenarios"]:
        for step in scenario["steps"]:
            step.pop("clause", None)
            step["role"] = "setup"
    clause_holds(record)


def interrupted_not(record):
    record["interrupted"] = False
    record["scenarios"] = record["scenarios"][:1]


def whole(record):
    """What was selected is said to be all."""
    record.pop("selection", None)
    record["selection"] = {"run": [], "skip": []}


def shard(**changes):
    def forge(record):
        record["shard"] = {"index": 1, "total": 1, "plan_digest": "0" * 64} | record.get("shard", {}) | changes
    return forge


def elsewhere(record):
    record["subject"]["url"] = "http://elsewhere.example:8008/"


def long_ago(record):
    record["started"] = "2020-01-01T00:00:00Z"


def other_options(record):
    record["options"] = record.get("options", {}) | {"patience_ms": 1}


def other_side(record):
    record["subject"]["side"] = "client" if record["subject"]["side"] == "server" else "server"


def id_with_controls(record):
    for scenario in record["scenarios"]:
        scenario["id"] += "\x00\x1b]0;pwned\x07\u202e"


def commands(record):
    text = "nice\x1b]0;pwned\x07\r\n::error::pwned\r\n##vso[task.complete result=Succeeded]\u202e\x9b2J"
    record["subject"]["name"] = record["subject"]["version"] = text
    for scenario in record["scenarios"]:
        scenario["title"] = text
        for step in scenario["steps"]:
            step["message"] = step["hint"] = step["step"] = text


def no_record(_):
    return "{}"


def deep(record):
    return json.dumps(record)[:-1] + ', "more": ' + "[" * DEPTH + "]" * DEPTH + "}"


def commands_in_error(_):
    return '{"format": "pushproof-record\\u001b]0;pwned\\u0007", "version": "\\r\\n::error::pwned"}'


def wide(record):
    """Larger than any record of a run, of what takes much more memory than text."""
    return json.dumps(record)[:-1] + ', "more": [' + "{}," * 60_000_000 + "{}]}"


def cut_off(record):
    text = json.dumps(record)
    return text[: len(text) // 2]


FORGERIES = {
    "verdict": verdict, "clause-holds": clause_holds, "clause-open": clause_open, "clause-implied": clause_implied,
    "clause-gone": clause_gone, "clause-not-applicable": clause_not_applicable, "clauses-none": clauses_none,
    "scenario-passed": scenario_passed, "step-moved": step_moved, "step-unjudging": step_unjudging,
    "interrupted-not": interrupted_not, "whole": whole,
    "shard-total-none": shard(total=0), "shard-index-none": shard(index=0), "shard-beyond": shard(index=3, total=2),
    "shard-total-huge": shard(total=10**18), "shard-total-largest": shard(total=2**64 - 1),
    "shard-negative": shard(total=-1), "shard-other-plan": shard(plan_digest="f" * 64),
    "elsewhere": elsewhere, "long-ago": long_ago, "other-options": other_options, "other-side": other_side,
    "id-with-controls": id_with_controls, "commands": commands, "no-record": no_record, "deep": deep,
    "commands-in-error": commands_in_error, "wide": wide, "cut-off": cut_off,
}


def main():
    forgery, true, forged = sys.argv[1:]
    with open(true, encoding="utf-8") as file:
        record = json.load(file)
    text = FORGERIES[forgery](record)
    with open(forged, "w", encoding="utf-8") as file:
        file.write(json.dumps(record) if text is None else text)


main()
