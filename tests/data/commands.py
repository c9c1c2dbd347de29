"""Words to write a log of commands with: ids from aliases, days in the forms people use, one call for each fact."""

import hashlib
import json
from datetime import date, datetime, timedelta, timezone

PHNOM_PENH = timezone(timedelta(hours=7))

# Facts with a call of their own; any other fact goes through the Record call of its service.
VERBS = {
    "case_opened": "OpenCase", "case_closed": "CloseCase", "case_reopened": "ReopenCase",
    "service_provided": "ProvideService", "assessment_completed": "CompleteAssessment",
    "follow_up_conducted": "ConductFollowUp", "referral_made": "MakeReferral",
    "placement_started": "StartPlacement", "placement_ended": "EndPlacement",
    "person_role_started": "StartPersonRole", "person_role_ended": "EndPersonRole",
    "household_member_added": "AddHouseholdMember",
    "household_member_removed": "RemoveHouseholdMember",
    "persons_merged": "MergePersons", "persons_unmerged": "UnmergePersons",
    "households_merged": "MergeHouseholds", "households_unmerged": "UnmergeHouseholds",
    "approval_requested": "RequestApproval", "approval_granted": "GrantApproval",
    "entry_voided": "VoidEntry", "details_corrected": "CorrectDetails",
    "activity_held": "HoldActivity", "activity_cancelled": "CancelActivity",
    "attendance_recorded": "RecordAttendance", "headcount_recorded": "RecordHeadcount",
    "work_experience_ended": "EndWorkExperience", "items_distributed": "DistributeItems",
    "donation_allocated": "AllocateDonation", "distribution_reversed": "ReverseDistribution",
    "group_member_joined": "JoinGroup", "group_member_left": "LeaveGroup",
    "partnership_ended": "EndPartnership", "context_period_ended": "EndContextPeriod",
    "report_published": "PublishReport",
}
SERVICES = {
    "cases": "mlup.cases.v1.CaseService", "training": "mlup.training.v1.TrainingService",
    "donations": "mlup.donations.v1.DonationService", "network": "mlup.network.v1.NetworkService",
}
# The service of a fact follows from its stream; on a person's stream training records these.
HOME = {
    "person": "cases", "household": "cases", "case": "cases", "case_group": "cases",
    "incident": "cases", "activity": "training", "course": "training", "donor": "donations",
    "donation": "donations", "store": "donations", "distribution": "donations",
    "organisation": "network", "club": "network", "community_group": "network",
    "indicator": "network", "report": "network",
}
TRAINING_FACTS = {
    "work_experience_applied_for", "work_experience_started", "work_experience_ended",
    "interview_passed", "job_offered", "employment_obtained", "scholarship_applied_for",
    "scholarship_awarded",
}
CASE_FACTS = {"assessment_completed", "follow_up_conducted"}
ROLES = {"sw": "social_worker", "cm": "case_manager", "sup": "supervisor", "tr": "trainer",
         "yw": "youth_worker", "log": "logistics", "fund": "fundraiser", "net": "network_officer",
         "mel": "mel_officer", "dir": "director"}


def uuid7(milliseconds, digest):
    """A UUID of version 7 from a time and ten bytes or more that stand for its random part."""
    raw = bytearray(milliseconds.to_bytes(6, "big") + digest[:10])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def event_id(request_id, recorded, organisation="mro", index=0):
    """The id that the author gives an event which other commands name: it follows from its command."""
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


class Book:
    """Commands in the order in which they were made. `known` of a command defaults to the last day on which
    it can have happened; within a day of recording, commands follow each other every 15 seconds from 08:00."""

    def __init__(self, name, organisation="mro"):
        self.name = name
        self.organisation = organisation
        self.commands = []  # (known_at, line)
        self.used = {}  # request_id -> how often its text was taken
        self.clock = {}  # day -> commands recorded on it
        self.event_ids = {}  # request_id -> id of its event

    def id(self, alias):
        """The id of a record, from its alias; the same in every run."""
        start = datetime(2019, 1, 1, tzinfo=timezone.utc).timestamp() * 1000
        digest = hashlib.sha256(f"{self.name}/{alias}".encode()).digest()
        return uuid7(round(start) + int.from_bytes(digest[10:14], "big") % (366 * 86400000), digest)

    def add(self, stream, fact, body, who, when, *, known=None, sector="", place="", reason="",
            device=""):
        """Records one fact on `category/alias` and returns the id of its event."""
        category, alias = stream.split("/")
        request_id = self._request_id(f"{self.name}.{alias}.{fact}")
        recorded = self._known_at(known or last_day(when))
        context = {"request_id": request_id, "actor_id": f"staff-{who}",
                   "role": ROLES[who.split("-")[0]], "organisation_id": self.organisation,
                   "channel": "CHANNEL_IMPORT", "device": device, "occurred": occurred(when),
                   "source_recorded_at": utc(recorded), "reason": reason,
                   "sector": f"SECTOR_{sector}" if sector else "", "place": place}
        request = {"context": {name: value for name, value in context.items() if value},
                   "stream": f"{category}/{self.id(alias)}", fact: body}
        line = {"call": self._call(category, fact), "request": request}
        self.commands.append((recorded, line))
        self.event_ids[request_id] = event_id(request_id, recorded, self.organisation)
        return self.event_ids[request_id]

    def again(self):
        """The last command as its device sends it a second time, 20 commands later."""
        recorded, line = self.commands[-1]
        self.commands.append((recorded + timedelta(minutes=5), line))

    def lines(self):
        """In order of recording; what was recorded at one moment stays in the order given. A command states the
        id of its event where another command names it."""
        lines = [line for _, line in sorted(self.commands, key=lambda command: command[0])]
        named = text(lines)
        for line in lines:
            context = line["request"]["context"]
            if self.event_ids[context["request_id"]] in named:
                context["event_id"] = self.event_ids[context["request_id"]]
        return lines

    def before(self, known):
        """How many different commands stand before one recorded on the day `known` at the given time."""
        moment = datetime.fromisoformat(known).replace(tzinfo=PHNOM_PENH)
        return len({line["request"]["context"]["request_id"]
                    for recorded, line in self.commands if recorded < moment})

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

    def _call(self, category, fact):
        service = HOME[category]
        if fact in TRAINING_FACTS:
            service = "training"
        if fact in CASE_FACTS:
            service = "cases"
        return f"{SERVICES[service]}/{VERBS.get(fact, 'Record')}"


def text(lines):
    """One command a line, in its own letters."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
