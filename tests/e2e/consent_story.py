"""The chapters of consent_faces.py. A consents and withdraws, B consents throughout, C never does; D consents and withdraws, E
consents and F does not, of whom little is told."""

from consent_world import FACES, GIVEN, NGO, PHOTO, REFUSED, SEALED, uuid

# Every chapter ends with an event of B: who has it has looked at all before it.
ENDS = ("B is served at the beginning", "B is served after all were connected", "B is served after the withdrawal",
        "B is served after the restart", "B is served when A has come back", "B is served without an agreement",
        "B is served after the merges", "B is served after the erasures")


def change(field, old, new):
    return {"field": field, "old_value": f'"{old}"', "new_value": f'"{new}"'}


def person(child, shown, after, world):
    data = {"person": {"person_id": uuid(child), "sex": "SEX_FEMALE"}}
    value = {"person": {**data["person"], "birth_month": "2014-03", "residence_province_code": "02", "name_latin": f"{SEALED} {child}"}}
    world.add(f"{child} is registered", f"person/{child}", "person_registered", value, data if shown else None, data if after else None)


def case(child, shown, after, world):
    data = {"child": {"person_id": uuid(child)}, "case_type": "CASE_TYPE_KINSHIP_SUPPORT"}
    world.add(f"the case of {child}", f"case/case of {child}", "case_opened", {**data, "owner_org_id": uuid("mro")},
              data if shown else None, data if after else None)


def beginning(world):
    """Recorded before anybody outside is connected, so that everybody begins with the same consents."""
    world.add("mro is registered", "organisation/mro", "organisation_registered",
              {"names": ["Example"], "kind": "ORGANISATION_KIND_NGO", "province_code": "12", "own": True})
    world.add("a kit", "store/store", "kit_defined", {"kit_code": "food", "version": 1})
    for child, shown, after in (("A", True, False), ("B", True, True), ("C", False, False)):
        person(child, shown, after, world)
    world.consent("A consents", "A", GIVEN, NGO, True, None)
    world.consent("B consents", "B", GIVEN, NGO, True)
    world.consent("C consents to photographs", "C", GIVEN, PHOTO, False)
    for child in "DE":
        person(child, True, True, world)
        world.consent(f"{child} consents", child, GIVEN, NGO, True)
    person("F", False, False, world)
    for child, shown, after in (("A", True, False), ("B", True, True), ("C", False, False)):
        case(child, shown, after, world)
    home = {"type": "HOUSEHOLD_TYPE_KINSHIP", "head": {"person_id": uuid("B")}}
    world.add("a home", "household/home", "household_registered",
              {**home, "residence_province_code": "02", "head": {**home["head"], "address": f"{SEALED} street"}}, home)
    world.add("a distribution", "distribution/distribution", "distribution_held", {"reason": "DISTRIBUTION_REASON_REGULAR"},
              {"reason": "DISTRIBUTION_REASON_REGULAR"})
    world.service(ENDS[0], "B", True)


def connected(world):
    """All are connected, A and B consent."""
    for child, shown, after in (("A", True, None), ("B", True, "same"), ("C", False, "same")):
        world.service(f"{child} is served", child, shown, after)
        world.follow_up(f"{child} is visited", child, shown, after)
    world.items("rice for A", "A", [], "A", "")
    world.items("more rice for A", "A", [], "A", "")
    world.items("rice for all", "B", ["A", "C"], "AB", "B")
    world.items("rice for A with B", "A", ["B"], "AB", "B")
    member = {"member": {"person_id": uuid("A")}}
    world.add("A moves in", "household/home", "household_member_added",
              {"member": {**member["member"], "relation": "RELATION_GRANDCHILD"}}, member, None)
    world.home_service("the home is served", True, False)
    world.group("group", "AB", True, False)
    world.joint("all act for A and B", "AB", "AB", "B")
    world.group("group of three", "ABC", False, False)
    world.service("B in danger", "B", False, sensitivity="SENSITIVITY_SAFEGUARDING")
    world.add("a task for B", "case/case of B", "task_created", {"task_id": uuid("task"), "kind": "TASK_KIND_REVIEW"})
    for face in FACES:
        world.service(f"{face} served B", "B", True, source_system=f"partner-{face}", source_id=f"{face}-1")
    world.service(ENDS[1], "B", True)


