#!/usr/bin/env python3
"""Fails on any event that a 2021 row of figures.csv names and proto/ lacks."""

import csv
import re
import sys
from pathlib import Path

import protos

ROOT = Path(__file__).parents[2]
EVENT_NAME = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b")


def names_in(producing_events):
    """Event names outside of braces and parentheses, where fields and remarks stand."""
    return EVENT_NAME.findall(re.sub(r"\{[^}]*\}|\([^)]*\)", " ", producing_events))


def missing(figures, known):
    """(row id, event name) of every name that is not known, and the number of rows and names read."""
    rows, names, lacking = 0, set(), []
    for row in csv.DictReader(figures):
        if row["id"][:1] in "AD":
            rows += 1
            for name in names_in(row["producing_events"]):
                names.add(name)
                if name not in known:
                    lacking.append((row["id"], name))
    return lacking, rows, len(names)


def main():
    types = protos.event_types(protos.parse_all(ROOT / "proto"))
    known = {name.rsplit(".", 1)[-1] for name in types}
    with open(ROOT / "tests/data/figures.csv", encoding="utf-8", newline="") as figures:
        lacking, rows, names = missing(figures, known)
    for row, name in lacking:
        print(f"{row}: proto/ lacks the event {name}: add its message, or mend the name in figures.csv")
    print(f"figures: {rows} rows of 2021 name {names} events, {len(lacking)} lacking; proto/ has {len(types)}")
    return 1 if lacking or not rows or not names else 0


if __name__ == "__main__":
    sys.exit(main())
