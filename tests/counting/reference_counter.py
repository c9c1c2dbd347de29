#!/usr/bin/env python3
"""Counts the indicators from import files, for itself: shares no code and no definition with the engine.

  reference_counter.py --input FILE... --period 2021-Q1... --as-known-at 2021-04-22...

One line of JSON for each file, period and date. The rules are those of projections/counting/README.md, written a
second time. An indicator is `code; unit [nature] [period rule]; fact condition... option... [+ another]; dimension...`.
`a.b=x|y` holds for these values, `!=` for others; a first part such as `activity` is another event; `/` separates.
"""

import argparse
import json
import re
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from itertools import count as count_from, product
from pathlib import Path

INDICATORS = """
authority_meetings; activities; $held kind=meeting led_by=authority; province mode
authority_meeting_headcount; headcount; headcount_recorded activity.kind=meeting activity.led_by=authority sum:n + $held kind=meeting led_by=authority $unless
meetings_planned; activities planned; activity_planned kind=meeting latest; mode
organisations_invited; organisations planned; activity_planned kind=meeting latest each:invited_org_ids id:invited_org_ids; own=invited.own
programme_target_provinces; provinces planned; programme_target_area_defined each:province_codes id:province_codes
children_in_incidents; people; incident_reported $children; sex age_band province category=children.incident_category age_at_incident=children.age_at_incident
children_in_incidents_reported; people recorded; incident_reported $children; sex
children_newly_opened; people; case_opened $child; $facets owner_own=owner.own owner_kind=owner.kind case_type sector
children_with_concern; people; concern_received $child; sex reporter=reporter_type / joint_interventions; facts; joint_intervention_conducted
children_in_joint_interventions; people; joint_intervention_conducted $children; sex age_band
children_placed_kinship; people; placement_started care_type=kinship $child; sex age_band caregiver=caregiver_relation
children_in_kinship_care; people active; placement_started care_type=kinship $child ended_by:placement_ended ended_match:placement_id; sex
kinship_caregiver_households; households; placement_started care_type=kinship id:household_id; caregiver=caregiver_relation
children_in_foster_care; people active; placement_started care_type=foster $child ended_by:placement_ended ended_match:placement_id; sex foster_kind
children_served_own; people; service_provided provider_kind=own recipient=child $id; $facets mode service=service_code sector
children_served_by_partner; people; service_provided provider_kind=partner recipient=child $id; sex service=service_code
services_by_partner; facts; service_provided provider_kind=partner recipient=child; service=service_code
households_served_by_authority; households; service_provided provider_kind=authority recipient=household id:@stream / births_recorded; facts; child_birth_recorded
household_food_distributions; distributions; $given $food; occurred province=household.residence_province_code kit=kit_code
households_with_food; households; $given $food id:recipient_id; province=household.residence_province_code
households_supported; households; $given $food id:recipient_id + service_provided provider_kind=own recipient=household id:@stream
children_in_households_with_food; people; $given $food of.member.relation=child|grandchild|niece_or_nephew|foster_child id:of.member.person_id members; sex occurred
  household=recipient_id
infants_in_households_with_food; people; $given $food of.member.relation=infant id:of.member.person_id members
children_with_disability_supported; people; $given recipient_kind=person @person.disability=yes $to; sex / goods_distributed; items; $given given_by=own $lines; $item
goods_reversed; items; distribution_reversed $lines; $item / goods_net; items; $given given_by=own $lines + distribution_reversed $lines negative; $item
stock_out; items; $given given_by=own distribution.store_id!= $lines; $item / unnamed_donors; headcount; donation_received donor_id= sum:unnamed_donors
materials_distributed; distributions; $given recipient_kind!=household purpose!=vocational_training; recipient=recipient_kind purpose given_by
cash_assistance_persons; people; cash_assistance_disbursed recipient_kind=person $to; sex purpose
cash_assistance_amount; money; cash_assistance_disbursed sum:amount.amount_minor; currency=amount.currency
household_assessments; facts; assessment_completed subject=household; tool / group_assessments; facts; assessment_completed subject=group; tool
case_closures; closures; case_closed; owner_own=owner.own owner_kind=owner.kind sector reason
own_closed_cases; cases; case_closed owner.own=true id:@stream; state=latest / followups_by_staff; facts; $followed by=staff; contact sector
cases_followed_up; cases; $followed case.case_type!= id:@stream; owner_own=owner.own / cases_pending_closure; cases; task_created kind=closure id:@stream
cases_planned; cases planned; activity_planned kind=technical_support latest sum:target_n / referrals_made; facts; referral_made; to_sector
foster_and_reintegration_followups; facts; $followed by=staff @sector=fbac_efc; contact
rci_partners; organisations active; partnership_agreed kind=rci_partner id:@stream ended_by:partnership_ended ended_match:kind ends_on:to; $at
rci_supported; organisations; $support recipient_kind=rci id:@stream; topic $at
rci_supported_reintegration; organisations; $support topic=reintegration recipient_kind=rci id:@stream; $at
rci_reintegration_provinces; provinces; $support topic=reintegration recipient_kind=rci id:org.province_code
club_meeting_attendances; attendances; $attended $here activity.kind=club_meeting $person + $held kind=club_meeting $unless
  + $heads activity.kind=club_meeting sum:n; sex led_by=activity.led_by
clubs_met; groups; $held kind=club_meeting id:group_id / peer_led_sessions; activities; $held led_by=peers; kind province
peer_workshop_attendances; attendances; $attended $here activity.kind=workshop activity.led_by=peers $person + $held kind=workshop led_by=peers $unless
  + $heads activity.kind=workshop activity.led_by=peers sum:n; sex
youth_coached; people; $attended $here activity.kind=coaching activity.mode!=phone|online @sector=youth_club $id
  + $heads activity.kind=coaching activity.mode!=phone|online @sector=youth_club sum:n; $youth
spokespersons_coached; people; $attended $here activity.kind=coaching person.role_at_time=spokesperson $id; sex province
youth_club_members_reached; people; $attended $here person.role_at_time=youth_club_member|spokesperson $id + $heads club.kind!= sum:n; $youth
youth_support_members_engaged; people; $followed contact=phone|online by=staff @sector=youth_club $id + $attended $here activity.kind=coaching activity.mode=phone|online
  @sector=youth_club $id + $heads activity.kind=coaching activity.mode=phone|online @sector=youth_club sum:n; $youth
outcomes_recorded; facts qualitative; outcome_recorded; basis
peer_lesson_plan_topics; topics; course_defined kind=lesson_plan made_by=peers @sector=youth_club each:topics id:topics
children_at_risk_of_dropout; people; school_status_changed person.status=at_risk_of_dropout $id; sex
careleaver_facilitators; people; facilitator_assigned person.role_at_time=careleaver $id; activity_province=activity.@province residence
new_careleavers; people; person_role_started person.role=careleaver $id; sex / tools_used; topics; $held kind=workshop each:tools id:tools
committee_meetings; activities; $held kind=committee_meeting; province led_by
committee_attendances; attendances; $attended $here activity.kind=committee_meeting $person + $held kind=committee_meeting $unless + $heads activity.kind=committee_meeting sum:n
support_group_meetings; activities; $held kind=support_group; province
support_group_attendances; attendances; $attended $here activity.kind=support_group $person + $held kind=support_group $unless + $heads activity.kind=support_group sum:n
workshops_planned; activities planned; activity_planned kind=workshop latest; province
workshop_topics_planned; topics planned; activity_planned kind=workshop latest each:topics id:topics / trainings; activities; $held kind=training; province sector
training_attendances; attendances; $attended $here activity.kind=training $person + $held kind=training $unless
  + $heads activity.kind=training sum:n; sex / pre_tests; facts; test_result_recorded phase=pre
post_tests; facts; test_result_recorded phase=post / scholarships_awarded; people; scholarship_awarded $id; sex duration_years
scholarship_benefits; facts; scholarship_awarded each:benefits; benefit=benefits / interviews_passed; facts; interview_passed; kind
testimonies; facts; testimony_recorded / careleavers_followed_up; people; $followed @sector=careleaver $id; contact
vocational_materials; people; $given purpose=vocational_training $to / work_experience_applications; facts; work_experience_applied_for
work_experience_started; facts; work_experience_started / work_experience_ended; facts; work_experience_ended; result
work_experience_active; people active; work_experience_started $id ended_by:work_experience_ended; sex / jobs_offered; facts; job_offered
employment_obtained; people; employment_obtained $id; sex / coaching_sessions; activities; $held kind=coaching; sector duration&duration_unit
careleaver_network_joined; people; group_member_joined group.kind=careleaver_network id:member.person_id / groups_formed; groups; group_formed id:@stream; kind
communication_group_members; people; group_member_joined group.kind=communication id:member.person_id / group_visits; activities; $held kind=group_visit; province
campaigns; activities; $held kind=campaign; sector / role_model_visits; facts; $followed by=role_model
community_visits_by_staff; facts; $followed by=staff contact=visit @sector=community / staff_meetings; activities; $held kind=staff_meeting
activity_provinces; provinces; $held @province!=unknown|remote id:@province
people_reached; people; service_provided provider_kind=own $id + $attended $here activity.led_by=own $id + $followed by=staff $id + $given recipient_kind=person
  given_by=own $to + cash_assistance_disbursed recipient_kind=person $to + $heads activity.led_by=own sum:n; $facets
report_texts; facts qualitative; report_narrative_written; section / context_periods; facts context; context_period_started
context_figures; facts context; context_figure_quoted
"""
SHORT = {"facets": "sex age_band disability residence", "youth": "sex age_band residence", "at": "province=org.province_code",
         "here": "person.status=present|late|left_early", "food": "recipient_kind=household purpose=food given_by=own",
         "unless": "unless:attendance_recorded|headcount_recorded", "support": "technical_support_provided",
         "held": "activity_held", "attended": "attendance_recorded", "followed": "follow_up_conducted", "given": "items_distributed",
         "heads": "HEADS headcount_recorded", "lines": "each:lines sum:lines.quantity", "item": "item=lines.item_code&lines.unit", "id": "id:person.person_id",
         "to": "id:recipient.person_id", "child": "id:child.person_id", "children": "each:children id:children.person_id", "person": "person:person.person_id"}
