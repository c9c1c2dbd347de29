"""What one visit, household or thing of another system brought over several children: read with its causes and followed, through kill -9."""

import json
import signal
import subprocess
import uuid

from harness import BIN, Daemon, Workspace, check, head, mlup, to_jsonl, wait_for
from record_together import intake, register_organisations, request

VISIT = "visit-7"
# Who may read every record.
SUPERVISOR = ("--as", "staff-sup-1:supervisor:mro")


def note(case, text, **fact):
    """A fact on a case."""
    return {"stream": case, "note_recorded": {"kind": "NOTE_KIND_NOTE", "person": {"person_id": fact.pop("child"), "text": text}}, **fact}


def record(daemon, name, *facts, **context):
    mlup(daemon, "import", "-", stdin=to_jsonl([request(name, *facts, **context)]))


def history(daemon, *arguments):
    return mlup(daemon, *SUPERVISOR, "--json", "case", "history", *arguments).json()


def told(answer):
    """What is the same whenever it is asked, but for who reads."""
    return [{key: value for key, value in entry.items() if key != "late"} for entry in answer.get("entries", [])]


def positions(path):
    return [json.loads(line)["position"] for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")] if path.exists() else []


def follow(address, folder):
    return subprocess.Popen([BIN / "mlup", "--server", address, "subscribe", "--correlation", VISIT, "--state", folder / "state"],
                            stdout=open(folder / "followed", "ab"), stderr=subprocess.DEVNULL)


def main():
    with Workspace() as folder:
        address = f"unix:{folder}/socket"
        daemon = Daemon(folder / "data", listen=address)
        register_organisations(daemon)
        first, second = intake("first child"), intake("second child")
        children = [facts[0]["stream"].split("/")[1] for facts in (first, second)]
        cases = [facts[1]["stream"] for facts in (first, second)]
        home = first[2]["stream"].split("/")[1]
        cause = str(uuid.uuid4())
        record(daemon, "first", *first, source_system="oscar", source_id="C/12")
        record(daemon, "second", *second)
        record(daemon, "visit", note(cases[0], "was at school", child=children[0], event_id=cause), correlation_id=VISIT)
        record(daemon, "other", note(cases[1], "other work", child=children[1]), correlation_id="visit-77")
        record(daemon, "effect", note(cases[1], "seen because of the other", child=children[1]), correlation_id="call-3", causation_id=cause)

        visit = history(daemon, "--correlation", VISIT)
        texts = [detail["value"] for entry in visit["entries"] for detail in entry["details"] if detail["label"] == "Text"]
        check(texts == ["was at school", "seen because of the other"], f"{visit}")
        check(visit["entries"][1]["caused_by"] == visit["entries"][0]["position"], f"{visit}")
        check(sorted(visit["persons"]) == sorted(children), f"{visit}")
        tree = mlup(daemon, *SUPERVISOR, "case", "history", "--correlation", VISIT, "--tree").out.splitlines()
        lines = [line for line in tree if "entry" in line and "Note" in line]
        check(len(lines) == 2 and lines[1].startswith("    ") and not lines[0].startswith("    "), f"not a tree: {tree}")
        check(all("record" in line for line in lines), f"does not tell whose: {tree}")

        source = history(daemon, "--source", "oscar/C/12")
        check([entry["stream"] for entry in source["entries"]] == [fact["stream"] for fact in first], f"{source}")
        household = history(daemon, "--household", home)
        check([entry["type"] for entry in household["entries"]] == ["mlup.cases.v1.HouseholdRegistered"], f"{household}")
        check(household["persons"] == children[:1], f"{household}")
        none = history(daemon, "--correlation", "visit")
        check(not none.get("entries") and not none.get("persons"), f"{none}")

        # Each child of whom something was told, and the question.
        readings = mlup(daemon, *SUPERVISOR, "--json", "audit", "accesses").json()["accesses"]
        through = [(reading.get("person_id", ""), reading["through"]) for reading in readings]
        for child in children:
            check(through.count((child, f"correlation/{VISIT}")) == 2, f"{child} is not on record twice: {through}")
        check(("", "correlation/visit") in through and ("", f"household/{home}") in through, f"{through}")
        check(through.count((children[1], f"household/{home}")) == 0, "somebody else is on record")
        words = mlup(daemon, *SUPERVISOR, "audit", "accesses").out
        check(f"as far as of correlation/{VISIT}" in words and "what belongs to source/oscar/C/12" in words, words)

        # Who may not read every record may read none of several children, nor learn through what a child was read.
        for who in ("staff-tr-1:trainer:mro", "staff-cm-1:case_manager:mro", "staff-mel-1:mel_officer:mro"):
            refused = mlup(daemon, "--as", who, "case", "history", "--correlation", VISIT, expect=None)
            check(refused.code != 0 and "school" not in refused.out + refused.err, f"{who}: {refused.out}{refused.err}")
        manager = mlup(daemon, "--as", "staff-cm-1:case_manager:mro", "audit", "accesses", expect=None)
        check(VISIT not in manager.out, manager.out)
        for wrong, word in ((["--correlation", VISIT, children[0]], "excludes"), ([], "must be given"),
                            (["--correlation", VISIT, "--household", home], "must stand alone"), (["--source", "oscar"], "source_id"),
                            (["--correlation", VISIT, "--steps"], "excludes")):
            answer = mlup(daemon, *SUPERVISOR, "case", "history", *wrong, expect=None)
            check(answer.code != 0 and word in answer.err, f"{wrong}: {answer.code} {answer.err}")

        followed = folder / "followed"
        follower = follow(address, folder)
        expected = [event["position"] for event in mlup(daemon, "subscribe", "--until-caught-up", "--correlation", VISIT).lines()]
        try:
            for number in range(6):
                if number % 2 == 0:
                    daemon.kill()
                    daemon = Daemon(folder / "data", listen=address)
                if number == 3:
                    follower.kill()
                    follower.wait()
                for work in (VISIT, "visit-77"):
                    record(daemon, f"more-{number}-{work}", note(cases[number % 2], f"note {number}", child=children[number % 2]), correlation_id=work)
                    if work == VISIT:
                        expected.append(head(daemon))
                if number == 4:
                    follower = follow(address, folder)
            wait_for(lambda: f"{positions(followed)} of {expected}", lambda: set(expected) <= set(positions(followed)))
        finally:
            follower.send_signal(signal.SIGTERM)
            follower.wait(60)
        found = positions(followed)
        check(sorted(set(found)) == expected, f"a gap, or other work: {found} of {expected}")

        before = history(daemon, "--correlation", VISIT)
        check(len(before["entries"]) == 8, f"{len(before['entries'])} entries")
        daemon.kill()
        with Daemon(folder / "data", listen=address) as again:
            check(told(history(again, "--correlation", VISIT)) == told(before), "another answer after kill -9")
    print(f"{len(found)} events followed through 4 kills of the daemon and one of the follower; {len(before['entries'])} entries of {len(children)} children")


if __name__ == "__main__":
    main()
