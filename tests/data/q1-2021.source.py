"""The first quarter of 2021, told as facts: `write(book)` is read by generate.py. Every person is invented.

The comments A04, D01 .. name the rows of figures.csv that a part gives. `add(stream, fact, body, who, when)`
takes days as they are known: "2021-02-17", "2021-01", "2021-Q1", "2021-02-05..2021-03-31", "unknown".
It is recorded on the last possible day unless `known` says otherwise.
"""

from q1_2021_youth import Q1, RCIS, SINCE_FEB_20, careleavers, clubs, work_and_study, youth_support
from records import (about, add_member, distribution, follow_up, give, hold, household, join, line, note, open_case,
                     register, service, start_role)

RCI_NAMES = ["Blue Heron", "Kingfisher", "White Egret", "River Bend", "Sugar Palm", "Lotus Pond", "Rain Tree",
             "Morning Field", "Sea Almond", "Rice Barn", "Clay Hill", "Lake Side", "Tamarind", "Old Ferry"]


def write(book):
    organisations(book)
    records_from_before(book)
    incidents(book)
    siblings(book)
    grandmother_entered_twice(book)
    food_and_goods(book)
    case_work(book)
    clubs(book)
    youth_support(book)
    careleavers(book)
    work_and_study(book)
    community(book)
    authorities(book)
    institutions(book)
    report(book)


def organisations(book):
    def organisation(alias, name, kind, province, when="2018-01-02", own=False, who="net-1"):
        body = {"names": [name], "kind": f"ORGANISATION_KIND_{kind}", "province_code": province}
        book.add(f"organisation/{alias}", "organisation_registered", body | ({"own": True} if own else {}), who, when)

    organisation("mro", "Bamboo Shade Organisation", "NGO", "12", own=True)
    for alias in ("Bambu Shade", "Bamboo Shades"):  # A12: spelt three ways
        book.add("organisation/mro", "organisation_alias_added", {"alias": alias}, "net-1", "2021-02-10")
    organisation("ministry", "Ministry of Social Affairs", "AUTHORITY", "12")
    organisation("ministry-rural", "Ministry of Rural Development", "AUTHORITY", "12")
    organisation("dosvy-04", "Department of Social Affairs, province 04", "AUTHORITY", "04")
    organisation("dosvy-21", "Department of Social Affairs, province 21", "AUTHORITY", "21")
    organisation("dosvy", "Department of Social Affairs, province not stated", "AUTHORITY", "unknown")
    organisation("protection-unit", "Child Protection Unit", "AUTHORITY", "12")
    organisation("city", "Capital Administration", "AUTHORITY", "12")
    organisation("mothers", "House of Young Mothers", "NGO", "12")
    for number, name in enumerate(["Agency North", "Agency South", "Agency East", "Agency West", "Agency Centre"], 1):
        organisation(f"agency-{number}", name, "NGO", "12")
    organisation("funder", "Study Fund", "FUNDER", "unknown")
    organisation("market", "Market Stall 12", "COMPANY", "02")
    for name, (alias, province, since) in zip(RCI_NAMES, RCIS):
        organisation(alias, f"{name} Children's Home", "RCI", province, "2017-08-01", who="net-2")
        end = {"to": "2021-12-31"} if alias == "rci-9" else {}
        book.add(f"organisation/{alias}", "partnership_agreed", {"kind": "PARTNERSHIP_KIND_RCI_PARTNER"} | end, "net-2", since,
                 sector="RCI")
    organisation("rci-14", f"{RCI_NAMES[13]} Children's Home", "RCI", "12", "2017-08-01", who="net-2")
    book.add("organisation/rci-14", "partnership_agreed", {"kind": "PARTNERSHIP_KIND_RCI_PARTNER"}, "net-2", "2017-10-01",
             sector="RCI")
    book.add("organisation/rci-14", "partnership_ended", {"kind": "PARTNERSHIP_KIND_RCI_PARTNER", "reason": "closed_down"}, "net-2",
             "2020-11-30", sector="RCI")


