"""A webhook receiver that checks signatures by itself and can be told to misbehave."""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64encode(bytes(range(32))).decode()
TOLERANCE_S = 300
CATEGORIES = ("activity", "case", "case_group", "club", "community_group", "course", "distribution", "donation",
              "household", "incident", "organisation", "person", "report", "store")


def signed(secret, headers, body):
    """Whether one of the signatures is ours, in the Standard Webhooks form."""
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    mine = base64.b64encode(hmac.new(base64.b64decode(secret), content, hashlib.sha256).digest()).decode()
    recent = abs(time.time() - int(headers["webhook-timestamp"])) < TOLERANCE_S
    given = [word.removeprefix("v1,") for word in headers["webhook-signature"].split() if word.startswith("v1,")]
    return recent and any(hmac.compare_digest(mine, one) for one in given)


class Receiver:
    """Listens from construction to stop(). `behave(event)` names what to do: a status, `hang`, `close`, or `lose`
    to take the event and close without an answer."""

    def __init__(self, secret=SECRET):
        self.secret = secret
        self.behave = lambda event: 200
        self.lock = threading.Lock()
        self.taken = []  # (subject, sequence, id), in the order in which they were acknowledged
        self.pings = []
        self.forged = 0
        self.requests = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/events"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def ids(self):
        with self.lock:
            return {event_id for _, _, event_id in self.taken}

    def first_deliveries(self):
        """By subject, the sequences in the order in which each was first taken."""
        seen, order = set(), {}
        with self.lock:
            for subject, sequence, event_id in self.taken:
                if event_id not in seen:
                    seen.add(event_id)
                    order.setdefault(subject, []).append(sequence)
        return order

    def take(self, event):
        with self.lock:
            if event["type"] == "org.mluprussey.webhooks.Ping.v1":
                self.pings.append(event["id"])
            else:
                self.taken.append((event["subject"], event["sequence"], event["id"]))

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests += 1
                if not signed(receiver.secret, self.headers, body):
                    receiver.forged += 1
                    self.answer(401)
                    return
                event = json.loads(body)
                assert event["id"] == self.headers["webhook-id"], "the id of the message is that of the event"
                self.act(event, receiver.behave(event))

            def act(self, event, what):
                if what == "hang":
                    time.sleep(1.5)  # Longer than the relay waits.
                    self.close_connection = True
                elif what in ("close", "lose"):
                    self.close_connection = True
                    if what == "lose":
                        receiver.take(event)
                else:
                    if what < 300:
                        receiver.take(event)
                    self.answer(what)

            def answer(self, status):
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


def moody(seed):
    """Answers as a bad day would: most are well, the rest fails in every way there is."""
    dice = random.Random(seed)
    lock = threading.Lock()

    def behave(_):
        with lock:
            return dice.choices([200, 500, 503, 429, "hang", "close", "lose"], [80, 5, 5, 2, 2, 3, 3])[0]

    return behave


def subscriber(name, token=None, **ways):
    """The text of one subscriber of the organisation itself, which may see every clear field."""
    if token:
        ways["token_sha256"] = hashlib.sha256(token.encode()).hexdigest()
    categories = " ".join(f'categories: "{category}"' for category in CATEGORIES)
    blocks = " ".join(f'{way}: "{value}"' if way == "token_sha256" else f"{way} {{ {value} }}"
                      for way, value in ways.items())
    return (f'subscribers {{ subscriber_id: "{name}" label: "{name}" organisation_id: "mro" purpose: "test"\n'
            f'  agreement {{ filter {{ {categories} }} fields {{ type: "*" paths: "*" }} }}\n  {blocks} }}\n')
