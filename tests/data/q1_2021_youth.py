"""The first quarter of 2021: clubs, young people met from afar, careleavers. A part of q1-2021.source.py."""

from records import about, attend, distribution, follow_up, give, hold, join, register, start_role

Q1 = "2021-Q1"
SINCE_FEB_20 = "2021-02-20..2021-03-31"  # "since February 20", under restrictions

# Residential care institutions: alias, province, first day of the partnership. The first five had reintegration support.
RCIS = [("rci-1", "12", "2018-03-01"), ("rci-2", "12", "2018-06-15"), ("rci-3", "07", "2019-01-10"),
        ("rci-4", "02", "2017-09-01"), ("rci-5", "02", "2019-05-20"), ("rci-6", "08", "2018-02-01"),
        ("rci-7", "17", "2018-11-12"), ("rci-8", "17", "2020-01-06"), ("rci-9", "18", "2019-07-01"),
        ("rci-10", "21", "2019-10-01"), ("rci-11", "04", "2020-03-02"), ("rci-12", "15", "2020-06-01"),
        ("rci-13", "12", "2020-09-15")]
# Youth clubs: alias, institution, members. A37: the first three met in January; A41, A42: the fourth.
CLUBS = [("club-1", "rci-1", 20), ("club-2", "rci-6", 19), ("club-3", "rci-7", 17), ("club-4", "rci-4", 25),
         ("club-5", "rci-2", 22), ("club-6", "rci-5", 22), ("club-7", "rci-9", 22), ("club-8", "rci-10", 22)]
CLUB_NAMES = ["Seeds", "Bridge", "Kites", "River", "Lantern", "Drum", "Wave", "Harvest"]


def clubs(book):
    provinces = {alias: province for alias, province, _ in RCIS}
    for (club, rci, size), name in zip(CLUBS, CLUB_NAMES):
        body = {"kind": "GROUP_KIND_YOUTH_CLUB", "name": name, "rci_id": book.id(rci)}
        book.add(f"club/{club}", "group_formed", body, "yw-1", "2019-02-01", sector="YOUTH_CLUB")
        for number in range(1, size + 1):
            alias, since = member(club, number), f"2020-0{1 + number % 8}-1{number % 9}"
            birth = "" if number == 7 else f"{2003 + number % 6}" if number % 5 == 0 else f"{2003 + number % 6}-{1 + number % 12:02}"
            register(book, alias, "fm"[number * 3 % 7 % 2], birth, provinces[rci], "yw-1", since, sector="YOUTH_CLUB")
            start_role(book, alias, "YOUTH_CLUB_MEMBER", "yw-1", since, org=rci, group=club, sector="YOUTH_CLUB")
            join(book, f"club/{club}", alias, "yw-1", since, "YOUTH_CLUB")
    for number in (1, 2, 3):
        start_role(book, member("club-4", number), "SPOKESPERSON", "yw-2", "2020-11-02", org="rci-4", group="club-4", sector="YOUTH_CLUB")

    for club, rci, size in CLUBS[:3]:  # A37, A38, A39: led by the members themselves, in January
        activity = f"a37-{club}"
        hold(book, activity, "CLUB_MEETING", "yw-1", "2021-01", led_by="PEERS", mode="IN_PERSON", sector="YOUTH_CLUB", place="unknown",
             group=club, topics=["child_rights"])
        for number in range(1, size + 1):
            attend(book, activity, member(club, number), "youth_club_member", "yw-1", "2021-01", org=rci, sector="YOUTH_CLUB")
        body = {"group_id": book.id(club), "outcome_code": "understands_child_rights", "basis": "OUTCOME_BASIS_REPORTED"}
        book.add(f"activity/{activity}", "outcome_recorded", body, "yw-1", "2021-01", sector="YOUTH_CLUB")
    # One too many: a member of the second club on the sheet of the first.
    surplus = attend(book, "a37-club-1", member("club-2", 4), "youth_club_member", "yw-1", "2021-01", org="rci-6", sector="YOUTH_CLUB")
    book.add("activity/a37-club-1", "entry_voided", {"voids_event_id": surplus, "reason": "not_on_the_sheet"}, "yw-1", "2021-04-12",
             sector="YOUTH_CLUB")

    hold(book, "a41", "COACHING", "yw-2", "2021-02-08", mode="IN_PERSON", sector="YOUTH_CLUB", place="02", group="club-4",
         topics=["leading_a_workshop"])
    after, workshop = "2021-02-08..2021-03-31", "a42"
    hold(book, workshop, "WORKSHOP", "yw-2", after, led_by="PEERS", mode="IN_PERSON", sector="YOUTH_CLUB", place="02", group="club-4")
    for number in (1, 2, 3):
        attend(book, "a41", member("club-4", number), "spokesperson", "yw-2", "2021-02-08", org="rci-4", sector="YOUTH_CLUB", place="02")
        person = {"person_id": book.id(member("club-4", number)), "role_at_time": "spokesperson"}
        book.add(f"activity/{workshop}", "facilitator_assigned", {"person": person}, "yw-2", after, sector="YOUTH_CLUB", place="02")
    for number in range(4, 26):
        attend(book, workshop, member("club-4", number), "youth_club_member", "yw-2", after, org="rci-4", sector="YOUTH_CLUB", place="02")

    for club, rci, size in CLUBS:  # A43: how many sessions there were is not told
        activity = f"a43-{club}"
        hold(book, activity, "COACHING", "yw-3", Q1, mode="IN_PERSON", sector="YOUTH_CLUB", place="unknown", group=club, uncounted=True,
             topics=["mentoring"])
        for number in range(1, size + 1):
            attend(book, activity, member(club, number), "youth_club_member", "yw-3", Q1, org=rci, sector="YOUTH_CLUB")

    distribution(book, "a46-budget", "COVID", SINCE_FEB_20, who="yw-1")  # A46: the amounts are not told
    for number in (2, 5, 9, 11):
        body = {"recipient_kind": "RECIPIENT_KIND_PERSON", "recipient": {"person_id": book.id(member("club-5", number))},
                "purpose": "CASH_PURPOSE_YOUTH_BUDGET", "given_by": "GIVEN_BY_OWN"}
        book.add("distribution/a46-budget", "cash_assistance_disbursed", body, "yw-1", SINCE_FEB_20, sector="YOUTH_CLUB", place="unknown")

    topics = ["good_health", "dreams_and_goals", "life_after_the_center"]  # A47
    course(book, "a47-plan", "lesson_plan_of_a_club", topics, "club-6", "yw-2", SINCE_FEB_20, "YOUTH_CLUB")
    hold(book, "a47", "AWARENESS", "yw-2", SINCE_FEB_20, led_by="PEERS", sector="YOUTH_CLUB", place="unknown", uncounted=True, group="club-6",
         course_code="lesson_plan_of_a_club", topics=topics)

    girl = "a56-girl"  # A56: one girl, two sectors
    register(book, girl, "f", "2006-10", "unknown", "yw-3", "2021-03-03", sector="YOUTH_CLUB")
    about(book, girl, "school_status_changed", "yw-3", "2021-03-03", "YOUTH_CLUB", person={"status": "SCHOOL_STATUS_AT_RISK_OF_DROPOUT"})
    hold(book, "a56", "COACHING", "yw-3", "2021-03-03", sector="YOUTH_CLUB", place="unknown", topics=["staying_at_school"])
    about(book, girl, "referral_made", "yw-3", "2021-03-03", "YOUTH_CLUB", referral_id=book.id("a56-referral"), to_sector="fbac_efc",
          person={"purpose": "The family needs help to keep her at school."})


