#!/usr/bin/env python3
"""Holds a report of 2021-Q1 against the figures of its source: every figure equal, or shown for what it is.

  check_figures.py REPORT.json        from `mlup report quarterly 2021-Q1 --as-known-at 2021-04-22 --json`; - reads it
                                      from standard input
  check_figures.py --engine ENGINE    from offline_report

`expected` of q1-2021.figures.csv is a value, `planned N`, why there is no value, or the days of the report.
"""

import csv
import json
import sys
from pathlib import Path

from compare import Q1, run_engine

DATA = Path(__file__).parents[1] / "data"
# A total of people or organisations whose parts of this dimension overlap: less than their sum.
OVERLAPPING_PARTS = [("rci_supported", "topic"), ("children_served_by_partner", "service")]
# D06 and D05: sums that must never be printed.
NEVER_ANYWHERE = "2243"
NEVER_OF_INSTITUTIONS = "18"


def read_rows(report):
    return {(row["code"], row.get("dimension") or "", row.get("member") or ""): row for row in report["rows"]}


def shown(row):
    """What a row says, in the words of `expected`."""
    if row is None:
        return "0"  # a member without items, in an indicator that is counted
    if row.get("planned_value"):
        return f"planned {row['planned_value']}"
    return row["value"] or row["why_none"]


def counted(rows, code):
    """Whether the total of an indicator has a value, or units that are not added and parts that have one."""
    return any(row["value"] for (other, _, _), row in rows.items() if other == code)


def check(report, figures, sources):
    """The faults, each in a sentence."""
    rows = read_rows(report)
    for line in figures:
        cell = (line["indicator"], line["dimension"], line["member"])
        if not line["indicator"]:
            days = f"{report.get('first_day', '2021-01-01')}..{report.get('last_day', '2021-03-31')}"
            if days != line["expected"]:
                yield f"{line['figure']}: the report is of {days}, not {line['expected']}"
        elif cell not in rows and not counted(rows, line["indicator"]):
            yield f"{line['figure']}: no row {cell}, and the indicator has no value"
        elif shown(rows.get(cell)) != line["expected"]:
            yield f"{line['figure']}: {cell} shows {shown(rows.get(cell))}, expected {line['expected']}"
    wanted = {row["id"] for row in sources if row["id"][0] == "A" or row["id"][0] == "D" and row["id"] != "D06"}
    for figure in sorted(wanted - {line["figure"] for line in figures}):
        yield f"{figure}: no line of q1-2021.figures.csv says where it is shown"
    yield from never_shown(rows)


def never_shown(rows):
    for cell, row in rows.items():
        if NEVER_ANYWHERE in (row["value"] or "").replace(",", ""):
            yield f"D06: {cell} shows {row['value']}"
        if cell[0].startswith("rci_") and row["value"] == NEVER_OF_INSTITUTIONS:
            yield f"D05: {cell} shows {row['value']}"
        if row["value"] == "0":
            yield f"{cell} shows 0: it has a value or a reason why not"
    for code, dimension in OVERLAPPING_PARTS:
        parts = sum(int(row["value"]) for cell, row in rows.items() if cell[:2] == (code, dimension) and row["value"])
        if int(rows[code, "", ""]["value"]) >= parts:
            yield f"{code}: the total is not less than the sum {parts} of its overlapping parts by {dimension}"


def read_report(arguments):
    if arguments[0] == "--engine":
        (report,), _ = run_engine(arguments[1], [Q1], ["2021-Q1"], ["2021-04-22"])
        return report
    return json.loads(sys.stdin.read() if arguments[0] == "-" else Path(arguments[0]).read_text(encoding="utf-8"))


def main():
    with open(DATA / "q1-2021.figures.csv", encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    with open(DATA / "figures.csv", encoding="utf-8", newline="") as file:
        faults = list(check(read_report(sys.argv[1:]), figures, csv.DictReader(file)))
    for fault in faults:
        print(fault)
    print(f"figures: {len({line['figure'] for line in figures})} figures in {len(figures)} cells, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
