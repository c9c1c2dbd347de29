"""Two tablets work on one child without a network and come back in either order: what they say of different fields merges, what they
say of the same one is a conflict with all that was said, sending again changes nothing, and a tablet that is lost is told to wipe."""

import json
import time

from harness import Daemon, Workspace, check, to_jsonl, wait_for
from people import PASSWORD, Person, bootstrap, opened

ADMIN = "staff-adm-1"
TABLETS = {"staff-sw-1": "tablet-1", "staff-sw-2": "tablet-2"}
SECOND_S = 1.0
CHILD = "018f3c6e-0000-7000-8000-00000000c401"
CASE = "018f3c6e-0000-7000-8000-00000000c402"
OWNER = "018f3c6e-0000-7000-8000-00000000c403"
PERSON = f"person/{CHILD}"
WHO = {"person_id": CHILD}


def event_id(number):
    return f"018f3c6e-0000-7000-8000-{0xe000 + number:012x}"


def line(actor, role, request_id, *facts):
    context = {"request_id": request_id, "actor_id": actor, "role": role, "organisation_id": "mro", "channel": "CHANNEL_TABLET",
               "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-17"}}
    return {"record": {"context": context, "facts": list(facts)}}


def item(sequence, actor, request_id, *facts):
    return {"sequence": sequence, "made_at": "2021-02-17T03:00:00Z", **line(actor, "social_worker", request_id, *facts)}


class Field:
    """An installation with a child whom two workers look after, each with a tablet."""

    def __init__(self, folder, daemon):
        self.daemon = daemon
        self.admin, self.manager = Person(folder, ADMIN), Person(folder, "staff-cm-1")
        self.workers = {name: Person(folder, name) for name in TABLETS}
        bootstrap(daemon, self.admin)
        self.admin.sign_in(daemon)
        opened(daemon, self.admin, self.manager, "case_manager")
        for name, worker in self.workers.items():
            opened(daemon, self.admin, worker, "social_worker", scope="own_caseload")
        for name, tablet in TABLETS.items():
            self.admin.mlup(daemon, "accounts", "enroll", name, tablet)
            self.workers[name].sign_in(daemon, PASSWORD, "--device", tablet)
        self.manager.mlup(daemon, "import", "-", stdin=to_jsonl([line(
            "staff-cm-1", "case_manager", "intake",
            {"stream": f"organisation/{OWNER}",
             "organisation_registered": {"names": ["A partner"], "kind": "ORGANISATION_KIND_RCI", "province_code": "02"}},
        ), line(
            "staff-cm-1", "case_manager", "intake-2",
            {"stream": PERSON, "event_id": event_id(1), "person_registered": {"person": {
                **WHO, "sex": "SEX_FEMALE", "residence_province_code": "02", "name_latin": "Sokha"}}},
            {"stream": f"case/{CASE}", "case_opened": {"child": WHO, "case_type": "CASE_TYPE_KINSHIP_SUPPORT", "owner_org_id": OWNER}},
            *({"stream": f"case/{CASE}", "case_worker_assigned": {"worker_id": name}} for name in TABLETS))]))

    def push(self, name, *items, expect=0):
        run = self.workers[name].mlup(self.daemon, "--json", "sync", "push", "--device", TABLETS[name], "-",
                                      stdin=to_jsonl(items), expect=expect)
        return run.lines()

    def pull(self, name, *arguments):
        return self.workers[name].mlup(self.daemon, "--json", "sync", "pull", "--device", TABLETS[name], *arguments).json()

    def head(self):
        return self.admin.mlup(self.daemon, "--json", "status").json()["head"]

    def history(self):
        return self.manager.mlup(self.daemon, "--json", "case", "history", CHILD).json()["entries"]


