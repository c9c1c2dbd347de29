#!/usr/bin/env python3
"""Shows that unique counts of 2018 follow from who stands in two figures, and from nothing else: other overlaps, other counts.

  check_overlaps.py ENGINE
"""

import sys
import tempfile
from pathlib import Path

from compare import run_engine  # puts tests/data on the path

import generate
import y2018

# Each beside the data as it is; what is not named stays.
OTHERS = {
    "eleven mentors of both": {"mentors_of_both": 11},
    "nobody in two figures": {"mentors_of_both": 0, "careleavers_from_care": 0, "directors_as_staff": 0, "officials_both": 1, "key_peers": 0,
                              "careleavers_both": 1, "youth_both": 1, "key_both": 2},
    "many in two figures": {"mentors_of_both": 39, "careleavers_from_care": 30, "directors_as_staff": 70, "officials_both": 27, "key_peers": 38,
                            "careleavers_both": 89, "youth_both": 501, "key_both": 102, "served_by_both": 95, "mentored_in_care": 20},
}


def faults(engine, folder):
    values = {}
    for number, (name, change) in enumerate(OTHERS.items()):
        overlaps = y2018.OVERLAPS | change
        file = folder / f"{number}.jsonl"
        file.write_text(generate.year(overlaps), encoding="utf-8")
        (report,), refused = run_engine(engine, [file], [y2018.YEAR], [y2018.AS_KNOWN_AT])
        yield from (f"{name}: refused: {line}" for line in refused)
        rows = {(row["code"], row["dimension"], row["member"]): row["value"] for row in report["rows"]}
        for cell, expected in y2018.expected(overlaps).items():
            if rows.get(cell) != str(expected):
                yield f"{name}: {cell} shows {rows.get(cell)}, expected {expected}"
            values.setdefault(cell, set()).add(rows.get(cell))
    for code in ("mentors_trained", "people_reached"):
        if len(values[code, "", ""]) < 3:
            yield f"{code} does not move with the overlaps: {values[code, '', '']}"


def main():
    with tempfile.TemporaryDirectory() as name:
        found = list(faults(sys.argv[1], Path(name)))
    print("\n".join(found + [f"overlaps: {len(OTHERS)} years, {len(found)} faults"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