def member(club, number):
    return f"{club}-member-{number}"


def course(book, alias, code, topics, group, who, when, sector):
    body = {"course_code": code, "version": 1, "kind": "COURSE_KIND_LESSON_PLAN", "topics": topics, "made_by": "PROVIDER_KIND_PEERS",
            "made_by_group_id": book.id(group)}
    book.add(f"course/{alias}", "course_defined", body, who, when, sector=sector)


def youth_support(book):
    """A45: 71 young people met by phone or online; one more is told in May, and one is met after midnight of the last day."""
    for number in range(1, 74):
        youth, rci = f"a45-youth-{number}", RCIS[number % 13]
        register(book, youth, "fm"[number * 5 % 11 % 2], "" if number % 17 == 0 else f"{2002 + number % 7}-{1 + number % 12:02}", rci[1], "yw-3",
                 f"2020-0{1 + number % 9}-20", sector="YOUTH_CLUB")
        start_role(book, youth, "RCI_RESIDENT" if number % 3 else "OVC", "yw-3", f"2020-0{1 + number % 9}-20", org=rci[0],
                   sector="YOUTH_CLUB")

    def contact(number, when, contact="PHONE", known=None):
        follow_up(book, f"person/a45-youth-{number}", f"a45-youth-{number}", contact, "yw-3", when, "YOUTH_CLUB", known=known,
                  findings="Well, in touch with the family.")

    for number in range(1, 63):
        day = 19 + number if number < 10 else (number * 7) % 31 + 1
        month = "02" if number < 10 else "03"
        if number < 62:
            contact(number, f"2021-{month}-{day:02}", "ONLINE" if number % 4 == 0 else "PHONE")
    contact(62, "2021-03-31T23:30:00+07:00", "ONLINE", known="2021-03-31T23:45:00")
    hold(book, "a45-coaching", "COACHING", "yw-3", "2021-03-12", mode="ONLINE", sector="YOUTH_CLUB", place="remote",
         topics=["staying_well"])
    for number in range(60, 72):  # three of them were called as well
        attend(book, "a45-coaching", f"a45-youth-{number}", "rci_resident", "yw-3", "2021-03-12", sector="YOUTH_CLUB", place="remote")
    contact(73, "2021-04-01T00:20:00+07:00", "ONLINE", known="2021-04-01T08:00:00")
    contact(72, "2021-03-25", known="2021-05-03")


