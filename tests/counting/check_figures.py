#!/usr/bin/env python3
"""Holds the reports of 2021-Q1 and 2018 against the figures of their sources: every figure equal, or shown for what it is.

  check_figures.py REPORT.json        from `mlup report quarterly 2021-Q1 --as-known-at 2021-04-22 --json`; - reads it
                                      from standard input
  check_figures.py --engine ENGINE    both, from offline_report

`expected` of NAME.figures.csv is a value, `planned N`, why there is no value, the days of the report, or `no figure`. A
figure of another period than the report's names it.
"""

import csv
import json
import sys
from pathlib import Path

from compare import Q1, Y2018, run_engine  # puts tests/data on the path

import y2018

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


def check(reports, figures, wanted):
    """The faults, each in a sentence; `wanted` are the figures that must stand in the list."""
    for line in figures:
        report = reports[line.get("period") or ""]
        rows = read_rows(report)
        cell = (line["indicator"], line["dimension"], line["member"])
        if line["expected"] == "no figure":
            continue
        if not line["indicator"]:
            days = f"{report.get('first_day', '2021-01-01')}..{report.get('last_day', '2021-03-31')}"
            if days != line["expected"]:
                yield f"{line['figure']}: the report is of {days}, not {line['expected']}"
        elif cell not in rows and not counted(rows, line["indicator"]):
            yield f"{line['figure']}: no row {cell}, and the indicator has no value"
        elif shown(rows.get(cell)) != line["expected"]:
            yield f"{line['figure']}: {cell} shows {shown(rows.get(cell))}, expected {line['expected']}"
    for figure in sorted(wanted - {line["figure"] for line in figures}):
        yield f"{figure}: no line of the list says where it is shown"
    yield from never_shown(read_rows(reports[""]))


def never_shown(rows):
    for cell, row in rows.items():
        if NEVER_ANYWHERE in (row["value"] or "").replace(",", ""):
            yield f"D06: {cell} shows {row['value']}"
        if cell[0].startswith("rci_") and row["value"] == NEVER_OF_INSTITUTIONS:
            yield f"D05: {cell} shows {row['value']}"
        if row["value"] == "0":
            yield f"{cell} shows 0: it has a value or a reason why not"


def not_less_than_parts(rows):
    for code, dimension in OVERLAPPING_PARTS:
        parts = sum(int(row["value"]) for cell, row in rows.items() if cell[:2] == (code, dimension) and row["value"])
        if int(rows[code, "", ""]["value"]) >= parts:
            yield f"{code}: the total is not less than the sum {parts} of its overlapping parts by {dimension}"


def wanted_of(first):
    """The figures of the source whose ids begin so, and those derived from them."""
    with open(DATA / "figures.csv", encoding="utf-8", newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    derived = {"D06"}  # the sum that must never be printed
    return {one for one in ids if one[0] == first} | ({one for one in ids if one[0] == "D"} - derived if first == "A" else derived)


def read_figures(name):
    with open(DATA / f"{name}.figures.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_period(engine, data, own, date, figures):
    """The reports that the figures ask for; the one of the own period under no name."""
    periods = [own, *sorted({line["period"] for line in figures if line.get("period")})]
    reports, refused = run_engine(engine, [data], periods, [date])
    if refused:
        sys.exit("\n".join(refused))
    return {"" if report["period"] == own else report["period"]: report for report in reports}


def main():
    quarter = read_figures("q1-2021")
    faults, cells = [], 0
    if sys.argv[1] == "--engine":
        year = read_figures("y2018")
        reports = by_period(sys.argv[2], Y2018, y2018.YEAR, y2018.AS_KNOWN_AT, year)
        faults += [f"2018, {fault}" for fault in check(reports, year, wanted_of("B"))]
        cells += len(year)
        reports = by_period(sys.argv[2], Q1, "2021-Q1", "2021-04-22", quarter)
    else:
        reports = {"": json.loads(sys.stdin.read() if sys.argv[1] == "-" else Path(sys.argv[1]).read_text(encoding="utf-8"))}
    faults += [*check(reports, quarter, wanted_of("A")), *not_less_than_parts(read_rows(reports[""]))]
    for fault in faults:
        print(fault)
    print(f"figures: {cells + len(quarter)} cells, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
