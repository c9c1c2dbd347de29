#!/usr/bin/env python3
"""No command says that all is well when its output was not written or its source not read: one test over all commands."""

import hashlib
import json
import os
import pty
import subprocess

from harness import BIN, Daemon, Workspace, check, data_file, head, mlup, read_jsonl

PERSON = "@person"
NAME = "Office of the north"
PERIODS = ("2021-Q1", "2021-Q2", "2020-Q4", "2021")
AT_ONCE_ROUNDS = 5
# Every command that prints, as it is called on a daemon that holds the quarter.
PRINTS = [
    ["--version"], ["--help"], ["--help-all"], ["status"], ["schema"], ["schema", "cases"], ["schema", "case_opened"], ["schema", "examples"],
    ["schema", "snapshot"], ["indicators"], ["indicators", "trainings"], ["indicators", "check", "@definitions"], ["report", "quarterly", "2021-Q1"],
    ["report", "quarterly", "2021-Q1", "--evidence", "case_closures"], ["report", "sum", "trainings", "committee_meetings", "--period", "2021-Q1"],
    ["case", "history", PERSON], ["people", "search", "--name", "Sok"], ["events", "tail"], ["subscribe", "--until-caught-up"], ["subscribers"], ["keys"], ["verify"], ["import", "@file"],
    ["import", "--dry-run", "@file"], ["quality"], ["dashboard", "worklists"], ["dashboard", "items", "tasks"], ["dashboard", "caseloads"],
    ["dashboard", "panels"], ["dashboard", "panel", "case_flow", "2021-Q1"], ["dashboard", "balance", "stock"],
]
# Every command that reads a file, on something that is none.
READS = [["import"], ["import", "--dry-run"], ["indicators", "check"], ["schema", "diff"], ["audit", "verify", "--key", "x"]]


def run(arguments, **streams):
    done = subprocess.run([BIN / "mlup", *arguments], stderr=subprocess.PIPE, timeout=120, check=False, **streams)
    return done.returncode, done.stderr.decode()


def full_disk(daemon, names):
    for command in PRINTS:
        arguments = [names.get(word, word) for word in command]
        for more in ([], ["--json"]):
            whole = ["--server", daemon.address, *more, *arguments]
            code, error = run(whole, stdout=subprocess.DEVNULL)
            check(code == 0, f"mlup {' '.join(command)}: {code} {error}")
            with open("/dev/full", "wb") as full:
                code, error = run(whole, stdout=full)
            check(code != 0 and "cannot be written" in error, f"mlup {' '.join(more + command)} on a full disk: {code} {error}")


def unreadable(daemon, folder):
    for command in READS:
        code, error = run(["--server", daemon.address, *command, str(folder)], stdout=subprocess.DEVNULL)
        check(code != 0 and error, f"mlup {' '.join(command)} of a folder: {code} {error}")
        code, error = run(["--server", daemon.address, *command, str(folder / "nothere")], stdout=subprocess.DEVNULL)
        check(code != 0 and error, f"mlup {' '.join(command)} of nothing: {code} {error}")
    # A descriptor that is closed.
    closed = subprocess.run(["/bin/sh", "-c", f'exec "$0" --server {daemon.address} import - <&-', BIN / "mlup"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
    check(closed.returncode != 0, f"import from a closed descriptor: {closed.returncode} {closed.stderr.decode()}")


def announced(daemon, file):
    told = mlup(daemon, "import", file).err
    check(f"importing into {NAME} ({daemon.address}), which is at position" in told, f"import does not say where to: {told}")
    check("holds data of real people" not in told, told)


def at_terminal(arguments, answer):
    """What a command says at a terminal where a person answers, and its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(BIN / "mlup", [str(BIN / "mlup"), *map(str, arguments)])
    said = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        said += piece
        if b"yes or no: " in said and answer:
            os.write(terminal, answer)
            answer = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), said.decode()


def asked(folder, file):
    """Where the data is of real people, who imports at a terminal is asked, and nobody else."""
    with Daemon(folder / "real", "--real-data") as daemon:
        check(mlup(daemon, "--json", "status").json()["real_data"] is True, "the status does not tell")
    # The mark is remembered.
    with Daemon(folder / "real") as daemon:
        whole = ["--server", daemon.address, "import"]
        code, said = at_terminal([*whole, file], b"no\n")
        check(code == 1 and "of real people" in said and "NOT_CONFIRMED" in said, f"a no: {code} {said}")
        check(head(daemon) == 0, "a no was taken for a yes")
        code, said = at_terminal([*whole, file], b"yes\n")
        check(code == 0 and "59 recorded" in said or "60 recorded" in said, f"a yes: {code} {said}")
        code, said = at_terminal([*whole, "--yes", file], b"")
        check(code == 0 and "yes or no" not in said, f"--yes: {code} {said}")
        check("of real people" in mlup(daemon, "import", file).err, "without a terminal nothing is told")


def absent(folder):
    started = os.times().elapsed
    code, error = run(["--server", f"unix:{folder}/nobody.sock", "status"], stdout=subprocess.DEVNULL)
    check(code == 3 and "no answer" in error, f"an absent daemon: {code} {error}")
    check(os.times().elapsed - started < 10, "an absent daemon is told after seconds")


def at_once(daemon, folder):
    """Of exports to one path at once one leaves its file, whole: what it told of it holds."""
    path = folder / "figures.csv"
    for _ in range(AT_ONCE_ROUNDS):
        runs = [subprocess.Popen([BIN / "mlup", "--server", daemon.address, "--json", "export", "csv", period, "--recipient", "mosvy", "--expires",
                                  "2099-12-31", "-o", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for period in PERIODS]
        told = set()
        for running in runs:
            out, error = running.communicate(timeout=120)
            check(running.returncode == 0, f"an export beside others: {error.decode()}")
            told.add(json.loads(out)["sha256"])
        check(len(told) == len(PERIODS), "the exports do not differ: nothing is shown")
        check(hashlib.sha256(path.read_bytes()).hexdigest() in told, "the file is of no export")
        check(path.stat().st_mode & 0o777 == 0o600, "others may read the file")
        check(not list(folder.glob(".mlup.*")), "something is left beside it")


def main():
    with Workspace() as folder, Daemon(folder / "data", "--name", NAME) as daemon:
        file = folder / "facts.jsonl"
        lines = data_file().read_text(encoding="utf-8").splitlines(keepends=True)[:60]
        file.write_text("".join(lines), encoding="utf-8")
        mlup(daemon, "import", file)
        definitions = folder / "indicators.textproto"
        definitions.write_text("", encoding="utf-8")
        stream = next(fact["stream"] for line in read_jsonl(file) for fact in line["record"]["facts"] if fact["stream"].startswith("person/"))
        full_disk(daemon, {PERSON: stream.split("/")[1], "@file": str(file), "@definitions": str(definitions)})
        unreadable(daemon, folder)
        announced(daemon, file)
        asked(folder, file)
        absent(folder)
        at_once(daemon, folder)
    print(f"outputs: {len(PRINTS)} commands on a full disk, {len(READS)} on what cannot be read")


if __name__ == "__main__":
    main()
