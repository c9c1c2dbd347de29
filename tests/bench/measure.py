"""Measures one system of the peer bench: a server of its own, the driver of its client, and what was read back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import servers
import systems

# Streams are filled to this length, two events at a time to 64 streams of an append, so that a stream lies scattered.
STREAM_EVENTS = 50
FILL_SEED = 7
EVENT_BYTES = 288


class Wrong(Exception):
    """A system did not do what was measured."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def busy():
    """The share of the processors that others use, while nothing of ours runs."""
    def read():
        fields = list(map(int, Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]))
        return sum(fields), fields[3] + fields[4]
    before = read()
    time.sleep(0.2)
    after = read()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


class Session:
    """One system with a server on a folder; counts what was acknowledged."""

    def __init__(self, system, folder):
        self.system = system
        self.server = system.server(folder)
        self.events = 0
        self.digest = 0

    def command(self, what, *arguments, row=""):
        program = Path(os.environ["MLUP_BENCH_BIN"]) / self.system.driver
        connections = self.system.connections.get(row, 1)
        return list(map(str, [program, "--server", self.server.address, "--form", self.system.form, "--connections", connections,
                              *arguments, what]))

    def drive(self, what, *arguments, row=""):
        """Runs the driver; returns its figures."""
        done = subprocess.run(self.command(what, *arguments, row=row), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=1200)
        if done.returncode:
            raise Wrong(f"{self.system.name} {row or what}: {done.stderr.decode(errors='replace')[-500:]}")
        return json.loads(done.stdout)

    def add(self, figures):
        self.events += figures["events"]
        self.digest = (self.digest + int(figures["digest"])) % (1 << 64)

    def begin(self):
        self.server.prepare()
        self.server.start()
        if self.system.peer != "bare":
            created = self.drive("create", "--seed", 1)
            self.add(created)
            if not created["refuses_wrong_revision"] and "not checked" not in self.system.durable:
                raise Wrong(f"{self.system.name}: takes a wrong expected revision")

    def compare(self, figures):
        """What was read back against what was acknowledged."""
        if figures["events"] != self.events or int(figures["digest"]) != self.digest:
            raise Wrong(f"{self.system.name}: {figures['events']} events read back, {self.events} acknowledged, or others")

    def settle(self, most_s):
        """Waits until the server does nothing, so that what it put off counts as its own and disturbs nobody."""
        deadline = time.monotonic() + most_s
        before = self.server.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            now = self.server.cpu_seconds()
            if now - before < 0.011:
                return
            before = now

    def append(self, row, seconds, seed):
        """One measurement of a row of appends, with the processor time of the server for an event."""
        before = self.server.cpu_seconds()
        what = systems.CALLERS.get(row, "append")
        figures = self.drive(what, *systems.work(row), "--seconds", seconds, "--seed", seed, row=row)
        self.add(figures)
        self.settle(min(10, 3 * seconds))
        figures["server_us_an_event"] = 1e6 * (self.server.cpu_seconds() - before) / figures["events"]
        return figures

    def fill(self, events):
        """Fills streams of STREAM_EVENTS, about so many events; returns the arguments that name the streams."""
        slots = 16
        streams = max(64, round(events / STREAM_EVENTS / slots / 64) * 64)
        shape = ["--in-flight", slots, "--streams-a-slot", streams, "--seed", FILL_SEED]
        self.add(self.drive("append", *shape, "--batch", 128, "--pieces", 64, "--events", slots * streams * STREAM_EVENTS, row="fill"))
        self.settle(120)
        return shape

    def restart(self, shape):
        """Starts the server; how long until it answered a read, in milliseconds."""
        begun = time.time()
        self.server.launch()
        with subprocess.Popen(self.command("first-read", *shape), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
            line = reader.stdout.readline()
        figures = json.loads(line or '{"events": 0}')
        if figures["events"] == 0:
            raise Wrong(f"{self.system.name}: no read after a start")
        return 1000 * (figures["at"] - begun)


def appends(system, folder, rows, seconds, turn):
    """Measures the rows of appends of a system on an empty server: {row: figures}."""
    session = Session(system, folder)
    found = {}
    try:
        session.begin()
        if system.peer != "bare":
            session.append("append64", min(1, seconds), 2)  # warm
        for number, row in enumerate(rows):
            found[row] = session.append(row, seconds, 10 + number + 100 * turn)
            say(f"    {row}: {found[row]['events_s']:,.0f} events/s")
        if system.peer != "bare":
            session.compare(session.drive("replay", "--way", system.ways[0]))
    finally:
        session.server.stop()
    return found


class Reader:
    """A system filled once and measured in every round."""

    def __init__(self, system, folder, events):
        self.session = Session(system, folder)
        try:
            self.session.begin()
            before = servers.written_bytes(folder)
            self.shape = self.session.fill(events)
            written = (servers.written_bytes(folder) - before) / self.session.events / EVENT_BYTES
        finally:
            self.session.server.stop()
        self.parts = {part: size / self.session.events for part, size in self.session.server.parts().items()}
        self.parts["write_amplification"] = written

    def round(self, rows, reads, turn):
        """{row: figures} of one round, in which the server is started, and killed at the end."""
        session = self.session
        rows = [row for row in rows if row in session.system.rows]
        found = {"bytes": self.parts} if "bytes" in rows else {}
        try:
            session.restart(self.shape)
            if "replay" in rows or "memory" in rows:
                found |= self.replays()
            if "memory" in rows:
                found["memory"] = {"mib": session.server.memory_mib()}
            if "stream50" in rows:
                found["stream50"] = self.streams(reads)
            if "delivery" in rows:
                found["delivery"] = session.drive("delivery", "--reads", reads, "--streams-a-slot", 64, "--seed", 1000 + turn)
                session.add(found["delivery"])
            if "start" in rows:
                session.server.kill()
                found["start"] = {"ms": session.restart(self.shape)}
        finally:
            session.server.kill()
        return found

    def replays(self):
        found = {}
        for way in self.session.system.ways:
            figures = self.session.drive("replay", "--way", way)
            self.session.compare(figures)
            found["replay" if way == self.session.system.ways[0] else f"replay {way}"] = figures
        return found

    def streams(self, reads):
        figures = self.session.drive("streams", *self.shape, "--reads", reads)
        if figures["events_a_stream"] != STREAM_EVENTS:
            raise Wrong(f"{self.session.system.name}: streams of {figures['events_a_stream']} events")
        return figures
