"""The four faces as consent_faces.py looks at them: what each delivered, in order."""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time

from consent_world import token
from harness import ROOT, check, mlup, wait_for
from webhook_receiver import SECRET, Receiver

DEADLINE_S = 90
# What `mlup subscribers` calls the ways.
PATHS = {"http": "http", "hook": "webhook", "bus": "nats"}


class Seen:
    """One delivery: `data` is the event's message, `raw` all that came."""

    def __init__(self, event_id, kind, subject, data, raw):
        self.id, self.type, self.subject, self.data, self.raw = event_id, kind, subject, data, raw


def from_cloudevent(event):
    area, name, _ = event["type"].removeprefix("org.mluprussey.").split(".")
    return Seen(event["id"], f"{area}.{name}", event["subject"], event["data"], event)


class Face:
    """What was delivered, from any thread. `mark()` begins a new chapter; `since()` is what came after it."""

    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.all, self.problems = [], []
        self.marked = 0

    def take(self, seen):
        with self.lock:
            self.all.append(seen)

    def mark(self):
        with self.lock:
            self.marked = len(self.all)

    def since(self):
        with self.lock:
            return self.all[self.marked:]

    def has(self, event_id):
        return any(seen.id == event_id for seen in self.since())


def ask(port, subscriber, path, place="", **headers):
    """The socket and the answer to a GET."""
    if place:
        headers["Last-Event-ID"] = place
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token(subscriber)}", **headers})
    return connection.sock, connection.getresponse()


def pages(port, subscriber):
    """All that a subscriber sees, page by page, from the start."""
    found, place = [], ""
    while True:
        _, response = ask(port, subscriber, "/v1/events?limit=7", place)
        page = json.loads(response.read())
        found += [from_cloudevent(event) for event in page["events"]]
        place = page["next"]
        if page["caught_up"]:
            return found


class Http(Face):
    """Follows server-sent events and resumes where it stood."""

    def __init__(self, port):
        super().__init__("http")
        self.port, self.place, self.ends = port, "", False
        self.socket = socket.socket()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.ends = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(DEADLINE_S)

    def _run(self):
        while not self.ends:
            try:
                self._follow()
            except (OSError, http.client.HTTPException, ValueError) as problem:
                self.problems.append(repr(problem))
            time.sleep(0.1)

    def _follow(self):
        self.socket, response = ask(self.port, "http", "/v1/events", self.place, Accept="text/event-stream")
        if response.status != 200:
            raise ValueError(response.read().decode())
        fields = {}
        for line in response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
                continue
            if fields.get("event") == "cloudevent":
                self.take(from_cloudevent(json.loads(fields["data"])))
            elif fields.get("event") == "failed":
                self.problems.append(fields["data"])
            self.place = fields.get("id", self.place)
            fields = {}



class Hook(Face):
    """Takes what it is sent; keeps the answer to the event `held` back until `release` is set."""

    def __init__(self, held):
        super().__init__("hook")
        self.held, self.release = held, threading.Event()
        self.receiver = Receiver()
        self.receiver.behave = self._behave

    def way(self, folder):
        (folder / "secret").write_text(f"whsec_{SECRET}\n")
        (folder / "secret").chmod(0o600)
        return f'webhook {{ url: "{self.receiver.url}" secret_file: "{folder}/secret" allowed_networks: "127.0.0.1" timeout_seconds: 30 }}'

    def _behave(self, event):
        if event["type"] != "org.mluprussey.webhooks.Ping.v1":
            self.take(from_cloudevent(event))
        if event["id"] == self.held:
            self.release.wait(DEADLINE_S)
        return 200

    def stop(self):
        self.release.set()
        self.receiver.stop()