def careleavers(book):
    for number, (sex, province) in enumerate(zip("fmmfmfmffmmmf", ["12", "12", "12", "02", "02", "12", "17", "12", "12", "12", "02", "02", "02"]), 1):
        register(book, f"careleaver-{number}", sex, f"{1998 + number % 5}-{number:02}" if number < 13 else "2000", province, "net-1", "2019-09-02",
                 sector="CARELEAVER")
        start_role(book, f"careleaver-{number}", "CARELEAVER", "net-1", "2019-09-02", sector="CARELEAVER")
    body = {"kind": "GROUP_KIND_CARELEAVER_COMMITTEE", "name": "Core group committee"}
    book.add("club/committee", "group_formed", body, "yw-3", "2020-02-03", sector="CARELEAVER")
    for number in range(3, 8):
        join(book, "club/committee", f"careleaver-{number}", "yw-3", "2020-02-03", "CARELEAVER", office="chair" if number == 3 else "member")

    hold(book, "a40", "WORKSHOP", "yw-3", "2021-02-07", led_by="", sector="CARELEAVER", place="02")  # A40
    for number in (1, 2):
        person = {"person_id": book.id(f"careleaver-{number}"), "role_at_time": "careleaver"}
        book.add("activity/a40", "facilitator_assigned", {"person": person}, "yw-3", "2021-02-07", sector="CARELEAVER", place="02")

    tools = ["safety_of_the_tree", "diagram_of_life"]  # A44: two who left the institution on that day
    hold(book, "a44", "WORKSHOP", "yw-3", "2021-02-22", sector="CARELEAVER", place="unknown", tools=tools)
    for number in (1, 2):
        youth = f"a44-youth-{number}"
        register(book, youth, "fm"[number - 1], f"2003-0{number}", "12", "yw-3", "2020-04-06", sector="YOUTH_CLUB")
        start_role(book, youth, "YOUTH_CLUB_MEMBER", "yw-3", "2020-04-06", org="rci-2", sector="YOUTH_CLUB")
        about(book, youth, "person_role_ended", "yw-3", "2021-02-22", "CARELEAVER",
              person={"role": "PERSON_ROLE_YOUTH_CLUB_MEMBER", "end_reason": "ROLE_END_REASON_AGED_OUT"})
        start_role(book, youth, "CARELEAVER", "yw-3", "2021-02-22", sector="CARELEAVER")
        body = {"person": {"person_id": book.id(youth), "statement": "Is no longer sad and makes plans."}, "basis": "OUTCOME_BASIS_OBSERVED"}
        book.add("activity/a44", "outcome_recorded", body, "yw-3", "2021-02-22", sector="CARELEAVER")

    hold(book, "a48", "COMMITTEE_MEETING", "yw-3", "2021-01-18", mode="IN_PERSON", sector="CARELEAVER", place="unknown", group="committee",
         host="mro")
    for number in range(3, 8):
        attend(book, "a48", f"careleaver-{number}", "careleaver", "yw-3", "2021-01-18", sector="CARELEAVER")
    topics = ["traffic_law", "effective_communication"]
    course(book, "a48-plan", "lesson_plan_of_the_committee", topics, "committee", "yw-3", "2021-01-18", "CARELEAVER")
    body = {"kind": "ACTIVITY_KIND_WORKSHOP", "planned_from": "2021-02-01", "planned_to": "2021-02-28", "topics": topics,
            "group_id": book.id("committee")}  # A49, held as A51
    book.add("activity/a51", "activity_planned", body, "yw-3", "2021-01-18", sector="CARELEAVER", place="02")
    hold(book, "a51", "COMMITTEE_MEETING", "yw-3", "2021-02-08", led_by="COMMITTEE", sector="CARELEAVER", place="unknown", group="committee",
         topics=topics)
    hold(book, "a51-coaching", "COACHING", "yw-3", "2021-02-08", sector="CARELEAVER", place="unknown", group="committee")
    hold(book, "a61", "COMMITTEE_MEETING", "yw-3", "2021-03-29", known="2021-04-09", sector="CARELEAVER", place="02", group="committee",
         host="mro")

    hold(book, "a50", "SUPPORT_GROUP", "yw-3", "2021-01-20", mode="IN_PERSON", sector="CARELEAVER", place="17")  # A50
    body = {"kind": "GROUP_KIND_CARELEAVER_NETWORK", "name": "Careleavers of province 17"}  # A68: since when is not told
    book.add("club/network-17", "group_formed", body, "yw-3", "unknown", known="2021-01-20", sector="CARELEAVER", place="17")
    book.add("club/network-17", "group_member_joined", {"uncounted": True}, "yw-3", "2021-01-20", sector="CARELEAVER", place="17")


