"""What is generated from the protos and kept in the tree is current; `current.py --write` makes it so.

The snapshot of a release is not among it: events of a release stay readable, so it is only compared.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MLUP = Path(os.environ.get("MLUP_BIN", ROOT / "build/release/bin")) / "mlup"
DOCS = ROOT / "deploy/docs/events"
EXAMPLES = Path(__file__).with_name("examples.jsonl")
SNAPSHOTS = sorted((ROOT / "deploy/docs").glob("schema-*.json"))


def mlup(*arguments):
    return subprocess.run([MLUP, *map(str, arguments)], check=True, capture_output=True).stdout


def main():
    write = sys.argv[1:] == ["--write"]
    if write:
        for old in DOCS.glob("*.md"):
            old.unlink()
        mlup("schema", "docs", DOCS)
        EXAMPLES.write_bytes(mlup("schema", "examples"))
    failures = []
    with tempfile.TemporaryDirectory(prefix="mlup-docs-") as folder:
        mlup("schema", "docs", folder)
        made = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    kept = {path.name: path.read_bytes() for path in DOCS.iterdir()} if DOCS.is_dir() else {}
    failures += [f"deploy/docs/events/{name}" for name in sorted(made.keys() | kept.keys())
                 if made.get(name) != kept.get(name)]
    if not EXAMPLES.exists() or EXAMPLES.read_bytes() != mlup("schema", "examples"):
        failures.append("tests/cloudevents/examples.jsonl")
    for name in failures:
        print(f"{name} is not what the protos say: run tests/cloudevents/current.py --write")
    if not SNAPSHOTS:
        failures.append("deploy/docs/schema-*.json")
        print("no snapshot of a release in deploy/docs: `mlup schema snapshot` prints one")
    for snapshot in SNAPSHOTS:
        compared = subprocess.run([MLUP, "schema", "diff", snapshot], capture_output=True, text=True, check=False)
        if compared.returncode != 0:
            failures.append(snapshot.name)
            print(compared.stdout + compared.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
