#!/usr/bin/env python3
"""The quarterly figures go to a DHIS2-shaped receiver: `run.py [FOLDER]`.

Imports the invented first quarter of 2021 and sends the figures as known at 2021-04-22 with `mlup export dhis2`: first a dry
run, which changes nothing, then for good, then again (nothing changes), then as known at 2021-05-31: what was entered late
changes its values; and as known at 2021-03-31: cells that have no value then are deleted. A map with a slip of the pen is refused
before anything is sent.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from installation import BIN, ROOT, Installation, check, http  # noqa: E402

HERE = Path(__file__).resolve().parent
MAP = ROOT / "deploy/exports/dhis2.map.json"
HANDOVER = ["--recipient", "mosvy", "--expires", "2099-12-31"]


def push(server, token, url, known_at, *more):
    """Sends the quarter; gives what the receiver says in words."""
    done = server.mlup("export", "dhis2", "2021-Q1", *HANDOVER, "--as-known-at", known_at, "--map", MAP, "--url", url,
                       "--token-file", token, *more)
    said = [line for line in done.splitlines() if line.startswith(("Would do", "Done", "Left out"))]
    print(f"as known at {known_at} |", "; ".join(said))
    return " ".join(said)


def held_by(url):
    """The values that the receiver has."""
    return {(value["dataElement"], value["orgUnit"], value["categoryOptionCombo"]): value["value"]
            for value in http("GET", url)[1]["dataValues"]}


def refuses_a_slip(server, folder):
    """A map that names what there is not is refused with the place."""
    slip = json.loads(MAP.read_text(encoding="utf-8"))
    slip["values"][3]["indicator"] = "children_newly_opend"
    (folder / "slip.json").write_text(json.dumps(slip), encoding="utf-8")
    done = subprocess.run([BIN / "mlup", "--server", server.address, "export", "dhis2", "2021-Q1", *HANDOVER, "--map",
                           folder / "slip.json", "-o", folder / "slip.out"], capture_output=True, text=True, check=False)
    check(done.returncode != 0 and "map.values[3].indicator" in done.stderr, done.stderr)
    print("refused:", done.stderr.strip().splitlines()[0])


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="mlup-dhis2-"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nobody.textproto").write_text("", encoding="utf-8")
    token = folder / "token"
    token.write_text("d2pat_example\n", encoding="utf-8")
    os.chmod(token, 0o600)
    server = Installation(folder / "mlup", folder / "nobody.textproto")
    server.mlup("import", ROOT / "tests/data/q1-2021.jsonl")
    refuses_a_slip(server, folder)
    with subprocess.Popen([sys.executable, HERE / "receiver.py", MAP], stdout=subprocess.PIPE, text=True) as receiver:
        try:
            url = receiver.stdout.readline().strip()
            would = push(server, token, url, "2021-04-22", "--dry-run")
            check(not held_by(url), "a dry run changed something")
            first = push(server, token, url, "2021-04-22")
            check(first.replace("Done    ", "Would do") == would, "the dry run said something else")
            check("updated 0, deleted 0" in first, "the first time something was there already")
            before = held_by(url)
            check("imported 0, updated 0, deleted 0" in push(server, token, url, "2021-04-22"), "sending again changed something")
            late = push(server, token, url, "2021-05-31")
            check("updated 0" not in late, "what was entered late changed nothing")
            # As what was recorded by mistake and voided: less is known, and what it had brought is to go.
            less = push(server, token, url, "2021-03-31")
            check("deleted 0" not in less, "what has no value any more was left behind")
            push(server, token, url, "2021-04-22")
            check(held_by(url) == before, "the receiver does not hold the figures of the cut")
            check(all(float(value) >= 5 for (element, _, combo), value in before.items() if combo != "default"),
                  "a small number of people left")
            print(f"the receiver holds {len(before)} values")
        finally:
            receiver.terminate()


if __name__ == "__main__":
    main()
