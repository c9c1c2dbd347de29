#!/usr/bin/env python3
"""Counts the indicators from import files, for itself: shares no code and no definition with the engine.

  reference_counter.py --input FILE... --period 2021-Q1... --as-known-at 2021-04-22...

One line of JSON for each file, period and date. The rules are those of projections/counting/README.md, written a
second time: what is known stands in reference_world.py, what is counted in reference_definitions.py, and how in here.
"""

import argparse
import json
import re
from collections import defaultdict
from datetime import date
from itertools import product

from reference_definitions import INDICATORS, JOINS, LATEST, PATHS, SHORT
from reference_world import ANY_DAY, World, age_band, days_of, decimal, in_words, read_facts, word

class Item:
    """One thing to count: an event, an element of one of its lists, or a member of a record that it names."""

    def __init__(self, world, event, element=None, member=None):
        self.world, self.event, self.element, self.member = world, event, element, member
        self.person, self.aged_at, self.id, self.amount, self.counted = "", event, "", 0, True

    def text(self, path, event=None):
        first, _, rest = path.partition(".")
        if first == "@person":
            facets = self.world.facets[self.person] if self.person else {}
            told = next((age for who, age in self.aged_at.told.items() if self.world.same(who) == self.person), None)
            return age_band(facets.get("birth"), self.aged_at.days, told) if rest == "age_band" else facets.get(rest, "unknown")
        if first == "of":
            return self.field(self.member, rest)
        if first not in JOINS:
            return self.field(event or self.event, path)
        via, category, fact = JOINS[first]
        joined = self.world.last(f"{category}/{self.world.same(self.text(via))}" if via else self.event.stream, fact)
        return self.field(joined, rest) if joined else ""

    def field(self, event, path):
        if path[0] == "@":
            named = event.place in ("", "unknown", "remote")
            village = event.place if named or len(event.place) == 8 else "unknown"
            return {**event.envelope, "@province": event.place if named else event.place[:2], "@village": village,
                    "@occurred": in_words(event.days) if event.days else ""}[path]
        value = event.body
        for name in path.split("."):
            listed = value is self.event.body and self.element and name == self.element[0]
            value = self.element[1] if listed else value.get(name, name != "own" and "") if isinstance(value, dict) else ""
        if isinstance(value, list):
            return [word(one) for one in value]
        return word(value) if value or value == 0 and name in ("own", "age_at_incident") else ""  # a 0 is unset elsewhere

