#!/usr/bin/env python3
"""The quarterly figures go to a DHIS2-shaped receiver: `run.py [FOLDER]`.

Imports the invented first quarter of 2021, sends the figures as known at 2021-04-22, sends them again (nothing changes), then
as known at 2021-05-31: what was entered late changes its values. A code map with a hole is refused before anything is sent.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from code_map import CodeMap  # noqa: E402
from installation import ROOT, Installation, check, http  # noqa: E402

HERE = Path(__file__).resolve().parent


def push(server, url, known_at):
    """Runs push.py; gives what it says."""
    done = subprocess.run([sys.executable, HERE / "push.py", server.address, url, "2021-Q1", known_at],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, done.stdout + done.stderr)
    print(done.stdout.strip())
    return done.stdout


def refuses(folder, change, words):
    """A map that was changed is refused with these words."""
    data = json.loads((HERE / "data_elements.json").read_text(encoding="utf-8"))
    domain = [entry["ours"] for entry in data["entries"] + data["not_sent"]]
    change(data)
    (folder / "map.json").write_text(json.dumps(data), encoding="utf-8")
    try:
        CodeMap(folder / "map.json", domain, lambda word: len(word) == 11)
    except ValueError as error:
        check(words in str(error), f"{error} does not say: {words}")
        print("refused:", error)
        return
    check(False, f"a map that {words} was taken")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="mlup-dhis2-"))
    folder.mkdir(parents=True, exist_ok=True)
    refuses(folder, lambda data: data["entries"].pop(), "must be total")
    refuses(folder, lambda data: data["entries"].append(data["entries"][0]), "stands twice")
    refuses(folder, lambda data: data["entries"][0].update(theirs=data["entries"][1]["theirs"]), "say lossy")

    (folder / "nobody.textproto").write_text("", encoding="utf-8")
    server = Installation(folder / "mlup", folder / "nobody.textproto")
    server.mlup("import", ROOT / "tests/data/q1-2021.jsonl")
    with subprocess.Popen([sys.executable, HERE / "receiver.py"], stdout=subprocess.PIPE, text=True) as receiver:
        try:
            url = receiver.stdout.readline().strip()
            first = push(server, url, "2021-04-22")
            check("updated 0, unchanged 0" in first, "the first time something was there already")
            check("imported 0, updated 0" in push(server, url, "2021-04-22"), "sending again changed something")
            late = push(server, url, "2021-05-31")
            check("updated 0" not in late, "what was entered late changed nothing")
            held = http("GET", url)[1]["dataValues"]
            print(f"the receiver holds {len(held)} values")
        finally:
            receiver.terminate()


if __name__ == "__main__":
    main()
