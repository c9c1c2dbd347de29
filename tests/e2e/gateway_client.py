"""A subscriber over HTTP with the standard library, and the facts that the tests of sharing need."""

import contextlib
import hashlib
import http.client
import json
import socket
import threading
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from harness import check, mlup, to_jsonl

WAIT_S = 30


def digest(token):
    """What the subscribers file holds of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def call(address, method, target, token=None, body=None, headers=(), tls=None):
    """One request, over TLS where `tls` is an ssl context: (status, headers, text)."""
    connection = (http.client.HTTPSConnection(address, timeout=WAIT_S, context=tls) if tls
                  else http.client.HTTPConnection(address, timeout=WAIT_S))
    sent = dict(headers)
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None:
        sent.setdefault("Content-Type", "application/cloudevents+json")
    connection.request(method, target, body=body, headers=sent)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers, text


def page(address, token, target="/v1/events"):
    """One page of events."""
    status, _, text = call(address, "GET", target, token)
    check(status == 200, f"{target}: {status} {text}")
    return json.loads(text)


class Stream:
    """Server-sent events, read by a thread of its own."""

    def __init__(self, address, token, target="/v1/events", last_id=""):
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.connection = http.client.HTTPConnection(address, timeout=120)
        self.connection.request("GET", target, headers=headers)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        check(self.response.status == 200, f"{self.response.status} {self.response.headers}")
        self.changed = threading.Condition()
        self.events = []
        self.last_id = last_id
        self.caught_up = 0
        self.ended = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        fields = {}
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                    continue
                self._take(fields)
                fields = {}
        except (OSError, http.client.HTTPException, ValueError):
            pass
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _take(self, fields):
        with self.changed:
            if fields.get("event") == "cloudevent":
                self.events.append(json.loads(fields["data"]))
            elif fields.get("event") == "caught-up":
                self.caught_up += 1
            self.last_id = fields.get("id", self.last_id)
            self.changed.notify_all()

    def wait(self, condition, what):
        """Waits until `condition(self)` holds."""
        with self.changed:
            good = self.changed.wait_for(lambda: condition(self), timeout=WAIT_S)
        check(good, f"waited in vain for {what}; {len(self.events)} events")

    def close(self):
        """Ends the connection."""
        # The reading thread holds the socket, which closing alone would leave open.
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Desk:
    """Enters facts by the command line, one import a fact, as of today."""

    def __init__(self, server):
        self.server = server
        self.owner = None
        self.day = datetime.now(timezone(timedelta(hours=7))).strftime("%Y-%m-%d")

    def enter(self, stream, fact):
        """Records one fact and gives the id of its event."""
        event_id = self.new_id()
        record = {"context": {"request_id": event_id, "actor_id": "staff-cm-1", "role": "case_manager",
                              "organisation_id": "mro", "channel": "CHANNEL_WEB",
                              "occurred": {"precision": "PRECISION_DAY", "from": self.day}},
                  "facts": [{"stream": stream, "event_id": event_id, **fact}]}
        mlup(self.server, "import", "-", stdin=to_jsonl([{"record": record}]))
        return event_id

    @staticmethod
    def new_id():
        """A UUID of version 7."""
        milliseconds = int(datetime.now(timezone.utc).timestamp() * 1000)
        value = (milliseconds << 80) | (7 << 76) | (uuid.uuid4().int & ((1 << 76) - 1))
        value = (value & ~(0xC << 60)) | (0x8 << 60)
        return str(uuid.UUID(int=value))

    def register(self, name="Sok Example"):
        """A person; gives the id."""
        person = self.new_id()
        self.enter(f"person/{person}", {"person_registered": {"person": {
            "person_id": person, "sex": "SEX_FEMALE", "residence_province_code": "02", "name_latin": name}}})
        return person

    def consent(self, person, given=True, purpose="SHARE_WITH_GOVERNMENT"):
        """A decision about sharing."""
        decision = "GIVEN" if given else "REFUSED"
        return self.enter(f"person/{person}", {"consent_recorded": {
            "person": {"person_id": person, "decision": f"CONSENT_DECISION_{decision}",
                       "purpose": f"CONSENT_PURPOSE_{purpose}", "given_by": "the aunt"},
            "wording_version": "2020-1"}})

    def open_case(self, person):
        """A case of an organisation of its own; gives its id and the event's."""
        case = self.new_id()
        if self.owner is None:
            self.owner = self.new_id()
            self.enter(f"organisation/{self.owner}", {"organisation_registered": {
                "names": ["Example"], "kind": "ORGANISATION_KIND_NGO", "province_code": "12"}})
        event = self.enter(f"case/{case}", {"case_opened": {"child": {"person_id": person},
                                                            "case_type": "CASE_TYPE_CHILD_PROTECTION",
                                                            "owner_org_id": self.owner}})
        return case, event

    def serve(self, case):
        """A service to the child, without a part of the child's."""
        return self.enter(f"case/{case}", {"service_provided": {"service_code": "counselling",
                                                                "provider_kind": "PROVIDER_KIND_OWN",
                                                                "recipient": "SERVICE_RECIPIENT_CHILD"}})

    def void(self, stream, event_id):
        """Says that an event was never so."""
        return self.enter(stream, {"entry_voided": {"voids_event_id": event_id, "reason": "duplicate_entry"}})


def write_subscribers(folder, text):
    """The subscribers file of a test."""
    path = Path(folder) / "subscribers.textproto"
    path.write_text(text, encoding="utf-8")
    return path
