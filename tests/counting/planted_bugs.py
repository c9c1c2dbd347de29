"""Bugs that people write into such counts, each planted into the reference counter from outside."""

import json
import re
from datetime import datetime, timedelta, timezone

import reference_counter
from reference_world import kind_of

PHNOM_PENH = timezone(timedelta(hours=7))


def _without(*kinds):
    return lambda facts: [fact for fact in facts if kind_of(fact) not in kinds]


def _with_days(day_of):
    def change(facts):
        changed = []
        for fact in facts:
            day = day_of(fact)
            changed.append(fact | ({"occurred": {"precision": "PRECISION_DAY", "from": day}} if day else {}))
        return changed
    return change


def _utc_day(fact):
    instant = fact["occurred"].get("instant")
    return instant and datetime.fromisoformat(instant).astimezone(timezone.utc).date().isoformat()


def _recorded_day(fact):
    recorded = fact["context"].get("source_recorded_at")
    return recorded and datetime.fromisoformat(recorded).astimezone(PHNOM_PENH).date().isoformat()


def _add_headcount(rows):
    for row in rows:
        if row["headcount"] and row["value"]:
            row["value"] = str(int(row["value"]) + int(row["headcount"]))
    return rows


def _month_only(facts):
    """As if nobody had told the day of a birth."""
    text = re.sub(r'"date_of_birth": "[0-9-]*"', '"date_of_birth": ""', json.dumps(facts))
    return json.loads(text)


def _sum_subsets(rows):
    """The total of a unique count becomes the largest sum of the parts of one dimension."""
    unique = {indicator.code for indicator in reference_counter.indicators() if indicator.distinct}
    parts = {}
    for row in rows:
        if row["code"] in unique and row["dimension"]:
            sums = parts.setdefault(row["code"], {})
            sums[row["dimension"]] = sums.get(row["dimension"], 0) + int(row["value"] or 0)
    for row in rows:
        if row["code"] in parts and not row["dimension"] and row["value"]:
            row["value"] = str(max(parts[row["code"]].values()))
    return rows


# name -> (what is done to the facts, what is done to the rows)
BUGS = {
    "utc_quarter": (_with_days(_utc_day), list),
    "voids_ignored": (_without("entry_voided"), list),
    "merge_ignored": (_without("persons_merged", "households_merged"), list),
    "recorded_for_occurred": (_with_days(_recorded_day), list),
    "headcount_added": (list, _add_headcount),
    "sum_of_subsets": (list, _sum_subsets),
    "age_by_month": (_month_only, list),
}


def count(bug, facts, period, known_at):
    spoil_facts, spoil_rows = BUGS[bug]
    return spoil_rows(reference_counter.count(spoil_facts(facts), period, known_at))
