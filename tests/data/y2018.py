"""The year 2018, told as facts about invented people: `write(book, overlaps)` is read by generate.py.

The comments B01, B02 .. name the rows of figures.csv that a part gives. How many people two figures share is a parameter:
the source does not say. `expected(overlaps)` says what each unique count must then come to, from these numbers alone.
"""

from records import (about, add_member, attend, distribution, follow_up, give, hold, household, join, open_case, register, service)

YEAR = "2018"
AS_KNOWN_AT = "2019-03-31"
BEFORE = "2017-11-06"
# Of how many people two figures tell alike. All lie inside the smaller figure.
OVERLAPS = {
    "mentors_of_both": 12,  # B12, B14: 80 and 39 mentors, 107 different ones
    "careleavers_from_care": 9,  # B03, B04: left care in the year
    "careleavers_both": 61,  # B03: trained and supported as well
    "youth_both": 240,  # B04: trained and supported as well
    "directors_as_staff": 6,  # B01, B11: at a training as staff of an NGO too
    "foster_served": 34,  # B06 inside B05
    "served_by_both": 15,  # B05, B08
    "officials_both": 18,  # B09, B10
    "mentored_in_care": 50,  # B13 inside B04
    "key_both": 40,  # B16: trained and supported as well
    "key_peers": 8,  # B16, B17
}
FIGURES = {"directors": 70, "transition": 25, "careleavers": 89, "youth": 501, "institutions": 25, "served": 95, "foster": 34,
                "families": 10, "by_authority": 127, "officials": 350, "officials_helped": 27, "staff": 160, "mentors_rci": 80,
                "mentored_rci": 50, "mentors_community": 39, "mentored_community": 19, "key": 102, "peers": 38, "churches": 10,
                "groups": 13, "reached": 462, "network": 119}
PROVINCES = ["02", "15", "08", "12", "01", "03", "17", "18", "20"]
# A request holds no more facts than this.
TOGETHER = 60
BIRDS = ["Heron", "Kingfisher", "Egret", "Ibis", "Stork", "Plover", "Swallow", "Oriole", "Weaver", "Myna"]


def expected(overlaps):
    """Row -> its unique count, from the declared overlaps."""
    n = FIGURES
    totals = {"directors_trained": n["directors"], "careleavers_supported": n["careleavers"], "youth_in_care_supported": n["youth"],
              "children_served_own": n["served"], "children_in_foster_care": n["foster"], "children_served_by_authority": n["by_authority"],
              "officials_trained": n["officials"], "officials_supported": n["officials_helped"], "staff_of_organisations_trained": n["staff"],
              "mentors_trained": n["mentors_rci"] + n["mentors_community"] - overlaps["mentors_of_both"],
              "youth_with_mentor": n["mentored_rci"] + n["mentored_community"], "key_members_supported": n["key"],
              "peer_group_members_supported": n["peers"], "people_reached": people_reached(overlaps)}
    both = {"careleavers_supported": "careleavers_both", "youth_in_care_supported": "youth_both", "key_members_supported": "key_both"}
    return ({(code, "", ""): number for code, number in totals.items()}
            | {(code, "part", "every_part"): overlaps[name] for code, name in both.items()})


def people_reached(overlaps):
    """All with an own service or an attendance at what own staff led, each once."""
    n = FIGURES
    met = sum(n[name] for name in ("directors", "careleavers", "youth", "served", "officials", "officials_helped", "staff", "mentors_rci",
                                   "mentors_community", "key", "peers"))
    twice = ("mentors_of_both", "careleavers_from_care", "directors_as_staff", "officials_both", "key_peers")
    return met - sum(overlaps[name] for name in twice)


def write(book, overlaps):
    year = Year(book, overlaps)
    year.organisations()
    year.institutions()
    year.careleavers_and_youth()
    year.trained()
    year.children()
    year.mentors()
    year.community()
    year.authorities()
    year.told()


