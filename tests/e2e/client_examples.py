"""The examples for integrators: each gets every event once, goes on where it was, and gets what came meanwhile."""

import json
import os
import shutil
import subprocess
import sys
import threading

from harness import ROOT, Daemon, Workspace, check, data_file, mlup, read_jsonl, to_jsonl
from webhook_delivery import expected
from webhook_receiver import subscriber

SKIP = 77
TOKEN = "a-token-that-nobody-guesses-0123456789"
CLIENTS = ROOT / "deploy/examples/clients"


def run(command, folder, **environment):
    """One run of an example that ends when it has caught up; what it printed."""
    done = subprocess.run(list(map(str, command)), cwd=folder, timeout=120, check=False, capture_output=True, text=True,
                          env={**os.environ, "MLUP_TOKEN": TOKEN, **environment})
    check(done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr[-800:]}")
    return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def node_folder(folder):
    """The example with its client installed; None, with a word, where that cannot be."""
    target = folder / "node"
    shutil.copytree(CLIENTS / "node", target)
    if not shutil.which("npm"):
        print("Node: skipped, npm is not installed")
        return None
    done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=target, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        print("Node: skipped, the client could not be installed")
        return None
    return target


def commands(daemon, folder):
    """By name, how to run each example until it has caught up."""
    http = f"http://{daemon.serving['http']}"
    found = {
        "python": lambda: run(["python3", CLIENTS / "python/follow.py", http, "--once"], folder / "python"),
        "shell": lambda: run([CLIENTS / "shell/follow.sh", http], folder / "shell", MLUP_ONCE="1"),
    }
    for name in found:
        (folder / name).mkdir()
    node = node_folder(folder)
    if node is not None:
        found["node"] = lambda: run(["node", "follow.mjs", daemon.serving["esdb"], "--once"], node)
    return found


def refused(daemon, folder):
    """A wrong token ends both with words, and soon."""
    http = f"http://{daemon.serving['http']}"
    for command in (["python3", CLIENTS / "python/follow.py", http], [CLIENTS / "shell/follow.sh", http]):
        done = subprocess.run(list(map(str, command)), cwd=folder, timeout=20, check=False, capture_output=True,
                              env={**os.environ, "MLUP_TOKEN": "wrong", "MLUP_STATE": str(folder / "none")})
        check(done.returncode == 1, f"{command} ended with {done.returncode}")


def live(daemon, folder, extra):
    """While it follows, what is recorded comes at once."""
    http = f"http://{daemon.serving['http']}"
    client = subprocess.Popen(["python3", str(CLIENTS / "python/follow.py"), http], cwd=folder / "python",
                              stdout=subprocess.PIPE, text=True, env={**os.environ, "MLUP_TOKEN": TOKEN})
    killer = threading.Timer(60, client.kill)
    killer.start()
    mlup(daemon, "import", "-", stdin=to_jsonl(extra))
    line = client.stdout.readline()
    killer.cancel()
    client.kill()
    client.wait()
    client.stdout.close()
    check(line and json.loads(line)["id"] in expected(daemon), "an event that was just recorded")


def main():
    lines = read_jsonl(data_file())
    with Workspace() as folder:
        subscribers = folder / "subscribers.textproto"
        subscribers.write_text(subscriber("esdb", token=TOKEN))
        with Daemon(folder / "data", "--subscribers-file", subscribers, "--http-listen", "127.0.0.1:0",
                    "--esdb-listen", "127.0.0.1:0") as daemon:
            mlup(daemon, "import", "-", stdin=to_jsonl(lines[:-20]))
            first = expected(daemon)
            examples = commands(daemon, folder)
            for name, follow in examples.items():
                got = follow()
                check(len(got) == len(set(got)) and set(got) == first, f"{name}: {len(got)} of {len(first)} events")
                check(follow() == [], f"{name}: goes on where it was")
            mlup(daemon, "import", "-", stdin=to_jsonl(lines[:-1]))
            then = expected(daemon) - first
            for name, follow in examples.items():
                check(set(follow()) == then, f"{name}: what came meanwhile")
            refused(daemon, folder)
            live(daemon, folder, lines)
            print(f"{', '.join(examples)}: {len(first)} events, then {len(then)}")
    return 0 if "node" in examples else SKIP


if __name__ == "__main__":
    sys.exit(main())