def batches(base):
    """What each worker made, knowing the child as of this revision."""
    def school(number, actor, more):
        return {"stream": PERSON, "event_id": event_id(number), "base_revision": base,
                "school_status_changed": {"person": {**WHO, "status": "SCHOOL_STATUS_ENROLLED", **more}}}

    def sex(value):
        return {"stream": PERSON, "base_revision": base, "details_corrected": {
            "corrects_event_id": event_id(1), "reason": "asked_again",
            "persons": [{**WHO, "changes": [{"field": "person.sex", "old_value": '"SEX_FEMALE"', "new_value": json.dumps(value)}]}]}}

    moved = {"stream": PERSON, "base_revision": base, "residence_changed": {"person": {**WHO, "residence_province_code": "03"}}}
    return {"staff-sw-1": [item(1, "staff-sw-1", "a-1", school(11, "staff-sw-1", {"grade": "4"})),
                           item(2, "staff-sw-1", "a-2", sex("SEX_MALE"))],
            "staff-sw-2": [item(1, "staff-sw-2", "b-1", school(12, "staff-sw-2", {"grade": "5", "school": "Wat Damnak"})),
                           item(2, "staff-sw-2", "b-2", moved),
                           item(3, "staff-sw-2", "b-3", sex("SEX_OTHER"))]}


def state_of(entries):
    """What stands, whatever came first: of each entry its details as corrected, and the conflicts."""
    by_position = {entry["position"]: entry for entry in entries}
    kept = []
    for entry in entries:
        if entry["label"] in ("Details corrected", "Entry voided") or entry["voided_by"] != "0":
            continue
        details = {detail["label"]: detail["value"] for detail in entry["details"]}
        for position in sorted(entry["corrected_by"], key=int):
            for detail in by_position[position]["details"]:
                if "before" in detail:
                    details[detail["label"]] = detail["value"]
        # Who came last found the conflict.
        actor = "" if entry["label"] == "Conflict detected" else entry["actor"]
        kept.append((entry["label"], actor, sorted(details.items())))
    return sorted(kept, key=repr)


def in_this_order(folder, names):
    """The tablets come back in this order; what stands afterwards."""
    with Daemon(folder / "-".join(names)) as daemon:
        field = Field(folder / "-".join(["people", *names]), daemon)
        pulled = field.pull(names[0])
        heads = {known["stream"]: int(known["revision"]) for known in pulled["cases"][0]["heads"]}
        check(heads[PERSON] == 1 and pulled["cases"][0]["subject"] == "Sokha", pulled)
        made = batches(heads[PERSON])
        answers = {name: field.push(name, *made[name]) for name in names}
        check(all("recorded" in answer for name in names for answer in answers[name]), answers)
        late = answers[names[1]]
        found = [conflict["field"] for answer in late for conflict in answer["conflicts"]]
        check(sorted(found) == ["person_registered.person.sex", "school_status_changed.person.grade"], late)
        entries = field.history()
        conflicts = [entry for entry in entries if entry["label"] == "Conflict detected"]
        check(len(conflicts) == 2, conflicts)
        told = {detail["label"]: detail["value"] for conflict in conflicts if "grade" in json.dumps(conflict) for detail in conflict["details"]}
        check(told == {"Field": "school_status_changed.person.grade", "Values": '"4"; "5"',
                       "Entries": "Request: A-1; Actor: Staff-sw-1; Device: Tablet-1; Base revision: 1; "
                                  "Request: B-1; Actor: Staff-sw-2; Device: Tablet-2; Base revision: 1"}, told)
        sent_again(field, made, answers)
        out_of_turn(field)
        down_again(field, names[0], pulled)
        if names[0] == "staff-sw-1":
            resolved(field)
            lost(field)
        return state_of(entries)


def sent_again(field, made, answers):
    before = field.head()
    for name in TABLETS:
        for first, again in zip(answers[name], field.push(name, *made[name])):
            check(again["recorded"]["replayed"] and again["recorded"]["event_ids"] == first["recorded"]["event_ids"]
                  and again["conflicts"] == first["conflicts"], f"{again} is not {first}")
    check(field.head() == before, "sending again recorded something")


def out_of_turn(field):
    """What comes before its turn waits on the tablet; what is refused is refused for good, and told again by a pull."""
    name = "staff-sw-2"
    bad = item(4, name, "b-4", {"stream": PERSON, "residence_changed": {"person": {**WHO, "residence_province_code": "99"}}})
    note = item(5, name, "b-5", {"stream": PERSON, "note_recorded": {"kind": "NOTE_KIND_NOTE", "person": {**WHO, "text": "words"}}})
    early, = field.push(name, note, expect=1)
    check(early["waiting"]["for_sequence"] == "4", early)
    refused, recorded = field.push(name, bad, note, expect=1)
    check(refused["refused"]["info"]["reason"] == "FORMAT_PROVINCE" and "recorded" in recorded, (refused, recorded))
    again, _ = field.push(name, bad, note, expect=1)
    check(again == refused, again)
    other = field.workers["staff-sw-1"].mlup(field.daemon, "sync", "pull", "--device", "tablet-2", expect=1)
    check("DEVICE_NOT_ENROLLED" in other.err, other.err)