PATHS = {"sex": "@person.sex", "age_band": "@person.age_band", "disability": "@person.disability", "sector": "@sector",
         "residence": "@person.residence_province_code", "province": "@province", "occurred": "@occurred"}
# name -> (path of the id, category of its stream, fact); without a path, the same stream.
JOINS = {"activity": ("", "", "activity_held"), "case": ("", "", "case_opened"), "group": ("", "", "group_formed"), "club": ("activity.group_id", "club", "group_formed"),
         "org": ("", "", "organisation_registered"), "distribution": ("", "", "distribution_held"),
         "owner": ("case.owner_org_id", "organisation", "organisation_registered"),
         "invited": ("invited_org_ids", "organisation", "organisation_registered"),
         "household": ("recipient_id", "household", "household_registered")}
LATEST = {"case_opened": "open", "case_reopened": "open", "case_closed": "closed"}
# Facts that hold the age of their persons.
AGED = {"incident_reported": "children", "case_opened": "child", "joint_intervention_conducted": "children", "service_provided": "person",
        "follow_up_conducted": "person", "placement_started": "child", "attendance_recorded": "person", "items_distributed": "recipient",
        "cash_assistance_disbursed": "recipient"}
BANDS = ((5, "0-5"), (11, "6-11"), (14, "12-14"), (17, "15-17"), (24, "18-24"), (999, "25+"))
ENUM = re.compile("^([A-Z]+_)*?(RECIPIENT_KIND|KIND|TYPE|SUBJECT|STATUS|PURPOSE|REASON|DECISION|BY|BASIS|CATEGORY|RESULT|TOPIC|"
                  "PHASE|ROLE|RECIPIENT|RELATION|SECTION|DISABILITY|SECTOR|CONTACT|MODE|SEX)_([A-Z0-9_]+)$")
