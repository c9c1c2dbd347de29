"""More that can happen in a random quarter: mentors, community, outcomes; facts that need no state but their own."""


def facts(quarter, who):
    """(stream, fact, body) to choose from, about a person."""
    pick, person = quarter.pick, quarter.about(who)
    other = quarter.about(pick(quarter.people))
    found = [(f"indicator/{quarter.new('outcome')}", "outcome_harvested",
              {"actor_type": f"OUTCOME_ACTOR_{pick(['CHILD', 'COMMUNITY'])}", "change": "A change.", "when": "2021"}),
             ("report/stories", "story_published", {"channel": pick(["newsletter", "website"]), "title": "A story"}),
             ("organisation/department", "commune_budget_plan_adopted", {"commune_code": pick(["020304", "unknown", "120101"]), "year": 2021}),
             ("organisation/rci-1", "technical_support_provided",
              {"recipient_kind": f"SUPPORT_RECIPIENT_KIND_{pick(['RCI', 'CHURCH'])}", "topic": "SUPPORT_TOPIC_TRANSITION"})]
    if other != person:
        match = f"mentorship/{quarter.new('match')}"
        track = f"MENTOR_TRACK_{pick(['RCI_YOUTH', 'COMMUNITY_YOUTH'])}"
        found += [(match, "mentor_matched", {"mentor": person, "mentee": other, "track": track})] * 2
    return found


def sessions(quarter):
    """What an activity may be about."""
    pick = quarter.pick
    body = {"topics": quarter.random.sample(["case_management", "health", "rights"], quarter.random.randrange(0, 3))}
    if quarter.maybe(0.5):
        body["course_code"] = pick(["parenting", "mentors_of_rci_youth"])
    return body


def role(quarter):
    return quarter.pick(["youth_club_member", "spokesperson", "careleaver", "parent", "local_official", "ngo_staff", "mentor", "rci_director",
                         "key_community_person"])


def tested(quarter, person):
    """Who took a test and how it went, where that is told."""
    if quarter.maybe(0.3):
        return {}
    score = {"score": quarter.pick(["3", "7.5", "10", "0"]), "max_score": "10"} if quarter.maybe(0.8) else {}
    return {"person": person} | score


def attend(quarter, activity, person, session):
    """A presence, and in some cases tests before and after."""
    stream, who = f"activity/{activity}", {"person_id": person["person_id"]}
    quarter.do(stream, "attendance_recorded", {"person": person, "session_no": session}, "tr-1")
    for phase in ("PRE", "POST"):
        if quarter.maybe(0.4):
            test = {"phase": f"TEST_PHASE_{phase}", "instrument": quarter.pick(["care", "care", "rights"])}
            quarter.do(stream, "test_result_recorded", test | tested(quarter, who), "tr-1")


def supporter(quarter):
    """The organisation that supports who provides a service, where there is one."""
    return {"supported_by_org_id": quarter.book.id(quarter.pick(["mro", "department"]))} if quarter.maybe(0.5) else {}


def presence(quarter):
    """The organisation somebody came from, where it is told."""
    return {"org_at_time": quarter.book.id(quarter.pick(["rci-1", "rci-2"]))} if quarter.maybe(0.4) else {}
