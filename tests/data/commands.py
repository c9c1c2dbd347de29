"""Words to write a log of commands with: ids from aliases, days in the forms people use, facts alone or together."""

import contextlib
import hashlib
import json
from datetime import date, datetime, timedelta, timezone

PHNOM_PENH = timezone(timedelta(hours=7))

ROLES = {"sw": "social_worker", "cm": "case_manager", "sup": "supervisor", "tr": "trainer",
         "yw": "youth_worker", "log": "logistics", "fund": "fundraiser", "net": "network_officer",
         "mel": "mel_officer", "dir": "director"}


# All windows for importing the past stand on it.
IMPORT_STREAM = "import/00000000-0000-4000-8000-000000000000"


def uuid7(milliseconds, digest):
    """A UUID of version 7 from a time and ten bytes or more that stand for its random part."""
    raw = bytearray(milliseconds.to_bytes(6, "big") + digest[:10])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def event_id(request_id, recorded, organisation="mro", index=0):
    """The id that the author gives an event which other facts name: it follows from its request and its place there."""
    text = f"{organisation}\n{request_id}\n{index}"
    return uuid7(round(recorded.timestamp() * 1000), hashlib.sha256(text.encode()).digest())


def occurred(text):
    """`2021-02-17`, `2021-02`, `2021-Q1`, `2021`, `A..B`, an instant with its offset, or `unknown`."""
    if text == "unknown":
        return {"precision": "PRECISION_UNKNOWN"}
    if ".." in text:
        first, last = text.split("..")
        return {"precision": "PRECISION_INTERVAL", "from": first, "to": last}
    if "T" in text:
        return {"precision": "PRECISION_INSTANT", "instant": utc(datetime.fromisoformat(text))}
    precision = "QUARTER" if "Q" in text else {4: "YEAR", 7: "MONTH", 10: "DAY"}[len(text)]
    return {"precision": f"PRECISION_{precision}", "from": text}


def last_day(text):
    """The last possible day, in the form of a day; nothing for `unknown`."""
    if text == "unknown":
        return None
    if ".." in text:
        return text.split("..")[1]
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(PHNOM_PENH).date().isoformat()
    if len(text) == 10:
        return text
    year = int(text[:4])
    month = 12 if len(text) == 4 else int(text[6]) * 3 if "Q" in text else int(text[5:])
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat()


