#!/usr/bin/env python3
"""Shows that nothing in the engine knows the answer: take an event away and exactly the rows that cite it change.

  ablation.py ENGINE [--all]

1. For at least 120 rows of the report of q1-2021 as known at 2021-04-22, or for all that events without others after
   them can change: drop the line of one event behind the row, import again; the rows that change are those that cite
   the event, and they change by what it contributed.
2. 25 kg become 23 kg: only the rows of goods and stock move.
3. Every id renamed and every day one year later: the same figures for 2022-Q1.
"""

import argparse
import hashlib
import json
import random
import re
import sys
import tempfile
from pathlib import Path

import compare
import reference_counter
from compare import Q1, run_engine
from reference_world import World, days_of, kind_of, read_facts

# What a row says, and how many events it cites.
FIELDS = (*compare.FIELDS, "evidence_count")
DATE = "2021-04-22"
CELLS = 120
PERIOD = "2021-Q1"
# Facts that no later line needs: no state, no join and no facet comes from them.
LEAVES = {
    "attendance_recorded", "follow_up_conducted", "service_provided", "technical_support_provided", "items_distributed",
    "concern_received", "joint_intervention_conducted", "placement_started", "household_member_added",
    "assessment_completed", "task_created", "referral_made", "test_result_recorded", "outcome_recorded",
    "facilitator_assigned", "interview_passed", "scholarship_awarded", "testimony_recorded", "job_offered",
    "work_experience_applied_for", "cash_assistance_disbursed", "course_defined", "programme_target_area_defined",
    "group_member_joined", "school_status_changed", "child_birth_recorded", "partnership_agreed",
    "report_narrative_written", "context_figure_quoted",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
DAY = re.compile(r"(?<![0-9-])(19|20)(\d\d)(?=-Q\d|-\d\d|\"|$)")


def by_cell(report):
    return {(row["code"], row["dimension"], row["member"]): tuple(row[field] for field in FIELDS) for row in report["rows"]}


def positions(item):
    return {item.event.position} | ({item.member.position} if item.member else set())


class WithoutEvent(reference_counter.Select):
    """A select that passes over the items of one event, while the event stays in the world."""

    position = 0

    def items(self, world):
        return (item for item in super().items(world) if self.position not in positions(item))


class Citing(reference_counter.Indicator):
    """An indicator whose rows tell how many events stand behind them."""

    def row(self, dimension, member, items, *more):
        row = super().row(dimension, member, items, *more)
        return row | {"evidence_count": len(set().union(*map(positions, items)))}


class Prediction:
    """What the report says, and would say without the contribution of one event."""

    def __init__(self, facts):
        self.world = World(facts, days_of(DATE)[0])
        self.period = days_of(PERIOD)
        self.indicators = reference_counter.indicators()
        for indicator in self.indicators:
            indicator.__class__ = Citing
            for select in indicator.selects:
                select.__class__ = WithoutEvent

    def without(self, position):
        WithoutEvent.position = position
        return by_cell({"rows": [row for indicator in self.indicators for row in indicator.rows(self.world, self.period)]})


def leaves(facts):
    """Positions of the events that nothing depends on; an event that another names has an id of its own."""
    return [position for position, fact in enumerate(facts, 1) if kind_of(fact) in LEAVES and "event_id" not in fact]


def chosen_events(facts, wanted):
    """Position of an event -> the rows without it, until `wanted` rows change or no more do; and these rows."""
    prediction, chosen, covered, kinds = Prediction(facts), {}, set(), set()
    full = prediction.without(0)
    order = leaves(facts)
    random.Random(1).shuffle(order)
    for position in order:
        if len(covered) >= wanted:
            break
        fact = facts[position - 1]
        # One of a kind is enough: the same fact with the same words on the same days.
        kind = (kind_of(fact), str(fact["occurred"]), fact.get("place"),
                *sorted(set(re.findall(r'"([A-Z][A-Z_]+)"', json.dumps(fact)))))
        if kind in kinds:
            continue
        kinds.add(kind)
        after = prediction.without(position)
        changed = {cell for cell in full.keys() | after.keys() if full.get(cell) != after.get(cell)}
        if changed - covered:
            chosen[position] = after
            covered |= changed
    return chosen, covered


def write(facts, path):
    """Facts as an import file; those of one request in one line."""
    records = {}
    for fact in facts:
        record = records.setdefault(fact["context"]["request_id"], {"context": fact["context"], "facts": []})
        record["facts"].append({name: value for name, value in fact.items() if name != "context"})
    path.write_text("".join(json.dumps({"record": record}) + "\n" for record in records.values()), encoding="utf-8")
    return path


def drop_events(engine, facts, folder, wanted):
    chosen, covered = chosen_events(facts, wanted)
    files = {str(write(facts[:position - 1] + facts[position:], folder / f"without-{position}.jsonl")): position
             for position in chosen}
    reports, refused = run_engine(engine, files, [PERIOD], [DATE])
    yield from (f"refused: {line}" for line in refused)
    for report in reports:
        position = files[report["file"]]
        after, expected = by_cell(report), chosen[position]
        for cell in sorted(after.keys() | expected.keys()):
            if after.get(cell) != expected.get(cell):
                yield (f"without {kind_of(facts[position - 1])} at {position}: {cell} shows {after.get(cell)}, "
                       f"expected {expected.get(cell)}")
    print(f"ablation: {len(chosen)} events dropped one at a time, {len(covered)} different rows changed")
    if len(covered) < CELLS:
        yield f"only {len(covered)} rows changed, {CELLS} are wanted"


def weigh_again(engine, facts, folder):
    """25 kg of rice for one family become 23."""
    position = next(number for number, fact in enumerate(facts)
                    if any(line["item_code"] == "rice" for line in fact.get("items_distributed", {}).get("lines", [])))
    lighter = json.loads(json.dumps(facts))
    assert lighter[position]["items_distributed"]["lines"][0]["quantity"] == "25"
    lighter[position]["items_distributed"]["lines"][0]["quantity"] = "23"
    (full, light), _ = run_engine(engine, [Q1, write(lighter, folder / "lighter.jsonl")], [PERIOD], [DATE])
    full, light = by_cell(full), by_cell(light)
    moved = {cell: (full[cell][0], light[cell][0]) for cell in full if full[cell] != light.get(cell)}
    print(f"ablation: 23 kg for 25 kg moves {', '.join(cell[0] for cell in sorted(moved))}")
    expected = {(code, "item", "rice kg"): ("50", "48") for code in ("goods_distributed", "goods_net", "stock_out")}
    if moved != expected or full.keys() != light.keys():
        yield f"23 kg for 25 kg moves {moved}, expected {expected}"


def a_year_later(text):
    return DAY.sub(lambda year: str(int(year[1] + year[2]) + 1), text)


def renamed(text):
    def other(found):
        new = hashlib.sha256(found[0].encode()).hexdigest()
        return f"{new[:8]}-{new[8:12]}-7{new[13:16]}-a{new[17:20]}-{new[20:32]}"
    return UUID.sub(other, text)


def another_year(engine, folder):
    text = Q1.read_text(encoding="utf-8").replace('"request_id": "q1.', '"request_id": "renamed.')
    later = folder / "later.jsonl"
    later.write_text(a_year_later(renamed(text)), encoding="utf-8")
    dates = ("2021-03-31", "2021-04-22", "2021-05-31")
    reports, _ = run_engine(engine, [Q1], [PERIOD], dates)
    shifted, refused = run_engine(engine, [later], [a_year_later(PERIOD)], [a_year_later(date) for date in dates])
    yield from (f"refused: {line}" for line in refused)
    for report, other in zip(reports, shifted):
        expected = {(code, dimension, a_year_later(renamed(member)) if dimension in ("occurred", "household", "institution", "group") else member): row
                    for (code, dimension, member), row in by_cell(report).items()}
        wrong = [cell for cell in expected.keys() | by_cell(other).keys() if expected.get(cell) != by_cell(other).get(cell)]
        yield from (f"a year later, as known at {other['as_known_at']}: {cell} differs" for cell in sorted(wrong))
    print(f"ablation: with other ids and a year later, {sum(len(report['rows']) for report in shifted)} rows compared")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    facts = read_facts(Q1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults = [*drop_events(options.engine, facts, folder, sys.maxsize if options.all else CELLS),
                  *weigh_again(options.engine, facts, folder), *another_year(options.engine, folder)]
    print("\n".join(faults + [f"ablation: {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
