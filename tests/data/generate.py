#!/usr/bin/env python3
"""Writes q1-2021.jsonl and q1-2021.child from q1-2021.source.py; with --check, fails where the files differ from it."""

import runpy
import sys
from pathlib import Path

import commands

FOLDER = Path(__file__).parent
# A child whose history shows a correction, a void and a late entry.
CHILD = "a14-eldest"


def main():
    book = commands.Book("q1")
    runpy.run_path(str(FOLDER / "q1-2021.source.py"))["write"](book)
    made = {"q1-2021.jsonl": commands.text(book.lines()), "q1-2021.child": book.id(CHILD) + "\n"}
    stale = [name for name, text in made.items()
             if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv:
        for name in stale:
            (FOLDER / name).write_text(made[name], encoding="utf-8")
    print(f"q1-2021: {len(book.requests)} lines, {'changed: ' + ', '.join(stale) if stale else 'unchanged'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