class Select:
    """The part of a definition that names a fact, its conditions and its options."""

    def __init__(self, text):
        self.fact, *words = text.removeprefix("HEADS ").split()
        self.heads = text.startswith("HEADS ")
        self.where = [re.match(r"(.+?)([!~]?)=(.*)", text).groups() for text in words if "=" in text]
        self.options = dict(text.partition(":")[::2] for text in words if "=" not in text)

    def items(self, world):
        options = self.options
        for event in world.by_fact[self.fact]:
            replaced = "latest" in options and world.last(event.stream, self.fact) is not event
            if replaced or any((event.stream, fact) in world.on_stream
                               for name in ("unless", "without") for fact in options.get(name, "").split("|")):
                continue
            for item in self.parts(world, event):
                item.person = world.same(item.text(options["person"])) if "person" in options else ""
                item.id = item.text(options["id"]) if "id" in options else ""
                item.counted = "unless" not in options and not event.body.get("uncounted", False)
                if not all(self.holds(item.text(path), sign, values.split("|")) for path, sign, values in self.where) or (
                        "id" in options and not item.id and item.counted):
                    continue
                item.counted = item.counted and item.id != "unknown"  # a member of its own, and no thing to count
                if "sum" in options:
                    number = item.text(options["sum"])
                    item.counted = "unless" not in options and number != ""
                    item.amount = round(float(number or 0) * 1000) * (-1 if "negative" in options else 1)
                if "pair" in options:
                    self.pair(world, item)
                yield item

    def pair(self, world, item):
        """`pair:fact@field:value@match+match`: the last such event of the stream; what it says is taken away."""
        fact, condition, match = self.options["pair"].split("@")
        path, _, wanted = condition.partition(":")
        others = [event for event in world.on_stream.get((item.event.stream, fact), []) if event is not item.event
                  and item.text(path, event) == wanted
                  and all(world.same(item.text(same, event)) == world.same(item.text(same)) for same in match.split("+"))]
        item.member = others[-1] if others else None
        item.counted = item.counted and bool(others)
        if others and "sum" in self.options:
            number = item.text(self.options["sum"], others[-1])
            item.counted = item.counted and number != ""
            item.amount -= round(float(number or 0) * 1000)

    @staticmethod
    def holds(value, sign, values):
        return not set(values).isdisjoint(value or []) if sign == "~" else (value in values) != (sign == "!")

    def parts(self, world, event):
        if name := self.options.get("each"):
            return [Item(world, event, element=(name, part)) for part in event.body.get(name, [])]
        if "members" not in self.options:
            return [Item(world, event)]
        home, items = event.record if self.options["members"] == "own" else event.body.get("recipient_id", ""), []
        for added in world.on_household(home, "household_member_added"):
            gone = [one.days for one in world.on_household(home, "household_member_removed") if one.position > added.position
                    and world.same(one.body["member"]["person_id"]) == world.same(added.body["member"]["person_id"])]
            if not (gone and gone[0] and event.days and gone[0][1] < event.days[0]):
                items.append(Item(world, event, member=added))
        return items

    def when(self, rule, item, period):  # `in`, `out` or `either`
        event, (first, last) = item.event, period
        first = last if rule == "last_day" else first
        if rule == "recorded":
            return "in" if first <= event.known <= last else "out"
        begin = event.days or ANY_DAY
        if rule not in ("active", "last_day"):
            out = begin[1] < first or last < begin[0]
            return "out" if out else "in" if first <= begin[0] and begin[1] <= last else "either"
        match, agreed = self.options.get("ended_match"), item.text(self.options.get("ends_on", "none"))
        ends = [other.days or ANY_DAY for other in item.world.on_stream.get((event.stream, self.options["ended_by"]), [])
                if other.position > event.position
                and (not match or item.world.same(item.text(match, other)) == item.world.same(item.text(match)))]
        end = ends[0] if ends else days_of(agreed) if agreed else (date.max, date.max)
        out = begin[0] > last or end[1] < first
        return "out" if out else "in" if begin[1] <= last and end[0] >= first else "either"