def records_from_before(book):
    """Stores, kits and community groups as they stood before the quarter."""
    for kit in ("emergency_food_pack", "food_support", "special_care_pack", "vocational_materials"):
        book.add("store/store-1", "kit_defined", {"kit_code": kit, "version": 1}, "log-1", "2020-09-01")
    lines = [line("rice", "100", "kg"), line("fish_sauce", "24", "bottle"), line("fishing_rod", "4", "piece"), line("noodles", "6", "box")]
    book.add("store/store-1", "goods_purchased", {"supplier_org_id": book.id("market"), "lines": lines}, "log-1", "2021-01-12",
             sector="FUNDRAISING")
    for alias, kind, name in (("csg-1", "CSG", "Support group of the lower village"), ("csg-2", "CSG", "Support group of the upper village"),
                              ("role-models", "ROLE_MODELS", "Role models"), ("key-persons", "KCP", "Key community persons")):
        book.add(f"community_group/{alias}", "group_formed", {"kind": f"GROUP_KIND_{kind}", "name": name}, "net-1", "2018-05-04",
                 sector="COMMUNITY", place="02")
    for number in range(1, 7):
        alias, role, group = (f"kcp-{number}", "KEY_COMMUNITY_PERSON", "key-persons") if number < 4 else (
            f"role-model-{number}", "ROLE_MODEL", "role-models")
        register(book, alias, "fm"[number % 2], f"{1970 + number * 3}", "02", "net-1", "2018-06-01", sector="COMMUNITY")
        start_role(book, alias, role, "net-1", "2018-06-01", group=group, sector="COMMUNITY")
        join(book, f"community_group/{group}", alias, "net-1", "2018-06-01", "COMMUNITY")


def incidents(book):
    for number, birth in ((1, "2006-08"), (2, "2008-03")):  # A07: two girls, owned by the department
        girl, case = f"a07-girl-{number}", f"a07-case-{number}"
        register(book, girl, "f", birth, "04", "sw-1", Q1, sector="CWN")
        child = {"person_id": book.id(girl), "incident_category": "INCIDENT_CATEGORY_VIOLENCE", "violence_type": "rape"}
        book.add(f"incident/a07-incident-{number}", "incident_reported", {"children": [child]}, "sw-1", Q1, sector="CWN", place="04")
        open_case(book, case, girl, "CHILD_PROTECTION", Q1, owner="dosvy-04", supporter="mro", place="04",
                  incident=f"a07-incident-{number}")
        household(book, f"a08-home-{number}", "UNKNOWN", "04", Q1)  # A08
        add_member(book, f"a08-home-{number}", girl, "CHILD", "sw-1", Q1, sector="CWN")
        service(book, f"case/{case}", "legal", "PARTNER", "CHILD", Q1, provider="protection-unit", child=girl)  # A10
    service(book, "case/a07-case-1", "material_support", "PARTNER", "CHILD", Q1, provider="mothers", child="a07-girl-1")  # A09
    register(book, "a09-infant", "?", "2021", "04", "sw-1", Q1, sector="CWN")
    parent = {"person_id": book.id("a07-girl-1"), "infant_id": book.id("a09-infant")}
    book.add("person/a07-girl-1", "child_birth_recorded", {"parent": parent}, "sw-1", Q1, sector="CWN")
    add_member(book, "a08-home-1", "a09-infant", "INFANT", "sw-1", Q1, sector="CWN")
    distribution(book, "a08-food", "CRISIS", Q1)
    for number in (1, 2):
        give(book, "a08-food", "sw-1", Q1, to=f"a08-home-{number}", kit="food_support", sector="CWN", place="04")

    register(book, "a18-girl", "f", "2013", "unknown", "sw-2", SINCE_FEB_20, sector="CWN")  # A18: a girl of seven
    child = {"person_id": book.id("a18-girl"), "incident_category": "INCIDENT_CATEGORY_VIOLENCE", "age_at_incident": 7,
             "violence_type": "not_stated"}
    book.add("incident/a18-incident", "incident_reported", {"children": [child]}, "sw-2", SINCE_FEB_20, sector="CWN", place="unknown")
    open_case(book, "a18-case", "a18-girl", "CHILD_PROTECTION", SINCE_FEB_20, who="sw-2", incident="a18-incident")
    service(book, "case/a18-case", "counselling", "OWN", "CHILD", SINCE_FEB_20, who="sw-2", mode="ONLINE", child="a18-girl")


