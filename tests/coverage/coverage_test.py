#!/usr/bin/env python3
"""Shows that the table of events finds each thing that may lack, and nothing where all is there."""

import unittest

import coverage

CATALOGUE = "# A remark.\n\nCaseOpened\nMoonSeen = StarSeen: it was a star\nSunSeen = no event: it is always there\n"
FACTS = [
    {"name": "case_opened", "label": "Case opened", "rules_of": "case", "permission": "cases/case_opened"},
    {"name": "star_seen", "label": "Star seen", "rules_of": None, "permission": "cases/sky/star_seen"},
    {"name": "signed_in", "label": "Signed in", "rules_of": None, "permission": "identity/signing/signed_in"},
]
ROLES = [{"role": "worker", "facts": {"cases": ["case_opened", "star_seen"]}}]
RULES = {"case_opened accepted": "case/c: case_opened { }", "case_opened CASE_ALREADY_OPEN": "case/c: again"}
FIELDS = {f"{name} {answer}": "text" for name in ("star_seen", "signed_in") for answer in ("accepted", "FIELD_REQUIRED at it")}


def lacking(catalogue=CATALOGUE, facts=None, roles=None, rules=None, fields=None):
    events = {}
    coverage.add_facts(events, FACTS if facts is None else facts, ROLES if roles is None else roles)
    for program, kept in ((coverage.RULES, RULES if rules is None else rules), ("services_test", FIELDS if fields is None else fields)):
        coverage.add_examples(events, program, {"testsuites": [{"testsuite": [{"name": "T", "time": "0.1s"} | kept]}]})
    return list(coverage.lacking(events, coverage.read_catalogue(catalogue)))


class CoverageTest(unittest.TestCase):
    def finds(self, part, **changed):
        found = lacking(**changed)
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_nothing_lacks_where_all_is_there(self):
        self.assertEqual(lacking(), [])

    def test_an_event_that_is_asked_for_and_not_there(self):
        self.finds("there is no event RainSeen", catalogue=CATALOGUE + "RainSeen\n")
        self.finds("there is no event StarsSeen", catalogue=CATALOGUE.replace("= StarSeen", "= StarsSeen"))

    def test_another_name_without_a_reason(self):
        self.finds("must say why it is StarSeen", catalogue=CATALOGUE.replace(": it was a star", ""))
        self.finds("must say why it is no event", catalogue=CATALOGUE.replace(": it is always there", ""))

    def test_another_name_for_what_is_there(self):
        self.finds("there is such an event", catalogue=CATALOGUE + "CaseOpened = StarSeen: why not\n")

    def test_an_event_that_nobody_may_record(self):
        self.finds("no role may record it", roles=[{"role": "worker", "facts": {"cases": ["case_opened"]}}])

    def test_an_event_without_an_example(self):
        without = dict(FIELDS)
        del without["star_seen accepted"]
        self.finds("star_seen: no test has one that is accepted", fields=without)
        without = dict(FIELDS)
        del without["star_seen FIELD_REQUIRED at it"]
        self.finds("star_seen: no test has one that is refused", fields=without)

    def test_a_rule_that_no_test_has_seen_refuse(self):
        rules = {"case_opened accepted": "text", "case_opened STREAM_UNKNOWN": "text"}
        self.finds("the rules of case refuse", rules=rules)
        self.finds("the rules of case refuse", rules={"case_opened accepted": "text"},
                   fields=FIELDS | {"case_opened FIELD_REQUIRED at child": "text"})

    def test_the_table_names_who_what_and_the_figures(self):
        events = {}
        coverage.add_facts(events, FACTS, ROLES)
        coverage.add_examples(events, coverage.RULES, {"testsuites": [{"testsuite": [RULES]}]})
        coverage.add_figures(events, 'indicators {\n  code: "opened"\n  select {\n    event: "mlup.cases.v1.CaseOpened"\n')
        lines = coverage.table(events, coverage.read_catalogue(CATALOGUE)).splitlines()
        self.assertIn("2 of 3 events of the catalogue are here, 1 left out", lines[2])
        self.assertEqual(lines[6], "| case_opened | Case opened | worker | case | `case/c: case_opened { }` "
                                   "| CASE_ALREADY_OPEN: `case/c: again` | opened |")


if __name__ == "__main__":
    unittest.main()
