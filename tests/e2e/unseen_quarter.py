"""A quarter that nobody has seen is entered from what `mlup schema` prints alone: the example of each fact, with its
own ids and days put in, and counted by the indicators that `mlup indicators` lists.
"""

import re
import uuid

from harness import Daemon, Workspace, check, mlup, report, to_jsonl

PERIOD = "2023-Q2"
DAY = {"precision": "PRECISION_DAY", "from": "2023-05-17"}
ACTORS = {"cases": ("staff-sw-1", "social_worker"), "training": ("staff-tr-1", "trainer"),
          "donations": ("staff-log-1", "logistics"), "network": ("staff-net-1", "network_officer")}


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def without_strangers(value, known):
    """An example without the ids in it that nobody has registered here."""
    if isinstance(value, dict):
        return {name: without_strangers(part, known) for name, part in value.items() if not is_strange(part, known)}
    if isinstance(value, list):
        return [without_strangers(part, known) for part in value if not is_strange(part, known)]
    return value


def is_strange(value, known):
    return isinstance(value, str) and UUID.fullmatch(value) is not None and value not in known


class Entry:
    """Lines made of the schema's examples."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.lines = []
        self.known = set()

    def add(self, fact, stream, changes=()):
        """The example of a fact, on a stream of ours, with the fields named in `changes` set anew."""
        [told] = mlup(self.daemon, "--json", "schema", fact).json()["facts"]
        line = told["example"]
        [example] = line["record"]["facts"]
        actor, role = ACTORS[told["permission"].split("/")[0]]
        example.update(stream=stream, occurred=DAY, place="17")
        line["record"]["context"].update(request_id=f"unseen-{len(self.lines)}", actor_id=actor, role=role)
        for path, value in changes:
            *parents, last = path.split(".")
            target = example[fact]
            for parent in parents:
                target = target[int(parent)] if parent.isdigit() else target.setdefault(parent, {})
            target[last] = value
        self.known |= {stream.split("/")[1]}
        example[fact] = without_strangers(example[fact], self.known)
        self.lines.append(line)


def enter(entry):
    """An organisation, three children, a case, a training with two of them, food for a household."""
    own, home, activity, handout = (str(uuid.uuid4()) for _ in range(4))
    children = [str(uuid.uuid4()) for _ in range(3)]
    entry.add("organisation_registered", f"organisation/{own}", [("own", True)])
    for child in children:
        entry.add("person_registered", f"person/{child}", [("person.person_id", child), ("person.sex", "SEX_FEMALE")])
    entry.add("case_opened", f"case/{uuid.uuid4()}",
              [("child.person_id", children[0]), ("owner_org_id", own)])
    entry.add("household_registered", f"household/{home}", [("head.person_id", children[2])])
    entry.add("household_member_added", f"household/{home}",
              [("member.person_id", children[0]), ("member.relation", "RELATION_CHILD")])
    entry.add("activity_held", f"activity/{activity}", [("kind", "ACTIVITY_KIND_TRAINING")])
    for child in children[:2]:
        entry.add("attendance_recorded", f"activity/{activity}",
                  [("person.person_id", child), ("person.status", "ATTENDANCE_STATUS_PRESENT")])
    entry.add("distribution_held", f"distribution/{handout}")
    entry.add("items_distributed", f"distribution/{handout}",
              [("recipient_kind", "RECIPIENT_KIND_HOUSEHOLD"), ("recipient_id", home), ("purpose", "ITEMS_PURPOSE_FOOD"),
               ("given_by", "GIVEN_BY_OWN")])
    for part in ("recipient", "beneficiaries", "kit_code", "kit_version"):  # of the example, which nobody entered here
        del entry.lines[-1]["record"]["facts"][0]["items_distributed"][part]


def main():
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        entry = Entry(daemon)
        enter(entry)
        summary = mlup(daemon, "import", "-", stdin=to_jsonl(entry.lines))
        check(f"{len(entry.lines)} recorded" in summary.out + summary.err, summary.out + summary.err)
        codes = {indicator["code"] for indicator in mlup(daemon, "--json", "indicators").json()["indicators"]}
        rows = {row["code"]: row["value"] for row in report(daemon, period=PERIOD)["rows"] if not row.get("dimension")}
        check(codes == rows.keys(), "the report has a row for every indicator")
        wanted = {"children_newly_opened": "1", "trainings": "1", "training_attendances": "2",
                  "household_food_distributions": "1", "children_in_households_with_food": "1", "case_closures": None}
        found = {code: rows[code] for code in wanted}
        check(found == wanted, f"{found}")
        check(report(daemon, period="2023-Q3")["rows"][0]["value"] is None, "another quarter holds nothing")
    print(f"{len(entry.lines)} lines from the schema's examples, {len(wanted)} figures as entered")


if __name__ == "__main__":
    main()
