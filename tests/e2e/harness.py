"""Starts the real programs on folders and ports of their own, for the end-to-end tests."""

import atexit
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MLUP_BIN", ROOT / "build/release/bin"))
TIMEOUT_S = 60
DEADLINE_S = int(os.environ.get("MLUP_DEADLINE", "240"))
MEL = "staff-mel-1:mel_officer:mro"
MANAGER = "staff-cm-1:case_manager:mro"


class Daemon:
    """One mlupd process, started by the words of `under`. Use as a context manager, or call stop() or kill()."""

    def __init__(self, data, *arguments, listen="127.0.0.1:0", keyring=None, under=()):
        self.data = Path(data)
        self.keyring = Path(keyring or f"{data}.keyring")
        self.log_path = self.data.with_name(f"{self.data.name}.{os.urandom(4).hex()}.log")
        self.log = open(self.log_path, "wb")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MLUP_")}
        # What the address sanitizer keeps of freed memory is none of the daemon's.
        environment["ASAN_OPTIONS"] = f"quarantine_size_mb=16:{environment.get('ASAN_OPTIONS', '')}"
        self.process = subprocess.Popen(
            [*under, BIN / "mlupd", "serve", "--data", self.data, "--listen", listen,
             "--keyring", self.keyring, *arguments],
            stdout=subprocess.PIPE, stderr=self.log, env=environment)
        # A test that fails must not leave processes behind.
        atexit.register(self.kill)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(TIMEOUT_S)
            raise RuntimeError("mlupd did not start: " + self.log_path.read_text())
        self.serving = json.loads(line)
        self.address = self.serving["address"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it as an operator does, and checks that it ends well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(TIMEOUT_S)
            assert code == 0, f"mlupd ended with {code}: {self.log_path.read_text()}"
        self._close()

    def kill(self):
        """Ends it as a power cut does to a process."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(TIMEOUT_S)
        self._close()

    def _close(self):
        self.process.stdout.close()
        self.log.close()


class Run:
    """What a run of mlup gave."""

    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout.decode()
        self.err = completed.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def mlup(server, *arguments, stdin=b"", expect=0):
    """Runs the command line; fails unless it ends with `expect` (None: any code)."""
    address = server.address if isinstance(server, Daemon) else server
    completed = subprocess.run([BIN / "mlup", "--server", address, *map(str, arguments)], input=stdin,
                               capture_output=True, timeout=600, check=False)
    run = Run(completed)
    if expect is not None and run.code != expect:
        raise AssertionError(f"mlup {' '.join(map(str, arguments))} ended with {run.code}, not {expect}:\n"
                             f"{run.out[-1500:]}\n{run.err[-1500:]}")
    return run


def head(server):
    """Last position of the log."""
    return mlup(server, "--json", "status").json()["head"]


def report(server, as_known_at="", period="2021-Q1"):
    """The report as parsed JSON, after the read models have caught up."""
    day = ["--as-known-at", as_known_at] if as_known_at else []
    return mlup(server, "--json", "report", "quarterly", period, *day).json()


def figures(found):
    """The rows of a report without what depends on when it was asked."""
    return found["rows"], found["notes"]


def to_jsonl(lines):
    """Lines as the bytes of an import file."""
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def read_jsonl(path):
    """Lines of an import file."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def facts_of(lines):
    """(position, fact, context) of each fact that importing the lines records; a request sent again stands once."""
    records = {}
    for line in lines:
        records.setdefault(line["record"]["context"]["request_id"], line["record"])
    facts = [(fact, record["context"]) for record in records.values() for fact in record["facts"]]
    return [(position, *found) for position, found in enumerate(facts, 1)]


def data_file():
    """The first quarter of 2021: every difficulty, every person invented."""
    return ROOT / "tests/data/q1-2021.jsonl"


class Workspace:
    """A folder that goes away, unless the test failed."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="mlup-e2e-"))
        return self.path

    def __exit__(self, kind, *_):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"left for a look: {self.path}", file=sys.stderr)


def check(condition, message):
    """An assertion that python -O keeps."""
    if not condition:
        raise AssertionError(message)


def free_port():
    """A port that nobody listens on; below those that the system gives to whoever connects, which could take it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for(what, condition, seconds=DEADLINE_S):
    """Waits until the condition holds, but not for ever; `what` is a text, or makes one when it is too late."""
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"not in time: {what() if callable(what) else what}")
        time.sleep(0.05)
