#!/usr/bin/env python3
"""Shows that the reports of q1-2021 as known at three dates differ in the rows of the table and in no others.

  check_dates.py ENGINE

Each line of MOVES: the row, its values at the three dates, and the line of the table that it is or contains.
"""

import sys

from compare import DATES, Q1, as_map, run_engine

MOVES = {
    # A19: the four children of one family, entered twice until 2021-04-10.
    ("children_newly_opened", "case_type", "kinship_support"): ("8", "4", "4", "A19"),
    ("children_newly_opened", "", ""): ("18", "14", "14", "D07, contains A19"),
    ("children_newly_opened", "sex", "unknown"): ("8", "4", "4", "contains A19: their sex is not told"),
    ("children_newly_opened", "age_band", "unknown"): ("8", "4", "4", "contains A19: nor their age"),
    ("children_newly_opened", "disability", "unknown"): ("18", "14", "14", "contains A19"),
    ("children_newly_opened", "residence", "unknown"): ("16", "12", "12", "contains A19: province unknown"),
    ("children_newly_opened", "owner_own", "true"): ("16", "12", "12", "contains A19: own cases"),
    ("children_newly_opened", "owner_kind", "ngo"): ("16", "12", "12", "contains A19: own cases"),
    ("children_newly_opened", "sector", "cwn"): ("18", "14", "14", "contains A19"),
    ("children_in_supported_households", "", ""): ("26", "22", "22", "contains A19: served on one record, fed on the other"),
    ("children_in_supported_households", "sex", "unknown"): ("8", "4", "4", "contains A19"),
    # D01: the household of that family, served on one record and fed on the other.
    ("households_supported", "", ""): ("9", "8", "8", "D01"),
    # A37: a surplus attendance of a boy, voided on 2021-04-12.
    ("club_meeting_attendances", "", ""): ("57", "56", "56", "A37"),
    ("club_meeting_attendances", "sex", "male"): ("26", "25", "25", "contains A37"),
    ("club_meeting_attendances", "led_by", "peers"): ("57", "56", "56", "contains A37"),
    # A29: reopened on 2021-04-15. The closing itself (case_closures) stays.
    ("own_closed_cases", "state", "closed"): ("1", None, None, "state of A29's case"),
    ("own_closed_cases", "state", "open"): (None, "1", "1", "state of A29's case"),
    # A61: the meeting of 2021-03-29, recorded on 2021-04-09.
    ("committee_meetings", "province", "02"): (None, "1", "1", "A61"),
    ("committee_meetings", "", ""): ("2", "3", "3", "contains A61"),
    ("committee_meetings", "led_by", "own"): ("1", "2", "2", "contains A61"),
    # A45: a call of 2021-03-25, recorded on 2021-05-03.
    ("youth_support_members_engaged", "", ""): ("71", "71", "72", "A45"),
    ("youth_support_members_engaged", "sex", "female"): ("38", "38", "39", "contains A45"),
    ("youth_support_members_engaged", "age_band", "15-17"): ("28", "28", "29", "contains A45"),
    ("youth_support_members_engaged", "residence", "17"): ("11", "11", "12", "contains A45"),
    ("followups_by_staff", "", ""): ("70", "70", "71", "contains A45: the call"),
    ("followups_by_staff", "contact", "phone"): ("48", "48", "49", "contains A45: the call"),
    ("followups_by_staff", "sector", "youth_club"): ("68", "68", "69", "contains A45: the call"),
    ("people_reached", "", ""): ("259", "259", "260", "contains A45: the young person"),
    ("people_reached", "sex", "female"): ("138", "138", "139", "contains A45"),
    ("people_reached", "age_band", "15-17"): ("102", "102", "103", "contains A45"),
    ("people_reached", "disability", "unknown"): ("258", "258", "259", "contains A45"),
    ("people_reached", "residence", "17"): ("30", "30", "31", "contains A45"),
}
# Rows of the table that stay, at all three dates.
STAYS = {("case_closures", "owner_own", "true"): "1", ("household_food_distributions", "", ""): "8",
         ("households_with_food", "", ""): "8", ("children_in_households_with_food", "", ""): "22"}


def faults(reports):
    maps = [as_map(report["rows"]) for report in reports]
    for cell in sorted(set().union(*maps)):
        rows = [found.get(cell) for found in maps]
        values = tuple(row and row[0] for row in rows)
        expected = MOVES.get(cell)
        if expected is None and any(row != rows[0] for row in rows):
            yield f"{cell} moves, {values}, and is not in the list"
        elif expected is not None and values != expected[:3]:
            yield f"{cell} shows {values}, expected {expected[:3]} ({expected[3]})"
    for cell in MOVES.keys() - set().union(*maps):
        yield f"{cell} is in the list and in no report"
    for cell, value in STAYS.items():
        if any(found[cell][0] != value for found in maps):
            yield f"{cell} is not {value} at all dates"


def restatement_faults(reports):
    """The report was published as known at the second date: later rows that moved are restated, by the one event."""
    late = {cell for cell, move in MOVES.items() if move[1] != move[2]}
    for report, wanted in zip(reports, (set(), set(), late)):
        restated = {(row["code"], row["dimension"], row["member"]): row for row in report["rows"] if row["restated"]}
        if restated.keys() != wanted:
            yield f"{report['as_known_at']}: restated are {sorted(restated)}, expected {sorted(wanted)}"
        if len({tuple(row["restated_by"]) for row in restated.values()}) > 1 or any(
                len(row["restated_by"]) != 1 for row in restated.values()):
            yield f"{report['as_known_at']}: more than one event makes the difference"
        for cell, row in restated.items():
            if row["published_value"] != MOVES[cell][1]:
                yield f"{cell} was published as {row['published_value']}, expected {MOVES[cell][1]}"


def main():
    reports, refused = run_engine(sys.argv[1], [Q1], ["2021-Q1"], DATES)
    wrong = [f"refused: {line}" for line in refused] + list(faults(reports)) + list(restatement_faults(reports))
    print("\n".join(wrong + [f"dates: {len(MOVES)} rows move, {len(wrong)} faults"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
