#!/usr/bin/env python3
"""The table of events: who may record each, an example that was accepted and one that was refused, the figures that it moves.

Nothing in it is written by hand. What there is comes from the descriptors (`mlup schema`), who may record it from the
delivered roles, the examples from what tests were told while they ran (KeepExample), the figures from the
definitions. catalogue.txt names the events that the domain asks for. It fails where one of them is lacking, and
where an event has nobody who may record it, no example, or a rule that no test has seen refuse.

coverage.py FILE    writes the table, in Markdown
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MLUP_BIN", ROOT / "build/release/bin"))
CATALOGUE = Path(__file__).with_name("catalogue.txt")
# The programs that keep examples, and what is left out: random facts would say the same again and again.
PROGRAMS = {"domain_test": "-Seeds/*", "services_test": "EveryFactTest.*:ProofServiceTest.*:*ForgedMapTest.*"}
RULES = "domain_test"
# Of tests themselves, in their results.
OWN_KEYS = {"name", "status", "result", "time", "timestamp", "classname", "type_param", "value_param", "file", "line", "failures"}


@dataclass
class Event:
    """One event: `label` as histories say it, `rules_of` the record whose rule decides, None where none does."""

    name: str
    label: str = ""
    rules_of: str | None = None
    is_fact: bool = False
    families: set = field(default_factory=set)
    roles: set = field(default_factory=set)
    accepted: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    refused_by_rule: list = field(default_factory=list)
    figures: set = field(default_factory=set)


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def read_catalogue(text):
    """(name, what it is called here or None, reason) of each event that is asked for."""
    asked = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, rest = (part.strip() for part in line.partition("="))
        called, _, reason = (part.strip() for part in rest.partition(":"))
        asked.append((name, None if called == "no event" else called or name, reason))
    return asked


def add_facts(events, facts, roles):
    for fact in facts:
        event = events.setdefault(fact["name"], Event(fact["name"]))
        event.is_fact = True
        event.label = fact["label"]
        event.rules_of = event.rules_of or fact["rules_of"]
        event.families.add("/".join(fact["permission"].split("/")[1:-1]))
    for role in roles:
        for names in role["facts"].values():
            for name in names:
                events[name].roles.add(role["role"])


def add_examples(events, program, results):
    """From the results of a test program, as gtest writes them in JSON."""
    for suite in results["testsuites"]:
        for test in suite["testsuite"]:
            for key, text in test.items():
                name, _, answer = key.partition(" ")
                if key in OWN_KEYS or not answer:
                    continue
                event = events.setdefault(name, Event(name))
                if answer == "accepted":
                    event.accepted.append(text)
                else:
                    event.refused.append((answer, text))
                    if program == RULES and not answer.startswith(("STREAM_CATEGORY", "STREAM_UNKNOWN")):
                        event.refused_by_rule.append((answer, text))


def add_figures(events, definitions):
    """From the definitions as text: the figure whose definition names the event."""
    code = ""
    for line in definitions.splitlines():
        if found := re.match(r'\s*code: "([^"]+)"', line):
            code = found.group(1)
        for name in re.findall(r'event: "mlup\.[\w.]+\.(\w+)"', line):
            if code and snake(name) in events:
                events[snake(name)].figures.add(code)


def lacking(events, asked):
    """What fails, in words."""
    for name, called, reason in asked:
        if called != name and not reason:
            yield f"{name}: catalogue.txt must say why it is {called or 'no event'}"
        if called != name and snake(name) in events:
            yield f"{name}: there is such an event: let catalogue.txt name it alone"
        if called and snake(called) not in events:
            yield f"{name}: there is no event {called}: add its message, or say in catalogue.txt what it is called"
    for event in events.values():
        if event.is_fact and not event.roles and "signing" not in event.families:
            yield f"{event.name}: no role may record it: add it to deploy/roles.textproto"
        if not event.accepted:
            yield f"{event.name}: no test has one that is accepted"
        if not event.refused:
            yield f"{event.name}: no test has one that is refused"
        if event.rules_of and not event.refused_by_rule:
            yield f"{event.name}: no test of services/domain has one that the rules of {event.rules_of} refuse"


def table(events, asked):
    asked_for = {snake(called) for _, called, _ in asked if called}
    of_catalogue = sum(1 for _, called, _ in asked if called and snake(called) in events)
    left_out = [name for name, called, _ in asked if not called]
    lines = ["# Events", "",
             f"{of_catalogue} of {len(asked)} events of the catalogue are here, {len(left_out)} left out with a reason; "
             f"{len(events)} events in all.", "",
             "| event | in histories | who may record it | rule | accepted | refused | figures |",
             "|---|---|---|---|---|---|---|"]

    def shown(text):
        text = text if len(text) <= 160 else text[:160] + " …"
        return "`" + text.replace("|", "\\|").replace("`", "'") + "`"

    for event in sorted(events.values(), key=lambda one: (one.name not in asked_for, one.name)):
        reason, text = min(event.refused_by_rule or event.refused or [("", "")])
        who = ", ".join(sorted(event.roles)) or "the program itself"
        lines.append(f"| {event.name} | {event.label} | {who} | {event.rules_of or ''} "
                     f"| {shown(min(event.accepted, key=len, default=''))} | {reason}: {shown(text)} "
                     f"| {', '.join(sorted(event.figures))} |")
    return "\n".join(lines) + "\n"


def run(program, chosen, folder):
    results = Path(folder) / f"{program}.json"
    done = subprocess.run([BIN / program, f"--gtest_filter={chosen}", f"--gtest_output=json:{results}", "--gtest_brief=1"],
                          capture_output=True, text=True, check=False, env=os.environ | {"GTEST_TOTAL_SHARDS": "1", "GTEST_SHARD_INDEX": "0"})
    if done.returncode != 0:
        sys.exit(f"coverage: {program} fails:\n{done.stdout[-2000:]}")
    return json.loads(results.read_text(encoding="utf-8"))


def mlup(*arguments):
    return subprocess.run([BIN / "mlup", "--json", *arguments], check=True, capture_output=True, text=True).stdout


def main():
    events = {}
    roles = mlup("policy", "explain", "--roles-file", str(ROOT / "deploy/roles.textproto")).splitlines()
    add_facts(events, json.loads(mlup("schema")), [json.loads(role) for role in roles])
    with tempfile.TemporaryDirectory(prefix="mlup-coverage-") as folder:
        for program, chosen in PROGRAMS.items():
            add_examples(events, program, run(program, chosen, folder))
    for file in sorted((ROOT / "projections/indicators").glob("*.textproto")):
        add_figures(events, file.read_text(encoding="utf-8"))
    asked = read_catalogue(CATALOGUE.read_text(encoding="utf-8"))
    Path(sys.argv[1]).write_text(table(events, asked), encoding="utf-8")
    found = list(lacking(events, asked))
    print("\n".join(found + [f"coverage: {len(events)} events, {len(asked)} asked for, {len(found)} lacking; table in {sys.argv[1]}"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
