"""A child's data is erased: nothing of it can be opened again, also with an older keyring, and every figure stays."""

import json
import shutil
from pathlib import Path

from canary import leaves, personal_paths
from harness import Daemon, Workspace, check, mlup, read_jsonl, report, to_jsonl

FAMILY = Path(__file__).resolve().parents[1] / "data/small"
APPROVAL = "018f3c6e-0000-7000-8000-0000000000e1"


def names_of(child):
    """What the import says of the child that is personal: texts that nobody else has."""
    paths = personal_paths()
    mine, others = set(), set()
    for line in read_jsonl(FAMILY / "family.jsonl"):
        for fact in line["record"]["facts"]:
            found = {text for path, text in leaves(fact, "") if len(text) >= 5
                     and any(path == known or path.startswith(known + ".") for known in paths)}
            (mine if fact["stream"] == f"person/{child}" else others).update(found)
    check(len(mine - others) >= 2, f"the data says too little of {child}")
    return mine - others


def request(name, actor, role, stream, **fact):
    context = {"request_id": name, "actor_id": actor, "role": role, "organisation_id": "mro", "channel": "CHANNEL_CLI",
               "occurred": {"precision": "PRECISION_DAY", "from": "2021-03-01"}}
    return {"record": {"context": context, "facts": [{"stream": stream, **fact}]}}


def ask(daemon, *requests, expect=0):
    return mlup(daemon, "--json", "import", "-", stdin=to_jsonl(requests), expect=expect)


def history(daemon, child):
    return mlup(daemon, "--json", "case", "history", child).out


def erased_by_two(daemon, child):
    """By those who may, each with a command."""
    asks, grants = "staff-sup-1:supervisor:mro", "staff-dir-1:director:mro"

    def by(who, *arguments, expect=0):
        return mlup(daemon, "--json", "--as", who, *arguments, expect=expect)

    def erase(approval, expect=0):
        return by(asks, "people", "erase", child, "--approval", approval, "--ground", "request_of_person", expect=expect)
    refused = erase(APPROVAL, expect=1)
    check("APPROVAL_MISSING" in refused.err, f"erased without an approval: {refused.err}")
    unknown = by(asks, "approvals", "ask", f"person/{child}", "--subject", "everything", expect=2)
    check("WORD_UNKNOWN" in unknown.err, unknown.err)
    # Of a store another service keeps the record.
    by(asks, "approvals", "ask", f"store/{APPROVAL}", "--subject", "write_off")
    approval = by(asks, "approvals", "ask", f"person/{child}", "--subject", "erasure").json()["approval_id"]
    check("APPROVAL" in erase(approval, expect=1).err, "erased before it was granted")
    check("FAILED_PRECONDITION" in by(asks, "approvals", "grant", f"person/{child}", approval, expect=1).err, "granted by who asked")
    by(grants, "approvals", "reject", f"person/{child}", approval, "--reason", "wrong_person")
    check("APPROVAL" in erase(approval, expect=1).err, "erased although it was rejected")
    approval = by(asks, "approvals", "ask", f"person/{child}", "--subject", "erasure").json()["approval_id"]
    by(grants, "approvals", "grant", f"person/{child}", approval)
    erase(approval)


def main():
    child = (FAMILY / "family.child").read_text().strip()
    personal = names_of(child)
    with Workspace() as folder:
        data, older = folder / "data", folder / "older"
        with Daemon(data) as daemon:
            mlup(daemon, "import", FAMILY / "family.jsonl")
            before = report(daemon)["rows"]
            shown = history(daemon, child)
            known = {text for text in personal if json.dumps(text, ensure_ascii=False)[1:-1] in shown or text in shown}
            check(known, "the history shows nothing personal of the child")
            shutil.copy(daemon.keyring, older)
            erased_by_two(daemon, child)
            gone = history(daemon, child)
            check(not [text for text in known if text in gone], "the history still shows what was erased")
            check(report(daemon)["rows"] == before, "a figure changed")
            note = request("note", "staff-sup-1", "supervisor", f"person/{child}",
                           note_recorded={"kind": "NOTE_KIND_NOTE", "person": {"person_id": child, "text": "she came back"}})
            late = ask(daemon, note, expect=None)
            check("PERSON_ERASED" in late.out + late.err, f"personal data came back: {late.out}")
            daemon.kill()
        # Whoever puts an older copy of the keyring back brings nobody back.
        shutil.copy(older, Path(f"{data}.keyring"))
        with Daemon(data) as daemon:
            check("erased_key_destroyed" in daemon.log_path.read_text(), "the start did not say that it destroyed the key again")
            gone = history(daemon, child)
            check(not [text for text in known if text in gone], "an older keyring opens what was erased")
            check(report(daemon)["rows"] == before, "a figure changed")
    print(f"{len(known)} personal texts erased, {len(before)} rows as before")


if __name__ == "__main__":
    main()
