"""What is known at the end of a day, for the reference counter: facts of a file, days, ages, voids, corrections, merges."""

import json
import re
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from itertools import count as count_from
from pathlib import Path

# Facts that hold the age of their persons.
AGED = {"incident_reported": "children", "case_opened": "child", "joint_intervention_conducted": "children", "service_provided": "person",
        "follow_up_conducted": "person", "placement_started": "child", "attendance_recorded": "person", "items_distributed": "recipient",
        "cash_assistance_disbursed": "recipient"}
BANDS = ((5, "0-5"), (11, "6-11"), (14, "12-14"), (17, "15-17"), (24, "18-24"), (999, "25+"))
ENUM = re.compile("^([A-Z]+_)*?(RECIPIENT_KIND|KIND|TYPE|SUBJECT|STATUS|PURPOSE|REASON|DECISION|BY|BASIS|CATEGORY|RESULT|TOPIC|"
                  "PHASE|ROLE|RECIPIENT|RELATION|SECTION|DISABILITY|SECTOR|CONTACT|MODE|SEX|TRACK|ACTOR|AGREEMENT|SCHEME)_([A-Z0-9_]+)$")
PHNOM_PENH = timezone(timedelta(hours=7))
ANY_DAY = (date.min, date.max)
# What a fact has besides itself, and of that what it may leave to its context.
CIRCUMSTANCES = ("context", "stream", "event_id", "occurred", "place", "reason", "base_revision")
LEFT = ("occurred", "place", "reason")

def days_of(period):
    """First and last day of 2021, 2021-Q1, 2021-02, 2021-02-17 or 2021-02-17..2021-06-30."""
    if ".." in period:
        return tuple(date.fromisoformat(day) for day in period.split(".."))
    if len(period) == 10:
        return (date.fromisoformat(period),) * 2
    rest = period[5:]
    first, months = (1, 12) if not rest else (int(rest[1]) * 3 - 2, 3) if rest[0] == "Q" else (int(rest), 1)
    after = int(period[:4]) * 12 + first - 1 + months
    return date(int(period[:4]), first, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1)

def occurred_days(occurred):
    if "instant" in occurred:
        return (datetime.fromisoformat(occurred["instant"]).astimezone(PHNOM_PENH).date(),) * 2
    first = occurred.get("from")
    return (days_of(first)[0], days_of(occurred.get("to") or first)[1]) if first else None

def in_words(days):
    """The days in the shortest form that says the same."""
    day = str(days[0])
    forms = (day, day[:7], f"{day[:4]}-Q{(days[0].month + 2) // 3}", day[:4])
    return next((text for text in forms if days_of(text) == days), f"{day}..{days[1]}")

def word(value):
    """A value as it is compared: text, an enum in lower case without its prefix."""
    enum = ENUM.match(str(value))
    text = enum[3] if enum else str(value)
    return "" if text == "UNSPECIFIED" else text.lower() if enum or isinstance(value, bool) else text

def decimal(thousandths):
    whole = abs(thousandths)
    return f"{'-' if thousandths < 0 else ''}{whole // 1000}.{whole % 1000:03}".rstrip("0").rstrip(".")

def ages_at(birth, at):
    """The fewest and the most years of somebody born in `birth` on a day of `at`; nothing before the birth."""
    if not birth or not at or at[1] < birth[0]:
        return None
    fewest, most = (then.year - born.year - ((then.month, then.day) < (born.month, born.day))
                    for born, then in ((birth[1], at[0]), (birth[0], at[1])))
    return max(0, fewest), most

def age_band(birth, at, told):
    ages = ages_at(birth, at) if birth else at and told is not None and (told, told)
    if not ages:
        return "unknown"
    ages = (told, told) if told is not None and ages[0] <= told <= ages[1] else ages
    youngest, oldest = (next(name for top, name in BANDS if age <= top) for age in ages)
    return youngest if youngest == oldest else "unknown"

def tell_ages(events):
    """What is recorded with each event: ages that the sealed day of birth tells, and the month in clear does not."""
    births, registered = {}, {}
    for event in events:
        event.told = {}
        if event.fact == "person_registered":
            person, registered[event.id] = event.body["person"], event.record
            births[event.record] = [days_of(text) if text else None for text in (person.get("birth_month"), person.get("date_of_birth"))]
        elif event.fact == "details_corrected" and event.body["corrects_event_id"] in registered:
            for part in event.body.get("persons", []):
                for change in part.get("changes", []) + part.get("personal_changes", []):
                    if change["field"] in ("person.birth_month", "person.date_of_birth"):
                        births[event.record][change["field"] != "person.birth_month"] = days_of(json.loads(change["new_value"]))
        parts = [event.body.get(name) for name in AGED.get(event.fact, "").split()]
        for part in (part for parts in parts if parts for part in (parts if isinstance(parts, list) else [parts])):
            month, day = births.get(part["person_id"], (None, None))
            ages, clear = ages_at(day, event.days), ages_at(month, event.days)
            if ages and ages[0] == ages[1] and clear and clear[0] != clear[1]:
                event.told[part["person_id"]] = ages[0]

