#!/usr/bin/env python3
"""The golden reports of q1-2021 at its three dates: written by the reference counter, held by the engine.

  golden.py --write       writes tests/golden/q1-2021.as-known-at-DATE.json
  golden.py ENGINE        fails where the files, the reference counter and offline_report are not all equal
"""

import json
import sys
from pathlib import Path

import reference_counter
from reference_world import read_facts
from compare import DATES, Q1, run_engine

FOLDER = Path(__file__).parents[1] / "golden"
PERIOD = "2021-Q1"
FIELDS = ("code", "dimension", "member", "value", "why_none", "planned_value", "and_uncounted", "headcount")


def path(date):
    return FOLDER / f"q1-2021.as-known-at-{date}.json"


def text(date, rows):
    """One row a line, in an order that does not depend on who counted."""
    lines = [json.dumps({field: row[field] for field in FIELDS}) for row in rows]
    return (f'{{"period": "{PERIOD}", "as_known_at": "{date}", "rows": [\n' + ",\n".join(sorted(lines)) + "\n]}\n")


def main():
    facts = read_facts(Q1)
    counted = {date: text(date, reference_counter.count(facts, PERIOD, date)) for date in DATES}
    if sys.argv[1] == "--write":
        for date in DATES:
            path(date).write_text(counted[date], encoding="utf-8")
        return 0
    reports, refused = run_engine(sys.argv[1], [Q1], [PERIOD], DATES)
    wrong = [f"refused: {line}" for line in refused]
    for report in reports:
        date = report["as_known_at"]
        golden = path(date).read_text(encoding="utf-8")
        for who, found in (("the reference counter", counted[date]), ("the engine", text(date, report["rows"]))):
            ours, theirs = set(golden.splitlines()), set(found.splitlines())
            wrong += [f"{date}: {who} lacks {line}" for line in sorted(ours - theirs)]
            wrong += [f"{date}: {who} also has {line}" for line in sorted(theirs - ours)]
    print("\n".join(wrong + [f"golden: {len(reports)} reports, {len(wrong)} differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
