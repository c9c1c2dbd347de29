"""Runs unmodified clients of the EventStoreDB protocol against mlupd; ends with 77 where npm or its registry is missing.

  run.py            every test file with every client; MLUP_DEEP=1 keeps a subscription idle for 10 minutes instead of one
  run.py --goal     10,000 concurrent appends, five times: one line of JSON for tests/goal P17
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import canary  # noqa: E402
import harness  # noqa: E402

CACHE = Path(os.environ.get("MLUP_CLIENTS", ROOT / "build/clients"))
CLIENTS = ("@eventstore/db-client", "@kurrent/kurrentdb-client")
SUBSCRIBERS = """
subscribers {
  subscriber_id: "esdb" label: "A system beside us" organisation_id: "mro" purpose: "client_tests"
  agreement {
    filter { categories: "ext" categories: "case" categories: "person" categories: "activity" }
    fields { type: "*" paths: "*" }
  }
}
"""
IDLE = "idle.test.mjs"
SKIPPED = 77
GOAL_RUNS = 5
DEADLINE_MS = 10_000


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def install():
    """The pinned packages in a folder beside the builds, and the test files beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip("node and npm are not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    mark = CACHE / "installed"
    if not mark.exists() or mark.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, CACHE / name)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=CACHE, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            skip("npm ci: " + (done.stderr.strip().splitlines() or ["no output"])[-1])
        mark.write_text(lock, encoding="utf-8")
    for old in CACHE.glob("*.mjs"):
        old.unlink()
    for file in HERE.glob("*.mjs"):
        shutil.copy(file, CACHE / file.name)


def serve(folder):
    """The daemon with the face, and a subscriber that may see what outside systems record."""
    subscribers = folder / "subscribers.textproto"
    subscribers.write_text(SUBSCRIBERS, encoding="utf-8")
    return harness.Daemon(folder / "data", "--esdb-listen", "127.0.0.1:0", "--subscribers-file", subscribers)


def write_needles(folder):
    """The personal values of the import, which no client may ever get."""
    needles = canary.split_values(harness.read_jsonl(harness.data_file()), canary.personal_paths())
    (folder / "needles.json").write_text(json.dumps(sorted(needles)), encoding="utf-8")


def environment_of(server, client):
    return {**os.environ, "MLUP_ESDB": server.serving["esdb"], "MLUP_CLIENT": client,
            "MLUP_NEEDLES": str(server.data.parent / "needles.json")}


def start(server, client, *arguments):
    return subprocess.Popen(["node", *map(str, arguments)], cwd=CACHE, env=environment_of(server, client),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def tell(client, what, process, timeout):
    """What a run of node --test gave; whether it passed."""
    out, _ = process.communicate(timeout=timeout)
    lines = out.splitlines()
    counts = [line[2:] for line in lines if line.startswith(("# pass", "# fail"))]
    skips = sorted({line.strip() for line in lines if "# SKIP" in line})
    print(f"{client} {what}: {', '.join(counts + skips)}")
    if process.returncode != 0:
        print(out[-20_000:])
    return process.returncode == 0


def run_tests():
    files = sorted(file.name for file in HERE.glob("*.test.mjs") if file.name != IDLE)
    passed = []
    with harness.Workspace() as folder, serve(folder) as server:
        harness.mlup(server, "import", harness.data_file())
        write_needles(folder)
        # They only wait: both at once, beside the others.
        idle = [(client, start(server, client, "--test", IDLE)) for client in CLIENTS]
        for client in CLIENTS:
            passed.append(tell(client, "tests", start(server, client, "--test", *files), timeout=300))
        for client, process in idle:
            passed.append(tell(client, "idle", process, timeout=800))
        stopped = [p for p in harness.mlup(server, "--json", "status").json()["projections"] if p["stopped_because"]]
        harness.check(not stopped, f"read models stopped: {stopped}")
    harness.check(all(passed), "some clients failed")


def run_goal():
    took = []
    with harness.Workspace() as folder, serve(folder) as server:
        for _ in range(GOAL_RUNS):
            process = start(server, CLIENTS[0], "many_appends.mjs")
            out, _ = process.communicate(timeout=120)
            took.append(json.loads(out) if process.returncode == 0 else None)
    failures = sum(1 for ms in took if ms is None or ms > DEADLINE_MS)
    print(json.dumps({"goal": "P17", "cases": GOAL_RUNS, "failures": failures, "seed": None,
                      "figures": {"appends": 10_000, "deadline_ms": DEADLINE_MS, "took_ms": took}}))


if __name__ == "__main__":
    install()
    run_goal() if "--goal" in sys.argv else run_tests()
