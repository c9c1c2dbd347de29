"""Audit bundles of the quarter: two verifiers agree on them, whole and altered, and nobody else stands in them."""

import random
import re
import shutil
import subprocess
import sys
import uuid

import stored_log
from harness import ROOT, Daemon, Workspace, check, data_file, facts_of, mlup, read_jsonl, to_jsonl

VERIFIER = ROOT / "deploy/verifier/mlup_audit_verify.js"
NODE = shutil.which("node")


def verdict(file, key, *more):
    """The reason why a bundle is refused, or nothing; both verifiers must say the same."""
    ours = mlup("", "audit", "verify", file, "--key", key, *more, expect=None)
    check(ours.code in (0, 1), f"mlup audit verify: {ours.code} {ours.err}")
    reason = re.search(r"mlup: [A-Z_]+ ([A-Z_]+)", ours.err)
    reason = reason.group(1) if reason else ""
    check((reason == "") == (ours.code == 0), f"{ours.code}: {ours.err}")
    if NODE:
        theirs = subprocess.run([NODE, VERIFIER, file, "--key", key, *map(str, more)], capture_output=True, text=True, timeout=60)
        said = theirs.stdout.split(":")[0] if theirs.returncode else ""
        check((theirs.returncode, said) == (ours.code, reason), f"mlup: {reason or 'genuine'}, node: {theirs.stdout}{theirs.stderr}")
    return reason


def people():
    """Ids of all who are registered in the quarter."""
    return {fact["person_registered"]["person"]["person_id"] for _, fact, _ in facts_of(read_jsonl(data_file()))
            if "person_registered" in fact}


def export(daemon, subject, file):
    printed = mlup(daemon, "--json", "audit", "bundle", "--subject", subject, "--purpose", "court_request", "-o", file).json()
    check(printed["subject"] == subject and printed["bytes"] == file.stat().st_size, f"it says: {printed}")
    check(not list(file.parent.glob(".mlup.*")), "the unfinished file is still there")
    return printed


def check_content(content, subject, others, parts):
    """Holds all that is stored about the person, and nothing of anybody else."""
    check(subject.encode() in content, "the person is not in the bundle")
    found = [other for other in others if other.encode() in content]
    check(not found, f"{len(found)} other people are named in the bundle")
    own = strange = 0
    for person, part in parts:
        for number in (3, 4):  # what is sealed, and the salt
            value = part.get(number, b"")
            if len(value) < 16:
                continue
            own += person == subject
            strange += person != subject
            check((value in content) == (person == subject), f"field {number} of {'the' if person == subject else 'another'} person")
    check(own > 5 and strange > 500, f"looked for {own} and {strange} values only")
    return own, strange


def merge():
    """A merge in the quarter: the record that survives, the one that ends, and its event."""
    fact = next(fact for _, fact, _ in facts_of(read_jsonl(data_file())) if "persons_merged" in fact)
    return fact["persons_merged"]["survivor"]["person_id"], fact["persons_merged"]["person"]["person_id"], fact


def unmerge(daemon):
    """Undoes it."""
    _, ended, fact = merge()
    event = next(line for line in mlup(daemon, "subscribe", "--stream", fact["stream"], "--until-caught-up").lines()
                 if line["type"].endswith("PersonsMerged"))["event_id"]
    context = {"request_id": "unmerge", "actor_id": "staff-cm-1", "role": "case_manager", "organisation_id": "mro",
               "channel": "CHANNEL_CLI", "occurred": {"precision": "PRECISION_DAY", "from": "2021-06-01"}}
    undone = {"stream": fact["stream"], "persons_unmerged": {"person": {"person_id": ended}, "merge_event_id": event,
                                                             "reason": "two_persons_after_all"}}
    mlup(daemon, "import", "-", stdin=to_jsonl([{"record": {"context": context, "facts": [undone]}}]))


