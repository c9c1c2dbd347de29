"""The reports of the first quarter of 2021 as known at three days are the golden ones, which the independent
reference counter wrote (tests/counting/golden.py): same rows, same values, same reasons for none.
"""

import json

from harness import ROOT, Daemon, Workspace, check, data_file, mlup, report

DAYS = ["2021-03-31", "2021-04-22", "2021-05-31"]


def golden_rows(day):
    """The golden report as known at `day`: cell -> (value, why none, planned, whether more was not counted, head-count)."""
    text = (ROOT / f"tests/golden/q1-2021.as-known-at-{day}.json").read_text(encoding="utf-8")
    return rows_of(json.loads(text))


def rows_of(found):
    """What a golden report holds of a report."""
    return {(row["code"], row.get("dimension") or "", row.get("member") or ""):
            (row.get("value") or "", row.get("why_none") or "", row.get("planned_value") or "",
             bool(row.get("and_uncounted")), row.get("headcount") or "") for row in found["rows"]}


def check_golden(day, found):
    """Fails where a report is not the golden one, naming the cells."""
    wanted, rows = golden_rows(day), rows_of(found)
    wrong = [f"{day} {cell}: golden {wanted.get(cell)}, found {rows.get(cell)}"
             for cell in sorted(wanted.keys() | rows.keys()) if wanted.get(cell) != rows.get(cell)]
    check(not wrong, "\n".join(wrong))
    return len(rows)


def main():
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", data_file())
        for day in DAYS:
            print(f"{day}: {check_golden(day, report(daemon, day))} rows as in tests/golden")


if __name__ == "__main__":
    main()