def siblings(book):
    """A13 to A17: two interventions, seven children, two caregivers; a case here is a group of siblings."""
    first = ([("a14-eldest", "f", "2009-05"), ("a14-second", "f", "2012-11"), ("a14-youngest", "m", "2016-02")], "a14",
             "caregiver_killed", "2021-01-27..2021-02-05", "a15-grandmother", "a15-home", "GRANDMOTHER", "GRANDCHILD")
    second = ([("a16-eldest", "f", "2008-01"), ("a16-second", "f", "2010-07"), ("a16-third", "m", "2013"), ("a16-youngest", "f", "2018-09")],
              "a16", "caregiver_detained", "2021-02-02..2021-02-05", "a17-aunt", "a17-home", "AUNT", "NIECE_OR_NEPHEW")
    later = "2021-02-05..2021-03-31"  # on or after the intervention
    for children, group, concern, heard, caregiver, home, kin, relation in (first, second):
        for alias, sex, birth in children:
            register(book, alias, sex, birth, "unknown", "sw-1", "2021-02-05", sector="CWN")
            body = {"child": {"person_id": book.id(alias), "concerns": [concern]}, "reporter_type": "REPORTER_TYPE_AUTHORITY"}
            if alias == "a14-eldest":
                body["reporter_type"] = "REPORTER_TYPE_COMMUNITY"  # corrected on 02-12
            heard_id = book.add(f"case/{alias}-case", "concern_received", body, "sw-1", heard, known="2021-02-05", sector="CWN",
                                place="unknown", reason="urgent_referral")
            if alias == "a14-eldest":
                concern_id = heard_id
            open_case(book, f"{alias}-case", alias, "CHILD_PROTECTION", "2021-02-05")
        cases = [book.id(f"{alias}-case") for alias, _, _ in children]
        book.add(f"case_group/{group}", "case_group_formed", {"kind": "CASE_GROUP_KIND_SIBLINGS", "case_ids": cases}, "sw-1", "2021-02-05",
                 sector="CWN")
        people = [{"person_id": book.id(alias), "findings": "Safe with relatives for now."} for alias, _, _ in children]
        body = {"with_org_ids": [book.id("dosvy"), book.id("agency-2")], "purpose": "alternative_care", "children": people}
        book.add(f"case_group/{group}", "joint_intervention_conducted", body, "sw-1", "2021-02-05", sector="CWN", place="unknown")
        register(book, caregiver, "f", "", "unknown", "sw-1", "2021-02-05", sector="CWN")
        household(book, home, "KINSHIP", "unknown", "2021-02-05", head=caregiver)
        for alias, _, _ in children:
            add_member(book, home, alias, relation, "sw-1", "2021-02-05", sector="CWN")
        start_role(book, caregiver, "KIN_CAREGIVER", "sw-1", later, sector="CWN")
        for alias, _, _ in children:
            body = {"placement_id": book.id(f"{alias}-placement"), "child": {"person_id": book.id(alias)}, "care_type": "CARE_TYPE_KINSHIP",
                    "household_id": book.id(home), "caregiver_relation": f"RELATION_{kin}"}
            book.add(f"case/{alias}-case", "placement_started", body, "sw-1", later, sector="CWN", reason="best_interests")
        distribution(book, f"{group}-food", "CRISIS", later)
        give(book, f"{group}-food", "sw-1", later, to=home, kit="emergency_food_pack", sector="CWN", place="unknown",
             beneficiaries=[alias for alias, _, _ in children])
    one_child_in_detail(book, concern_id)


def one_child_in_detail(book, concern_id):
    """More of the eldest child of A14: a correction, a void and a late entry, none of which moves a figure."""
    case, child = "case/a14-eldest-case", "a14-eldest"
    change = {"field": "reporter_type", "old_value": '"REPORTER_TYPE_COMMUNITY"', "new_value": '"REPORTER_TYPE_AUTHORITY"'}
    book.add(case, "details_corrected", {"corrects_event_id": concern_id, "changes": [change], "reason": "reporter_mistaken"}, "sw-1",
             "2021-02-12", sector="CWN")
    note(book, case, child, "Sleeps badly, asks for her school books.", "sw-1", "2021-02-09")
    wrong = note(book, case, child, "Has moved to an uncle.", "sw-3", "2021-02-18")
    book.add(case, "entry_voided", {"voids_event_id": wrong, "reason": "other_child_meant"}, "sw-3", "2021-02-19", sector="CWN")
    service(book, case, "psychosocial_support", "AUTHORITY", "CHILD", "2021-02-24", provider="dosvy", child=child)
    note(book, case, child, "Back at school three days a week.", "sw-1", "2021-02-26", known="2021-03-24")  # late
    about(book, child, "school_status_changed", "sw-1", "2021-02-22", "CWN", known="2021-02-26",
          person={"status": "SCHOOL_STATUS_RE_ENROLLED", "school": "Primary school of the upper village", "grade": "6"})
    body = {"doc_type": "government_form", "sha256": "5d" * 32, "media_type": "application/pdf", "bytes": "48213",
            "about": [{"person_id": book.id(child), "title": "Decision on the place of living"}]}
    book.add(case, "document_attached", body, "sw-1", "2021-03-31", sector="CWN")