def check_merged(folder, key):
    """A file covers all records that are one person, and no record that is another person after all."""
    survivor, ended, _ = merge()
    both, apart = folder / "merged.mlup", folder / "apart.mlup"
    check(verdict(both, key, "--subject", survivor) == "", "the file of two records is not genuine")
    check(verdict(both, key, "--subject", ended) == "SUBJECT_WRONG", "it passes for that of the other record")
    found = mlup("", "--json", "audit", "verify", both, "--key", key).json()
    check(found["records"] == [survivor, ended], f"it holds {found['records']}")
    content = both.read_bytes()
    check(all(f"person/{person}".encode() in content for person in (survivor, ended)), "a record is left out")
    check(not any(other.encode() in content for other in people() - {survivor, ended}), "others are named in it")
    check(verdict(apart, key) == "", "the file of a merge that was undone is not genuine")
    found = mlup("", "--json", "audit", "verify", apart, "--key", key).json()
    check(found["records"] == [survivor] and ended.encode() not in apart.read_bytes(), "it shows another person")
    # One of its records alone is not the person, and says so.
    alone = folder / "alone.mlup"
    size = int.from_bytes(content[10:14], "big")
    alone.write_bytes(content[14:14 + size])
    check(verdict(alone, key) == "MERGE_INCOMPLETE", "one record of two passes for the person")
    return check_altered(content, folder, key) | check_altered(apart.read_bytes(), folder, key)


def check_altered(content, folder, key):
    """No bundle with another byte is genuine, and both verifiers give the same reason."""
    seed = 7
    dice = random.Random(seed)
    reasons = {}
    for i in range(25):
        altered = bytearray(content)
        place = dice.randrange(len(altered))
        altered[place] ^= 1 << dice.randrange(8)
        file = folder / f"altered-{i}.mlup"
        file.write_bytes(altered)
        reason = verdict(file, key)
        check(reason, f"byte {place} may be changed (seed {seed})")
        reasons[reason] = reasons.get(reason, 0) + 1
    check(verdict(shortened(content, folder), key) == "BUNDLE_MALFORMED", "a shortened bundle is not malformed")
    return reasons


def shortened(content, folder):
    file = folder / "short.mlup"
    file.write_bytes(content[:-1])
    return file


def main():
    child = data_file().with_suffix(".child").read_text().strip()
    with Workspace() as folder:
        key, file = folder / "log.keys", folder / "child.mlup"
        with Daemon(folder / "data") as daemon:
            mlup(daemon, "import", data_file())
            key.write_text(mlup(daemon, "keys").out)
            export(daemon, child, file)
            tail = mlup(daemon, "events", "tail").out
            check("RecordAccessed" in tail and f"access/{child}" in tail, "the export is not recorded")
            export(daemon, merge()[0], folder / "merged.mlup")
            unmerge(daemon)
            export(daemon, merge()[0], folder / "apart.mlup")
            stranger = str(uuid.uuid4())
            export(daemon, stranger, folder / "stranger.mlup")
            denied = mlup(daemon, "--as", "staff-tr-1:trainer:mro", "audit", "bundle", "--subject", child, "--purpose", "curiosity",
                          "-o", folder / "denied.mlup", expect=1)
            check("PERMISSION_DENIED" in denied.err and not (folder / "denied.mlup").exists(), denied.err)
            check(not list(folder.glob(".mlup.*")), "a refused export leaves a file")
        content = file.read_bytes()
        check(verdict(file, key) == "" and verdict(file, key, "--subject", child) == "", "the bundle is not genuine")
        check(verdict(file, key, "--subject", stranger) == "SUBJECT_WRONG", "it passes for another person's")
        own, strange = check_content(content, child, people() - {child}, list(stored_log.parts(folder / "data")))
        shown = mlup("", "--json", "audit", "verify", file, "--key", key, "--show").lines()
        check(shown[-1]["result"] == "genuine" and len(shown) == shown[-1]["shown"] + 1, f"{shown[-1]}")
        check(shown[-1]["records"] == [child], f"it holds {shown[-1]['records']}")
        check_merged(folder, key)
        check(verdict(folder / "stranger.mlup", key) == "", "absence is not proved")
        absent = mlup("", "--json", "audit", "verify", folder / "stranger.mlup", "--key", key).json()
        check(absent["naming"] == 0, f"a person without events has some: {absent}")
        reasons = check_altered(content, folder, key)
    print(f"{shown[-1]['shown']} events in {len(content)} bytes; {own} own values found, {strange} of others not; altered: {reasons}")
    if NODE is None:
        print("node is not installed: one verifier only")
        sys.exit(77)


if __name__ == "__main__":
    main()
