"""Bad lines: each is refused with its number, field and rule; the rest goes on; nothing of them is written."""

import copy
from datetime import date, timedelta

from harness import ROOT, Daemon, Workspace, check, head, mlup, read_jsonl, to_jsonl

FAMILY = ROOT / "tests/data/small/family.jsonl"


def find(lines, kind):
    """A copy of the first request that holds such a fact, with a request id of its own."""
    for line in lines:
        if any(kind in fact for fact in line["record"]["facts"]):
            found = copy.deepcopy(line)
            context(found)["request_id"] += ".bad"
            return found
    raise LookupError(kind)


def context(line):
    return line["record"]["context"]


def fact(line, at=0):
    return line["record"]["facts"][at]


def without_form():
    """Lines that are no request: (what, line, code, reason, field)."""
    def bad(what, line, reason, field=""):
        return what, line + b"\n", "INVALID_ARGUMENT", reason, field

    yield bad("broken JSON", b'{"record": {"context": {', "JSON_INVALID")
    yield bad("broken UTF-8", b'{"record": {"context": {"reason": "\xe1\x9e"}}}', "JSON_INVALID")
    yield bad("a list in a list, 90,000 times", b'{"record": ' + b"[" * 90_000, "JSON_TOO_DEEP", None)
    yield bad("a number that is none", b'{"record": {"facts": [{"base_revision": 1e400}]}}', "NUMBER_INVALID")
    yield bad("a key twice", b'{"record": {"facts": [], "facts": []}}', "JSON_INVALID", "record.facts")
    yield bad("another form", b'{"call": "mlup.cases.v1.CaseService/Record", "request": {}}', "LINE_FORM")
    yield bad("two records", b'{"record": {}, "records": []}', "LINE_FORM")
    yield bad("no facts", b'{"record": {"context": {}, "facts": []}}', "FIELD_REQUIRED", "facts")
    yield bad("a fact of nothing", b'{"record": {"facts": [{"stream": "case/1"}]}}', "FIELD_REQUIRED", "facts[0].fact")


def misspelt(lines):
    """Requests that do not fit the messages: (what, line, code, reason, field)."""
    def bad(what, line, reason, field):
        return what, line, "INVALID_ARGUMENT", reason, field

    line = find(lines, "case_closed")
    fact(line)["case_clsoed"] = fact(line).pop("case_closed")
    yield bad("unknown fact", line, "FACT_UNKNOWN", "facts[0].case_clsoed")

    line = find(lines, "case_closed")
    line["record"]["facts"].append(fact(find(lines, "distribution_held")))
    yield bad("facts of two services", line, "SERVICES_MIXED", "facts[1].distribution_held")

    line = find(lines, "case_closed")
    fact(line)["note_recorded"] = {"kind": "NOTE_KIND_NOTE"}
    yield bad("two facts in one", line, "VALUE_INVALID", "facts[0].note_recorded")

    line = find(lines, "case_closed")
    line["record"]["facts"] *= 65
    yield bad("too many facts", line, "TOO_MANY_ITEMS", "facts")

    line = find(lines, "case_closed")
    line["record"]["validate_only"] = True
    yield bad("a request that is only to be validated", line, "FIELD_UNKNOWN", "validate_only")

    line = find(lines, "case_opened")
    fact(line, 1)["case_opened"]["child"]["persn_id"] = "x"
    yield bad("unknown field", line, "FIELD_UNKNOWN", "facts[1].case_opened.child.persn_id")

    line = find(lines, "person_registered")
    fact(line)["person_registered"]["person"]["nameLatin"] = "Chan Example"
    yield bad("a field in both spellings", line, "FIELD_DOUBLED", "facts[0].person_registered.person.name_latin")


def against_rules(lines):
    """Requests that break a rule of their fields: (what, line, code, reason, field)."""
    def bad(what, line, reason, field):
        return what, line, "INVALID_ARGUMENT", reason, field

    line = find(lines, "service_provided")
    del context(line)["request_id"]
    yield bad("missing request_id", line, "FIELD_REQUIRED", "context.request_id")

    later = {"precision": "PRECISION_DAY", "from": (date.today() + timedelta(days=30)).isoformat()}
    line = find(lines, "follow_up_conducted")
    context(line).update(channel="CHANNEL_CLI", occurred=later)
    del context(line)["source_recorded_at"]
    yield bad("a visit in the future", line, "OCCURRED_IN_FUTURE", "context.occurred.from")

    line = find(lines, "case_opened")
    fact(line, 2)["occurred"] = later
    yield bad("one of three facts in the future", line, "OCCURRED_IN_FUTURE", "facts[2].occurred.from")

    line = find(lines, "follow_up_conducted")
    del context(line)["occurred"]
    yield bad("nothing says when", line, "FIELD_REQUIRED", "facts[0].occurred")

    line = find(lines, "items_distributed")
    fact(line)["items_distributed"]["lines"][0]["quantity"] = "-25"
    yield bad("negative quantity", line, "FORMAT_DECIMAL", "facts[0].items_distributed.lines[0].quantity")

    line = find(lines, "person_registered")
    fact(line)["person_registered"]["person"]["residence_province_code"] = "26"
    yield bad("unknown province code", line, "FORMAT_PROVINCE",
              "facts[0].person_registered.person.residence_province_code")