PHNOM_PENH = timezone(timedelta(hours=7))
ANY_DAY = (date.min, date.max)
# What a fact has besides itself, and of that what it may leave to its context.
CIRCUMSTANCES = ("context", "stream", "event_id", "occurred", "place", "reason", "base_revision")
LEFT = ("occurred", "place", "reason")

def days_of(period):
    """First and last day of 2021, 2021-Q1, 2021-02 or 2021-02-17."""
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
        recorded = datetime.fromisoformat(context["source_recorded_at"])
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

class Item:
    """One thing to count: an event, an element of one of its lists, or a member of a record that it names."""

    def __init__(self, world, event, element=None, member=None):
        self.world, self.event, self.element, self.member = world, event, element, member
        self.person, self.aged_at, self.id, self.amount, self.counted = "", event, "", 0, True

    def text(self, path, event=None):
        first, _, rest = path.partition(".")
        if first == "@person":
            facets = self.world.facets[self.person] if self.person else {}
            told = next((age for who, age in self.aged_at.told.items() if self.world.same(who) == self.person), None)
            return age_band(facets.get("birth"), self.aged_at.days, told) if rest == "age_band" else facets.get(rest, "unknown")
        if first == "of":
            return self.field(self.member, rest)
        if first not in JOINS:
            return self.field(event or self.event, path)
        via, category, fact = JOINS[first]
        joined = self.world.last(f"{category}/{self.world.same(self.text(via))}" if via else self.event.stream, fact)
        return self.field(joined, rest) if joined else ""

    def field(self, event, path):
        if path[0] == "@":
            province = event.place if event.place in ("unknown", "remote") else event.place[:2]
            return {**event.envelope, "@province": province, "@occurred": in_words(event.days) if event.days else ""}[path]
        value = event.body
        for name in path.split("."):
            listed = value is self.event.body and self.element and name == self.element[0]
            value = self.element[1] if listed else value.get(name, name != "own" and "") if isinstance(value, dict) else ""
        return word(value) if value or value == 0 and name in ("own", "age_at_incident") else ""  # a 0 is unset elsewhere