def corrected(value, path, new):
    """A copy of `value` with the field `a.b[1].c` set anew."""
    first, _, rest = path.partition(".")
    name, index = re.match(r"(\w+)(?:\[(\d+)])?$", first).groups()
    inner = value.get(name, [] if index else {})
    made = corrected(inner[int(index)] if index else inner, rest, new) if rest else new
    return {**value, name: inner[:int(index)] + [made] + inner[int(index) + 1:] if index else made}

class Event:
    """One fact; positions count the facts, those of a repeated request not again."""

    def __init__(self, position, fact):
        context = fact["context"]
        self.position, self.stream, self.record = position, fact["stream"], fact["stream"].split("/")[1]
        self.fact = kind_of(fact)
        self.body, self.place = fact[self.fact], fact.get("place", "")
        # What another system did not record is known when it is entered, after all dates here.
        recorded = datetime.fromisoformat(context.get("source_recorded_at", "2999-01-01T00:00:00Z"))
        self.known, self.days = recorded.astimezone(PHNOM_PENH).date(), occurred_days(fact["occurred"])
        self.envelope = {"@sector": word(context.get("sector", "")), "@stream": self.record}
        self.id = fact.get("event_id") or f"unnamed-{position}"

class World:
    """What is known at the end of a day: living events, corrected, and who is whom."""

    def __init__(self, facts, known_at):
        events = list(map(Event, count_from(1), facts))
        tell_ages(events)
        events = [event for event in events if event.known <= known_at]
        dead = set()
        for event in reversed(events):
            if event.fact == "entry_voided" and event.id not in dead:
                dead.add(event.body["voids_event_id"])
        dead |= {event.body.get("replaces_event_id") for event in events if event.id not in dead}
        events = [event for event in events if event.id not in dead]
        self.by_fact, self.on_stream = defaultdict(list), defaultdict(list)
        for event in events:
            self.by_fact[event.fact].append(event)
            self.on_stream[event.stream, event.fact].append(event)
        self.correct({event.id: event for event in events})
        kits = {(kit.body["kit_code"], kit.body["version"]): kit.body.get("contents") for kit in self.by_fact["kit_defined"]}
        for event in self.by_fact["items_distributed"]:
            contents = kits.get((event.body.get("kit_code"), event.body.get("kit_version")))
            if contents and not event.body.get("lines") and not event.body.get("uncounted"):
                event.body = {**event.body, "lines": contents}
        undone = {event.body["merge_event_id"] for event in events if event.fact.endswith("s_unmerged")}
        self.survivor = {event.record: event.body.get("survivor_id") or event.body["survivor"]["person_id"]
                         for event in events if event.fact.endswith("s_merged") and event.id not in undone}
        self.facets = defaultdict(lambda: {"sex": "unknown", "disability": "unknown", "residence_province_code": "unknown"})
        told = [event for event in events if event.fact in ("person_registered", "residence_changed", "disability_recorded")]
        for event in sorted(told, key=lambda event: (event.record not in self.survivor, event.position)):
            facets, person = self.facets[self.same(event.record)], event.body["person"]
            facets |= {name: word(person[name]) for name in facets.keys() & person.keys() - {"birth"}
                       if word(person[name]) not in ("", "unknown")}
            facets |= {"birth": days_of(person["birth_month"])} if person.get("birth_month") else {}

    def correct(self, by_id):
        for correction in self.by_fact["details_corrected"]:
            event, body = by_id.get(correction.body["corrects_event_id"]), correction.body
            changes = [change for part in [body] + body.get("persons", []) for change in part.get("changes", [])]
            for change in changes if event else ():
                event.body = corrected(event.body, change["field"], json.loads(change["new_value"]))
            if event:
                event.days, event.told = (occurred_days(body["occurred"]), {}) if body.get("occurred") else (event.days, event.told)
                event.place = body.get("place") or event.place

    def same(self, record):
        while record in self.survivor:
            record = self.survivor[record]
        return record

    def on_household(self, home, fact):  # of all records that are one now
        return [event for event in self.by_fact[fact] if self.same(event.record) == self.same(home)]

    def last(self, stream, fact):
        return (self.on_stream.get((stream, fact)) or [None])[-1]

def kind_of(fact):
    """`case_opened`: what a fact has besides its circumstances."""
    return next(name for name in fact if name not in CIRCUMSTANCES)

def read_facts(path):
    """The facts of a file in their order, each request once, with their context and what they leave to it."""
    requests = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)["record"]
        requests.setdefault(record["context"]["request_id"], record)
    return [{"context": record["context"]} | {name: record["context"][name] for name in LEFT if name in record["context"]} | fact
            for record in requests.values() for fact in record["facts"]]
