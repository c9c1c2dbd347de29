"""What happens in consent_faces.py: invented children, what is recorded of them, and what the agreement lets out of it."""

import hashlib
import json
from dataclasses import dataclass

from harness import check, to_jsonl

NGO, PHOTO = "CONSENT_PURPOSE_SHARE_WITH_NGO", "CONSENT_PURPOSE_PHOTO"
GIVEN, REFUSED = "CONSENT_DECISION_GIVEN", "CONSENT_DECISION_REFUSED"
FACES = ("http", "hook", "bus", "esdb")
# As they are, and one that comes after the withdrawal.
SUBSCRIBERS = (*FACES, "late")
# Has an agreement over donations and erasures only.
STOCK = "stock"
# Begins every personal value; none may leave.
SEALED = "Canary"

FIELDS = {
    "mlup.cases.v1.PersonRegistered": ["person.person_id", "person.sex"],
    "mlup.cases.v1.ConsentRecorded": ["person.person_id", "person.decision", "person.purpose"],
    "mlup.cases.v1.CaseOpened": ["child.person_id", "case_type"],
    "mlup.cases.v1.ServiceProvided": ["person.person_id", "service_code"],
    "mlup.cases.v1.FollowUpConducted": ["person.person_id", "contact"],
    "mlup.cases.v1.HouseholdRegistered": ["head.person_id", "type"],
    "mlup.cases.v1.HouseholdMemberAdded": ["member.person_id"],
    "mlup.cases.v1.CaseGroupFormed": ["kind", "case_ids"],
    "mlup.cases.v1.JointInterventionConducted": ["purpose", "children.person_id"],
    "mlup.donations.v1.DistributionHeld": ["reason"],
    "mlup.donations.v1.ItemsDistributed": ["recipient.person_id", "recipient.role_at_time", "beneficiaries.person_id", "kit_code", "lines"],
    "mlup.cases.v1.PersonsMerged": ["person", "survivor", "approval_id"],
    "mlup.privacy.v1.PersonDataErased": ["scope", "legal_ground", "subscribers_notified"],
    "mlup.common.v1.EntryVoided": ["*"],
    "mlup.common.v1.DetailsCorrected": ["*"],
}
# Recorded by the donation service, and on records of all services; the others by the case service.
DONATIONS = ("items_distributed", "distribution_held", "kit_defined")
NETWORK = ("organisation_registered",)
COMMON = ("entry_voided", "details_corrected", "approval_requested", "approval_granted")


def uuid(name):
    """Always the same UUID of version 7 for the same name."""
    digits = hashlib.sha256(name.encode()).hexdigest()
    return f"01770000-{digits[:4]}-7{digits[4:7]}-8{digits[7:10]}-{digits[10:22]}"


def token(face):
    return f"the-token-of-{face}-0123456789abcdef"


def subscribers(ways, expires_on):
    """The subscribers file: one subscriber a face, all under the same agreement. `ways` is text by face."""
    fields = "\n".join(f'    fields {{ type: "{name}" {" ".join(f"paths: {json.dumps(path)}" for path in paths)} }}'
                       for name, paths in FIELDS.items())
    types = " ".join(f'types: "{name}"' for name in FIELDS)
    few = 'types: "mlup.donations.v1.DistributionHeld" types: "mlup.privacy.v1.PersonDataErased"'
    return "\n".join(
        f'subscribers {{ subscriber_id: "{face}" label: "{face}" organisation_id: "partner" purpose: "referral"\n'
        f'  source_system: "partner-{face}" token_sha256: "{hashlib.sha256(token(face).encode()).hexdigest()}" {ways.get(face, "")}\n'
        f'  agreement {{ filter {{ {few if face == STOCK else types} }} consent: CONSENT_PURPOSE_SHARE_WITH_NGO expires_on: "{expires_on}"\n'
        f'{fields} }} }}\n'
        for face in (*SUBSCRIBERS, STOCK))


@dataclass
class Event:
    """One recorded event. `before` and `after` the withdrawal: its data as it may leave then; None where it may not leave."""

    name: str
    id: str
    type: str
    stream: str
    before: dict | None
    after: dict | None
    echo_of: str = ""
    # What it voids or corrects.
    target: "Event | None" = None
    # Whether it is told whatever the agreement says, and nothing but what it is about.
    always_reference: bool = False

    def expected(self, face, withdrawn):
        """What this face delivers of it when it comes to it now; `late` has received nothing before."""
        unknown = face == "late" and self.target is not None and self.target.expected(face, withdrawn) is None
        return None if face == self.echo_of or unknown else self.after if withdrawn else self.before

    @property
    def is_reference(self):
        return self.always_reference or self.target is not None and self.after is not None and len(self.after) == 1