class Select:
    """The part of a definition that names a fact, its conditions and its options."""

    def __init__(self, text):
        self.fact, *words = text.removeprefix("HEADS ").split()
        self.heads = text.startswith("HEADS ")
        self.where = [re.match(r"(.+?)(!?)=(.*)", text).groups() for text in words if "=" in text]
        self.options = dict(text.partition(":")[::2] for text in words if "=" not in text)

    def items(self, world):
        options = self.options
        for event in world.by_fact[self.fact]:
            replaced = "latest" in options and world.last(event.stream, self.fact) is not event
            if replaced or any((event.stream, fact) in world.on_stream for fact in options.get("unless", "").split("|")):
                continue
            for item in self.parts(world, event):
                item.person = world.same(item.text(options["person"])) if "person" in options else ""
                item.id = item.text(options["id"]) if "id" in options else ""
                item.counted = "unless" not in options and not event.body.get("uncounted", False)
                if any((item.text(path) in values.split("|")) == bool(negated) for path, negated, values in self.where) or (
                        "id" in options and not item.id and item.counted):
                    continue
                item.counted = item.counted and item.id != "unknown"  # a member of its own, and no thing to count
                if "sum" in options:
                    number = item.text(options["sum"])
                    item.counted = "unless" not in options and number != ""
                    item.amount = round(float(number or 0) * 1000) * (-1 if "negative" in options else 1)
                yield item

    def parts(self, world, event):
        if name := self.options.get("each"):
            return [Item(world, event, element=(name, part)) for part in event.body.get(name, [])]
        if "members" not in self.options:
            return [Item(world, event)]
        home, items = event.body.get("recipient_id", ""), []
        for added in world.on_household(home, "household_member_added"):
            gone = [one.days for one in world.on_household(home, "household_member_removed") if one.position > added.position
                    and world.same(one.body["member"]["person_id"]) == world.same(added.body["member"]["person_id"])]
            if not (gone and gone[0] and event.days and gone[0][1] < event.days[0]):
                items.append(Item(world, event, member=added))
        return items

    def when(self, rule, item, period):  # `in`, `out` or `either`
        event, (first, last) = item.event, period
        if rule == "recorded":
            return "in" if first <= event.known <= last else "out"
        begin = event.days or ANY_DAY
        if rule != "active":
            out = begin[1] < first or last < begin[0]
            return "out" if out else "in" if first <= begin[0] and begin[1] <= last else "either"
        match, agreed = self.options.get("ended_match"), item.text(self.options.get("ends_on", "none"))
        ends = [other.days or ANY_DAY for other in item.world.on_stream.get((event.stream, self.options["ended_by"]), [])
                if other.position > event.position and (not match or item.text(match, other) == item.text(match))]
        end = ends[0] if ends else days_of(agreed) if agreed else (date.max, date.max)
        out = begin[0] > last or end[1] < first
        return "out" if out else "in" if begin[1] <= last and end[0] >= first else "either"

