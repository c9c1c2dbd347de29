"""A receiver refuses one case: others go on, the case waits in order, and a person replays or skips. 410 stops it."""

import time

from harness import Daemon, Workspace, check, data_file, mlup, wait_for
from webhook_delivery import expected
from webhook_receiver import SECRET, Receiver, subscriber

NEW_SECRET = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3"


def letters(daemon, *arguments):
    return mlup(daemon, "--json", "webhooks", "dead-letters", "partner", *arguments).lines()


def events_of(daemon, stream):
    """Event ids of one stream, in order."""
    return [event["event_id"] for event in mlup(daemon, "--json", "events", "tail", "--from", 1).lines()
            if event["stream"] == stream]


def busiest_case(daemon):
    """The case with the most events."""
    counts = {}
    for event in mlup(daemon, "--json", "events", "tail", "--from", 1).lines():
        if event["stream"].startswith("case/"):
            counts[event["stream"]] = counts.get(event["stream"], 0) + 1
    return max(sorted(counts), key=counts.get)


def replay_in_order(daemon, receiver, stream):
    """Once the receiver is repaired, a replay delivers the whole case in order."""
    receiver.behave = lambda event: 200
    mlup(daemon, "webhooks", "replay", "partner")
    wanted = expected(daemon)
    wait_for("the case after the replay", lambda: wanted <= receiver.ids())
    subject = stream.split("/")[1]
    taken = [event_id for at, _, event_id in receiver.taken if at == subject]
    check(taken == events_of(daemon, stream), "the case is complete and in order")
    check(letters(daemon) == [], "no dead letter is left")


def skip_one(daemon, receiver, stream):
    """From the beginning again: the first event of the case is refused for ever, and given up."""
    subject = stream.split("/")[1]
    first, *rest = events_of(daemon, stream)
    receiver.behave = lambda event: 400 if event["id"] == first else 200
    receiver.taken.clear()
    mlup(daemon, "webhooks", "replay", "partner", "--from", 0)
    wait_for("a dead letter", lambda: letters(daemon))
    refused = mlup(daemon, "webhooks", "skip", "partner", first, "--reason", "Free text", expect=1)
    check("REASON_REQUIRED" in refused.err, refused.err)
    mlup(daemon, "webhooks", "skip", "partner", first, "--reason", "unreadable_there")
    wait_for("the rest of the case",
             lambda: [event_id for at, _, event_id in receiver.taken if at == subject] == rest)
    skipped = letters(daemon, "--skipped")
    check([letter["event_id"] for letter in skipped] == [first], "it is on record that it was skipped")
    check(skipped[0]["skip"]["actor_id"] == "staff-mel-1", "and by whom")


def gone(daemon, receiver):
    """410 stops everything until a ping is taken."""
    receiver.behave = lambda event: 410
    asked = receiver.requests
    mlup(daemon, "webhooks", "replay", "partner", "--from", 0)
    wait_for("the 410", lambda: receiver.requests > asked)
    time.sleep(1)  # Nothing is to happen in it.
    stopped_at = receiver.requests
    time.sleep(2)
    check(receiver.requests == stopped_at, "it was asked again after 410")
    check(mlup(daemon, "webhooks", "ping", "partner", expect=1).out.startswith("not taken"), "a ping tells it")
    receiver.behave = lambda event: 200
    receiver.taken.clear()
    mlup(daemon, "webhooks", "ping", "partner")
    wanted = expected(daemon)
    wait_for("all events after a ping", lambda: wanted <= receiver.ids())


def main():
    receiver = Receiver()
    with Workspace() as folder:
        secret = folder / "secret"
        secret.write_text(f"whsec_{SECRET}\n")
        secret.chmod(0o600)
        subscribers = folder / "subscribers.textproto"
        subscribers.write_text(subscriber(
            "partner",
            webhook=f'url: "{receiver.url}" secret_file: "{secret}" allowed_networks: "127.0.0.1" timeout_seconds: 1 tries_max: 2'))
        with Daemon(folder / "calm") as daemon:
            mlup(daemon, "import", data_file())
            stream = busiest_case(daemon)
        subject = stream.split("/")[1]
        receiver.behave = lambda event: 400 if event.get("subject") == subject else 200
        with Daemon(folder / "data", "--subscribers-file", subscribers) as daemon:
            check(mlup(daemon, "webhooks", "ping", "nobody", expect=1).err.count("SUBSCRIBER_UNKNOWN"), "unknown")
            # Ids are the same in every import: the file states those of cases.
            mlup(daemon, "import", data_file())
            wanted = expected(daemon)
            held = set(events_of(daemon, stream))
            wait_for("all other streams", lambda: wanted - held <= receiver.ids())
            wait_for("a dead letter", lambda: letters(daemon))
            check([letter["event_id"] for letter in letters(daemon)] == events_of(daemon, stream)[:1],
                  "only the first event of the case is a dead letter; the others wait behind it")
            check(not receiver.ids() & held, "nothing of the case has overtaken it")
        with Daemon(folder / "data", "--subscribers-file", subscribers) as daemon:
            check(len(letters(daemon)) == 1, "the dead letter survives a restart")
            replay_in_order(daemon, receiver, stream)
            skip_one(daemon, receiver, stream)
            gone(daemon, receiver)
            # Both secrets sign, so that the receiver may change over when it likes.
            secret.write_text(f"whsec_{NEW_SECRET}\nwhsec_{SECRET}\n")
            time.sleep(11)
            for known in (NEW_SECRET, SECRET):
                receiver.secret = known
                mlup(daemon, "webhooks", "ping", "partner")
        check(receiver.forged == 0, "a signature was wrong")
        print(f"one of {len({s for s, _, _ in receiver.taken})} streams was held, replayed, skipped and stopped")
    receiver.stop()


if __name__ == "__main__":
    main()