class World:
    """Makes requests; add() and what calls it note what each face may show."""

    def __init__(self):
        self.events = {}
        self.pending = []
        self.order = []

    def add(self, name, stream, fact, value, before=None, after="same", target=None, **context):
        """One event; `after="same"` as `before`. A stream is `<category>/<name>`."""
        category, owner = stream.split("/")
        base = {"request_id": uuid(name), "actor_id": "staff-sup-1", "role": "supervisor", "organisation_id": "mro",
                "channel": "CHANNEL_CLI", "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-17"}}
        stated = {"stream": f"{category}/{uuid(owner)}", "event_id": uuid(name), fact: value}
        self.pending.append({"record": {"context": {**base, **context}, "facts": [stated]}})
        kind = "".join(word.title() for word in fact.split("_"))
        area = "privacy" if fact == "person_data_erased" else "common" if fact in COMMON else "donations" if fact in DONATIONS else "network" if fact in NETWORK else "cases"
        echo = context.get("source_system", "").removeprefix("partner-")
        event = Event(name, uuid(name), f"{area}.{kind}", f"{category}/{uuid(owner)}", before, before if after == "same" else after, echo,
                      target)
        check(event.id not in self.events, f"{name} is there twice")
        self.events[event.id] = event
        self.order.append(event.id)

    def take(self):
        """What happened since the last time, as the bytes of an import file."""
        requests, self.pending = self.pending, []
        return to_jsonl(requests)

    def expected(self, face, withdrawn, begin=0):
        """Data by event id, in the order of the log, that a face shows now of all but the first `begin` events."""
        data = {event_id: self.events[event_id].expected(face, withdrawn) for event_id in self.order[begin:]}
        return {event_id: one for event_id, one in data.items() if one is not None}

    # What is recorded of a child; `before` and `after` say whether the face may show it.

    def service(self, name, child, shown, after="same", **context):
        data = {"service_code": "counselling", "person": {"person_id": uuid(child)}}
        value = {**data, "provider_kind": "PROVIDER_KIND_OWN", "recipient": "SERVICE_RECIPIENT_CHILD",
                 "person": {**data["person"], "details": f"{SEALED} counselling"}}
        self.add(name, f"case/case of {child}", "service_provided", value, data if shown else None, after, **context)

    def follow_up(self, name, child, shown, after="same", **context):
        data = {"contact": "CONTACT_VISIT", "person": {"person_id": uuid(child)}}
        value = {**data, "followup_type": "FOLLOW_UP_TYPE_IN_CARE", "by": "FOLLOW_UP_BY_STAFF",
                 "person": {**data["person"], "findings": f"{SEALED} findings"}}
        self.add(name, f"case/case of {child}", "follow_up_conducted", value, data if shown else None, after, **context)

    def items(self, name, recipient, beneficiaries, before, after):
        """`before` and `after`: the persons who are shown, the recipient first."""
        value = {"recipient_kind": "RECIPIENT_KIND_PERSON", "purpose": "ITEMS_PURPOSE_FOOD", "given_by": "GIVEN_BY_OWN", "kit_code": "food",
                 "kit_version": 1, "lines": [{"item_code": "rice", "quantity": "25", "unit": "kg"}],
                 "recipient": {"person_id": uuid(recipient), "role_at_time": "child", "received_by": f"{SEALED} signature"},
                 "beneficiaries": [{"person_id": uuid(child)} for child in beneficiaries]}

        def shown(children):
            if not children:
                return None
            data = {"kit_code": "food", "lines": value["lines"]}
            if recipient in children:
                data["recipient"] = {"person_id": uuid(recipient), "role_at_time": "child"}
            if [child for child in beneficiaries if child in children]:
                data["beneficiaries"] = [{"person_id": uuid(child)} for child in beneficiaries if child in children]
            return data

        self.add(name, "distribution/distribution", "items_distributed", value, shown(before), shown(after))

    def joint(self, name, children, before, after):
        def shown(some):
            return {"purpose": "alternative_care", "children": [{"person_id": uuid(child)} for child in some]} if some else None

        value = {"purpose": "alternative_care", "children": [{"person_id": uuid(child), "findings": f"{SEALED} of {child}"} for child in children]}
        self.add(name, "case_group/group", "joint_intervention_conducted", value, shown(before), shown(after))

    def group(self, name, children, before, after):
        data = {"kind": "CASE_GROUP_KIND_SIBLINGS", "case_ids": [uuid(f"case of {child}") for child in children]}
        self.add(name, f"case_group/{name}", "case_group_formed", data, data if before else None, data if after else None)

    def consent(self, name, child, decision, purpose, shown, after="same", **context):
        person = {"person_id": uuid(child), "decision": decision, "purpose": purpose}
        value = {"wording_version": "2020-1", "person": {**person, "given_by": f"{SEALED} guardian"}}
        self.add(name, f"person/{child}", "consent_recorded", value, {"person": person} if shown else None, after, **context)

    def home_service(self, name, before, after):
        data = {"service_code": "material_support"}
        value = {**data, "provider_kind": "PROVIDER_KIND_OWN", "recipient": "SERVICE_RECIPIENT_HOUSEHOLD"}
        self.add(name, "household/home", "service_provided", value, data if before else None, data if after else None)

    def void(self, name, of, before, after="same"):
        """`before` and `after`: `full`, `reference` or None."""
        event = self.events[uuid(of)]
        whole = {"voids_event_id": event.id, "reason": "duplicate_entry"}
        ways = {"full": whole, "reference": {"voids_event_id": event.id}, None: None}
        self.add(name, self._stream(event), "entry_voided", whole, ways[before], after if after == "same" else ways[after], event)

    def correct(self, name, of, changes, persons, before, after="same"):
        """`changes` and `persons` are the fields of DetailsCorrected; `before` and `after` are data, `reference` or None."""
        event = self.events[uuid(of)]
        whole = {"corrects_event_id": event.id, "changes": changes, "persons": persons, "reason": "weighed_again"}
        ways = [{"corrects_event_id": event.id} if way == "reference" else way for way in (before, after)]
        self.add(name, self._stream(event), "details_corrected", {key: part for key, part in whole.items() if part}, *ways, event)

    def merge(self, name, ended, survivor, shown):
        """`shown`: `full`, `reference` or None."""
        stream, approval = f"person/{ended}", uuid(f"approval of {name}")
        self.add(f"{name}: asked", stream, "approval_requested", {"approval_id": approval, "subject": "APPROVAL_SUBJECT_MERGE"})
        self.add(f"{name}: granted", stream, "approval_granted", {"approval_id": approval}, actor_id="staff-cm-1", role="case_manager")
        about = {"person": {"person_id": uuid(ended)}, "survivor": {"person_id": uuid(survivor)}}
        value = {**about, "person": {**about["person"], "evidence": f"{SEALED} evidence"}, "approval_id": approval}
        self.add(name, stream, "persons_merged", value, {"full": {**about, "approval_id": approval}, "reference": about, None: None}[shown])
        self.events[uuid(name)].always_reference = shown == "reference"

    def unmerge(self, name, merge, shown):
        """The agreement does not cover it: it is told as a reference or not at all."""
        stream = self.events[uuid(merge)].stream
        data = {"person": {"person_id": stream.split("/")[1]}, "merge_event_id": uuid(merge)}
        self.add(name, self._stream(self.events[uuid(merge)]), "persons_unmerged", {**data, "reason": "two_persons_after_all"},
                 data if shown else None)
        self.events[uuid(name)].always_reference = shown

    def erase(self, name, person, shown):
        stream, approval = f"person/{person}", uuid(f"approval of {name}")
        self.add(f"{name}: asked", stream, "approval_requested", {"approval_id": approval, "subject": "APPROVAL_SUBJECT_ERASURE"})
        self.add(f"{name}: granted", stream, "approval_granted", {"approval_id": approval}, actor_id="staff-cm-1", role="case_manager")
        data = {"scope": "all_personal", "legal_ground": "request_of_person"}
        value = {**data, "approval_id": approval, "subscribers_notified": ["somebody-else"]}
        self.add(name, f"erasure/{person}", "person_data_erased", value, data if shown else None)

    def _stream(self, event):
        category = event.stream.split("/")[0]
        return next(f"{category}/{name}" for name in STREAM_NAMES if f"{category}/{uuid(name)}" == event.stream)


STREAM_NAMES = [f"case of {child}" for child in "ABC"] + [*"ABCDEF", "distribution", "home", "group"]
