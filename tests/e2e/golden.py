"""The reports of the first quarter of 2021 as known at three days are those in tests/golden.

`golden.py --write` replaces them: look at the difference before it is committed, every figure has a source in
tests/data/figures.csv.
"""

import json
import sys

from harness import ROOT, Daemon, Workspace, check, data_file, mlup, report

DAYS = ["2021-03-31", "2021-04-22", "2021-05-31"]


def golden_path(day):
    """Where the report as known at `day` stands."""
    return ROOT / f"tests/golden/q1-2021.{day}.json"


def to_text(found):
    """One row a line, so that a difference can be read."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in found["rows"])
    notes = ",\n".join(json.dumps(note, ensure_ascii=False) for note in found["notes"])
    return f'{{"as_known_at": "{found["as_known_at"]}", "rows": [\n{rows}\n], "notes": [\n{notes}\n]}}\n'


def differences(wanted, found):
    """Rows that are not equal, as (cell, wanted, found)."""
    def by_cell(rows):
        return {(row["code"], row.get("dimension", ""), row.get("member", "")): row for row in rows}
    old, new = by_cell(wanted["rows"]), by_cell(found["rows"])
    return [(cell, old.get(cell), new.get(cell)) for cell in old | new if old.get(cell) != new.get(cell)]


def main():
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", data_file())
        for day in DAYS:
            found = report(daemon, day)
            if "--write" in sys.argv:
                golden_path(day).write_text(to_text(found), encoding="utf-8")
                continue
            wanted = json.loads(golden_path(day).read_text(encoding="utf-8"))
            for cell, old, new in differences(wanted, found):
                print(f"{day} {cell}:\n  golden {old}\n  found  {new}")
            check(to_text(wanted) == to_text(found), f"the report as known at {day} is not the golden one")
            print(f"{day}: {len(found['rows'])} rows as in tests/golden")


if __name__ == "__main__":
    main()