class Year:
    """The year in the making. Ids of people are `kind-number`; whoever stands in two figures has one id."""

    def __init__(self, book, overlaps):
        self.book, self.overlaps = book, overlaps
        self.known = set()

    def each(self, things):
        """Things in portions of one request each."""
        things = list(things)
        for start in range(0, len(things), TOGETHER):
            with self.book.together():
                yield from things[start:start + TOGETHER]

    def people(self, aliases, who, sector, births=(1980,), when=BEFORE):
        """Registers those who are not there yet."""
        for number, alias in enumerate(self.each(alias for alias in aliases if alias not in self.known)):
            birth = f"{births[0] + number % max(1, births[-1] - births[0] + 1)}-{1 + number % 12:02}"
            register(self.book, alias, "fm"[number * 3 % 7 % 2], birth, PROVINCES[number % 4], who, when, sector=sector)
        self.known |= set(aliases)
        return aliases

    def meetings(self, name, kind, places, aliases, role, who, sector, **more):
        """One meeting for each place, at which the people are present; each with the organisation that `org` gives."""
        org = more.pop("org", None)
        for number, place in enumerate(places):
            activity, day = f"{name}-{number}", f"2018-{1 + number % 12:02}-{10 + number % 15}"
            hold(self.book, activity, kind, who, day, sector=sector, place=place, **more)
            for alias in self.each(aliases[number::len(places)]):
                attend(self.book, activity, alias, role, who, day, org=org(alias) if org else "", sector=sector, place=place)

    def organisations(self):
        def organisation(alias, name, kind, province, own=False):
            body = {"names": [name], "kind": f"ORGANISATION_KIND_{kind}", "province_code": province} | ({"own": True} if own else {})
            self.book.add(f"organisation/{alias}", "organisation_registered", body, "net-1", "2016-01-05")

        organisation("mro", "Bamboo Shade Organisation", "NGO", "12", own=True)
        organisation("ministry", "Ministry of Social Affairs", "AUTHORITY", "12")
        organisation("district", "District office", "AUTHORITY", "02")
        for number in range(40):  # B02: 25 of them in two provinces; B04: another 25 in four
            organisation(f"rci-{number}", f"{BIRDS[number % 10]} House {number // 10 + 1}", "RCI",
                         PROVINCES[number % 2] if number < 25 else PROVINCES[number % 4])
        for number in range(FIGURES["churches"]):  # B18: in one province
            organisation(f"church-{number}", f"{BIRDS[number]} Church", "CHURCH", "02")
        body = {"kind": "PARTNERSHIP_KIND_GOVERNMENT_AGREEMENT"}  # B39: on which day is not told
        self.book.add("organisation/ministry", "partnership_agreed", body, "net-1", "2017-01-01..2018-12-31", sector="RCI")

    def institutions(self):
        for number in self.each(range(FIGURES["transition"])):  # B02
            self.book.add(f"organisation/rci-{number}", "technical_support_provided",
                          {"recipient_kind": "SUPPORT_RECIPIENT_KIND_RCI", "topic": "SUPPORT_TOPIC_TRANSITION"}, "net-2", YEAR, sector="RCI")
        for number in self.each(range(8)):
            self.book.add(f"organisation/rci-{number}", "rci_transition_stage_reached", {"stage": "TRANSITION_STAGE_STARTED"}, "net-2",
                          f"2018-{3 + number:02}", known="2018-11-01", sector="RCI")
        body = {"kind": "GROUP_KIND_RCI_NETWORK", "name": "Network of institutions"}  # B25: within two years
        self.book.add("club/rci-network", "group_formed", body, "net-2", "2017-01-01..2018-12-31", sector="RCI", place="02")
        directors = self.people([f"director-{number}" for number in range(FIGURES["directors"])], "tr-1", "RCI", (1958, 1985))
        self.meetings("b01", "TRAINING", ["02", "12"], directors, "rci_director", "tr-1", "RCI", course_code="minimum_standards")

    def careleavers_and_youth(self):
        """B03 and B04; whoever left care in the year stands in both."""
        n, both = FIGURES, self.overlaps["careleavers_from_care"]
        youth = self.people([f"youth-{number}" for number in range(n["youth"])], "yw-1", "YOUTH_CLUB", (2001, 2006))
        others = self.people([f"careleaver-{number}" for number in range(n["careleavers"] - both)], "yw-2", "CARELEAVER", (1994, 1999))
        careleavers = youth[:both] + others
        trained, supported = split(youth, self.overlaps["youth_both"])
        homes = [f"rci-{number}" for number in range(15, 15 + n["institutions"])]
        places = ["02", "15", "08", "12"]
        self.meetings("b04-training", "TRAINING", places, trained, "youth_club_member", "yw-1", "YOUTH_CLUB",
                      org=lambda alias: homes[youth.index(alias) % len(homes)], course_code="life_skills")
        self.meetings("b04-club", "CLUB_MEETING", places, supported, "youth_club_member", "yw-1", "YOUTH_CLUB",
                      org=lambda alias: homes[youth.index(alias) % len(homes)])
        trained, supported = split(careleavers, self.overlaps["careleavers_both"])
        self.meetings("b03-training", "TRAINING", places, trained, "careleaver", "yw-2", "CARELEAVER", course_code="independent_living")
        for number, alias in enumerate(supported):
            follow_up(self.book, f"person/{alias}", alias, "VISIT" if number % 2 else "PHONE", "yw-2", "2018-09", "CARELEAVER")
        self.book.add("club/careleavers", "group_formed", {"kind": "GROUP_KIND_CARELEAVER_NETWORK", "name": "Those who left"}, "yw-2",
                      "2016-05-02", sector="CARELEAVER")
        more = self.people([f"network-{number}" for number in range(n["network"] - 30)], "yw-2", "CARELEAVER", (1992, 1998))
        for alias in self.each(others[:30] + more):  # B22: of 2017
            join(self.book, "club/careleavers", alias, "yw-2", "2017", "CARELEAVER")
        for alias in others[-2:]:  # B24
            about(self.book, alias, "work_experience_started", "tr-1", "2018-06-04", "CARELEAVER", months=3)

    def service(self, stream, code, alias, place, sector, provider="OWN", **more):
        body = {"service_code": code, "provider_kind": f"PROVIDER_KIND_{provider}", "recipient": "SERVICE_RECIPIENT_CHILD"} | more
        if alias:
            body["person"] = {"person_id": self.book.id(alias)}
        return self.book.add(stream, "service_provided", body, "sw-1", YEAR, sector=sector, place=place)

    def trained(self):
        """B09, B10, B11, B26: officials and staff; who comes to several courses is one person."""
        n, both = FIGURES, self.overlaps
        officials = self.people([f"official-{number}" for number in range(n["officials"])], "tr-1", "CWN", (1960, 1990))
        courses = ["community_budget_plan", "ovc_data_collection"]
        for number, province in enumerate(PROVINCES[:8]):  # B09: eight provinces
            self.meetings(f"b09-{number}", "TRAINING", [province], officials[number::8], "local_official", "tr-1", "CWN",
                          course_code=courses[number % 2] if number < 2 else "child_protection")
        self.meetings("b09-again", "TRAINING", ["02"], officials[:40], "local_official", "tr-1", "CWN", course_code="child_protection",
                      duration="6", duration_unit="hour")
        more = self.people([f"helped-{number}" for number in range(n["officials_helped"] - both["officials_both"])], "tr-1", "CWN", (1965, 1985))
        self.meetings("b10", "TECHNICAL_SUPPORT", PROVINCES[:9], officials[-both["officials_both"]:] + more, "local_official", "tr-1", "CWN",
                      topics=["case_management"])  # nine provinces: no part of the eight
        others = self.people([f"ngo-{number}" for number in range(n["staff"] - both["directors_as_staff"])], "tr-2", "CWN", (1970, 1995))
        staff = [f"director-{number}" for number in range(both["directors_as_staff"])] + others
        self.meetings("b11", "TRAINING", ["12", "unknown"], staff, "ngo_staff", "tr-2", "CWN", course_code="child_protection")

    def children(self):
        """B05 to B08, B23, B30, B34: own cases carried over and new ones, foster families, cases of authorities."""
        n, both = FIGURES, self.overlaps
        foster = self.people([f"foster-{number}" for number in range(n["foster"])], "sw-1", "FBAC_EFC", (2006, 2016))
        more = self.people([f"served-{number}" for number in range(n["served"] - both["foster_served"])], "sw-1", "CASE_MGMT", (2003, 2015))
        served = foster[:both["foster_served"]] + more
        for number, alias in enumerate(self.each(foster + more)):
            kind = "EMERGENCY_FOSTER_CARE" if alias in foster else "CHILD_PROTECTION"
            open_case(self.book, f"{alias}-case", alias, kind, "2017-11" if number % 3 else "2018-01", known="2018-02-01", sector="CASE_MGMT")
        for alias in self.each(served):
            self.service(f"case/{alias}-case", "counselling", alias, "unknown", "CASE_MGMT")
        self.foster_families(foster)
        others = [f"authority-{number}" for number in range(n["by_authority"] - both["served_by_both"])]
        self.people(others, "sw-1", "CWN", (2003, 2016))
        for alias in self.each(others):
            open_case(self.book, f"{alias}-case", alias, "CHILD_PROTECTION", "2018", owner="district", supporter="mro", sector="CWN")
        for alias in self.each(served[-both["served_by_both"]:] + others):  # B08: led by the authority, helped by us
            self.service(f"case/{alias}-case", "birth_registration", alias, "unknown", "CWN", "AUTHORITY",
                         provider_org_id=self.book.id("district"), supported_by_org_id=self.book.id("mro"))
        self.service("case/authority-0-case", "reintegration", "", "15", "CWN", "AUTHORITY", uncounted=True,
                     supported_by_org_id=self.book.id("mro"))  # B34: how many is not told
        self.reunited(more[0])

    def foster_families(self, foster):
        for number in range(FIGURES["families"]):
            home = f"household/efc-{number}"
            household(self.book, f"efc-{number}", "FOSTER", "08", "2016-03", sector="FBAC_EFC")
            self.book.add(home, "foster_family_recruited", {"kind": "FOSTER_KIND_EMERGENCY"}, "sw-1", "2016-04", sector="FBAC_EFC")
            approval = self.book.id(f"{home}/approval")
            self.book.add(home, "approval_requested", {"approval_id": approval, "subject": "APPROVAL_SUBJECT_FOSTER_FAMILY"}, "cm-1", "2016-05",
                          sector="FBAC_EFC")
            self.book.add(home, "approval_granted", {"approval_id": approval}, "sup-1", "2016-05", sector="FBAC_EFC")
            body = {"capacity": 5, "criteria": ["home_visit"], "approval_id": approval}
            self.book.add(home, "foster_family_approved", body, "cm-1", "2016-06", sector="FBAC_EFC")
        for number, alias in enumerate(foster):  # B06, B07
            self.place(alias, number % FIGURES["families"], 1, "2018-02-14" if number % 3 == 0 else "2017-12-20", known="2018-03-01")
        for move in (2, 3):  # three placements of one child are one child
            self.end(foster[0], move - 1, f"2018-0{move + 2}-01", "MOVED_TO_OTHER_CARE")
            self.place(foster[0], move, move, f"2018-0{move + 2}-02")
        distribution(self.book, "efc", "CRISIS", YEAR)  # B30: what they received, and how often, is not told
        body = {"recipient_kind": "RECIPIENT_KIND_HOUSEHOLD", "purpose": "CASH_PURPOSE_FOSTER_STIPEND", "given_by": "GIVEN_BY_OWN"}
        self.book.add("distribution/efc", "cash_assistance_disbursed", body, "fund-1", YEAR, sector="FBAC_EFC", place="08")
        give(self.book, "efc", "log-1", YEAR, purpose="DAILY_USE", sector="FBAC_EFC", place="08")
        follow_up(self.book, f"case/{foster[0]}-case", "", "VISIT", "sw-1", YEAR, "FBAC_EFC")
        hold(self.book, "b30", "TRAINING", "tr-1", YEAR, sector="FBAC_EFC", place="08", uncounted=True)

    def place(self, alias, family, number, when, known=None):
        body = {"placement_id": self.book.id(f"{alias}-placement-{number}"), "child": {"person_id": self.book.id(alias)}, "care_type": "CARE_TYPE_FOSTER",
                "foster_kind": "FOSTER_KIND_EMERGENCY", "household_id": self.book.id(f"efc-{family}")}
        add_member(self.book, f"efc-{family}", alias, "FOSTER_CHILD", "sw-1", when, known=known, sector="FBAC_EFC")
        self.book.add(f"case/{alias}-case", "placement_started", body, "sw-1", when, known=known, sector="FBAC_EFC")

    def end(self, alias, number, when, reason):
        body = {"placement_id": self.book.id(f"{alias}-placement-{number}"), "child": {"person_id": self.book.id(alias)},
                "reason": f"PLACEMENT_END_REASON_{reason}"}
        self.book.add(f"case/{alias}-case", "placement_ended", body, "sw-1", when, sector="FBAC_EFC")

    def reunited(self, child):
        """B23: a father took his own child home; how many came home is not told. He is a role model since."""
        self.people(["father"], "net-1", "COMMUNITY", (1975,))
        household(self.book, "father-home", "BIRTH_FATHER", "02", "2018-07-02", head="father", sector="CASE_MGMT")
        body = {"placement_id": self.book.id("reunited"), "child": {"person_id": self.book.id(child)}, "care_type": "CARE_TYPE_BIRTH_FAMILY",
                "household_id": self.book.id("father-home"), "caregiver_relation": "RELATION_FATHER"}
        self.book.add(f"case/{child}-case", "placement_started", body, "sw-1", "2018-07-02", sector="CASE_MGMT")
        person = {"person_id": self.book.id("father"), "role": "PERSON_ROLE_ROLE_MODEL"}
        self.book.add("person/father", "person_role_started", {"person": person}, "net-1", "2018-10-01", sector="COMMUNITY")

    def mentors(self):
        """B12 to B15."""
        n, both = FIGURES, self.overlaps["mentors_of_both"]
        rci = self.people([f"mentor-{number}" for number in range(n["mentors_rci"])], "tr-1", "COMMUNITY", (1970, 1992))
        others = self.people([f"mentor-in-village-{number}" for number in range(n["mentors_community"] - both)], "tr-1", "COMMUNITY", (1970, 1992))
        for track, mentors in (("rci_youth", rci), ("community_youth", rci[:both] + others)):
            self.meetings(f"b12-{track.replace('_', '-')}", "TRAINING", ["02", "15"], mentors, "mentor", "tr-1", "COMMUNITY",
                          course_code=f"mentors_of_{track}")
        inside = [f"youth-{n['youth'] - 1 - number}" for number in range(self.overlaps["mentored_in_care"])]
        outside = [f"resident-{number}" for number in range(n["mentored_rci"] - len(inside))]
        village = [f"village-youth-{number}" for number in range(n["mentored_community"])]
        self.people(outside + village, "yw-3", "COMMUNITY", (2001, 2005))
        for track, mentees, mentors in (("RCI_YOUTH", inside + outside, rci), ("COMMUNITY_YOUTH", village, rci[:both] + others)):
            for number, alias in enumerate(self.each(mentees)):
                body = {"mentor": {"person_id": self.book.id(mentors[number % len(mentors)])}, "mentee": {"person_id": self.book.id(alias)},
                        "track": f"MENTOR_TRACK_{track}"}
                self.book.add(f"mentorship/{alias}-match", "mentor_matched", body, "yw-3", "2017-12-11" if number % 2 else "2018-03-05",
                              known="2018-03-06", sector="COMMUNITY")
        for number in self.each(range(0, 10, 2)):  # ended within the year: they had one
            self.book.add(f"mentorship/village-youth-{number}-match", "mentor_match_ended", {"reason": "moved_away"}, "yw-3", "2018-11-20",
                          sector="COMMUNITY")

    def community(self):
        """B16 to B20, B32, B33."""
        n, overlaps = FIGURES, self.overlaps
        key = self.people([f"key-{number}" for number in range(n["key"])], "net-1", "COMMUNITY", (1960, 1990))
        trained, supported = split(key, overlaps["key_both"])
        villages = [f"{province}01010{number}" for province, count in (("02", 4), ("15", 3), ("08", 3)) for number in range(1, count + 1)]
        self.meetings("b16-training", "TRAINING", villages, trained, "key_community_person", "tr-1", "COMMUNITY", course_code="child_protection")
        self.meetings("b16-visit", "COACHING", villages, supported, "key_community_person", "net-1", "COMMUNITY")
        peers = key[:overlaps["key_peers"]] + self.people([f"peer-{number}" for number in range(n["peers"] - overlaps["key_peers"])], "net-1",
                                                          "COMMUNITY", (1998, 2004))
        for number, village in enumerate(villages[0::4]):  # B17: three groups in three villages and provinces
            self.book.add(f"community_group/ypag-{number}", "group_formed", {"kind": "GROUP_KIND_YPAG"}, "net-1", "2017-09", sector="COMMUNITY",
                          place=village)
            self.meetings(f"b17-{number}", "COACHING", [village], peers[number::3], "participant", "net-1", "COMMUNITY", group=f"ypag-{number}")
        for number in self.each(range(n["churches"])):  # B18
            self.support(f"organisation/church-{number}", "CHURCH", "02")
        for number in range(n["groups"]):  # B19
            place = ["02", "15", "08"][number % 3]
            self.book.add(f"community_group/csg-{number}", "group_formed", {"kind": "GROUP_KIND_CSG"}, "net-1", "2016-08", sector="COMMUNITY", place=place)
            self.support(f"community_group/csg-{number}", "COMMUNITY_GROUP", place)
        for number in range(4):  # B20
            hold(self.book, f"b20-{number}", "AWARENESS", "net-1", f"2018-0{number + 3}-15", led_by="CSG", sector="COMMUNITY",
                 place=["02", "15", "08"][number % 3], group=f"csg-{number}")
            self.book.add(f"activity/b20-{number}", "headcount_recorded", {"n": [120, 118, 130, 94][number], "basis": "HEADCOUNT_BASIS_REPORTED"},
                          "net-1", f"2018-0{number + 3}-15", sector="COMMUNITY")
        self.community_means()
        body = {"kind": "GROUP_KIND_YOUTH_CLUB", "name": "Club of the village"}  # B33
        self.book.add("club/village", "group_formed", body, "net-1", "2018-04", sector="COMMUNITY", place="02")
        self.book.add("club/safety", "group_formed", {"kind": "GROUP_KIND_CHILD_SAFETY_NETWORK"}, "net-1", "2018-04", sector="COMMUNITY", place="02")

    def support(self, stream, kind, place):
        body = {"recipient_kind": f"SUPPORT_RECIPIENT_KIND_{kind}", "topic": "SUPPORT_TOPIC_LOCAL_SUPPORT"}
        self.book.add(stream, "technical_support_provided", body, "net-1", YEAR, sector="COMMUNITY", place=place)

    def community_means(self):
        """B32: money and study materials of the community itself, never in our books; "some" is no number."""
        self.book.add("community_group/role-models", "group_formed", {"kind": "GROUP_KIND_ROLE_MODELS"}, "net-1", "2017-02", sector="COMMUNITY", place="02")
        self.book.add("community_group/role-models", "community_funds_raised", {"purpose": "school_materials"}, "net-1", YEAR, sector="COMMUNITY", place="02")
        distribution(self.book, "b32", "CRISIS", YEAR)
        give(self.book, "b32", "log-1", YEAR, kind="PERSON", purpose="STUDY", by="ROLE_MODEL", sector="COMMUNITY", place="02")

    def authorities(self):
        """B35, B36: work of authorities after the trainings; meetings of who evaluates."""
        hold(self.book, "b35", "DATA_COLLECTION", "net-1", YEAR, led_by="AUTHORITY", sector="CWN", place="02", uncounted=True)
        body = {"commune_code": "unknown", "year": 2018}
        self.book.add("organisation/district", "commune_budget_plan_adopted", body, "net-1", YEAR, sector="CWN", place="02")
        for number in range(11):
            hold(self.book, f"b36-{number}", "FOCUS_GROUP" if number < 5 else "MEETING", "mel-1", YEAR, led_by="CONSULTANT", sector="MEL",
                 place=["02", "08", "15"][number % 3])

    def told(self):
        """B21, B22, B27, B28, B31, B37, B38: rates of others, stories, and changes that stay words."""
        def indicator(alias, code, unit):
            body = {"code": code, "version": 1, "unit": f"INDICATOR_UNIT_{unit}", "population": "As the document says", "period_rule": "as_reported",
                    "provider_rule": "any", "place_rule": "unknown"}
            self.book.add(f"indicator/{alias}", "indicator_defined", body, "mel-1", "2016-06", sector="MEL")

        indicator("violence", "households_with_violence", "PERCENT")
        for value, year in (("40", "2015"), ("10", "2017")):  # B21: neither numerator nor denominator
            body = {"value": value, "method": "MEASURE_METHOD_FOCUS_GROUP", "source": "focus_group"}
            self.book.add("indicator/violence", "indicator_measured", body, "mel-1", year, known="2019-01-15", sector="MEL", place="15")
        indicator("careleavers", "careleavers_better_off", "PERSONS")
        body = {"period": "2017", "value": "119", "document": "annual_report_2018"}  # B22
        self.book.add("indicator/careleavers", "aggregate_figure_reported", body, "mel-1", "2017", known="2019-01-15", sector="MEL")
        for number in range(12):  # B27
            body = {"channel": "annual_report", "title": f"Story {number + 1}"}
            self.book.add("report/y2018", "story_published", body, "mel-1", f"2018-{number + 1:02}", sector="MEL")
        for alias, actor, change, source in (
                ("school", "COMMUNITY", "Fewer children leave school, and none works for others any more.", "focus_group"),  # B28
                ("efc", "FAMILY", "Foster families say of themselves that they are good citizens.", "self_rating"),  # B31
                ("registry", "COMMUNITY", "Every birth is to be registered and every child to go to school.", "focus_group"),  # B37
                ("recruits", "FAMILY", "More foster families were won.", "focus_group"),  # B38
                ("authority", "AUTHORITY", "Children came back to their families with the commune's committee.", "focus_group")):  # B34
            body = {"actor_type": f"OUTCOME_ACTOR_{actor}", "change": change, "when": YEAR, "sources": [source]}
            event = self.book.add(f"indicator/outcome-{alias}", "outcome_harvested", body, "mel-1", YEAR, sector="MEL")
            if alias == "school":
                body = {"outcome_event_id": event, "substantiator_role": "village_chief", "agrees": "AGREEMENT_PARTLY"}
                self.book.add("indicator/outcome-school", "outcome_substantiated", body, "net-1", "2018-12-30", known="2019-02-01", sector="MEL")


def split(people, both):
    """Two halves that share `both` people: who was trained, who was supported."""
    half = (len(people) + both) // 2
    return people[:half], people[half - both:]
