"""deploy/start ends with a report, a history and how to stop; a second run is harmless; deploy/stop stops, PostgreSQL too."""

import os
import subprocess
from pathlib import Path

from harness import ROOT, Workspace, check, wait_for

START = "deploy/start"


def run(script, folder, *arguments, code=0):
    """Runs a script of deploy/ on a folder and a socket of its own; it must end with the code."""
    environment = {**os.environ, "MLUP_DATA": f"{folder}/data", "MLUP_SERVER": f"unix:{folder}/socket", "MLUP_WEB": "127.0.0.1:0",
                   "XDG_STATE_HOME": f"{folder}/state"}
    done = subprocess.run([ROOT / script, *arguments], env=environment, cwd="/", timeout=500, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    check(done.returncode == code, f"{script} ended with {done.returncode}:\n{text[-3000:]}")
    return text


def start_with_postgres(folder):
    """The same data with tables for analysts beside it."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        print("without PostgreSQL")
        return
    folder.chmod(0o711)
    try:
        run(START, folder)
        late = run(START, folder, "--with", "postgres", code=1)
        check("started without --with postgres" in late and "deploy/stop first" in late, late[-3000:])
        run("deploy/stop", folder)
        text = run(START, folder, "--with", "postgres")
        check("Tables for analysts: deploy/postgres psql" in text, text[-3000:])
        check((folder / "postgres/connection").stat().st_mode & 0o777 == 0o600, "the connection can be read by others")
        wait_for("figures in PostgreSQL", lambda: figures_in(folder) > 1000)
    finally:
        stopped = run("deploy/stop", folder)
    check("stopped mlupd" in stopped and "stopped PostgreSQL" in stopped, stopped)


def figures_in(folder):
    done = subprocess.run([ROOT / "deploy/postgres", "psql", folder / "postgres", "-XAtc", "SELECT count(*) FROM mlup.report_cell"],
                          capture_output=True, text=True, timeout=60, check=False)
    return int(done.stdout or 0) if done.returncode == 0 else 0


def main():
    with Workspace() as folder:
        try:
            first = run(START, folder)
            for words in ("1485 recorded, 1 replayed, 0 refused", "as known at 2021-04-22",
                          "History of ", "Open http://127.0.0.1:", "sign in as staff-demo-1", "stop with deploy/stop"):
                check(words in first, f"deploy/start does not say: {words}\n{first[-3000:]}")
            pid = int((folder / "mlupd.pid").read_text())
            second = run(START, folder)
            check("runs already" in second, second[-3000:])
            check("Import" not in second and "sign in as staff-demo-1" in second, second[-3000:])
            edge = run(START, folder, "--edge", code=1)
            check("started without --edge" in edge and "deploy/stop first" in edge, edge[-3000:])
            check((folder / "sign-in").stat().st_mode & 0o777 == 0o600, "the password of the demonstration can be read by others")
            check(int((folder / "mlupd.pid").read_text()) == pid, "the second run started another daemon")
        finally:
            stopped = run("deploy/stop", folder)
        check("stopped mlupd, process" in stopped and not (folder / "mlupd.pid").exists(), stopped)
        check("no daemon runs" in run("deploy/stop", folder), "deploy/stop does not see that nothing runs")
        start_with_postgres(folder)
        check((folder / "data").is_dir(), "the data is not where README.md says")
        check((folder / "data.keyring").is_file(), "the keyring is not where README.md says")
    print("started, started again, stopped")


if __name__ == "__main__":
    main()