def work_and_study(book):
    body = {"subject": "ASSESSMENT_SUBJECT_GROUP", "tool": "needs"}  # A52
    book.add("club/committee", "assessment_completed", body, "tr-1", "2021-01-01..2021-03-25", sector="CARELEAVER", place="02")
    hold(book, "a52", "TRAINING", "tr-1", "2021-03-25", mode="IN_PERSON", sector="CARELEAVER", place="02", topics=["personal_care"])
    body = {"phase": "TEST_PHASE_PRE", "instrument": "personal_care"}
    book.add("activity/a52", "test_result_recorded", body, "tr-1", "2021-03-25", sector="CARELEAVER", place="02")

    for number in (8, 9, 10):  # A53, A54, A55
        who, before = f"careleaver-{number}", "2021-01-01..2021-03-03"
        about(book, who, "scholarship_applied_for", "yw-2", before, "CARELEAVER", funder_org_id=book.id("funder"))
        about(book, who, "interview_passed", "yw-2", before, "CARELEAVER", kind="INTERVIEW_KIND_SCHOLARSHIP")
        about(book, who, "scholarship_awarded", "yw-2", "2021-03-03", "CARELEAVER", place="12", funder_org_id=book.id("funder"),
              benefits=["fees", "accommodation"], duration_years=4)
        consent = about(book, who, "consent_recorded", "yw-2", "2021-03-05", "CARELEAVER", wording_version="2020-1",
                        person={"decision": "CONSENT_DECISION_GIVEN", "purpose": "CONSENT_PURPOSE_PUBLICATION_OF_STORY", "given_by": "self"})
        about(book, who, "testimony_recorded", "yw-2", "2021-03", "CARELEAVER",
              person={"text": "I can study now and live near the university.", "consent_event_id": consent})

    distribution(book, "a57-materials", "REGULAR", "2020-12-25..2020-12-31", known="2021-01-08", who="yw-2")  # A57
    give(book, "a57-materials", "yw-2", "2020-12-25..2020-12-31", known="2021-01-08", person="careleaver-11", role="careleaver", kind="PERSON",
         kit="vocational_materials", purpose="VOCATIONAL_TRAINING", sector="CARELEAVER", place="unknown")
    follow_up(book, "person/careleaver-11", "careleaver-11", "PHONE", "yw-2", "2021-03-07", "CARELEAVER", kind="FOR_SERVICE")

    who = "careleaver-12"  # A58, A59: one person
    about(book, who, "work_experience_started", "yw-2", "2020-Q4", "CARELEAVER", known="2021-03-08", host_org_id=book.id("mro"), months=3,
          inferred=True)
    hold(book, "a58", "COACHING", "yw-2", "2021-03-08", mode="IN_PERSON", sector="CARELEAVER", place="unknown", host="mro", duration="0.5",
         duration_unit="day")
    attend(book, "a58", who, "careleaver", "yw-2", "2021-03-08", sector="CARELEAVER")
    about(book, who, "work_experience_ended", "yw-2", "2021-03-08..2021-03-31", "CARELEAVER", result="WORK_EXPERIENCE_RESULT_COMPLETED")
    follow_up(book, f"person/{who}", who, "PHONE", "yw-2", "2021-03-22", "CARELEAVER", findings="Has news about work.")
    for _ in range(2):
        about(book, who, "interview_passed", "yw-2", "2021-03-08..2021-03-22", "CARELEAVER", kind="INTERVIEW_KIND_JOB")
    about(book, who, "job_offered", "yw-2", "2021-03-08..2021-03-22", "CARELEAVER", job="shop_assistant")

    about(book, "careleaver-13", "work_experience_applied_for", "yw-2", "2021-03-17", "CARELEAVER", host_org_id=book.id("mro"))  # A60
    about(book, "careleaver-13", "work_experience_started", "yw-2", "2021-03-17..2021-03-31", "CARELEAVER", host_org_id=book.id("mro"),
          inferred=True)
