"""What the goals about subscriptions share: a daemon of its own, and the bench that measures it from outside."""

import json
import shutil
import subprocess

import programs


def measure(what, *arguments):
    """Runs one measurement of subscribe_bench against a daemon that plays the role log only."""
    bench, server = programs.program("subscribe_bench"), programs.program("mlupd")
    place = programs.folder()
    daemon = subprocess.Popen([server, "serve", "--data", place / "data", "--keyring", place / "keyring", "--listen",
                               "127.0.0.1:0", "--roles", "log"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        address = json.loads(daemon.stdout.readline())["address"]
        return json.loads(programs.output(bench, "--server", address, "--server-pid", daemon.pid, *arguments, what))
    finally:
        daemon.terminate()
        daemon.wait()
        daemon.stdout.close()
        shutil.rmtree(place, ignore_errors=True)
