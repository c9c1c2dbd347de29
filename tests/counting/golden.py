#!/usr/bin/env python3
"""The golden reports of q1-2021 at its three dates and of y2018: written by the reference counter, held by the engine.

  golden.py --write       writes tests/golden/NAME.as-known-at-DATE.json
  golden.py ENGINE        fails where the files, the reference counter and offline_report are not all equal
"""

import json
import sys
from pathlib import Path

import reference_counter
from reference_world import read_facts
from compare import DATES, Q1, Y2018, run_engine

FOLDER = Path(__file__).parents[1] / "golden"
# (data, period, dates)
SETS = ((Q1, "2021-Q1", DATES), (Y2018, "2018", ("2019-03-31",)))
FIELDS = ("code", "dimension", "member", "value", "why_none", "planned_value", "and_uncounted", "headcount")


def path(data, date):
    return FOLDER / f"{data.stem}.as-known-at-{date}.json"


def text(period, date, rows):
    """One row a line, in an order that does not depend on who counted."""
    lines = [json.dumps({field: row[field] for field in FIELDS}) for row in rows]
    return (f'{{"period": "{period}", "as_known_at": "{date}", "rows": [\n' + ",\n".join(sorted(lines)) + "\n]}\n")


def counted(data, period, dates):
    facts = read_facts(data)
    return {date: text(period, date, reference_counter.count(facts, period, date)) for date in dates}


def faults(engine, data, period, dates):
    ours_counted = counted(data, period, dates)
    reports, refused = run_engine(engine, [data], [period], dates)
    yield from (f"refused: {line}" for line in refused)
    for report in reports:
        date = report["as_known_at"]
        golden = path(data, date).read_text(encoding="utf-8")
        for who, found in (("the reference counter", ours_counted[date]), ("the engine", text(period, date, report["rows"]))):
            ours, theirs = set(golden.splitlines()), set(found.splitlines())
            yield from (f"{period} at {date}: {who} lacks {line}" for line in sorted(ours - theirs))
            yield from (f"{period} at {date}: {who} also has {line}" for line in sorted(theirs - ours))


def main():
    if sys.argv[1] == "--write":
        for data, period, dates in SETS:
            for date, report in counted(data, period, dates).items():
                path(data, date).write_text(report, encoding="utf-8")
        return 0
    wrong = [fault for one in SETS for fault in faults(sys.argv[1], *one)]
    print("\n".join(wrong + [f"golden: {sum(len(dates) for _, _, dates in SETS)} reports, {len(wrong)} differences"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
