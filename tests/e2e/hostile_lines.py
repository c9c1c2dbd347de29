"""Whoever enters something wrong is told exactly which rule it breaks and where, and nothing is written.

An invented organisation is recorded. Then its lines come again, each with one thing made wrong whose rule is known beforehand: by its
fields, which `mlup schema` describes, or by what the record already holds. Each answer must name that rule and that field.
1,500 variations; 10,000 with --deep. `--seed N` begins elsewhere."""

import argparse
import collections
import copy
import json
import random
import time

from harness import Daemon, Workspace, check, head, mlup, to_jsonl

DEEP, USUAL = 10_000, 1_500
CONTEXT = ("stream", "event_id", "occurred", "place", "reason")


class Schema:
    """What `mlup schema` tells of the fields of a fact, by their path."""

    def __init__(self, daemon):
        self.daemon, self.known = daemon, {}

    def fields(self, fact):
        if fact not in self.known:
            told = mlup(self.daemon, "--json", "schema", fact).json()
            self.known[fact] = {field["field"]: field for field in told["facts"][0]["fields"]}
        return self.known[fact]


def walk(value, path, plain):
    """(holder, key, path as an answer says it, path as the schema says it) of everything below."""
    for key, below in list(value.items() if isinstance(value, dict) else enumerate(value)):
        is_item = isinstance(value, list)
        here, there = (f"{path}[{key}]", plain) if is_item else (f"{path}.{key}", f"{plain}.{key}")
        yield value, key, here, there
        if isinstance(below, (dict, list)):
            yield from walk(below, here, there)


class Variations:
    """Lines made wrong, each with the reason and the field of its answer."""

    def __init__(self, lines, schema, dice):
        self.lines, self.schema, self.dice = lines, schema, dice
        self.made, self.operators = [], collections.Counter()
        self.on_fields = [self.left_out, self.no_uuid, self.no_value, self.no_code, self.no_day, self.no_province, self.unknown_field]
        self.on_lines = [self.nobody, self.other_role, self.no_role, self.no_day_of_request, self.no_place, self.again]
        self.on_facts = [self.other_category, self.begun_again, self.event_again, self.nothing_to_void, self.nothing_to_answer, self.nothing_sent, self.too_much,
                         self.parts, self.half_a_kit, self.more_than_all, self.own_mentor, self.no_such_group, self.not_open]

    def add(self, name, record, reason, field):
        record["context"]["request_id"] = f"wrong.{len(self.made)}"
        self.made.append(({"record": record}, reason, field, name))
        self.operators[name] += 1

    def make(self, wanted):
        everything = self.on_fields + self.on_lines + self.on_facts
        while len(self.made) < wanted:
            record = copy.deepcopy(self.dice.choice(self.lines)["record"])
            number = self.dice.randrange(len(record["facts"]))
            fact = record["facts"][number]
            [name] = [key for key in fact if key not in CONTEXT]
            operator = self.dice.choice(everything)
            if operator in self.on_facts:
                record["facts"], number = [fact], 0
            operator(record, fact, name, number)

    def one(self, fact, name, number, fits):
        """A field of the fact that fits, as walk() gives it."""
        fields = self.schema.fields(name)
        found = [(*place, fields[place[3]]) for place in walk(fact[name], f"facts[{number}].{name}", name)
                 if place[3] in fields and fits(place, fields[place[3]])]
        return self.dice.choice(found) if found else None

    def spoil(self, operator, record, fact, name, number, fits, wrong, reason):
        found = self.one(fact, name, number, fits)
        if found:
            holder, key, here, *_ = found
            holder[key] = wrong
            self.add(operator, record, reason, here)

    # By their fields.

    def left_out(self, record, fact, name, number):
        found = self.one(fact, name, number, lambda place, field: field["required"] and isinstance(place[1], str))
        if found:
            holder, key, here, *_ = found
            del holder[key]
            self.add("left out", record, "FIELD_REQUIRED", here)

    def no_uuid(self, *where):
        self.spoil("no UUID", *where, lambda place, field: is_text(place) and has_rule(field, "a UUID"), "me", "FORMAT_UUID")

    def no_value(self, *where):
        self.spoil("no such value", *where, lambda place, field: field["type"] == "one of" and is_text(place), "NOTHING_LIKE_IT", "VALUE_INVALID")

    def no_code(self, *where):
        self.spoil("no code", *where, lambda place, field: is_text(place) and has_rule(field, "a code:"), "Not A Code", "FORMAT_CODE")

    def no_day(self, *where):
        self.spoil("no day", *where, lambda place, field: is_text(place) and has_rule(field, "a day"), "2021-02-30", "FORMAT_DAY")

    def no_province(self, *where):
        self.spoil("no province", *where, lambda place, field: is_text(place) and has_rule(field, "a province"), "77", "FORMAT_PROVINCE")

    def unknown_field(self, record, fact, name, number):
        fact[name]["favourite_colour"] = "blue"
        self.add("unknown field", record, "FIELD_UNKNOWN", f"facts[{number}].{name}.favourite_colour")

    # By what the request says of itself.

    def nobody(self, record, *_):
        record["context"]["actor_id"] = "nobody"
        self.add("nobody", record, "ACTOR_UNKNOWN", "context.actor_id")

    def other_role(self, record, *_):
        record["context"]["role"] = "auditor"
        self.add("role of others", record, "ROLE_NOT_HELD", "context.role")

    def no_role(self, record, *_):
        del record["context"]["role"]
        self.add("no role", record, "FIELD_REQUIRED", "context.role")

    def other_category(self, record, fact, name, number):
        if name in ("entry_voided", "details_corrected", "approval_requested", "approval_granted", "approval_rejected", "note_recorded"):
            return
        fact["stream"] = f"system/{fact['stream'].split('/')[1]}"
        self.add("other category", record, "STREAM_CATEGORY", f"facts[{number}].stream")

    def no_day_of_request(self, record, *_):
        record["context"]["occurred"]["from"] = "2021-00-10"
        self.add("no day of the request", record, "OCCURRED_INVALID", "context.occurred.from")

    def no_place(self, record, *_):
        record["context"]["place"] = "2 km north"
        self.add("no place", record, "FORMAT_PLACE", "context.place")

    def again(self, record, fact, name, number):
        wanted = record["context"]["request_id"]
        record["context"]["reason"] = "another_one"
        self.add("request id again", record, "REQUEST_ID_REUSED", "context.request_id")
        record["context"]["request_id"] = wanted

    # By what is recorded.

    def begun_again(self, record, fact, name, _):
        if name in ("person_registered", "household_registered", "organisation_registered", "donor_registered", "group_formed"):
            fact.pop("event_id", None)
            self.add("begun again", record, "STREAM_EXISTS", f"facts[0].{name}")

    def event_again(self, record, fact, name, _):
        if name == "service_provided" and "event_id" in fact:
            self.add("event id again", record, "EVENT_ID_TAKEN", "facts[0].event_id")

    def nothing_to_void(self, record, fact, name, _):
        if name == "entry_voided":
            fact[name]["voids_event_id"] = uuid(self.dice)
            self.add("nothing to void", record, "EVENT_NOT_ON_STREAM", "facts[0].entry_voided.voids_event_id")

    def nothing_to_answer(self, record, fact, name, _):
        if name == "approval_granted":
            self.add("answered before", record, "APPROVAL_NOT_PENDING", f"facts[0].{name}.approval_id")

    def nothing_sent(self, record, fact, name, _):
        if name == "stock_moved" and fact[name]["direction"] == "STOCK_DIRECTION_IN":
            fact[name]["move_id"] = uuid(self.dice)
            self.add("nothing sent", record, "MOVE_NOT_SENT", f"facts[0].{name}.move_id")

    def too_much(self, record, fact, name, _):
        if name == "test_result_recorded":
            fact[name]["score"] = "25"
            self.add("more than the most", record, "OUT_OF_RANGE", "facts[0].test_result_recorded.score")

    def parts(self, record, fact, name, _):
        if name == "headcount_recorded":
            fact[name]["female"] = fact[name]["n"] + 1
            self.add("parts exceed the whole", record, "PARTS_EXCEED_WHOLE", "facts[0].headcount_recorded.n")

    def half_a_kit(self, record, fact, name, _):
        if name == "items_distributed" and "kit_code" in fact[name]:
            del fact[name]["kit_version"]
            fact.pop("event_id")
            self.add("half a kit", record, "KIT_INCOMPLETE", "facts[0].items_distributed.kit_version")

    def more_than_all(self, record, fact, name, _):
        if name == "distribution_reversed":
            fact[name]["lines"][0]["quantity"] = "26"
            self.add("more than was given", record, "MORE_THAN_GIVEN", f"facts[0].{name}.lines")

    def own_mentor(self, record, fact, name, _):
        if name == "mentor_matched":
            fact[name]["mentor"] = fact[name]["mentee"]
            fact["stream"] = f"mentorship/{uuid(self.dice)}"
            self.add("own mentor", record, "SAME_PERSON_MATCHED", "facts[0].mentor_matched.mentee.person_id")

    def no_such_group(self, record, fact, name, _):
        if name == "group_member_left":
            self.add("left before", record, "NOT_MEMBER", f"facts[0].{name}")

    def not_open(self, record, fact, name, _):
        if name == "case_opened":
            self.add("opened again", record, "CASE_ALREADY_OPEN", f"facts[0].{name}")


