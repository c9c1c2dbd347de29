#!/usr/bin/env python3
"""Writes family.jsonl, the small import file of the tour: one family, all invented. Run it after a change."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from commands import Book, text  # noqa: E402

FOLDER = Path(__file__).resolve().parent
FOOD_DAYS = "2021-02-20..2021-02-28"


def person(book, alias, sex, name_km, name_latin, **more):
    facts = {"person_id": book.id(alias), "sex": sex, "residence_province_code": "02",
             "name_km": name_km, "name_latin": name_latin, **more}
    book.add(f"person/{alias}", "person_registered", {"person": facts}, "sw-1", "2021-02-03",
             sector="CASE_MGMT", place="02", reason="intake", device="tablet-07")


def open_case(book, child, who, when, device=""):
    book.add(f"case/{child}", "case_opened",
             {"child": {"person_id": book.id(child)}, "case_type": "CASE_TYPE_KINSHIP_SUPPORT",
              "owner_org_id": book.id("own")},
             who, when, sector="CASE_MGMT", place="02", reason="no_caregiver", device=device)


def intake(book):
    person(book, "aunt", "SEX_FEMALE", "ចន្ទ សុភាព", "Chan Sopheap", phone="000 555 017")
    with book.together():
        person(book, "sister", "SEX_FEMALE", "ចន្ទ បុប្ផា", "Chan Bopha", birth_month="2012-05",
               date_of_birth="2012-05-19", residence="near the old rice mill")
        open_case(book, "sister", "sw-1", "2021-02-03", device="tablet-07")
        book.add("household/aunt", "household_registered",
                 {"head": {"person_id": book.id("aunt"), "address": "third house behind the pagoda",
                           "livelihood": "sells noodles"},
                  "type": "HOUSEHOLD_TYPE_KINSHIP", "residence_province_code": "02"},
                 "sw-1", "2021-02-03", sector="CASE_MGMT", place="02", device="tablet-07")
    person(book, "brother", "SEX_MALE", "ចន្ទ ដារ៉ា", "Chan Dara", birth_month="2015")
    for child in ("sister", "brother"):
        book.add("household/aunt", "household_member_added",
                 {"member": {"person_id": book.id(child), "relation": "RELATION_NIECE_OR_NEPHEW"}},
                 "sw-1", "2021-02-04", sector="CASE_MGMT", place="02")


def cases(book):
    open_case(book, "brother", "cm-1", "2021-02-05")
    book.add("case/sister", "placement_started",
             {"placement_id": book.id("placement"), "child": {"person_id": book.id("sister")},
              "care_type": "CARE_TYPE_KINSHIP", "household_id": book.id("aunt")},
             "cm-1", "2021-02-06", sector="FBAC_EFC", place="02")
    book.add("case/sister", "service_provided",
             {"service_code": "counselling", "provider_kind": "PROVIDER_KIND_OWN",
              "mode": "MODE_IN_PERSON", "recipient": "SERVICE_RECIPIENT_CHILD",
              "person": {"person_id": book.id("sister"), "details": "slept badly since the move"}},
             "sw-1", "2021-02-12", sector="CASE_MGMT", place="02", reason="planned_visit")


def food(book):
    book.add("distribution/food", "distribution_held", {"reason": "DISTRIBUTION_REASON_COVID"},
             "sw-1", FOOD_DAYS, known="2021-03-12", sector="CASE_MGMT", place="02")
    book.add("distribution/food", "items_distributed",
             {"recipient_kind": "RECIPIENT_KIND_HOUSEHOLD", "recipient_id": book.id("aunt"),
              "beneficiaries": [{"person_id": book.id("sister")}, {"person_id": book.id("brother")}],
              "lines": [{"item_code": "rice", "quantity": "25", "unit": "kg"},
                        {"item_code": "fish_sauce", "quantity": "2", "unit": "bottle"}],
              "purpose": "ITEMS_PURPOSE_FOOD", "given_by": "GIVEN_BY_OWN"},
             "sw-1", FOOD_DAYS, known="2021-03-12", sector="CASE_MGMT", place="02")


def visit(book, known):
    return book.add("case/sister", "follow_up_conducted",
                    {"followup_type": "FOLLOW_UP_TYPE_IN_CARE", "contact": "CONTACT_VISIT",
                     "by": "FOLLOW_UP_BY_STAFF",
                     "person": {"person_id": book.id("sister"), "findings": "goes to school again"}},
                    "sw-2", "2021-03-10", known=known, sector="CASE_MGMT", place="02",
                    reason="planned_visit")


def closure(book):
    approval = book.id("closure")
    book.add("case/brother", "approval_requested",
             {"approval_id": approval, "subject": "APPROVAL_SUBJECT_CLOSURE"}, "sw-1", "2021-03-22",
             sector="CASE_MGMT")
    book.add("case/brother", "approval_granted", {"approval_id": approval}, "cm-1", "2021-03-23",
             sector="CASE_MGMT")
    book.add("case/brother", "case_closed",
             {"child": {"person_id": book.id("brother"), "circumstances": "lives safely with his aunt"},
              "approval_id": approval, "reason": "CLOSE_REASON_GOALS_MET", "aftercare": True},
             "sw-1", "2021-03-24", sector="CASE_MGMT", place="02", reason="goals_met")


def main():
    book = Book("family")
    book.add("organisation/own", "organisation_registered",
             {"names": ["Example Organisation"], "kind": "ORGANISATION_KIND_NGO", "province_code": "12",
              "own": True}, "mel-1", "2021-01-04", sector="CWN")
    intake(book)
    cases(book)
    food(book)
    visit(book, "2021-03-10")
    doubled = visit(book, "2021-03-11")
    book.add("case/sister", "entry_voided", {"voids_event_id": doubled, "reason": "duplicate_entry"},
             "cm-1", "2021-03-12", known="2021-03-15", sector="CASE_MGMT")
    closure(book)
    (FOLDER / "family.jsonl").write_text(text(book.lines()), encoding="utf-8")
    (FOLDER / "family.child").write_text(book.id("sister") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