def down_again(field, name, before):
    """Only what is new comes down; and a case that is another's now is dropped."""
    asked = ("--since", before["position"], "--held", CASE)
    after = field.pull(name, *asked)
    labels = [entry["label"] for entry in after["cases"][0]["entries"]]
    check("Conflict detected" in labels and "Person registered" in labels and "Case opened" not in labels, labels)
    since = ("--since", after["position"], "--held", CASE)
    check(field.pull(name, *since)["cases"] == [], "nothing is new")
    refusals = field.pull("staff-sw-2")["refused_items"]
    check([(one["sequence"], one["refusal"]["info"]["reason"]) for one in refusals] == [("4", "FORMAT_PROVINCE")], refusals)
    readings = field.manager.mlup(field.daemon, "--json", "audit", "accesses", "--reader", name, "--as", "staff-cm-1:case_manager:mro")
    check({access["purpose"] for access in readings.json()["accesses"]} == {"Field work"}, readings.out)


def resolved(field):
    """A person takes one of the values, and records what follows from it."""
    entries = field.history()
    conflict = next(entry for entry in entries if entry["label"] == "Conflict detected" and "grade" in json.dumps(entry))
    field.manager.mlup(field.daemon, "import", "-", stdin=to_jsonl([line(
        "staff-cm-1", "case_manager", "resolve",
        {"stream": PERSON, "conflict_resolved": {"conflict_event_id": conflict["event_id"], "chosen_request_id": "b-1",
                                                 "reason": "asked_the_family"}})]))
    check("Conflict resolved" in [entry["label"] for entry in field.history()], "the resolution stands in the history")


def lost(field):
    """A tablet that is revoked is told to wipe within a second, and a case that is unassigned is dropped."""
    case = {"stream": f"case/{CASE}", "case_worker_unassigned": {"worker_id": "staff-sw-2", "reason": "moved"}}
    field.manager.mlup(field.daemon, "import", "-", stdin=to_jsonl([line("staff-cm-1", "case_manager", "unassign", case)]))
    dropped = field.pull("staff-sw-2", "--held", CASE)
    check(dropped["dropped_case_ids"] == [CASE] and dropped["cases"] == [], dropped)
    worker = field.workers["staff-sw-1"]
    field.admin.mlup(field.daemon, "accounts", "revoke-device", worker.name, "tablet-1", "--reason", "lost")
    revoked = time.monotonic()
    told = wait_for("the tablet is told", lambda: "DEVICE_REVOKED" in worker.mlup(
        field.daemon, "sync", "pull", "--device", "tablet-1", expect=None).err)
    took = time.monotonic() - revoked
    check(took <= SECOND_S, f"told after {took} s, {told}")
    push = worker.mlup(field.daemon, "sync", "push", "--device", "tablet-1", "-", stdin=b'{"sequence": 9, "record": {"facts": [' +
                       json.dumps({"stream": PERSON, "note_recorded": {}}).encode() + b"]}}", expect=1)
    check("DEVICE_REVOKED" in push.err and "wipe" in push.err, push.err)
    check("DEVICE_REVOKED" in worker.sign_in(field.daemon, PASSWORD, "--device", "tablet-1", expect=1).err, "signing in")
    check("SIGN_IN_REFUSED" in worker.sign_in(field.daemon, "a wrong password", "--device", "tablet-1", expect=1).err,
          "nobody else is told")


def main():
    with Workspace() as folder:
        one, other = (in_this_order(folder, names) for names in (("staff-sw-1", "staff-sw-2"), ("staff-sw-2", "staff-sw-1")))
        check(one == other, f"the order makes a difference:\n{one}\n{other}")
    print("two tablets in either order leave the same record")


if __name__ == "__main__":
    main()
