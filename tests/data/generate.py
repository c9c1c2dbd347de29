#!/usr/bin/env python3
"""Writes q1-2021.jsonl, q1-2021.child and y2018.jsonl from their sources; with --check, fails where a file differs."""

import runpy
import sys
from pathlib import Path

import commands
import y2018

FOLDER = Path(__file__).parent
# A child whose history shows a correction, a void and a late entry.
CHILD = "a14-eldest"


def quarter():
    book = commands.Book("q1")
    runpy.run_path(str(FOLDER / "q1-2021.source.py"))["write"](book)
    return {"q1-2021.jsonl": commands.text(book.lines()), "q1-2021.child": book.id(CHILD) + "\n"}


def year(overlaps):
    """The year 2018 with these people in common."""
    book = commands.Book("y2018")
    y2018.write(book, overlaps)
    return commands.text(book.lines())


def main():
    made = quarter() | {"y2018.jsonl": year(y2018.OVERLAPS)}
    stale = [name for name, text in made.items()
             if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv:
        for name in stale:
            (FOLDER / name).write_text(made[name], encoding="utf-8")
    print(f"{len(made)} files, {'changed: ' + ', '.join(stale) if stale else 'unchanged'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