class Indicator:
    def __init__(self, text):
        self.code, flags, selects, dimensions = (part.strip() for part in (text + ";;").split(";")[:4])
        self.unit, *flags = flags.split()
        self.nature = next((flag for flag in flags if flag in ("planned", "qualitative", "context")), "")
        self.rule = next((flag for flag in flags if flag in ("active", "recorded", "last_day")), "")
        self.selects = [Select(part) for part in selects.split(" + ")]
        for select in self.selects if self.unit == "people" else ():
            select.options |= {"person": select.options["id"]} if "id" in select.options else {}
        self.dimensions = [dimension.partition("=")[::2] for dimension in dimensions.split()]
        self.parts = sorted({select.options["part"] for select in self.selects if "part" in select.options})
        self.distinct = any("id" in select.options for select in self.selects)
        self.sums = any("sum" in select.options for select in self.selects if not select.heads)

    def rows(self, world, period):
        found, heads, doubtful, outside, first = [], None, 0, False, {}
        for select, item in ((select, item) for select in self.selects for item in select.items(world)):
            when = select.when(self.rule, item, period)
            if select.heads:
                heads = (heads or 0) + item.amount if when == "in" and item.counted else heads
                continue
            item.id = world.same(item.id) if self.unit in ("people", "households") else item.id
            item.part = select.options.get("part")
            found += [item] if when == "in" else []
            doubtful += when == "either"
            outside |= when == "out" and item.event.known >= period[0]
        # The age of a person who is counted once is that at the first counted event.
        for item in sorted(found, key=lambda item: ((item.event.days or ANY_DAY[1:])[0], item.event.position)):
            if self.unit == "people" and item.counted and item.person:
                first.setdefault(item.person, item.event)
        rows = [self.row("", "", found, doubtful, outside, heads)]
        for name, path in self.dimensions:
            cells, name, numbered = defaultdict(list), name.rstrip("#"), name.endswith("#")
            for item in found:
                item.aged_at = first.get(item.person, item.aged_at)
                cells[self.member(item, path or PATHS.get(name, name))].append(item)
            if name == "part":
                groups = [{item.id for item in found if item.counted and item.part == part} for part in self.parts]
                cells["every_part"] = [item for item in found if all(item.id in ids for ids in groups)]
            name = name.split("&")[0]
            rows += [self.row(name, member, items) for member, items in sorted(cells.items()) if items]
            known = [member for member, items in cells.items() if member not in ("unknown", "remote") and any(item.counted for item in items)]
            if numbered and known:
                rows.append(self.row(name, "", [item for member in known for item in cells[member]]) | {"value": str(len(known))})
        return rows

    @staticmethod
    def member(item, path):
        if path == "part":
            return item.part
        if path == "latest":
            states = [event for fact in LATEST for event in item.world.on_stream.get((item.event.stream, fact), [])]
            return LATEST[max(states, key=lambda event: event.position).fact]
        path, _, unit = path.partition("&")
        value = item.world.same(item.text(path))
        return f"{value} {item.text(unit) if unit and value else ''}".strip() or "unknown"

    def row(self, dimension, member, items, doubtful=0, outside=False, heads=None):
        counted = [item for item in items if item.counted]
        value = str(len({item.id for item in counted}) if self.distinct else len(counted))
        value = decimal(sum(item.amount for item in counted)) if self.sums else value
        if self.unit == "points" and counted:  # the mean, halves away from 0
            total, twice = sum(item.amount for item in counted), 2 * len(counted)
            value = decimal((abs(total) * 2 + len(counted)) // twice * (-1 if total < 0 else 1))
        value = value if counted and (dimension or self.unit not in ("items", "money")) else ""
        why = next(why for holds, why in ((counted, ""), (items, "not_counted"), (doubtful, "not_datable"),
                                          (outside, "out_of_period"), (True, "nothing_recorded")) if holds)
        planned = value if self.nature == "planned" else ""
        if self.nature:
            value, why = "", "nothing_recorded" if self.nature == "planned" and not items else self.nature
        return {"code": self.code, "dimension": dimension, "member": member, "value": value, "why_none": why,
                "planned_value": planned, "and_uncounted": 0 < len(counted) < len(items) and not self.nature,
                "headcount": "" if heads is None else decimal(heads), "not_datable": doubtful}

def indicators():
    text = re.sub(r"\$(\w+)", lambda short: SHORT[short[1]], INDICATORS)
    return [Indicator(" ".join(part.split())) for part in re.split(r"\n(?=\w)| / ", text.strip())]

def count(facts, period, known_at):
    world = World(facts, date.fromisoformat(known_at))
    return [row for indicator in indicators() for row in indicator.rows(world, days_of(period))]

def main():
    parser = argparse.ArgumentParser()
    for name in ("--input", "--period", "--as-known-at"):
        parser.add_argument(name, action="append", required=True)
    options = parser.parse_args()
    for path, period, day in product(options.input, options.period, options.as_known_at):
        print(json.dumps({"file": path, "period": period, "as_known_at": day, "rows": count(read_facts(path), period, day)}))

if __name__ == "__main__":
    main()
