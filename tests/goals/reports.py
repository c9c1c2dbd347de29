"""What the goals about read models and reports share: runs of tests/bench/report_bench, and a table of them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import programs

COLUMNS = {"events": "{:,.0f}", "scan_events_s": "{:,.0f}", "rebuild_events_s": "{:,.0f}", "afresh_events_s": "{:,.0f}",
           "kept_ms_p99": "{:.2f}", "forward_ms_p99": "{:.2f}", "question_ms_p99": "{:.2f}", "question_ms_p99_while_rebuilding": "{:.2f}",
           "history_ms_p99": "{:.2f}", "memory_mib": "{:.0f}"}


def sizes():
    """How many events: one small log, or with --deep from ten thousand to ten million (MLUP_EVENTS_MAX: fewer)."""
    most = int(os.environ.get("MLUP_EVENTS_MAX", 10_000_000))
    return [size for size in (10_000, 100_000, 1_000_000, 10_000_000) if size <= most] if programs.DEEP else [20_000]


def measure(events, use=None):
    """Figures of one log on the disk; `use` is given its folder, which has the events for PostgreSQL in `table`, and adds its own."""
    folder = Path(tempfile.mkdtemp(prefix="mlup-goal-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        (folder / "log").mkdir()
        command = [programs.program("report_bench"), "--folder", folder / "log", "--events", events]
        if use is not None:
            command += ["--table", folder / "table"]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise SystemExit(f"report_bench with {events} events ended with code {done.returncode}")
        figures = json.loads(done.stdout)
        # From nothing but the read model of facts.
        figures["afresh_events_s"] = events / (figures["read_facts_s"] + figures["afresh_s"])
        if use is not None:
            shutil.rmtree(folder / "log")
            figures |= use(folder)
        return figures
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rows(use=None):
    """A measurement of each size; the table of all goes to the output."""
    found = []
    for events in sizes():
        found.append(measure(events, use))
        if len(found) == 1:
            print("  ".join(COLUMNS))
        print("  ".join(form.format(found[-1][name]).rjust(len(name)) for name, form in COLUMNS.items()), flush=True)
        print(json.dumps(found[-1]), file=sys.stderr)
    return found


def end(goal, found, limits):
    """Ends the goal: every size holds its limits."""
    failures = [f"{row['events']} events: {failure}" for row in found for failure in programs.over(row, limits)]
    programs.end(goal, sum(row["events"] for row in found), failures,
                 {str(row["events"]): {name: round(row[name], 3) for name in limits} for row in found}, seed=1)
