"""Facts of one request are one append over their streams: all or nothing, in one piece, once, through refusals and kills."""

import copy
import json
import os
import random
import subprocess
import uuid

from harness import BIN, Daemon, Workspace, check, head, mlup, to_jsonl

SEED = int(os.environ.get("MLUP_SEED", "2021"))
KILLS = int(os.environ.get("MLUP_KILLS", "6"))
# Of each of the importers that run at a time, and of the import that is killed.
REQUESTS = 200
TYPES = ["mlup.cases.v1.PersonRegistered", "mlup.cases.v1.CaseOpened", "mlup.cases.v1.HouseholdRegistered"]


OWN, OTHER = (str(uuid.uuid5(uuid.NAMESPACE_OID, name)) for name in ("own organisation", "another organisation"))


def request(request_id, *facts, **context):
    """A line of an import file."""
    base = {"request_id": request_id, "actor_id": "staff-cm-1", "role": "case_manager", "organisation_id": "mro",
            "channel": "CHANNEL_TABLET", "device": "tablet-07", "place": "02", "reason": "intake",
            "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-17"}}
    return {"record": {"context": base | context, "facts": [copy.deepcopy(fact) for fact in facts]}}


def child_registered(child):
    return {"stream": f"person/{child}", "person_registered": {"person": {
        "person_id": child, "sex": "SEX_FEMALE", "residence_province_code": "02", "name_latin": "Chan Example"}}}


def case_opened(child, case):
    return {"stream": f"case/{case}", "case_opened": {
        "child": {"person_id": child}, "case_type": "CASE_TYPE_KINSHIP_SUPPORT", "owner_org_id": OWN}}


def case_closed(child, case):
    return {"stream": f"case/{case}", "case_closed": {
        "child": {"person_id": child}, "reason": "CLOSE_REASON_GOALS_MET", "approval_id": child}}


def household_registered(child, home):
    return {"stream": f"household/{home}", "household_registered": {
        "type": "HOUSEHOLD_TYPE_KINSHIP", "residence_province_code": "02", "head": {"person_id": child}}}


