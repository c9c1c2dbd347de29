"""A child's history: complete, each event once, in order, told in words a case manager reads."""

import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from harness import Daemon, Workspace, check, data_file, facts_of, mlup, read_jsonl

PHNOM_PENH = timezone(timedelta(hours=7))
LATE_AFTER_DAYS = 7
# An id, a code, an enum value: none of them is for people.
NOT_WORDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|\b[a-z]+_[a-z_]+\b|\b[A-Z]+_[A-Z_]+\b|\bstaff-")


def records_of(facts, child):
    """Ids of all records that are this child: itself and those it was merged with."""
    ids = {child}
    while True:
        merges = [fact["persons_merged"] for _, fact, _ in facts if "persons_merged" in fact]
        pairs = [{m["person"]["person_id"], m["survivor"]["person_id"]} for m in merges]
        larger = ids.union(*(pair for pair in pairs if pair & ids))
        if larger == ids:
            return ids
        ids = larger


def expected_reasons(facts, child):
    """Position and reason of the facts that name the child, or stand on its own stream or on that of a case of it."""
    ids = records_of(facts, child)
    streams = {f"person/{one}" for one in ids}
    streams |= {fact["stream"] for _, fact, _ in facts
                if fact.get("case_opened", {}).get("child", {}).get("person_id") in ids}
    return {position: fact.get("reason") or context.get("reason") for position, fact, context in facts
            if fact["stream"] in streams or any(one in str(fact) for one in ids)}


def day_of(timestamp):
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).astimezone(PHNOM_PENH).date()


def is_late(entry):
    last = entry["occurred"].get("to", "")
    if not last:
        return False
    return day_of(entry["known_at"]) > date.fromisoformat(last) + timedelta(days=LATE_AFTER_DAYS)


def check_words(entry):
    texts = [entry["label"], entry["actor"], entry["role"], entry["reason"], entry["place"]]
    texts += [text for detail in entry["details"] for text in (detail["label"], detail["value"])]
    for text in texts:
        check(not NOT_WORDS.search(text), f"entry {entry['position']} shows an id or a code: {text}")
    told = entry["label"] and entry["actor"] and entry["role"]
    check(told, f"entry {entry['position']} does not tell who did what")
    check(entry.get("known_at") and entry.get("recorded_at"), f"entry {entry['position']} lacks a date")


def check_order(entries):
    own = [entry for entry in entries if entry["concerns"] == "0"]
    days = [entry["occurred"].get("from", "") or "9999" for entry in own]
    check(days == sorted(days), f"not in order of occurrence: {days}")
    for before, entry in zip([None] + entries, entries):
        if entry["concerns"] == "0":
            continue
        beside = before and entry["concerns"] in (before["position"], before["concerns"])
        check(beside, f"entry {entry['position']} does not stand beside entry {entry['concerns']}")


def check_steps(daemon, child, entries):
    """After each entry stands what the history at its position ends with."""
    stepped = mlup(daemon, "--json", "case", "history", "--steps", child).json()["entries"]
    check([entry["position"] for entry in stepped] == [entry["position"] for entry in entries], "steps are other entries")
    check(any(state["label"] == "Case" for entry in stepped for state in entry["state"]), "no step tells of a case")
    for entry in sorted(stepped, key=lambda entry: int(entry["position"]))[::5]:
        then = mlup(daemon, "--json", "case", "history", "--steps", "--position", entry["position"], child).json()
        last = max(then["entries"], key=lambda one: int(one["position"]))
        check(int(last["position"]) <= int(entry["position"]) and then["position"] == entry["position"], "the cut is not kept")
        check(last["position"] != entry["position"] or last["state"] == entry["state"],
              f"step {entry['position']} is not the cut at its position: {last['state']} {entry['state']}")
    words = mlup(daemon, "case", "history", "--steps", child).out
    check(f"Step {len(entries)} of {len(entries)}" in words and "= Case: " in words, "steps are not told in words")


def check_readings(daemon, child, entries):
    whole = mlup(daemon, "--json", "case", "history", "--readings", child).json()
    readings = [entry for entry in whole["entries"] if entry["stream"].startswith("access/")]
    check(len(whole["entries"]) == len(entries) + len(readings), "readings change the history")
    check(len(readings) > 1 and {entry["label"] for entry in readings} == {"Record read"}, "readings are not told")
    for entry in readings:
        check_words(entry)


def check_tree(daemon, child, entries):
    tree = mlup(daemon, "case", "history", "--tree", child).out
    told = re.findall(r"  entry (\d+), by ", tree)
    check(sorted(told) == sorted(entry["position"] for entry in entries), "the tree holds other entries")


def main():
    path = data_file()
    child = Path(path).with_suffix(".child").read_text(encoding="utf-8").split()[0]
    expected = expected_reasons(facts_of(read_jsonl(path)), child)
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", path)
        history = mlup(daemon, "--json", "case", "history", child).json()
        text = mlup(daemon, "case", "history", child).out
        check_steps(daemon, child, history["entries"])
        check_readings(daemon, child, history["entries"])
        check_tree(daemon, child, history["entries"])
    entries = history["entries"]
    positions = [int(entry["position"]) for entry in entries]
    check(len(set(positions)) == len(positions) == history["total"], "an event stands twice, or is missing")
    check(set(expected) <= set(positions), f"missing: {sorted(set(expected) - set(positions))}")
    check_order(entries)
    for entry in entries:
        check_words(entry)
        check(entry["late"] == is_late(entry), f"entry {entry['position']}: late is {entry['late']}")
        if expected.get(int(entry["position"])):
            check(entry["reason"], f"entry {entry['position']} does not tell why")
    voids = [entry for entry in entries if entry["voided_by"] != "0"]
    check(all(f"VOIDED by entry {entry['voided_by']}" in text for entry in voids), "a void is not shown")
    print(f"{len(entries)} entries, {sum(entry['late'] for entry in entries)} late, {len(voids)} voided")


if __name__ == "__main__":
    main()