def grandmother_entered_twice(book):
    """A19, A21: one family of a grandmother and four grandchildren, entered by two devices and merged on 2021-04-10."""
    told = "2021-01-01..2021-02-21"  # before or at the day of the food
    register(book, "a19-grandmother", "f", "1953", "unknown", "sw-2", told, known="2021-02-18", sector="CWN")
    household(book, "a19-home", "KINSHIP", "unknown", told, known="2021-02-18", head="a19-grandmother", who="sw-2", device="tablet-a")
    book.again()  # the tablet had no answer and sent it a second time
    numbers = (1, 2, 3, 4)
    for number in numbers:
        child = f"a19-child-{number}"
        register(book, child, "?", "", "unknown", "sw-2", told, known="2021-02-18", sector="CWN")
        add_member(book, "a19-home", child, "GRANDCHILD", "sw-2", told, known="2021-02-18", sector="CWN")
        open_case(book, f"a19-case-{number}", child, "KINSHIP_SUPPORT", told, known="2021-02-18", who="sw-2", device="tablet-a")
        service(book, f"case/a19-case-{number}", "counselling", "OWN", "CHILD", told, known="2021-02-21", who="sw-2", mode="ONLINE",
                child=child)
    cases = [book.id(f"a19-case-{number}") for number in numbers]
    book.add("case_group/a19", "case_group_formed", {"kind": "CASE_GROUP_KIND_SAME_HOUSEHOLD", "case_ids": cases}, "sw-2", told,
             known="2021-02-18", sector="CWN", device="tablet-a")
    service(book, "household/a19-home", "family_support", "OWN", "HOUSEHOLD", told, known="2021-02-21", who="sw-2", mode="ONLINE")
    service(book, "household/a19-home", "material_support", "AUTHORITY", "HOUSEHOLD", told, known="2021-02-21", who="sw-2",
            provider="dosvy", supporter="mro")

    household(book, "a21-home", "UNKNOWN", "unknown", "2021-02-21", who="sw-4", device="tablet-b")  # the duplicate
    for number in numbers:
        child = f"a21-child-{number}"
        register(book, child, "?", "", "unknown", "sw-4", "2021-02-21", sector="CWN")
        add_member(book, "a21-home", child, "GRANDCHILD", "sw-4", "2021-02-21", sector="CWN")
        open_case(book, f"a21-case-{number}", child, "KINSHIP_SUPPORT", "2021-02-21", who="sw-4", device="tablet-b")

    # The record that received the food goes on.
    for ends, goes_on in [(f"person/a19-child-{n}", f"a21-child-{n}") for n in numbers] + [("household/a19-home", "a21-home")]:
        approval = book.id(f"{ends}/merge")
        book.add(ends, "approval_requested", {"approval_id": approval, "subject": "APPROVAL_SUBJECT_MERGE"}, "sw-2", "2021-04-10", sector="CWN")
        book.add(ends, "approval_granted", {"approval_id": approval}, "sup-1", "2021-04-10", sector="CWN")
        if ends.startswith("household"):
            book.add(ends, "households_merged", {"survivor_id": book.id(goes_on), "approval_id": approval}, "cm-1", "2021-04-10",
                     sector="CWN", reason="same_household")
            continue
        person = {"person_id": book.id(ends.split("/")[1]), "evidence": "Same grandmother, same village, seen together."}
        body = {"person": person, "survivor": {"person_id": book.id(goes_on)}, "approval_id": approval}
        book.add(ends, "persons_merged", body, "cm-1", "2021-04-10", sector="CWN", reason="same_child")


