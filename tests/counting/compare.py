#!/usr/bin/env python3
"""Compares the engine with the reference counter, cell by cell, over seeded quarters and q1-2021; plants bugs.

  compare.py ENGINE [--seeds N] [--first SEED]

ENGINE is offline_report. Fails on any cell that differs, any line that the services refuse, and any planted bug that
changes no cell.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import planted_bugs
import random_quarters
import reference_counter
from reference_world import read_facts

DATA = Path(__file__).parents[1] / "data"
Q1 = DATA / "q1-2021.jsonl"
Y2018 = DATA / "y2018.jsonl"
DATES = ("2021-03-31", "2021-04-22", "2021-05-31")
# What a row says, besides what only the engine prints.
FIELDS = ("value", "why_none", "planned_value", "and_uncounted", "headcount", "not_datable")
BATCH = 50
# Quarters with each pair of periods into which the bugs are planted.
PLANTED_IN = 2
SHOWN_MAX = 40


def as_map(rows):
    return {(row["code"], row["dimension"], row["member"]): tuple(row[field] for field in FIELDS) for row in rows}


def differences(ours, theirs):
    """(cell, our row, their row) of every cell that is not the same in both."""
    ours, theirs = as_map(ours), as_map(theirs)
    return [(cell, ours.get(cell), theirs.get(cell)) for cell in sorted(ours.keys() | theirs.keys())
            if ours.get(cell) != theirs.get(cell)]


def run_engine(engine, files, periods, dates, *more):
    """The engine's reports, one for each file, period and date, and the lines that were refused."""
    command = [engine, *more]
    for name, values in (("--input", files), ("--period", periods), ("--as-known-at", dates)):
        for value in values:
            command += [name, str(value)]
    # Its keyring syncs for every key; in memory that costs nothing.
    memory = Path("/dev/shm")
    environment = os.environ | ({"TMPDIR": str(memory)} if memory.is_dir() else {})
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{engine} ended with {done.returncode}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.splitlines()


def periods_of(seed):
    """The quarter, and a neighbour or a part or the whole year."""
    return ["2021-Q1", ("2020-Q4", "2021-Q2", "2021-01", "2021-03", "2021")[seed % 5]]


class Comparison:
    def __init__(self, engine):
        self.engine = engine
        self.cells = self.reports = self.wrong = 0
        self.caught = dict.fromkeys(planted_bugs.BUGS, 0)

    def run(self, files, periods, bugs=(), dates=DATES):
        reports, refused = run_engine(self.engine, files, periods, dates)
        for line in refused:
            self.fail(f"refused: {line}")
        facts = {str(file): read_facts(file) for file in files}
        for report in reports:
            scope = (facts[report["file"]], report["period"], report["as_known_at"])
            name = " ".join((Path(report["file"]).name, *scope[1:]))
            rows = reference_counter.count(*scope)
            self.reports += 1
            self.cells += len(rows)
            for cell, ours, theirs in differences(rows, report["rows"]):
                self.fail(f"{name}: {cell}: reference {ours}, engine {theirs}")
            for bug in bugs:
                self.caught[bug] += len(differences(planted_bugs.count(bug, *scope), report["rows"]))

    def fail(self, text):
        self.wrong += 1
        if self.wrong <= SHOWN_MAX:
            print(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    comparison = Comparison(options.engine)
    comparison.run([Q1], ["2021-Q1", "2021-01", "2021-02", "2020-Q4", "2021"], planted_bugs.BUGS)
    comparison.run([Y2018], ["2018", "2018-Q3", "2017-01-01..2018-12-31"], dates=["2019-03-31"])
    with tempfile.TemporaryDirectory() as folder:
        by_period = {}
        for seed in range(options.first, options.first + options.seeds):
            file = Path(folder) / f"quarter-{seed}.jsonl"
            random_quarters.write(seed, file)
            by_period.setdefault(tuple(periods_of(seed)), []).append(file)
        for periods, files in by_period.items():
            comparison.run(files[:PLANTED_IN], periods, planted_bugs.BUGS)
            for start in range(PLANTED_IN, len(files), BATCH):
                comparison.run(files[start:start + BATCH], periods)
    print(f"compare: {comparison.reports} reports, {comparison.cells} cells, {comparison.wrong} differences; "
          f"seeds {options.first}..{options.first + options.seeds - 1}")
    for bug, cells in comparison.caught.items():
        print(f"planted {bug}: {cells} cells differ{'' if cells else ' - NOT CAUGHT'}")
    return 1 if comparison.wrong or not all(comparison.caught.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