def waiting(world):
    """Two events of A of which the receiver of webhooks answers to the first only after the withdrawal."""
    world.service("A is served and it takes long", "A", True, None)
    world.service("A is served and waits", "A", True, None)


def withdrawn(world):
    """The first event withdraws A's consent; everybody is still connected."""
    world.consent("A withdraws", "A", REFUSED, NGO, False)
    world.service("A is served unseen", "A", False)
    world.follow_up("A is visited unseen", "A", False)
    world.items("rice for B and A", "B", ["A"], "B", "B")
    world.items("rice for A and B", "A", ["B"], "B", "B")
    world.items("rice for A unseen", "A", [], "", "")
    world.joint("all act for B and A", "BA", "B", "B")
    world.home_service("the home is served unseen", False, False)
    world.void("A's service never was", "A is served", "reference")
    world.correct("A's visit was a call", "A is visited", [change("contact", "CONTACT_VISIT", "CONTACT_PHONE")], [], "reference")
    world.void("A's rice never was", "rice for A", "reference")
    world.correct("A's rice was less", "more rice for A", [change("lines[0].quantity", "25", "20")], [], "reference")
    lines = [change("lines[0].quantity", "25", "23")]
    world.correct("the rice for all was less", "rice for all", lines, [],
                  {"corrects_event_id": uuid("rice for all"), "changes": lines, "reason": "weighed_again"})
    # It tells something of A, so that nothing of it is told.
    role = {"person_id": uuid("A"), "changes": [change("recipient.role_at_time", "child", "role_model")]}
    world.correct("A had another role", "rice for A with B", lines, [role], "reference")
    world.void("the home's service never was", "the home is served", "reference")
    world.void("A's unseen service never was", "A is served unseen", None)
    world.void("C's service never was", "C is served", None)
    world.void("B's service never was", "B is served", "full")
    late = {"changes": [change("contact", "CONTACT_VISIT", "CONTACT_PHONE")], "reason": "weighed_again",
            "corrects_event_id": uuid("B is visited")}
    world.correct("B's visit was a call", "B is visited", late["changes"], [], late)
    for face in FACES:
        world.void(f"what {face} did never was", f"{face} served B", "full")
    world.service(ENDS[2], "B", True)


def restarted(world):
    """After a kill of the daemon."""
    world.service("A is served after the restart", "A", False)
    world.void("A's visit never was", "A is visited", "reference")
    world.correct("A's case was another", "the case of A",
                  [change("case_type", "CASE_TYPE_KINSHIP_SUPPORT", "CASE_TYPE_REINTEGRATION")], [], "reference")
    world.joint("all act for A alone", "A", "", "")
    world.service(ENDS[3], "B", True)


def again(world):
    """A consents again: what is recorded then is seen."""
    # By another person than who recorded the refusal.
    world.consent("A consents again", "A", GIVEN, NGO, True, actor_id="staff-cm-1", role="case_manager")
    world.service("A is served in the open", "A", True)
    world.service(ENDS[4], "B", True)


def merged(world):
    """A and B consent, D does no longer, nobody received anything of C and F."""
    world.consent("D withdraws", "D", REFUSED, NGO, False)
    world.merge("D is E", "D", "E", "reference")
    world.unmerge("D is not E", "D is E", True)
    world.merge("A is B", "A", "B", "full")
    world.unmerge("A is not B", "A is B", True)
    world.merge("F is C", "F", "C", None)
    world.unmerge("F is not C", "F is C", False)
    world.service(ENDS[6], "B", True)


def erased(world):
    """Told of whom something was received, whether they consent or not."""
    for child, shown in (("A", True), ("C", False), ("D", True), ("F", False)):
        world.erase(f"{child} is erased", child, shown)
    world.service(ENDS[7], "B", True)


def expired(world):
    """Recorded while the agreement has ended."""
    world.service(ENDS[5], "B", True)