def food_and_goods(book):
    register(book, "a22-grandmother", "f", "1960", "unknown", "sw-4", "2021-02-21", sector="CWN")  # A22
    household(book, "a22-home", "KINSHIP", "unknown", "2021-02-21", who="sw-4", head="a22-grandmother")
    for number, sex in enumerate("fmffmm", 1):
        register(book, f"a22-child-{number}", sex, f"{2005 + number * 2}", "unknown", "sw-4", "2021-02-21", sector="CWN")
        add_member(book, "a22-home", f"a22-child-{number}", "GRANDCHILD", "sw-4", "2021-02-21", sector="CWN")
    body = {"uncounted": True, "store_id": book.id("store-1"), "restriction": "food"}  # A24: many donors
    book.add("donation/a24", "donation_received", body, "fund-1", Q1, known="2021-03-31", sector="FUNDRAISING")
    body = {"fund": "food_support", "beneficiary_kind": "RECIPIENT_KIND_HOUSEHOLD", "beneficiary_id": book.id("a21-home")}
    book.add("donation/a24", "donation_allocated", body, "fund-1", Q1, sector="FUNDRAISING")
    distribution(book, "a23-food", "COVID", "2021-02-21", store="store-1")  # A20, A23
    lines = [line("rice", "25", "kg"), line("fish_sauce", "6", "bottle"), line("fishing_rod", "1", "piece"), line("noodles", "1", "box")]
    for home in ("a21-home", "a22-home"):
        give(book, "a23-food", "sw-4", "2021-02-21", to=home, lines=lines, sector="CWN", place="unknown")

    day = "2021-03-10"  # A26 to A28: two families, three children
    for home, children in (("a26-home-1", [("a28-girl", "f", "2011")]), ("a26-home-2", [("a27-child-1", "m", "2014"), ("a27-child-2", "f", "2017")])):
        household(book, home, "BIRTH_MOTHER", "unknown", day, who="sw-3", sector="CASE_MGMT")
        for alias, sex, birth in children:
            register(book, alias, sex, birth, "unknown", "sw-3", day, sector="CASE_MGMT")
            add_member(book, home, alias, "CHILD", "sw-3", day, sector="CASE_MGMT")
            start_role(book, alias, "OVC", "sw-3", day, sector="CASE_MGMT")
    about(book, "a28-girl", "disability_recorded", "sw-3", day, "CASE_MGMT", assessed_by="health_centre",
          person={"disability": "DISABILITY_YES", "washington_group_domains": ["mobility", "cognition"], "type": "severe"})
    distribution(book, "a26-food", "COVID", day, who="sw-3")
    for home in ("a26-home-1", "a26-home-2"):
        give(book, "a26-food", "sw-3", day, to=home, kit="emergency_food_pack", sector="CASE_MGMT", place="unknown")
    give(book, "a26-food", "sw-3", day, person="a28-girl", kind="PERSON", kit="special_care_pack", purpose="DAILY_USE", sector="CASE_MGMT",
         place="unknown")


