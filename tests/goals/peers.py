"""What the goals over the peer bench share: a run of some rows, and the comparison of ours with the others."""

import json
import subprocess
import tempfile
from pathlib import Path

import programs

# Forms of PostgreSQL; a goal about PostgreSQL is about the faster.
POSTGRES = ("postgres", "postgres-lock")


def measure(rows, peers, *arguments):
    """{row: {system: figures}} of tests/bench/run; its table goes to the output."""
    with tempfile.TemporaryDirectory(prefix="mlup-goal-") as folder:
        found = Path(folder) / "figures.json"
        subprocess.run(list(map(str, [programs.ROOT / "tests/bench/run", "--rows", ",".join(rows), "--peers", ",".join(peers), "--json",
                                      found, *arguments])), check=True)
        return json.loads(found.read_text(encoding="utf-8"))["rows"]


def times(row, figure, *others):
    """Ours over the largest of the others that were measured."""
    missing = [name for name in others if name not in row]
    if len(missing) == len(others):
        raise SystemExit(f"{', '.join(missing)}: not measured, nothing to compare with")
    return row["ours"][figure] / max(row[name][figure] for name in others if name in row)


def end(goal, figures, limits, cases, also=None):
    """Ends the goal: each figure that has a limit, and what else is worth telling."""
    programs.end(goal, cases, programs.over(figures, limits),
                 {name: round(value, 3) for name, value in {**figures, **(also or {})}.items()}, seed=1)
