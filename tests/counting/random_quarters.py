#!/usr/bin/env python3
"""Writes quarters that nobody has seen, from seeds: valid requests with everything that makes counting hard.

  random_quarters.py FOLDER SEED...        writes FOLDER/quarter-SEED.jsonl for each

The days crowd around the edges of the first quarter of 2021; entries are late, voided, corrected; records are merged
and unmerged; head-counts are replaced; days are instants, months, quarters, intervals or unknown; some facts are
recorded together.
"""

import contextlib
import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

import commands  # noqa: E402
import quarter_more  # noqa: E402
from reference_world import occurred_days  # noqa: E402
from quarter_words import (CORRECTABLE, Chance, EDGES, ITEMS, KINDS, LEADERS, PERSON_PARTS, PLACES, PROVINCES,  # noqa: E402
                           RELATIONS, SECTORS, TIMES, TRAINING, begun_on)


class Quarter(Chance):
    """A quarter in the making: what exists so far, so that every request is accepted."""

    def __init__(self, seed):
        super().__init__(seed)
        self.book = commands.Book(f"r{seed}", allow_unregistered=True)
        self.now = datetime(2020, 10, 20, 8)
        self.entries = {}  # event id -> {stream, fact, body, known}
        self.people, self.households, self.cases, self.activities = [], {}, {}, {}
        self.groups, self.distributions, self.partners, self.merges = {}, {}, {}, {}
        self.placed, self.working, self.hidden = {}, set(), {}
        self.sector = ""  # of all that is recorded together just now

    def day(self, at_least=None):
        """A day not after today, often at an edge, sometimes long ago."""
        today = self.now.date()
        edges = [edge for edge in EDGES if edge <= today]
        day = self.pick(edges) if edges and self.maybe(0.3) else today - timedelta(days=int(self.random.expovariate(1 / 12)))
        return max(day, at_least) if at_least else day

    def when(self):
        """An occurred in one of its forms; its first possible day is not after today."""
        day, form = self.day(), self.random.random()
        if form < 0.5:
            return day.isoformat()
        if form < 0.68:
            instant = f"{day}T{self.pick(TIMES)}"
            return f"{instant}+07:00" if datetime.fromisoformat(instant) <= self.now else day.isoformat()
        if form < 0.76:
            return day.isoformat()[:7]
        if form < 0.82:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        if form < 0.84:
            return str(day.year)
        return "unknown" if form < 0.87 else f"{day}..{day + timedelta(days=self.random.randrange(1, 25))}"

    @contextlib.contextmanager
    def sometimes_together(self):
        """What is done inside is one request in some cases; otherwise each fact has one of its own."""
        if self.maybe(0.6):
            yield
            return
        self.sector = self.pick(SECTORS)
        with self.book.together():
            yield
        self.sector = ""

    def do(self, stream, fact, body, who, when=None):
        self.now += timedelta(seconds=0 if self.book.open else 1)
        known = None if self.book.open else self.now.isoformat()
        when = when or self.fitting(stream, fact, body)
        event = self.book.add(stream, fact, body, who, when, known=known, place=self.pick(PLACES),
                              sector=self.sector or self.pick(SECTORS))
        self.entries[event] = {"stream": stream, "fact": fact, "body": json.loads(json.dumps(body)), "live": True, "when": occurred_days(commands.occurred(when))}
        return event

    def fitting(self, stream, fact, body):
        """A day on which it can have happened: an end is not before its beginning, nor an agreed last day before the first."""
        first, last = begun_on(self.entries.values(), stream, fact, body), date.fromisoformat(body.get("to", "9999-12-31"))
        days = lambda text: occurred_days(commands.occurred(text)) or (first, last)  # noqa: E731
        return next(text for text in iter(self.when, "") if days(text)[1] >= first and days(text)[0] <= last)

    def about(self, alias):
        return {"person_id": self.book.id(alias)}

    # ---- what can happen

    def person(self):
        alias = self.new("person")
        birth = self.pick(["", "2021-01", "2015", "2015-02", "2009-03", "2006-01", "2006", "2003-04", "2003-03", "1996-12", "1970"])
        body = self.about(alias) | {"sex": f"SEX_{self.pick(['FEMALE', 'MALE', 'OTHER', 'UNKNOWN'])}",
                                    "residence_province_code": self.pick(PROVINCES)} | ({"birth_month": birth} if birth else {})
        if self.maybe(0.6):
            body["date_of_birth"] = f"{birth if len(birth) == 7 else f'{birth or 2009}-03'}-{self.random.randrange(1, 29):02}"
        self.do(f"person/{alias}", "person_registered", {"person": body}, "cm-1")
        self.people.append(alias)

    def facet(self):
        alias = self.pick(self.people)
        if self.maybe(0.5):
            body, fact = {"residence_province_code": self.pick(PROVINCES)}, "residence_changed"
        else:
            body, fact = {"disability": f"DISABILITY_{self.pick(['YES', 'NO', 'UNKNOWN'])}"}, "disability_recorded"
        self.do(f"person/{alias}", fact, {"person": self.about(alias) | body}, "cm-1")

    def household(self):
        alias = self.new("home")
        body = {"type": "HOUSEHOLD_TYPE_KINSHIP", "residence_province_code": self.pick(PROVINCES)}
        with self.sometimes_together():
            self.do(f"household/{alias}", "household_registered", body, "cm-1")
            self.households[alias] = set()
            self.member()
            self.member()

    def member(self):
        home, alias = self.pick(self.households), self.pick(self.people)
        if alias in self.households[home]:
            self.households[home].discard(alias)
            self.do(f"household/{home}", "household_member_removed", {"member": self.about(alias), "reason": "moved_away"}, "cm-1")
        else:
            self.households[home].add(alias)
            body = {"member": self.about(alias) | {"relation": f"RELATION_{self.pick(RELATIONS)}"}}
            self.do(f"household/{home}", "household_member_added", body, "cm-1")

    def case(self):
        alias, child = self.new("case"), self.pick(self.people)
        body = {"child": self.about(child), "case_type": f"CASE_TYPE_{self.pick(['CHILD_PROTECTION', 'REINTEGRATION'])}",
                "owner_org_id": self.book.id(self.pick(["mro", "mro", "rci-1", "department"]))}
        own = body["owner_org_id"] == self.book.id("mro")
        with self.sometimes_together():
            if self.maybe(0.3):
                concern = {"child": self.about(child), "reporter_type": f"REPORTER_TYPE_{self.pick(['FAMILY', 'AUTHORITY'])}"}
                self.do(f"case/{alias}", "concern_received", concern, "cm-1")
            self.do(f"case/{alias}", "case_opened", body | ({} if own else {"supported_by_org_id": self.book.id("mro")}), "cm-1")
        self.cases[alias] = {"child": child, "open": True, "own": own}

    def case_step(self):
        alias = self.pick(self.cases)
        case, stream = self.cases[alias], f"case/{alias}"
        child = self.about(case["child"])
        if not case["open"]:
            if self.maybe(0.5):
                case["open"] = True
                self.do(stream, "case_reopened", {"child": child, "reason": "new_concern"}, "cm-1")
            return
        if self.maybe(0.25):
            body = {"child": child, "reason": f"CLOSE_REASON_{self.pick(['GOALS_MET', 'REFUSED'])}"}
            if case["own"]:
                body["approval_id"] = self.approval(stream, "CLOSURE")
            self.do(stream, "case_closed", body, "cm-1")
            case["open"] = False
        elif self.maybe(0.4):
            self.placement(stream, case["child"])
        else:
            self.service(stream, child)

    def approval(self, stream, subject):
        approval = self.book.id(self.new("approval"))
        self.do(stream, "approval_requested", {"approval_id": approval, "subject": f"APPROVAL_SUBJECT_{subject}"}, "cm-1")
        self.do(stream, "approval_granted", {"approval_id": approval}, "sup-1")
        return approval

    def placement(self, stream, child):
        if child in self.placed:
            at, placement = self.placed.pop(child)
            body = {"placement_id": self.book.id(placement), "child": self.about(child), "reason": "PLACEMENT_END_REASON_BREAKDOWN"}
            self.do(at, "placement_ended", body, "cm-1")
            return
        placement, care = self.new("placement"), self.pick(["KINSHIP", "FOSTER", "BIRTH_FAMILY"])
        home = self.foster_home(child) if care == "FOSTER" else self.pick(self.households)
        body = {"placement_id": self.book.id(placement), "child": self.about(child), "household_id": self.book.id(home),
                "care_type": f"CARE_TYPE_{care}"}
        if self.maybe(0.7):
            body["caregiver_relation"] = f"RELATION_{self.pick(['AUNT', 'GRANDMOTHER'])}"
        self.do(stream, "placement_started", body, "cm-1")
        self.placed[child] = (stream, placement)

    def foster_home(self, child):
        home = self.new("foster")
        stream = f"household/{home}"
        self.do(stream, "household_registered", {"type": "HOUSEHOLD_TYPE_FOSTER", "residence_province_code": self.pick(PROVINCES)}, "cm-1")
        self.do(stream, "foster_family_recruited", {"kind": "FOSTER_KIND_EMERGENCY"}, "cm-1")
        approval = self.approval(stream, "FOSTER_FAMILY")
        self.do(stream, "foster_family_approved", {"capacity": 1, "criteria": ["home_visit"], "approval_id": approval}, "cm-1")
        self.do(stream, "household_member_added", {"member": self.about(child) | {"relation": "RELATION_FOSTER_CHILD"}}, "cm-1")
        return home

    def service(self, stream, child):
        body = {"service_code": self.pick(["legal", "counselling"]), "provider_kind": f"PROVIDER_KIND_{self.pick(['OWN', 'PARTNER', 'AUTHORITY'])}",
                "recipient": "SERVICE_RECIPIENT_CHILD", "person": child} | quarter_more.supporter(self)
        if stream.startswith("household"):
            body = {name: value for name, value in body.items() if name != "person"} | {"recipient": "SERVICE_RECIPIENT_HOUSEHOLD"}
        if self.maybe(0.6):
            body["mode"] = f"MODE_{self.pick(['PHONE', 'ONLINE', 'IN_PERSON'])}"
        if self.maybe(0.1):
            body["uncounted"] = True
        self.do(stream, "service_provided", body, "cm-1")

    def household_service(self):
        self.service(f"household/{self.pick(self.households)}", None)

    def follow_up(self):
        alias = self.pick(self.people)
        body = {"followup_type": "FOLLOW_UP_TYPE_CONTACT", "contact": f"CONTACT_{self.pick(['VISIT', 'PHONE', 'ONLINE'])}",
                "by": f"FOLLOW_UP_BY_{self.pick(['STAFF', 'STAFF', 'ROLE_MODEL'])}"}
        if self.maybe(0.85):
            body["person"] = self.about(alias)
        if "person" not in body or self.maybe(0.05):
            body["uncounted"] = True
        cases = [case for case, state in self.cases.items() if state["open"] and state["child"] == alias]
        stream = f"case/{cases[0]}" if cases and self.maybe(0.5) else f"person/{alias}"
        self.do(stream, "follow_up_conducted", body, "cm-1")

    def incident(self):
        children = [self.about(alias) | {"incident_category": "INCIDENT_CATEGORY_VIOLENCE"}
                    for alias in self.random.sample(self.people, self.random.randrange(1, 3))]
        if self.maybe(0.5):
            children[0]["age_at_incident"] = self.random.randrange(1, 17)
        self.do(f"incident/{self.new('incident')}", "incident_reported", {"children": children}, "cm-1")

    def plan(self):
        alias = self.pick(self.activities) if self.activities and self.maybe(0.3) else self.new("activity")
        if self.activities.get(alias, {}).get("held"):
            return
        body = {"kind": f"ACTIVITY_KIND_{self.pick(['MEETING', 'WORKSHOP', 'TECHNICAL_SUPPORT'])}", "topics": self.random.sample(["a", "b", "c"], 2)}
        if self.maybe(0.6):
            body |= {"target_n": self.random.randrange(1, 20), "invited_org_ids": [self.book.id("mro"), self.book.id("rci-1")]}
        self.do(f"activity/{alias}", "activity_planned", body, "tr-1")
        self.activities.setdefault(alias, {"held": False, "dead": False, "heads": "", "there": set()})

    def activity(self):
        waiting = [alias for alias, state in self.activities.items() if not state["held"] and not state["dead"]]
        alias = self.pick(waiting) if waiting and self.maybe(0.5) else self.new("activity")
        body = {"kind": f"ACTIVITY_KIND_{self.pick(KINDS)}", "led_by": f"LED_BY_{self.pick(LEADERS)}", "tools": self.random.sample(["x", "y"], 1)}
        if self.maybe(0.7):
            body["mode"] = f"MODE_{self.pick(['IN_PERSON', 'PHONE', 'ONLINE'])}"
        if self.groups and self.maybe(0.7):
            body["group_id"] = self.book.id(self.pick(self.groups))
        body |= quarter_more.sessions(self) | ({"uncounted": True} if self.maybe(0.1) else {})
        if self.maybe(0.2):
            body |= {"duration": self.pick(["0.5", "2"]), "duration_unit": self.pick(["day", "hour"])}
        with self.sometimes_together():
            self.do(f"activity/{alias}", "activity_held", body, "tr-1")
            self.activities[alias] = {"held": True, "dead": False, "heads": "", "there": set()}
            for _ in range(self.random.randrange(0, 5)):
                self.attendance(alias)

    def attendance(self, alias=None):
        held = [alias] if alias else [name for name, state in self.activities.items() if state["held"] and not state["dead"]]
        if not held:
            return
        alias, who = self.pick(held), self.pick(self.people)
        state, session = self.activities[alias], self.random.randrange(1, 3)
        if self.maybe(0.3):
            body = {"n": self.random.randrange(1, 60), "basis": "HEADCOUNT_BASIS_OBSERVED"}
            if state["heads"]:
                body["replaces_event_id"] = state["heads"]
            state["heads"] = self.do(f"activity/{alias}", "headcount_recorded", body, "tr-1")
        elif (who, session) not in state["there"]:
            state["there"].add((who, session))
            person = self.about(who) | quarter_more.presence(self) | {
                "role_at_time": quarter_more.role(self), "status": f"ATTENDANCE_STATUS_{self.pick(['PRESENT', 'PRESENT', 'LATE', 'ABSENT', 'LEFT_EARLY'])}"}
            quarter_more.attend(self, alias, person, session)

    def side_fact(self):
        """Facts of an activity or a person without a state of their own."""
        alias, who = self.pick(self.activities or ["activity-0"]), self.pick(self.people)
        person, case, home = self.about(who), self.pick(self.cases), self.pick(self.households)
        facts = [("interview_passed", {"kind": "INTERVIEW_KIND_JOB"}), ("employment_obtained", {}), ("job_offered", {}),
                 ("work_experience_applied_for", {}), ("work_experience_started", {"months": 3}), ("testimony_recorded", {}),
                 ("scholarship_awarded", {"benefits": self.pick([["fees"], ["fees", "accommodation"]]), "duration_years": self.random.randrange(0, 5)}),
                 ("referral_made", {"referral_id": self.book.id(self.new("referral")), "to_sector": self.pick(["fbac_efc", "rci"])})]
        facts = [(f"person/{who}", fact, {"person": person} | body) for fact, body in facts]
        status = person | {"status": f"SCHOOL_STATUS_{self.pick(['ENROLLED', 'AT_RISK_OF_DROPOUT'])}"}
        task = {"task_id": self.book.id(self.new("task")), "kind": f"TASK_KIND_{self.pick(['CLOSURE', 'REVIEW'])}"}
        subject = {"subject": "ASSESSMENT_SUBJECT_HOUSEHOLD", "tool": self.pick(["kinship", "needs"])}
        facts += [(f"person/{who}", "school_status_changed", {"person": status}), (f"person/{who}", "child_birth_recorded", {"parent": person}),
                  (f"household/{home}", "assessment_completed", subject), (f"case/{case}", "task_created", task),
                  (f"course/{self.new('course')}", "course_defined", {"course_code": "plan", "version": 1, "kind": "COURSE_KIND_LESSON_PLAN",
                                                                      "made_by": "PROVIDER_KIND_PEERS", "topics": self.random.sample("abcd", 2)}),
                  (f"donation/{self.new('donation')}", "donation_received", {"unnamed_donors": self.random.randrange(1, 9)}),
                  ("organisation/department", "programme_target_area_defined", {"programme": "p", "province_codes": self.random.sample(PROVINCES[1:], 2)})]
        if alias in self.activities:
            facts += [(f"activity/{alias}", "test_result_recorded", {"phase": f"TEST_PHASE_{self.pick(['PRE', 'POST'])}", "instrument": "care"}),
                      (f"activity/{alias}", "facilitator_assigned", {"person": person | {"role_at_time": "careleaver"}}),
                      (f"activity/{alias}", "outcome_recorded", {"person": person, "basis": "OUTCOME_BASIS_OBSERVED"})]
        stream, fact, body = self.pick(facts + quarter_more.facts(self, who))
        if fact == "work_experience_started" and who in self.working:
            fact, body = "work_experience_ended", {"person": person, "result": "WORK_EXPERIENCE_RESULT_COMPLETED"}
        if fact.startswith("work_experience_") and fact != "work_experience_applied_for":
            self.working ^= {who}
        training = stream.startswith(("activity", "course")) or fact in TRAINING
        self.do(stream, fact, body, "tr-1" if training else "fund-1" if stream.startswith("donation") else self.keeper(stream))

    def joint(self):
        group, children = self.new("group"), self.random.sample(sorted(self.cases), 2)
        formed = {"kind": "CASE_GROUP_KIND_SIBLINGS", "case_ids": [self.book.id(case) for case in children]}
        conducted = {"purpose": "safety", "children": [self.about(self.cases[case]["child"]) for case in children]}
        with self.sometimes_together():
            self.do(f"case_group/{group}", "case_group_formed", formed, "cm-1")
            self.do(f"case_group/{group}", "joint_intervention_conducted", conducted, "cm-1")

    def goods(self):
        if not self.distributions or self.maybe(0.4):
            alias = self.new("distribution")
            body = {"reason": "DISTRIBUTION_REASON_COVID"} | ({"store_id": self.book.id("store")} if self.maybe(0.5) else {})
            self.do(f"distribution/{alias}", "distribution_held", body, "log-1")
            self.distributions[alias] = []
        alias, who = self.pick(self.distributions), self.pick(self.people)
        stream = f"distribution/{alias}"
        if self.distributions[alias] and self.maybe(0.15):
            event = self.distributions[alias].pop()
            if self.entries[event]["live"]:
                item = self.entries[event]["body"]["lines"][0]
                back = {"reverses_event_id": event, "lines": [item | {"quantity": "0.25"}], "reason": "not_needed"}
                self.entries[event]["kept"] = True
                self.do(stream, "distribution_reversed", back, "log-1")
            return
        if self.maybe(0.2):
            body = {"recipient_kind": "RECIPIENT_KIND_PERSON", "recipient": self.about(who), "purpose": "CASH_PURPOSE_YOUTH_BUDGET", "given_by": "GIVEN_BY_OWN"}
            if self.maybe(0.5):
                body["amount"] = {"amount_minor": str(self.random.randrange(1, 90000)), "currency": self.pick(["KHR", "USD"])}
            self.do(stream, "cash_assistance_disbursed", body, "log-1")
            return
        self.items(alias, stream, who)

    def items(self, alias, stream, who):
        body = {"purpose": f"ITEMS_PURPOSE_{self.pick(['FOOD', 'FOOD', 'HYGIENE', 'VOCATIONAL_TRAINING'])}", "given_by": f"GIVEN_BY_{self.pick(['OWN', 'OWN', 'PARTNER'])}"}
        if self.maybe(0.6):
            body |= {"recipient_kind": "RECIPIENT_KIND_HOUSEHOLD", "recipient_id": self.book.id(self.pick(self.households))}
        else:
            body |= {"recipient_kind": "RECIPIENT_KIND_PERSON", "recipient": self.about(who)}
        if self.maybe(0.15):
            self.do(stream, "items_distributed", body | {"uncounted": True}, "log-1")
            return
        if self.maybe(0.2):  # only the kit is told; of version 1 nobody recorded the contents, and of version 3 nothing at all
            self.do(stream, "items_distributed", body | {"kit_code": "food", "kit_version": self.pick([1, 2, 2, 2, 3])}, "log-1")
            return
        chosen = self.random.sample(ITEMS, self.random.randrange(1, 3))
        lines = [{"item_code": item, "unit": unit, "quantity": self.pick(["25", "1", "2.5", "0.375"])} for item, unit in chosen]
        if len(lines) == 2 and self.maybe(0.3):
            del lines[1]["quantity"]
        self.distributions[alias].append(self.do(stream, "items_distributed", body | {"lines": lines}, "log-1"))

    def partner(self):
        alias, choice = self.pick(["rci-1", "rci-2", "rci-3"]), self.random.random()
        stream, kind = f"organisation/{alias}", {"kind": "PARTNERSHIP_KIND_RCI_PARTNER"}
        if choice < 0.5:
            body = {"recipient_kind": "SUPPORT_RECIPIENT_KIND_RCI", "topic": f"SUPPORT_TOPIC_{self.pick(['REINTEGRATION', 'CASE_MANAGEMENT'])}"}
            self.do(stream, "technical_support_provided", body, "net-1")
        elif self.partners.get(alias):
            self.partners[alias] = False
            self.do(stream, "partnership_ended", kind | {"reason": "agreed"}, "net-1")
        else:
            self.partners[alias] = True
            end = {"to": self.pick(["2020-12-31", "2021-01-01", "2021-03-31", "2021-12-31"])} if self.maybe(0.4) else {}
            self.do(stream, "partnership_agreed", kind | end, "net-1")

    def group(self):
        if not self.groups or self.maybe(0.2):
            alias = self.new("club")
            kind = self.pick(["YOUTH_CLUB", "CARELEAVER_NETWORK", "COMMUNICATION"])
            self.do(f"club/{alias}", "group_formed", {"kind": f"GROUP_KIND_{kind}"}, "net-1")
            self.groups[alias] = set()
        alias, who = self.pick(self.groups), self.pick(self.people)
        if self.maybe(0.2):
            self.do(f"club/{alias}", "group_member_joined", {"uncounted": True}, "net-1")
        elif who not in self.groups[alias]:
            self.groups[alias].add(who)
            self.do(f"club/{alias}", "group_member_joined", {"member": self.about(who)}, "net-1")

    # ---- what is said of earlier entries

    def void(self):
        """Only what nothing that comes later can need."""
        facts = {"attendance_recorded", "follow_up_conducted", "service_provided", "incident_reported", "technical_support_provided",
                 "test_result_recorded", "facilitator_assigned", "residence_changed", "disability_recorded", "items_distributed",
                 "cash_assistance_disbursed", "concern_received", "interview_passed", "scholarship_awarded", "case_reopened", "activity_held"}
        chosen = [event for event, entry in self.entries.items() if entry["live"] and entry["fact"] in facts and "kept" not in entry]
        if not chosen:
            return
        event = self.pick(chosen[-60:])
        entry = self.entries[event]
        alias = entry["stream"].split("/")[1]
        if entry["fact"] == "activity_held":
            self.activities[alias]["dead"] = True
        if entry["fact"] == "case_reopened":
            if self.cases.pop(alias, None) is None:
                return
        entry["live"] = False
        self.do(entry["stream"], "entry_voided", {"voids_event_id": event, "reason": "duplicate_entry"}, self.keeper(entry["stream"]),
                self.now.date().isoformat())

    @staticmethod
    def keeper(stream):
        return {"activity": "tr-1", "distribution": "sup-1", "organisation": "net-1", "club": "net-1"}.get(stream.split("/")[0], "cm-1")

    def correct(self):
        chosen = [event for event, entry in self.entries.items() if entry["live"] and entry["fact"] in CORRECTABLE and "kept" not in entry]
        event = self.pick(chosen[-80:])
        entry = self.entries[event]
        body = {"corrects_event_id": event, "reason": "told_again"}
        if self.maybe(0.3):
            body["occurred"] = commands.occurred(self.when())
            entry["when"] = occurred_days(body["occurred"])
        elif self.maybe(0.2):
            body["place"] = self.pick(PLACES[1:])
        else:
            path, values = self.pick(CORRECTABLE[entry["fact"]].items())
            change = self.change(entry["body"], path, self.pick(values))
            if change is None:
                return
            part = path.split(".")[0].split("[")[0]
            if part in PERSON_PARTS:
                person = entry["body"][part][0] if "[" in path else entry["body"][part]
                body["persons"] = [{"person_id": person["person_id"], "changes": [change]}]
            else:
                body["changes"] = [change]
        self.do(entry["stream"], "details_corrected", body, self.keeper(entry["stream"]), self.now.date().isoformat())

    @staticmethod
    def change(body, path, new):
        *way, last = path.replace("[0]", ".0").split(".")
        for step in way:
            body = body[int(step)] if step.isdigit() else body.get(step)
            if body is None:
                return None
        if last not in body:
            return None
        old, body[last] = body[last], new
        return {"field": path, "old_value": json.dumps(old), "new_value": json.dumps(new)}

    def merge(self):
        if self.merges and self.maybe(0.4):
            stream, event = self.merges.popitem()
            alias = stream.split("/")[1]
            body = {"merge_event_id": event, "reason": "two_after_all"}
            person = stream.startswith("person")
            self.do(stream, "persons_unmerged" if person else "households_unmerged", body | ({"person": self.about(alias)} if person else {}), "cm-1")
            if person:
                self.people.append(alias)
            else:
                self.households[alias] = self.hidden.pop(alias)
            return
        homes = self.maybe(0.4) and len(self.households) > 2
        ended, survivor = self.random.sample(sorted(self.households) if homes else self.people, 2)
        stream = f"{'household' if homes else 'person'}/{ended}"
        approval = self.approval(stream, "MERGE")
        if homes:
            event = self.do(stream, "households_merged", {"survivor_id": self.book.id(survivor), "approval_id": approval}, "cm-1")
            self.hidden[ended] = self.households.pop(ended)
        else:
            body = {"person": self.about(ended), "survivor": self.about(survivor), "approval_id": approval}
            event = self.do(stream, "persons_merged", body, "cm-1")
            self.people.remove(ended)
        self.merges[stream] = event

    def write(self):
        for alias, kind, own in (("mro", "NGO", True), ("rci-1", "RCI", False), ("rci-2", "RCI", False), ("rci-3", "RCI", False), ("department", "AUTHORITY", False)):
            body = {"names": [alias], "kind": f"ORGANISATION_KIND_{kind}", "province_code": self.pick(PROVINCES)} | ({"own": True} if own else {})
            self.do(f"organisation/{alias}", "organisation_registered", body, "net-1")
        self.do("store/store", "kit_defined", {"kit_code": "food", "version": 1}, "log-1")
        contents = [{"item_code": item, "unit": unit, "quantity": quantity} for (item, unit), quantity in zip(ITEMS, ("25", "2"))]
        self.do("store/store", "kit_defined", {"kit_code": "food", "version": 2, "contents": contents}, "log-1")
        for _ in range(12):
            self.person()
        for start in (self.household, self.household, self.case, self.case, self.group):
            start()
        weighted = [(self.person, 3), (self.facet, 3), (self.household, 1), (self.member, 4), (self.case, 4), (self.case_step, 12), (self.household_service, 2),
                    (self.follow_up, 8), (self.incident, 3), (self.plan, 3), (self.activity, 8), (self.attendance, 10), (self.side_fact, 14), (self.joint, 1), (self.goods, 12),
                    (self.partner, 4), (self.group, 4), (self.void, 5), (self.correct, 6), (self.merge, 4)]
        steps, weights = zip(*weighted)
        while self.now < datetime(2021, 6, 5):
            self.now += timedelta(seconds=int(self.random.expovariate(1 / 110000)))
            if self.maybe(0.06):  # the last or the first second of a day
                self.now = datetime.combine(self.now.date() + timedelta(days=1), datetime.min.time()) - timedelta(seconds=self.pick([0, 1, 2]))
            while len(self.cases) < 2:  # the others were voided
                self.case()
            self.random.choices(steps, weights)[0]()
        return self.book.lines()


def write(seed, path):
    Path(path).write_text(commands.text(Quarter(seed).write()), encoding="utf-8")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in sys.argv[2:]:
        write(int(seed), folder / f"quarter-{seed}.jsonl")


if __name__ == "__main__":
    main()