def case_work(book):
    for number in (1, 2):  # A25: assessed with the department; not the families of A15 and A17
        household(book, f"a25-home-{number}", "KINSHIP", "unknown", "2020-07-10", who="sw-3", sector="CASE_MGMT")
        body = {"subject": "ASSESSMENT_SUBJECT_HOUSEHOLD", "tool": "kinship", "with_org_id": book.id("dosvy")}
        book.add(f"household/a25-home-{number}", "assessment_completed", body, "sw-3", "2021-03-04", sector="CASE_MGMT", place="unknown")

    register(book, "a29-child", "m", "2007-06", "08", "sw-3", "2020-03-09", sector="CASE_MGMT")  # A29
    open_case(book, "a29-case", "a29-child", "REINTEGRATION", "2020-03-10", who="sw-3", sector="CASE_MGMT")
    approval, child = book.id("a29-closure"), {"person_id": book.id("a29-child")}
    body = {"approval_id": approval, "subject": "APPROVAL_SUBJECT_CLOSURE"}
    book.add("case/a29-case", "approval_requested", body, "sw-3", "2021-02-15", sector="CASE_MGMT")
    book.add("case/a29-case", "approval_granted", {"approval_id": approval}, "sup-1", "2021-02-16", sector="CASE_MGMT")
    body = {"child": child | {"circumstances": "Lives with his mother again and goes to school."}, "approval_id": approval,
            "reason": "CLOSE_REASON_GOALS_MET", "aftercare": True}
    closed = book.add("case/a29-case", "case_closed", body, "sw-3", "2021-02-17", sector="CASE_MGMT", reason="goals_met")
    body = {"child": child, "reason": "new_concern", "trigger_event_id": closed}
    book.add("case/a29-case", "case_reopened", body, "sw-3", "2021-04-15", sector="CASE_MGMT", reason="new_concern")

    follow_up(book, "organisation/mro", "", "PHONE", "sw-4", SINCE_FEB_20, "FBAC_EFC", kind="IN_CARE")  # A30

    days = "2021-01-17..2021-01-22"  # A34, A35: cases of institutions, supported
    for number, rci in enumerate(["rci-1", "rci-3", "rci-4", "rci-5", "rci-6", "rci-7"], 1):
        youth, case = f"a34-youth-{number}", f"a34-case-{number}"
        register(book, youth, "mf"[number % 2], f"200{3 + number // 3}-0{number}", dict((a, p) for a, p, _ in RCIS)[rci], "sw-4", "2020-05-04",
                 sector="RCI")
        start_role(book, youth, "RCI_RESIDENT", "sw-4", "2020-05-04", org=rci, sector="RCI")
        open_case(book, case, youth, "RCI_TECHNICAL_SUPPORT", "2020-05-11", who="sw-4", owner=rci, supporter="mro", sector="RCI")
        follow_up(book, f"case/{case}", youth, "VISIT", "sw-4", days, "YOUTH_CLUB", kind="FOR_SERVICE")
        if number <= 2:
            body = {"child": {"person_id": book.id(youth)}, "reason": "CLOSE_REASON_GOALS_MET"}
            book.add(f"case/{case}", "case_closed", body, "sw-4", days, sector="YOUTH_CLUB", reason="closed_or_ready_to_be_closed")
        else:
            body = {"task_id": book.id(f"{case}-closing"), "kind": "TASK_KIND_CLOSURE", "person": {"person_id": book.id(youth)}}
            book.add(f"case/{case}", "task_created", body, "sw-4", days, sector="YOUTH_CLUB")
    body = {"kind": "ACTIVITY_KIND_TECHNICAL_SUPPORT", "target_n": 10}  # A36
    book.add("activity/a36-plan", "activity_planned", body, "sw-4", days, sector="RCI")


def community(book):
    """A62, A64, A65, A69 to A75: what happened and nobody counted. The line that stands twice in the source is one fact."""
    hold(book, "a65", "CAMPAIGN", "sw-1", SINCE_FEB_20, sector="CWN", place="unknown", uncounted=True, topics=["hygiene", "covid"])
    body = {"kind": "GROUP_KIND_COMMUNICATION", "channel": "telegram", "name": "Key existing groups"}  # A69
    book.add("community_group/a69", "group_formed", body, "net-2", Q1, sector="COMMUNITY", place="remote")
    book.add("community_group/a69", "group_member_joined", {"uncounted": True}, "net-2", Q1, sector="COMMUNITY", place="remote")
    hold(book, "a70", "GROUP_VISIT", "net-1", Q1, sector="COMMUNITY", place="02", uncounted=True)
    distribution(book, "community-materials", "COVID", Q1, who="log-1")
    for kind, purpose, by, sector, place, when in (
            ("ORGANISATION", "INFORMATION", "OWN", "CWN", "unknown", SINCE_FEB_20),  # A64
            ("GROUP", "HYGIENE", "OWN", "COMMUNITY", "02", Q1),  # A70
            ("PERSON", "STUDY", "OWN", "COMMUNITY", "02", Q1),  # A71: to role models
            ("PERSON", "STUDY", "ROLE_MODEL", "COMMUNITY", "unknown", Q1),  # A72: passed on
            ("PERSON", "HYGIENE", "OWN", "COMMUNITY", "02", Q1),  # A73: to key community persons
            ("ORGANISATION", "ACTIVITY", "OWN", "YOUTH_CLUB", "unknown", Q1)):  # A74
        give(book, "community-materials", "log-1", when, kind=kind, purpose=purpose, by=by, sector=sector, place=place, known="2021-03-31")
    follow_up(book, "community_group/role-models", "", "VISIT", "net-1", Q1, "COMMUNITY", by="ROLE_MODEL")  # A72
    hold(book, "a73", "COACHING", "net-1", Q1, sector="COMMUNITY", place="02", uncounted=True, group="key-persons")
    follow_up(book, "community_group/csg-1", "", "VISIT", "net-1", Q1, "COMMUNITY")  # A75
    hold(book, "a75", "STAFF_MEETING", "net-1", Q1, mode="PHONE", sector="COMMUNITY", place="remote", uncounted=True)