class Indicator:
    def __init__(self, text):
        self.code, flags, selects, dimensions = (part.strip() for part in (text + ";;").split(";")[:4])
        self.unit, *flags = flags.split()
        self.nature = next((flag for flag in flags if flag in ("planned", "qualitative", "context")), "")
        self.rule = next((flag for flag in flags if flag in ("active", "recorded")), "")
        self.selects = [Select(part) for part in selects.split(" + ")]
        for select in self.selects if self.unit == "people" else ():
            select.options |= {"person": select.options["id"]} if "id" in select.options else {}
        self.dimensions = [dimension.partition("=")[::2] for dimension in dimensions.split()]
        self.distinct = any("id" in select.options for select in self.selects)
        self.sums = any("sum" in select.options for select in self.selects if not select.heads)

    def rows(self, world, period):
        found, heads, doubtful, outside, first = [], None, 0, False, {}
        for select, item in ((select, item) for select in self.selects for item in select.items(world)):
            when = select.when(self.rule, item, period)
            if select.heads:
                heads = (heads or 0) + item.amount if when == "in" and item.counted else heads
                continue
            item.id = world.same(item.id) if self.unit in ("people", "households") else item.id
            found += [item] if when == "in" else []
            doubtful += when == "either"
            outside |= when == "out" and item.event.known >= period[0]
        # The age of a person who is counted once is that at the first counted event.
        for item in sorted(found, key=lambda item: ((item.event.days or ANY_DAY[1:])[0], item.event.position)):
            if self.unit == "people" and item.counted and item.person:
                first.setdefault(item.person, item.event)
        rows = [self.row("", "", found, doubtful, outside, heads)]
        for name, path in self.dimensions:
            cells = defaultdict(list)
            for item in found:
                item.aged_at = first.get(item.person, item.aged_at)
                cells[self.member(item, path or PATHS.get(name, name))].append(item)
            rows += [self.row(name.split("&")[0], member, items) for member, items in sorted(cells.items())]
        return rows

    @staticmethod
    def member(item, path):
        if path == "latest":
            states = [event for fact in LATEST for event in item.world.on_stream.get((item.event.stream, fact), [])]
            return LATEST[max(states, key=lambda event: event.position).fact]
        path, _, unit = path.partition("&")
        value = item.world.same(item.text(path))
        return f"{value} {item.text(unit) if unit and value else ''}".strip() or "unknown"

    def row(self, dimension, member, items, doubtful=0, outside=False, heads=None):
        counted = [item for item in items if item.counted]
        value = str(len({item.id for item in counted}) if self.distinct else len(counted))
        value = decimal(sum(item.amount for item in counted)) if self.sums else value
        value = value if counted and (dimension or self.unit not in ("items", "money")) else ""
        why = next(why for holds, why in ((counted, ""), (items, "not_counted"), (doubtful, "not_datable"),
                                          (outside, "out_of_period"), (True, "nothing_recorded")) if holds)
        planned = value if self.nature == "planned" else ""
        if self.nature:
            value, why = "", "nothing_recorded" if self.nature == "planned" and not items else self.nature
        return {"code": self.code, "dimension": dimension, "member": member, "value": value, "why_none": why,
                "planned_value": planned, "and_uncounted": 0 < len(counted) < len(items) and not self.nature,
                "headcount": "" if heads is None else decimal(heads), "not_datable": doubtful}

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

def indicators():
    text = re.sub(r"\$(\w+)", lambda short: SHORT[short[1]], INDICATORS)
    return [Indicator(" ".join(part.split())) for part in re.split(r"\n(?=\w)| / ", text.strip())]

def count(facts, period, known_at):
    world = World(facts, date.fromisoformat(known_at))
    return [row for indicator in indicators() for row in indicator.rows(world, days_of(period))]

def main():
    parser = argparse.ArgumentParser()
    for name in ("--input", "--period", "--as-known-at"):
        parser.add_argument(name, action="append", required=True)
    options = parser.parse_args()
    for path, period, day in product(options.input, options.period, options.as_known_at):
        print(json.dumps({"file": path, "period": period, "as_known_at": day, "rows": count(read_facts(path), period, day)}))

if __name__ == "__main__":
    main()
