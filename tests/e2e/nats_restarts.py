"""nats-server and mlupd are killed and restarted under load: nothing is lost, and nothing stands in the stream twice."""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

from harness import Daemon, Workspace, check, data_file, free_port, mlup, wait_for
from nats_client import Nats
from webhook_delivery import expected, kill_in_import
from webhook_receiver import subscriber

SEED = int(os.environ.get("MLUP_SEED", "7"))
KILLS = int(os.environ.get("MLUP_KILLS", "4"))
SKIP = 77


class Server:
    """One nats-server with JetStream; its folder outlives it."""

    def __init__(self, folder, port):
        self.command = ["nats-server", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()


def disturb(server, seed, stop):
    """Kills the server now and then and starts it again after a while."""
    dice = random.Random(seed)
    kills = 0
    while not stop.wait(dice.uniform(0.2, 1.0)):
        server.kill()
        stop.wait(dice.uniform(0.05, 0.6))
        server.start()
        kills += 1
    return kills


def stored(port, stream):
    try:
        with Nats(port) as nats:
            return nats.ask(f"$JS.API.STREAM.INFO.{stream}", {}).get("state", {}).get("messages", 0)
    except OSError:
        return 0


def main():
    if not shutil.which("nats-server"):
        print("skipped: nats-server is not installed")
        return SKIP
    port = free_port()
    with Workspace() as folder:
        server = Server(folder / "nats", port)
        try:
            subscribers = folder / "subscribers.textproto"
            subscribers.write_text(subscriber("bus", nats=f'url: "nats://127.0.0.1:{port}" stream: "EVENTS"'))
            serve = ("--subscribers-file", subscribers)
            stop = threading.Event()
            kills = []
            disturber = threading.Thread(target=lambda: kills.append(disturb(server, SEED, stop)))
            disturber.start()
            kill_in_import(folder / "data", serve, KILLS, random.Random(SEED))
            with Daemon(folder / "data", *serve) as daemon:
                mlup(daemon, "import", data_file())
                time.sleep(3)  # Under fire a little longer.
                stop.set()
                disturber.join()
                wanted = expected(daemon)
                wait_for("all events", lambda: stored(port, "EVENTS") >= len(wanted))
                ping = mlup(daemon, "webhooks", "ping", "bus")
                check(ping.out.startswith("taken"), ping.out)
            with Nats(port) as nats:
                messages = list(nats.messages("EVENTS"))
        finally:
            server.kill()
        ids = [headers["Nats-Msg-Id"] for _, headers, _ in messages]
        check(len(ids) == len(set(ids)), "an event stands in the stream twice")
        check(set(ids) == wanted, f"{len(wanted - set(ids))} events are lost")
        order = {}
        for subject, headers, body in messages:
            event = json.loads(body)
            check(event["id"] == headers["Nats-Msg-Id"], "the id is that of the event")
            category, name = subject.removeprefix("mlup.").split(".")
            check(event["source"] == f"/mro/{category}" and f".{name}." in event["type"], subject)
            order.setdefault(event["subject"], []).append(event["sequence"])
        check(all(sequences == sorted(sequences) for sequences in order.values()), "a stream is out of order")
        print(f"{len(ids)} events; nats-server killed {kills[0]} times, mlupd {KILLS} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