def is_text(place):
    return isinstance(place[0][place[1]], str)


def has_rule(field, words):
    return any(rule.startswith(words) for rule in field["rules"])


def uuid(dice):
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400)
    options = parser.parse_args()
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        lines = mlup(daemon, "generate", "--children", 60, "--seed", options.seed).lines()
        mlup(daemon, "import", "-", stdin=to_jsonl(lines))
        before = head(daemon)
        wrong = Variations(lines, Schema(daemon), random.Random(options.seed))
        wrong.make(DEEP if options.deep else USUAL)
        answers = mlup(daemon, "--json", "import", "-", stdin=to_jsonl([line for line, *_ in wrong.made]), expect=1).lines()[:-1]
        check(len(answers) == len(wrong.made), f"{len(answers)} answers to {len(wrong.made)} lines")
        different = collections.Counter()
        for answer, (line, reason, field, name) in zip(answers, wrong.made, strict=True):
            error = answer.get("error", {})
            if (error.get("reason"), error.get("field")) != (reason, field):
                different[name] += 1
                if different[name] <= 2:
                    print(f"{name}: {reason} at `{field}` was expected, not {answer.get('outcome')} {error}\n  {json.dumps(line, ensure_ascii=False)[:600]}")
        check(head(daemon) == before, "a wrong line was written")
    check(not different, f"--seed {options.seed}: {dict(different)} of {len(wrong.made)}")
    print(f"{len(wrong.made)} wrong lines of {len(wrong.operators)} kinds, each told its rule and field; seed {options.seed}")


if __name__ == "__main__":
    main()
