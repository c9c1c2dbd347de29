"""A receiver fails, hangs, closes, answers 500 and comes back while mlupd is killed: order per stream, nothing lost."""

import os
import random
import subprocess
import time

from harness import BIN, Daemon, Workspace, check, data_file, mlup, wait_for
from webhook_receiver import SECRET, Receiver, moody, subscriber

SEED = int(os.environ.get("MLUP_SEED", "7"))
KILLS = int(os.environ.get("MLUP_KILLS", "4"))


def expected(daemon):
    """Ids of the events that the subscriber may see."""
    return {event["event_id"] for event in mlup(daemon, "--json", "events", "tail", "--from", 1).lines()
            if event["stream"].split("/")[0] not in ("access", "import", "system")}


def kill_in_import(data, serve, kills, dice):
    """Kills so many daemons, each in the middle of an import."""
    for _ in range(kills):
        daemon = Daemon(data, *serve)
        importer = subprocess.Popen([BIN / "mlup", "--server", daemon.address, "import", data_file()],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.3, 1.5))
        daemon.kill()
        importer.kill()
        importer.wait()


def main():
    receiver = Receiver()
    with Workspace() as folder:
        (folder / "secret").write_text(f"whsec_{SECRET}\n")
        (folder / "secret").chmod(0o600)
        subscribers = folder / "subscribers.textproto"
        subscribers.write_text(subscriber(
            "partner", webhook=f'url: "{receiver.url}" secret_file: "{folder}/secret" allowed_networks: "127.0.0.1" timeout_seconds: 1'))
        serve = ("--subscribers-file", subscribers)
        receiver.behave = moody(SEED)
        kill_in_import(folder / "data", serve, KILLS, random.Random(SEED))
        with Daemon(folder / "data", *serve) as daemon:
            mlup(daemon, "import", data_file())
            wanted = expected(daemon)
            wait_for("most events, on a bad day", lambda: len(receiver.ids()) > 0.8 * len(wanted))
            receiver.behave = lambda event: 200
            ping = mlup(daemon, "--json", "webhooks", "ping", "partner").json()
            check(ping["delivered"] and receiver.pings == [ping["event_id"]], f"ping: {ping}")
            wait_for("all events", lambda: wanted <= receiver.ids())
            check(receiver.ids() == wanted, "something was sent that is not in the log")
            letters = mlup(daemon, "--json", "webhooks", "dead-letters", "partner").lines()
            check(letters == [], f"nothing was refused for good: {letters}")
        for subject, sequences in receiver.first_deliveries().items():
            check(sequences == sorted(sequences), f"out of order: {subject}")
        check(receiver.forged == 0, "a signature was wrong")
        doubled = len(receiver.taken) - len(wanted)
        check(doubled > 0, "the day was not bad enough to show that an event may come twice")
        print(f"{len(wanted)} events in {receiver.requests} requests over {KILLS} kills; {doubled} delivered twice")
    receiver.stop()


if __name__ == "__main__":
    main()