def utc(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def record_of(request):
    """A request as it is sent: what all its facts say alike stands in the context, once."""
    facts = request["facts"]
    shared = {name: facts[0][name] for name in ("occurred", "reason", "place")
              if all(fact[name] == facts[0][name] for fact in facts)}
    context = {"request_id": request["request_id"], **request["context"], **shared,
               "source_recorded_at": utc(request["recorded"])}
    stated = [{name: value for name, value in fact.items()
               if name not in shared and (value or name not in ("reason", "place"))} for fact in facts]
    return {"context": {name: value for name, value in context.items() if value}, "facts": stated}


class Book:
    """Requests in the order in which they were made. `known` of a request defaults to the last day on which its
    first fact can have happened; within a day of recording, requests follow each other every 15 seconds from 08:00."""

    def __init__(self, name, organisation="mro"):
        self.name = name
        self.organisation = organisation
        self.requests = []  # (known_at, record)
        self.used = {}  # request_id -> how often its text was taken
        self.clock = {}  # day -> requests recorded on it
        self.event_ids = {}  # request_id -> ids of its events, in the order of its facts
        self.open = None  # the request that together() gathers

    def id(self, alias):
        """The id of a record, from its alias; the same in every run."""
        start = datetime(2019, 1, 1, tzinfo=timezone.utc).timestamp() * 1000
        digest = hashlib.sha256(f"{self.name}/{alias}".encode()).digest()
        return uuid7(round(start) + int.from_bytes(digest[10:14], "big") % (366 * 86400000), digest)

    def add(self, stream, fact, body, who, when, *, known=None, sector="", place="", reason="",
            device=""):
        """Records one fact on `category/alias` and returns the id of its event."""
        if self.open is None:
            with self.together():
                return self.add(stream, fact, body, who, when, known=known, sector=sector, place=place,
                                reason=reason, device=device)
        category, alias = stream.split("/")
        context = {"actor_id": f"staff-{who}", "role": ROLES[who.split("-")[0]],
                   "organisation_id": self.organisation, "channel": "CHANNEL_IMPORT", "device": device, "source_system": self.name,
                   "sector": f"SECTOR_{sector}" if sector else ""}
        if not self.open:
            request_id = self._request_id(f"{self.name}.{alias}.{fact}")
            self.open = {"request_id": request_id, "context": context, "known": known, "facts": [],
                         "recorded": self._known_at(known or last_day(when))}
            self.event_ids[request_id] = []
        elif context != self.open["context"] or known not in (None, self.open["known"]):
            raise ValueError(f"{alias} {fact}: what is recorded together has one author, sector and moment")
        self.open["facts"].append({"stream": f"{category}/{self.id(alias)}", "occurred": occurred(when),
                                   "place": place, "reason": reason, fact: body})
        events = self.event_ids[self.open["request_id"]]
        events.append(event_id(self.open["request_id"], self.open["recorded"], self.organisation, len(events)))
        return events[-1]

    @contextlib.contextmanager
    def together(self):
        """What is added inside is one request, recorded as a whole or not at all, at the moment of its first fact."""
        self.open = {}
        yield
        request, self.open = self.open, None
        self.requests.append((request["recorded"], record_of(request)))

    def again(self):
        """The last request as its device sends it a second time, 20 requests later."""
        recorded, record = self.requests[-1]
        self.requests.append((recorded + timedelta(minutes=5), record))

    def lines(self):
        """In order of recording; what was recorded at one moment stays in the order given. A fact states the id of
        its event where another fact names it."""
        records = [record for _, record in sorted(self.requests, key=lambda request: request[0])]
        named = text(records)
        for record in records:
            for fact, event in zip(record["facts"], self.event_ids[record["context"]["request_id"]], strict=True):
                if event in named:
                    stated = {"stream": fact["stream"], "event_id": event} | fact
                    fact.clear()
                    fact.update(stated)
        return [*self.opening(), *({"record": record} for record in records)]

    def opening(self):
        """What the past of the file is imported under: a window that one person asks for and another opens."""
        window = {"window_id": self.id("import-window")}
        asked = {**window, "source_system": self.name, "first_day": "2021-01-01", "last_day": "2199-12-31",
                 "periods": [str(year) for year in range(2000, 2060)]}
        return [self._opening_line("mel-1", "import_window_requested", asked),
                self._opening_line("dir-1", "import_window_approved", window)]

    def _opening_line(self, who, fact, body):
        context = {"request_id": f"{self.name}.{fact.replace('_', '-')}", "actor_id": f"staff-{who}", "role": ROLES[who.split("-")[0]],
                   "organisation_id": self.organisation, "channel": "CHANNEL_CLI", "occurred": occurred("2021-01-01")}
        return {"record": {"context": context, "facts": [{"stream": IMPORT_STREAM, fact: body}]}}

    def before(self, known):
        """How many events stand before one recorded on the day `known` at the given time."""
        moment = datetime.fromisoformat(known).replace(tzinfo=PHNOM_PENH)
        earlier = {record["context"]["request_id"]: record for recorded, record in self.requests if recorded < moment}
        return len(self.opening()) + sum(len(record["facts"]) for record in earlier.values())

    def _request_id(self, text):
        text = text.replace("_", "-")[:58]
        self.used[text] = self.used.get(text, 0) + 1
        return text if self.used[text] == 1 else f"{text}.{self.used[text]}"

    def _known_at(self, known):
        if "T" in known:
            return datetime.fromisoformat(known).replace(tzinfo=PHNOM_PENH)
        count = self.clock[known] = self.clock.get(known, -1) + 1
        day = datetime.fromisoformat(known).replace(hour=8, tzinfo=PHNOM_PENH)
        return day + timedelta(seconds=15 * count)


def text(lines):
    """One request a line, in its own letters."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
