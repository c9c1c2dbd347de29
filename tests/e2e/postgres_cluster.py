"""A PostgreSQL of its own for a test, and questions to it."""

import hashlib
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from harness import ROOT, check, report, wait_for

SKIPPED = 77
# Those of the log alone, which the checkpoint and the writer are not.
TABLES = ("mlup.fact_event", "mlup.fact_event_changed", "mlup.dim_person", "mlup.dim_place", "mlup.dim_indicator", "mlup.case_interval",
          "mlup.placement_interval", "mlup.report_period", "mlup.report_cell", "mlup.report_evidence", "mlup_public.figure")


def skip_without_postgres():
    """Ends the test with a word where PostgreSQL is not installed."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        print("skipped: there is no PostgreSQL: deploy/install-deps")
        sys.exit(SKIPPED)


class Cluster:
    """Runs from construction to stop(); a context manager. The folder and those above it may be passed by all."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.parent.chmod(0o711)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def connection(self):
        return self.folder / "connection"

    def arguments(self):
        """What a daemon is told."""
        return ("--postgres", self.connection)

    def _deploy(self, command):
        return subprocess.run([ROOT / "deploy/postgres", command, self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=120, check=False).returncode == 0

    def starts(self):
        return self._deploy("start")

    def start(self):
        check(self.starts(), f"deploy/postgres start {self.folder}")

    def stop(self):
        check(self._deploy("stop"), f"deploy/postgres stop {self.folder}")

    def run(self, program, *arguments, user="mlup", database="mlup", code=0):
        """Output of a program of PostgreSQL; it must end with the code."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        done = subprocess.run([program, "-h", self.folder / "socket", "-U", user, "-d", database, *arguments],
                              capture_output=True, text=True, timeout=120, check=False, env=environment)
        check(done.returncode == code, f"{program} {arguments} ended with {done.returncode}: {done.stderr[-1500:]}")
        return done.stdout if code == 0 else done.stderr

    def ask(self, statement, user="mlup"):
        """Rows of a statement, as lists of texts; NULL is empty."""
        found = self.run("psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-F", "\x1f", "-R", "\x1e", "-c", statement, user=user)
        return [row.split("\x1f") for row in found.rstrip("\n").split("\x1e")] if found.rstrip("\n") else []

    def refuses(self, statement, user):
        """What PostgreSQL says against a statement that must fail."""
        return self.run("psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement, user=user, code=1)

    def counted_to(self):
        """Position up to which all tables are; 0 where there are none."""
        if self.ask("SELECT to_regclass('mlup.checkpoint') IS NULL") == [["t"]]:
            return 0
        return int(self.ask("SELECT counted_position FROM mlup.checkpoint")[0][0])

    def wait(self, position):
        """Until all up to a position is counted."""
        wait_for(lambda: f"PostgreSQL is at {self.counted_to()} of {position}", lambda: self.counted_to() == position)

    def digests(self):
        """Of each table, over its rows in order."""
        found = {}
        for table in TABLES:
            rows = self.ask(f'SELECT t::text FROM {table} t ORDER BY t::text COLLATE "C"')
            check(rows, f"{table} is empty")
            found[table] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
        return found

    def drop(self):
        """As if nothing had ever been written."""
        self.ask("DROP SCHEMA mlup_public CASCADE; DROP SCHEMA mlup CASCADE")

    def forget(self):
        """Another cluster in its place, as after the loss of a disk."""
        self.stop()
        shutil.rmtree(self.folder)
        self.start()


def rows_of_reports(cluster):
    """The rows in PostgreSQL, by period, in the form of `mlup --json report`."""
    found = {}
    for period, code, dimension, member, value, why, planned, headcount, evidence, restated, published in cluster.ask(
            "SELECT period, code, dimension, member, value, why_none, planned_value, headcount, evidence_count, restated, published_value "
            "FROM mlup.report_cell ORDER BY period, ordinal"):
        found.setdefault(period, []).append((code, dimension, member, number(value), why, number(planned), number(headcount), int(evidence),
                                             restated == "t", number(published)))
    return found


def number(text):
    return Decimal(text) if text else None


def rows_of(answer):
    return [(row["code"], row.get("dimension") or "", row.get("member") or "", number(row.get("value", "")), row.get("why_none") or "",
             number(row.get("planned_value", "")), number(row.get("headcount", "")), int(row.get("evidence_count") or 0),
             bool(row.get("restated", False)), number(row.get("published_value", ""))) for row in answer["rows"]]


def check_reports(daemon, cluster):
    """Every quarter in PostgreSQL is the report that the daemon gives. Returns how many rows and quarters those are."""
    found = rows_of_reports(cluster)
    check(found, "there is no quarter")
    for period, rows in found.items():
        wanted = rows_of(report(daemon, period=period))
        check(rows == wanted, f"{period}: {[pair for pair in zip(rows, wanted) if pair[0] != pair[1]][:3]}, {len(rows)} and {len(wanted)} rows")
    return sum(len(rows) for rows in found.values()), len(found)