def intake(name):
    """A child, its case and its household, with ids made of the name."""
    child, case, home = (str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {kind}")) for kind in ("child", "case", "home"))
    return [child_registered(child), case_opened(child, case), household_registered(child, home)]


def register_organisations(daemon):
    """Those that cases belong to, two events; again they change nothing."""
    mlup(daemon, "import", "-", stdin=to_jsonl([request("organisations", *({"stream": f"organisation/{one}", "organisation_registered": {
        "names": ["Example"], "kind": "ORGANISATION_KIND_NGO", "province_code": "12"}} for one in (OWN, OTHER)))]))


def enter(daemon, line):
    """What the import says of one line."""
    return mlup(daemon, "--json", "import", "-", stdin=to_jsonl([line]), expect=None).lines()[0]


def events(daemon, begin=1):
    """The stored events from a position on."""
    return mlup(daemon, "subscribe", "--from", begin, "--until-caught-up").lines()


def expect_refused(daemon, what, line, code, reason, field=None):
    position = head(daemon)
    answer = enter(daemon, line)
    check(answer["outcome"] == "refused", f"{what}: {answer}")
    error = answer["error"]
    check((error["code"], error["reason"]) == (code, reason), f"{what}: {answer}")
    check(field is None or error["field"] == field, f"{what}: {answer}")
    check(head(daemon) == position, f"{what}: something was written")
    return error["message"]


def expect_recorded(daemon, line, outcome="recorded"):
    answer = enter(daemon, line)
    check(answer["outcome"] == outcome, f"{line}: {answer}")
    return answer["position"]


def one_append(daemon):
    """Three facts over three streams; what a fact states is its own, the rest is the context's."""
    facts = intake("one append")
    ids = [str(uuid.uuid4()) for _ in facts]
    for fact, event_id in zip(facts, ids):
        fact["event_id"] = event_id
    facts[1] |= {"occurred": {"precision": "PRECISION_MONTH", "from": "2021-01"}, "place": "remote", "reason": "no_caregiver"}
    before = head(daemon)
    first = expect_recorded(daemon, request("together-1", *facts))
    check((first, head(daemon)) == (before + 1, before + 3), f"at {first}, head {head(daemon)} after {before}")
    stored = events(daemon, first)
    check([event["position"] for event in stored] == [first, first + 1, first + 2], f"{stored}")
    check([event["event_id"] for event in stored] == ids, f"{stored}")
    check([event["type"] for event in stored] == TYPES, f"{stored}")
    check([(event["stream"], event["revision"]) for event in stored] == [(fact["stream"], 1) for fact in facts], f"{stored}")
    check({event["request_id"] for event in stored} == {"together-1"}, f"{stored}")
    check([event["reason"] for event in stored] == ["intake", "no_caregiver", "intake"], f"{stored}")
    check([event["place"] for event in stored] == ["02", "remote", "02"], f"{stored}")
    check([event["occurred"]["from"] for event in stored] == ["2021-02-17", "2021-01-01", "2021-02-17"], f"{stored}")
    return facts, first


def once(daemon, facts, first):
    """The same request again, and others under its id."""
    position = head(daemon)
    for carrier in ({}, {"device": "tablet-08"}, {"channel": "CHANNEL_WEB"}):
        again = expect_recorded(daemon, request("together-1", *facts, **carrier), "replayed")
        check(again == first, f"replayed at {again}, recorded at {first}")
    check(head(daemon) == position, "a repetition was written")
    elsewhere = [facts[0] | {"place": "04"}, *facts[1:]]
    for what, others in (("another order", facts[::-1]), ("one less", facts[:2]), ("one more", facts + intake("more")[:1]),
                         ("another place", elsewhere), ("other facts", intake("other"))):
        expect_refused(daemon, what, request("together-1", *others), "ALREADY_EXISTS", "REQUEST_ID_REUSED")


def all_or_nothing(daemon):
    """One fact is refused: nothing of the others stays, and the request's id is free."""
    child, opened, home = facts = intake("all or nothing")
    child_id, case_id = child["stream"].split("/")[1], opened["stream"].split("/")[1]
    early = case_closed(child_id, case_id)
    message = expect_refused(daemon, "closed before it is opened", request("together-2", child, early, home),
                             "FAILED_PRECONDITION", "STREAM_UNKNOWN", "facts[1].case_closed")
    check("begin it first" in message, f"does not say what may be done instead: {message}")
    expect_refused(daemon, "opened twice", request("together-2", child, opened, opened),
                   "FAILED_PRECONDITION", "CASE_ALREADY_OPEN", "facts[2].case_opened")
    expect_refused(daemon, "closed without an approval", request("together-2", child, opened, early),
                   "FAILED_PRECONDITION", "APPROVAL_MISSING", "facts[2].case_closed.approval_id")
    late = home | {"occurred": {"precision": "PRECISION_DAY", "from": "2121-01-01"}}
    expect_refused(daemon, "not happened yet", request("together-2", child, opened, late),
                   "INVALID_ARGUMENT", "OCCURRED_IN_FUTURE", "facts[2].occurred.from")
    misplaced = opened | {"stream": f"incident/{case_id}"}
    expect_refused(daemon, "on another record", request("together-2", child, misplaced, home),
                   "INVALID_ARGUMENT", "STREAM_CATEGORY", "facts[1].stream")
    expect_refused(daemon, "not the trainer's", request("together-2", child, opened, home, actor_id="staff-tr-1", role="trainer"),
                   "PERMISSION_DENIED", "FACT_NOT_GRANTED")
    streams = {event["stream"] for event in events(daemon)}
    check(not streams & {fact["stream"] for fact in facts}, "something of a refused request is stored")
    expect_recorded(daemon, request("together-2", *facts))

    task = {"stream": opened["stream"], "task_created": {"task_id": child_id, "kind": "TASK_KIND_REVIEW"}}
    stale = task | {"base_revision": 7}
    expect_refused(daemon, "on a revision that is not there", request("together-3", task, stale),
                   "ABORTED", "VERSION_MISMATCH", "facts[1].base_revision")
    # The revision is that before the request, for each of its facts.
    seen = task | {"base_revision": 1}
    other = seen | {"task_created": task["task_created"] | {"task_id": case_id}}
    expect_recorded(daemon, request("together-3", seen, other))


def each_sees_those_before(daemon):
    """A case that is opened, served, closed and reopened in one request, with as many facts as a request may have."""
    registered, opened, _ = intake("a long day")
    expect_recorded(daemon, request("together-4-child", registered))
    child_id, case_id = (opened["case_opened"]["child"]["person_id"], opened["stream"].split("/")[1])
    child = {"person_id": child_id}
    foreign = opened["case_opened"] | {"owner_org_id": OTHER, "supported_by_org_id": OWN}
    closed = case_closed(child_id, case_id)
    del closed["case_closed"]["approval_id"]
    reopened = {"stream": opened["stream"], "case_reopened": {"child": child, "reason": "new_concern"}}
    served = {"stream": opened["stream"], "service_provided": {
        "service_code": "counselling", "provider_kind": "PROVIDER_KIND_OWN", "recipient": "SERVICE_RECIPIENT_CHILD", "person": child}}
    asked = {"stream": opened["stream"], "approval_requested": {"approval_id": child_id, "subject": "APPROVAL_SUBJECT_CLOSURE"}}
    facts = [opened | {"case_opened": foreign}, asked, *[served] * 60, closed, reopened]
    check(len(facts) == 64, f"{len(facts)} facts")
    granted = {"stream": opened["stream"], "approval_granted": {"approval_id": child_id}}
    expect_refused(daemon, "granted by who asked", request("together-4", *facts[:2], granted),
                   "FAILED_PRECONDITION", "SAME_PERSON_ASKED", "facts[2].approval_granted")
    position = expect_recorded(daemon, request("together-4", *facts))
    stored = events(daemon, position)
    check([event["revision"] for event in stored] == list(range(1, 65)), "not one after the other")


def in_one_call(daemon, folder):
    """Lines that are sent together: each is as alone; what a refused one had begun is forgotten, a repetition is known."""
    facts, others = intake("in one call"), intake("in one call, too")
    child, opened, home = facts
    early = case_closed(child["stream"].split("/")[1], opened["stream"].split("/")[1])
    lines = [request("call-1", child, opened, early), request("call-1", *facts), request("call-1", *facts),
             request("call-1", *others), request("call-2", others[0], home), request("call-3", *others)]
    path = folder / "in one call"
    path.write_bytes(to_jsonl(lines))
    position = head(daemon)
    answers = mlup(daemon, "--json", "import", path, expect=1).lines()[:-1]
    told = [(answer["outcome"], answer["position"] if "position" in answer else answer["error"]["reason"]) for answer in answers]
    check(told == [("refused", "APPROVAL_MISSING"), ("recorded", position + 1), ("replayed", position + 1),
                   ("refused", "REQUEST_ID_REUSED"), ("refused", "STREAM_EXISTS"), ("recorded", position + 4)], f"{told}")
    check([event["stream"] for event in events(daemon, position + 1)] == [fact["stream"] for fact in facts + others],
          "not what was recorded")


def write_intakes(path, name):
    path.write_bytes(to_jsonl(request(f"{name}-{number}", *intake(f"{name} {number}")) for number in range(REQUESTS)))
    return path


def groups(stored, name):
    """The events of the named requests by request, after checking that each is whole and in one piece."""
    found = {}
    for event in stored:
        if event["request_id"].startswith(f"{name}-"):
            found.setdefault(event["request_id"], []).append(event)
    for request_id, parts in found.items():
        check([event["type"] for event in parts] == TYPES, f"{request_id} is not whole: {parts}")
        first = parts[0]["position"]
        check([event["position"] for event in parts] == [first, first + 1, first + 2], f"{request_id} is in pieces: {parts}")
    return found


def side_by_side(daemon, folder):
    """Importers at the same time do not come between the facts of a request."""
    names = ("left", "right", "middle")
    begin = head(daemon) + 1
    importers = [subprocess.Popen([BIN / "mlup", "--server", daemon.address, "import", "--batch", "8", write_intakes(folder / name, name)],
                                  stdout=subprocess.DEVNULL) for name in names]
    check([importer.wait(300) for importer in importers] == [0, 0, 0], "an import was refused")
    stored = events(daemon, begin)
    for name in names:
        check(len(groups(stored, name)) == REQUESTS, f"{name} is not all there")
    return sum(before["request_id"].split("-")[0] != after["request_id"].split("-")[0]
               for before, after in zip(stored, stored[1:]))


def killed(folder):
    """kill -9 during an import of such requests: each is there as a whole or not at all, and none twice."""
    path = write_intakes(folder / "killed.jsonl", "killed")
    points = sorted(random.Random(SEED).sample(range(1, REQUESTS), KILLS))
    for point in points:
        daemon = Daemon(folder / "killed")
        register_organisations(daemon)
        importer = subprocess.Popen([BIN / "mlup", "--server", daemon.address, "--json", "import", "--batch", "8", path],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        answers = [json.loads(importer.stdout.readline()) for _ in range(point)]
        daemon.kill()
        importer.kill()
        importer.communicate()
        check(all(answer["outcome"] != "refused" for answer in answers), f"{answers}")
        with Daemon(folder / "killed") as daemon:
            found = groups(events(daemon), "killed")
            check(len(found) >= point, f"{point} requests were answered, {len(found)} are there")
    with Daemon(folder / "killed") as daemon:
        mlup(daemon, "import", path)
        check(len(groups(events(daemon), "killed")) == REQUESTS and head(daemon) == 3 * REQUESTS + 2, "some twice, or missing")
    return points


def main():
    with Workspace() as folder:
        with Daemon(folder / "data") as daemon:
            register_organisations(daemon)
            facts, first = one_append(daemon)
            once(daemon, facts, first)
            all_or_nothing(daemon)
            each_sees_those_before(daemon)
            in_one_call(daemon, folder)
            changes = side_by_side(daemon, folder)
        points = killed(folder)
    print(f"{3 * REQUESTS} requests side by side changed {changes} times; seed {SEED}, killed after {points} of {REQUESTS}")


if __name__ == "__main__":
    main()