class Bus(Face):
    """A nats-server, and a plain subscription that sees everything that is published, also what the stream refuses as a duplicate."""

    def __init__(self, folder, port):
        super().__init__("bus")
        self.port = port
        self.server = subprocess.Popen(["nats-server", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder / "nats"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("nats-server", self._connect)
        threading.Thread(target=self._run, daemon=True).start()

    def way(self):
        return f'nats {{ url: "nats://127.0.0.1:{self.port}" stream: "EVENTS" }}'

    def stop(self):
        self.server.kill()
        self.server.wait()

    def _connect(self):
        try:
            self.socket = socket.create_connection(("127.0.0.1", self.port), 10)
        except OSError:
            return False
        self.socket.settimeout(None)
        self.socket.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB mlup.> 1\r\n')
        return True

    def _run(self):
        file = self.socket.makefile("rb")
        for line in file:
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            elif line.startswith((b"MSG", b"HMSG")):
                words = line.split()
                skip = int(words[-2]) if line.startswith(b"HMSG") else 0
                body = file.read(int(words[-1]) + 2)[skip:-2]
                event = json.loads(body)
                if event["type"] != "org.mluprussey.webhooks.Ping.v1":
                    self.take(from_cloudevent(event))


class Esdb(Face):
    """A subscription to all, and a group; `group` is what the group handed out."""

    def __init__(self, folder, clients, port, nacked):
        super().__init__("esdb")
        self.folder, self.port, self.group = folder / "node", port, Face("group")
        self.folder.mkdir()
        shutil.copy(ROOT / "tests/e2e/consent_esdb.mjs", self.folder)
        (self.folder / "node_modules").symlink_to(clients / "node_modules")
        self.errors = open(folder / "node.err", "wb")
        self.process = subprocess.Popen(self._command("follow", nacked), stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        stdin=subprocess.DEVNULL)
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()

    def _command(self, *arguments):
        return ["node", self.folder / "consent_esdb.mjs", f"127.0.0.1:{self.port}", *arguments]

    def _run(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["way"] in ("all", "group"):
                face = self if event["way"] == "all" else self.group
                if "problem" in event:
                    face.problems.append(event["message"])
                else:
                    face.take(self._seen(event))

    @staticmethod
    def _seen(event):
        category, _, owner = event["stream"].partition("-")
        subject = f"{owner[:8]}-{owner[8:12]}-{owner[12:16]}-{owner[16:20]}-{owner[20:]}"
        area, _, name = event["type"].removeprefix("mlup.").partition(".v1.")
        seen = Seen(event["id"], f"{area}.{name}", subject, event["data"], event)
        seen.category = category
        return seen

    def read(self, *streams):
        """By way of reading: what came, and the problems."""
        done = subprocess.run(self._command("read", *streams), capture_output=True, text=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL,
                              check=False)
        check(done.returncode == 0, f"the client ended with {done.returncode}: {done.stderr[-800:]}")
        found, problems = {}, {}
        for line in done.stdout.splitlines():
            event = json.loads(line)
            if "problem" in event:
                problems[event["way"]] = f"{event['problem']}: {event['message']}"
            else:
                found.setdefault(event["way"], []).append(self._seen(event))
        return found, problems


def clients():
    """The folder with the npm clients that tests/clients installs; None where that cannot be."""
    sys.path.insert(0, str(ROOT / "tests/clients"))
    import run  # pylint: disable=import-outside-toplevel
    mark = run.CACHE / "installed"
    if not mark.exists() or mark.read_text() != (run.HERE / "package-lock.json").read_text():
        try:
            run.install()
        except SystemExit:
            return None
    return run.CACHE


def standing(server):
    """What `mlup subscribers` says, by subscriber; and the last position."""
    report = mlup(server, "--json", "subscribers").json()["outside"]
    return {one["subscriber_id"]: one for one in report["subscribers"]}, int(report["head"])


def wait_until_looked_at(server, names):
    """Until HTTP, webhook and NATS have looked at all there is and nothing is under way."""
    def late():
        found, _ = standing(server)
        return [path for name in names for path in found[name]["paths"] if path["path"] == PATHS[name]
                and any(int(path.get(key, 0)) for key in ("lag", "in_flight", "waiting_for_retry"))]

    wait_for(lambda: f"all is looked at: {late()}", lambda: not late())


