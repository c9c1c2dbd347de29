"""What random_quarters.py chooses from."""

import random
from datetime import date

EDGES = [date(2020, 12, 31), date(2021, 1, 1), date(2021, 3, 31), date(2021, 4, 1), date(2021, 2, 28), date(2021, 3, 1)]
# Around midnight here and around midnight in UTC.
TIMES = ["00:00:00", "00:10:00", "06:59:59", "07:00:00", "16:59:59", "17:00:00", "23:59:59"]
PLACES = ["", "unknown", "remote", "02", "0204", "12", "120105", "17", "02030101", "12010502"]
PROVINCES = ["unknown", "02", "04", "12", "17"]
SECTORS = ["CWN", "CASE_MGMT", "FBAC_EFC", "RCI", "YOUTH_CLUB", "YOUTH_CLUB", "CARELEAVER", "COMMUNITY"]
ITEMS = [("rice", "kg"), ("rice", "bag"), ("soap", "piece"), ("fish_sauce", "bottle")]
KINDS = ["TRAINING", "TRAINING", "TECHNICAL_SUPPORT", "WORKSHOP", "MEETING", "CLUB_MEETING", "COMMITTEE_MEETING", "SUPPORT_GROUP", "COACHING", "CAMPAIGN",
         "GROUP_VISIT", "STAFF_MEETING"]
LEADERS = ["UNSPECIFIED", "OWN", "PEERS", "COMMITTEE", "AUTHORITY", "CSG", "CONSULTANT"]
RELATIONS = ["CHILD", "GRANDCHILD", "NIECE_OR_NEPHEW", "FOSTER_CHILD", "INFANT", "MOTHER", "UNKNOWN"]
# On the stream of a person, these are a trainer's.
TRAINING = ("interview_passed", "employment_obtained", "job_offered", "work_experience_applied_for", "work_experience_started",
            "work_experience_ended", "scholarship_awarded")
PERSON_PARTS = ("person", "member", "child", "children")
# fact -> fields that a correction may change, with their possible values.
CORRECTABLE = {
    "person_registered": {"person.sex": ["SEX_FEMALE", "SEX_MALE", "SEX_UNKNOWN"], "person.birth_month": ["2003-03", "2009", "2015-12"],
                          "person.residence_province_code": PROVINCES},
    "household_registered": {"residence_province_code": PROVINCES},
    "household_member_added": {"member.relation": [f"RELATION_{relation}" for relation in RELATIONS]},
    "attendance_recorded": {"person.status": ["ATTENDANCE_STATUS_PRESENT", "ATTENDANCE_STATUS_ABSENT", "ATTENDANCE_STATUS_LATE"],
                            "person.role_at_time": ["youth_club_member", "spokesperson", "careleaver"]},
    "activity_held": {"kind": [f"ACTIVITY_KIND_{kind}" for kind in KINDS], "led_by": [f"LED_BY_{by}" for by in LEADERS[1:]]},
    "headcount_recorded": {"n": [1, 7, 40]},
    "follow_up_conducted": {"contact": ["CONTACT_VISIT", "CONTACT_PHONE", "CONTACT_ONLINE"], "by": ["FOLLOW_UP_BY_STAFF", "FOLLOW_UP_BY_CSG"]},
    "service_provided": {"provider_kind": ["PROVIDER_KIND_OWN", "PROVIDER_KIND_PARTNER"], "service_code": ["legal", "counselling"]},
    "items_distributed": {"lines[0].quantity": ["23", "0.5", "12.125", "7"], "given_by": ["GIVEN_BY_OWN", "GIVEN_BY_PARTNER"],
                          "purpose": ["ITEMS_PURPOSE_FOOD", "ITEMS_PURPOSE_HYGIENE"]},
    "placement_started": {"care_type": ["CARE_TYPE_KINSHIP", "CARE_TYPE_FOSTER"]},
    "technical_support_provided": {"topic": ["SUPPORT_TOPIC_REINTEGRATION", "SUPPORT_TOPIC_CASE_MANAGEMENT"]},
    "incident_reported": {"children[0].incident_category": ["INCIDENT_CATEGORY_NEGLECT", "INCIDENT_CATEGORY_OTHER"]},
}
# fact -> what it ends, and the field that both have alike.
ENDS = {"placement_ended": ("placement_started", "placement_id"), "case_closed": ("case_opened", ""), "partnership_ended": ("partnership_agreed", "kind"),
        "household_member_removed": ("household_member_added", "member"), "work_experience_ended": ("work_experience_started", "")}


def begun_on(entries, stream, fact, body):
    """The first possible day of what a fact ends; the first of all days where it ends nothing."""
    begun, match = ENDS.get(fact, ("", ""))

    def named(of):
        value = of.get(match)
        return value["person_id"] if isinstance(value, dict) else value
    begins = [entry["when"] for entry in entries if entry["stream"] == stream and entry["fact"] == begun and entry["live"]
              and named(entry["body"]) == named(body)]
    return (begins and begins[-1] or [date.min])[0]


class Chance:
    """What is drawn from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numbers = {}

    def maybe(self, chance):
        return self.random.random() < chance

    def pick(self, choices):
        return self.random.choice(list(choices))

    def new(self, kind):
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{kind}-{self.numbers[kind]}"