def authorities(book):
    hold(book, "a04", "MEETING", "net-1", "2021-02-10", led_by="AUTHORITY", mode="IN_PERSON", sector="CWN", place="21", host="dosvy-21",
         org_ids=[book.id("mro")])
    hold(book, "a05", "MEETING", "net-1", "2021-02-03", led_by="AUTHORITY", mode="IN_PERSON", sector="CWN", place="unknown",
         host="ministry-rural")
    book.add("activity/a05", "headcount_recorded", {"n": 34, "basis": "HEADCOUNT_BASIS_REPORTED"}, "net-1", "2021-02-03", sector="CWN")
    body = {"programme": "violence_prevention", "province_codes": ["08", "12", "17", "02", "18", "16"]}  # A06
    book.add("organisation/ministry-rural", "programme_target_area_defined", body, "net-1", "2021-02-03", sector="CWN")
    hold(book, "a11", "MEETING", "net-1", Q1, led_by="AUTHORITY", sector="CWN", place="unknown", host="ministry")
    invited = [book.id("mro")] + [book.id(f"agency-{number}") for number in range(1, 6)]  # A11, A12
    body = {"kind": "ACTIVITY_KIND_MEETING", "mode": "MODE_ONLINE", "invited_org_ids": invited}
    book.add("activity/a11-plan", "activity_planned", body, "net-1", Q1, sector="CWN", place="remote")


def institutions(book):
    """A31 to A33, A66: all thirteen by three topics, five of them by a fourth."""
    for topic in ("REINTEGRATION", "CHILD_PROTECTION_COVID", "CASE_MANAGEMENT", "GOVERNMENT_RESTRICTIONS"):
        for number, (rci, _, _) in enumerate(RCIS[:5] if topic == "REINTEGRATION" else RCIS):
            body = {"recipient_kind": "SUPPORT_RECIPIENT_KIND_RCI", "topic": f"SUPPORT_TOPIC_{topic}",
                    "mode": "MODE_ONLINE" if number % 3 == 2 else "MODE_PHONE"}
            book.add(f"organisation/{rci}", "technical_support_provided", body, "net-2", Q1, sector="RCI", place="remote")


def report(book):
    texts = {"CHALLENGES": "Under the restrictions no activity could be held face to face with the partners.",  # A67
             "SOLUTIONS": "Young people lead activities in their centers; contact goes by phone and online."}
    for section, text in texts.items():
        body = {"period": Q1, "section": f"NARRATIVE_SECTION_{section}", "text": text}
        book.add("report/q1", "report_narrative_written", body, "mel-1", "2021-03-31", sector="MEL")
    book.add("report/q1", "report_period_closed", {"period": Q1}, "mel-1", "2021-04-16", sector="MEL")

    body = {"context_id": book.id("lockdown"), "kind": "CONTEXT_KIND_RESTRICTION", "name": "lockdown", "areas": ["12", "0811"],
            "planned_days": 14}  # A01
    book.add("organisation/city", "context_period_started", body, "mel-1", "2021-04-15..2021-04-22", known="2021-04-22")
    table = {"kh_cases_total": "7747", "kh_cases_active": "4899", "kh_deaths_total": "54", "kh_rank": "219", "world_cases_total": "144480499",
             "world_cases_new": "55339", "world_deaths_total": "3072576", "world_deaths_new": "1486", "world_recovered": "122959991",
             "world_cases_active": "18447932", "world_cases_critical": "109842", "world_cases_per_million": "18535.5",
             "world_deaths_per_million": "394.2", "kh_recovered": "2794", "kh_cases_per_million": "458", "kh_deaths_per_million": "3",
             "kh_tests_total": "811284", "kh_tests_per_million": "47992", "kh_population": "16904519"}  # A02, A03
    for series, value in table.items():
        body = {"source": "worldometers", "as_of": "2021-04-22", "series": series, "value": value}
        book.add("report/q1", "context_figure_quoted", body, "mel-1", "2021-04-22", sector="MEL")
    published = "2021-04-22T17:00:00"  # A63
    body = {"report_id": book.id("q1-report"), "period": Q1, "position": str(book.before(published)), "as_known_at": "2021-04-22"}
    book.add("report/q1", "report_published", body, "mel-1", "2021-04-22", known=published, sector="MEL")