def against_records(lines):
    """Requests that only the daemon can refuse: (what, line, code, reason, field)."""
    line = find(lines, "case_closed")
    yield "closing a closed case", line, "FAILED_PRECONDITION", "CASE_NOT_OPEN", "facts[0].case_closed"

    line = find(lines, "case_closed")
    fact(line)["base_revision"] = 2
    yield "on what it was", line, "ABORTED", "VERSION_MISMATCH", "facts[0].base_revision"

    line = find(lines, "placement_started")
    fact(line)["stream"] = fact(line)["stream"].replace("case/", "person/")
    yield "a placement on a person", line, "INVALID_ARGUMENT", "STREAM_CATEGORY", "facts[0].stream"

    def denied(what, reason, field, kind="follow_up_conducted", **changes):
        line = find(lines, kind)
        context(line).update(changes)
        return what, line, "PERMISSION_DENIED", reason, field

    yield denied("nobody we know", "ACTOR_UNKNOWN", "context.actor_id", actor_id="staff-sw-99")
    yield denied("an actor without the role", "ROLE_NOT_HELD", "context.role", role="case_manager")
    yield denied("a fact that is not the role's", "FACT_NOT_GRANTED", "facts[0].placement_started", actor_id="staff-tr-1",
                 role="trainer", kind="placement_started")


def compare(answers, bad):
    for number, (answer, expected) in enumerate(zip(answers, bad, strict=True), start=1):
        what, _, code, reason, field = expected
        check(answer["line"] == number and answer["outcome"] == "refused", f"{what}: {answer}")
        error = answer["error"]
        check(error["code"] == code, f"{what}: {answer}")
        check(reason is None or error["reason"] == reason, f"{what}: {answer}")
        check(field is None or error["field"] == field, f"{what}: {answer}")
        print(f"line {number}: {what}: {error['code']} {error['reason']} {error['field']}")


def main():
    lines = read_jsonl(FAMILY)
    alone = [*without_form(), *misspelt(lines), *against_rules(lines)]
    bad = alone + list(against_records(lines))
    file = b"".join(line if isinstance(line, bytes) else to_jsonl([line]) for _, line, _, _, _ in bad)
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", FAMILY)
        position = head(daemon)
        answers = mlup(daemon, "--json", "import", "-", stdin=file, expect=1).lines()
        compare(answers[:-1], bad)
        check(head(daemon) == position, "the head moved")

        # The rest goes on: a good line between two bad ones is recorded.
        good = find(lines, "service_provided")
        missing = next(line for what, line, *_ in bad if what == "missing request_id")
        unknown = next(line for what, line, *_ in bad if what == "unknown fact")
        mixed = to_jsonl([unknown, good, missing])
        summary = mlup(daemon, "--json", "import", "-", stdin=mixed, expect=1).lines()[-1]["summary"]
        check((summary["recorded"], summary["refused"]) == (1, 2), f"{summary}")
        check(head(daemon) == position + 1, "not exactly the good line was written")

        # A person reads the same in words, and what may be done instead.
        words = mlup(daemon, "import", "-", stdin=to_jsonl([missing]), expect=1).out
        check("line 1 " in words and "context.request_id" in words and "FIELD_REQUIRED" in words, words)
        closed = next(line for what, line, *_ in bad if what == "closing a closed case")
        words = mlup(daemon, "import", "-", stdin=to_jsonl([closed]), expect=1).out
        check("facts[0].case_closed" in words and "case_reopened" in words, words)

        # Without a daemon: what can be known of a line alone is found, and nothing is written.
        dry = mlup("unix:/nowhere", "--json", "import", "--dry-run", "-", stdin=file, expect=1).lines()
        refused = [answer["line"] for answer in dry[:-1] if answer["outcome"] == "refused"]
        check(refused == list(range(1, len(alone) + 1)), f"refused by --dry-run: {refused}")
        check(mlup("unix:/nowhere", "import", FAMILY, expect=None).code == 3, "no daemon is exit code 3")


if __name__ == "__main__":
    main()
