#!/usr/bin/env python3
"""Shows that figures_events.py reads names as the table writes them and catches one that proto/ lacks."""

import io
import unittest

import figures_events

HEAD = "id,producing_events\n"


class FiguresEventsTest(unittest.TestCase):
    def test_names_are_read_without_fields_counts_and_remarks(self):
        self.assertEqual(
            figures_events.names_in("CaseOpened{owner_org=DoSVY, by=OtherThing} x2; PersonRegistered (the "
                                    "LittleInfant); derived from A31 + HeadcountRecorded or DocumentAttached only"),
            ["CaseOpened", "PersonRegistered", "HeadcountRecorded", "DocumentAttached"])

    def test_a_lacking_event_is_caught_with_its_row(self):
        table = HEAD + "A01,CaseOpened x2; CaseWashed\nD01,CaseDried{x}\n"
        lacking, rows, names = figures_events.missing(io.StringIO(table), {"CaseOpened"})
        self.assertEqual(lacking, [("A01", "CaseWashed"), ("D01", "CaseDried")])
        self.assertEqual((rows, names), (2, 3))

    def test_other_years_and_rows_without_events_are_passed_over(self):
        table = HEAD + "B01,CaseWashed\nD06,-\n"
        self.assertEqual(figures_events.missing(io.StringIO(table), set()), ([], 1, 0))


if __name__ == "__main__":
    unittest.main()
