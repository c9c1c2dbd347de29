"""Bad lines: each is refused with its number, field and rule; the rest goes on; nothing of them is written."""

import copy
from datetime import date, timedelta

from harness import ROOT, Daemon, Workspace, check, head, mlup, read_jsonl, to_jsonl

FAMILY = ROOT / "tests/data/small/family.jsonl"


def find(commands, call, fact=None):
    """A copy of the first command of a call, with a request id of its own."""
    for command in commands:
        if command["call"].endswith("/" + call) and (fact is None or fact in command["request"]):
            found = copy.deepcopy(command)
            found["request"]["context"]["request_id"] += ".bad"
            return found
    raise LookupError(call)


def context(command):
    return command["request"]["context"]


def bad_commands(commands):
    """(what, line, code, reason or None for any, field)."""
    broken = b'{"call": "mlup.cases.v1.CaseService/OpenCase", "request": {\n'
    yield "broken JSON", broken, "INVALID_ARGUMENT", "JSON_INVALID", ""

    unknown = find(commands, "OpenCase")
    unknown["call"] = "mlup.cases.v1.CaseService/OpenCas"
    yield "unknown call", unknown, "INVALID_ARGUMENT", "CALL_UNKNOWN", "call"

    no_id = find(commands, "ProvideService")
    del context(no_id)["request_id"]
    yield "missing request_id", no_id, "INVALID_ARGUMENT", "FIELD_REQUIRED", "context.request_id"

    future = find(commands, "ConductFollowUp")
    context(future).update(channel="CHANNEL_CLI", occurred={
        "precision": "PRECISION_DAY", "from": (date.today() + timedelta(days=30)).isoformat()})
    del context(future)["source_recorded_at"]
    yield "a visit in the future", future, "INVALID_ARGUMENT", "OCCURRED_IN_FUTURE", "context.occurred"

    closed = find(commands, "CloseCase")
    yield "closing a closed case", closed, "FAILED_PRECONDITION", "CASE_NOT_OPEN", ""

    negative = find(commands, "DistributeItems")
    negative["request"]["items_distributed"]["lines"][0]["quantity"] = "-25"
    yield ("negative quantity", negative, "INVALID_ARGUMENT", "FORMAT_DECIMAL",
           "items_distributed.lines[0].quantity")

    province = find(commands, "Record", "person_registered")
    province["request"]["person_registered"]["person"]["residence_province_code"] = "26"
    yield ("unknown province code", province, "INVALID_ARGUMENT", "FORMAT_PROVINCE",
           "person_registered.person.residence_province_code")

    role = find(commands, "ConductFollowUp")
    context(role)["role"] = "case_manager"
    yield "an actor without the role", role, "PERMISSION_DENIED", "ROLE_NOT_HELD", None

    misspelt = find(commands, "OpenCase")
    misspelt["request"]["case_opened"]["child"]["persn_id"] = "x"
    yield "unknown field", misspelt, "INVALID_ARGUMENT", "FIELD_UNKNOWN", "case_opened.child.persn_id"


def compare(answers, bad):
    for number, (answer, expected) in enumerate(zip(answers, bad, strict=True), start=1):
        what, _, code, reason, field = expected
        check(answer["line"] == number and answer["outcome"] == "refused", f"{what}: {answer}")
        error = answer["error"]
        check(error["code"] == code, f"{what}: {answer}")
        check(reason is None or error["reason"] == reason, f"{what}: {answer}")
        check(field is None or error["field"].startswith(field), f"{what}: {answer}")
        print(f"line {number}: {what}: {error['code']} {error['reason']} {error['field']}")


def main():
    commands = read_jsonl(FAMILY)
    bad = list(bad_commands(commands))
    file = b"".join(line if isinstance(line, bytes) else to_jsonl([line]) for _, line, _, _, _ in bad)
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", FAMILY)
        position = head(daemon)
        answers = mlup(daemon, "--json", "import", "-", stdin=file, expect=1).lines()
        compare(answers[:-1], bad)
        check(head(daemon) == position, "the head moved")

        # The rest goes on: a good line between two bad ones is recorded.
        good = find(commands, "ProvideService")
        mixed = to_jsonl([bad[1][1], good, bad[2][1]])
        summary = mlup(daemon, "--json", "import", "-", stdin=mixed, expect=1).lines()[-1]["summary"]
        check((summary["recorded"], summary["refused"]) == (1, 2), f"{summary}")
        check(head(daemon) == position + 1, "not exactly the good line was written")

        # A person reads the same in words.
        words = mlup(daemon, "import", "-", stdin=to_jsonl([bad[2][1]]), expect=1).out
        check("line 1 " in words and "context.request_id" in words and "FIELD_REQUIRED" in words, words)

        # Without a daemon: what can be known of a line alone is found, and nothing is written.
        dry = mlup("unix:/nowhere", "--json", "import", "--dry-run", "-", stdin=file, expect=1).lines()
        refused = {answer["line"] for answer in dry[:-1] if answer["outcome"] == "refused"}
        check(refused == {1, 2, 3, 4, 6, 7, 9}, f"refused by --dry-run: {refused}")
        check(mlup("unix:/nowhere", "import", FAMILY, expect=None).code == 3, "no daemon is exit code 3")


if __name__ == "__main__":
    main()
