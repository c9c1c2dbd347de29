"""One mlup installation on this machine, for the examples: starts it, enters facts, speaks HTTP. Standard library only."""

import atexit
import json
import os
import subprocess
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MLUP_BIN", ROOT / "build/release/bin"))
PHNOM_PENH = timezone(timedelta(hours=7))


class Installation:
    """Runs mlupd on ports that are free, until it is stopped or the example ends."""

    def __init__(self, folder, subscribers):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "mlupd", "serve", "--data", self.folder / "data", "--listen", "127.0.0.1:0",
                 "--http-listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--subscribers-file", subscribers],
                stdout=subprocess.PIPE, stderr=log)
        atexit.register(self.stop)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit((self.folder / "log").read_text()[-2000:])
        serving = json.loads(line)
        self.address, self.url = serving["address"], "http://" + serving["http"]
        self.operator_url = "http://" + serving["operator"]

    def stop(self):
        """Ends it as an operator does."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def mlup(self, *arguments, text=""):
        """Runs the command line; gives what it prints."""
        done = subprocess.run([BIN / "mlup", "--server", self.address, *map(str, arguments)],
                              input=text.encode(), capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"mlup {' '.join(map(str, arguments))}: {done.stdout.decode()[-2000:]}{done.stderr.decode()}")
        return done.stdout.decode()

    def enter(self, stream, fact, **context):
        """Enters one fact of today by a case manager; gives the id of its event."""
        return self.enter_together([(stream, fact)], **context)[0]

    def enter_together(self, facts, **context):
        """Enters facts of today by a case manager, all or none: (stream, fact); gives the ids of their events."""
        line, event_ids = line_of(facts, today(), **context)
        self.mlup("import", "-", text=json.dumps(line))
        return event_ids


def today():
    """The day in Phnom Penh."""
    return datetime.now(PHNOM_PENH).strftime("%Y-%m-%d")


def new_id(random=None):
    """A UUID of version 7; with a `random.Random` always the same ones."""
    bits = random.getrandbits(128) if random else uuid.uuid4().int
    now = 1_600_000_000_000 if random else int(datetime.now(timezone.utc).timestamp() * 1000)
    value = (now << 80) | (bits & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (7 << 76)
    return str(uuid.UUID(int=(value & ~(0x3 << 62)) | (2 << 62)))


def line_of(facts, day, random=None, **context):
    """A line of an import file that records facts, (stream, fact), together; and the ids of their events."""
    event_ids = [new_id(random) for _ in facts]
    common = {"request_id": event_ids[0], "actor_id": "staff-cm-1", "role": "case_manager",
              "organisation_id": "mro", "channel": "CHANNEL_WEB", "occurred": {"precision": "PRECISION_DAY", "from": day}}
    stated = [{"stream": stream, "event_id": event_id, **fact} for event_id, (stream, fact) in zip(event_ids, facts)]
    return {"record": {"context": {**common, **context}, "facts": stated}}, event_ids


def person_registered(person, name):
    """A person's record begins. Names are invented."""
    return {"person_registered": {"person": {"person_id": person, "sex": "SEX_FEMALE", "residence_province_code": "02",
                                             "name_latin": name}}}


def consent_recorded(person, purpose, given=True):
    """A consent is given or refused."""
    return {"consent_recorded": {"person": {
        "person_id": person, "purpose": f"CONSENT_PURPOSE_{purpose}",
        "decision": "CONSENT_DECISION_GIVEN" if given else "CONSENT_DECISION_REFUSED"}, "wording_version": "2020-1"}}


def organisation_registered(name):
    """An organisation's record begins."""
    return {"organisation_registered": {"names": [name], "kind": "ORGANISATION_KIND_NGO", "province_code": "12"}}


def case_opened(person, owner):
    """Work for a child begins."""
    return {"case_opened": {"child": {"person_id": person}, "case_type": "CASE_TYPE_CHILD_PROTECTION", "owner_org_id": owner}}


def http(method, url, token="", body=None, content_type="application/json"):
    """One request: (status, parsed answer)."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        # What is on this machine is not behind a proxy.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def check(condition, message):
    """Ends the example when it does not show what it should."""
    if not condition:
        raise SystemExit(f"NOT AS EXPECTED: {message}")
