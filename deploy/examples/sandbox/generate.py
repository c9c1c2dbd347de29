#!/usr/bin/env python3
"""Writes an import file of invented children for integrators: generate.py CHILDREN [SEED]

Everything a subscriber must cope with: consents given, refused, for another purpose and withdrawn, cases opened, served and
closed, referrals, records that are merged and unmerged, and entries that are voided. The same seed gives the same file.
"""

import json
import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from installation import case_opened, consent_recorded, line_of, new_id, organisation_registered, person_registered  # noqa: E402

GIVEN = ["Sok", "Chan", "Kosal", "Bopha", "Dara", "Sopheap", "Vanna", "Rith", "Maly", "Pisey"]
DAYS = [f"2021-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in (4, 11, 18, 25)]
PURPOSES = ["SHARE_WITH_GOVERNMENT", "SHARE_WITH_GOVERNMENT", "SHARE_WITH_NGO", "RESEARCH"]
CLOSE_REASONS = ["GOALS_MET", "MOVED_IN_COUNTRY", "REFUSED", "AGED_OUT"]


class Writer:
    """Requests in order, one JSON object a line."""

    def __init__(self, children, seed):
        self.random = Random(seed)
        self.owner = new_id(self.random)
        self.day = DAYS[0]
        self.lines = []
        self.add(f"organisation/{self.owner}", organisation_registered("Children of the North"))
        people = [self.child() for _ in range(children)]
        for ended, survivor in zip(people[::20], people[1::20]):
            self.merge(ended, survivor, undo=self.random.random() < 0.3)

    def add(self, stream, fact, **context):
        """One fact; gives the id of its event."""
        return self.add_together([(stream, fact)], **context)[0]

    def add_together(self, facts, **context):
        """Facts that are recorded together, (stream, fact); gives the ids of their events."""
        line, event_ids = line_of(facts, self.day, self.random, **context)
        self.lines.append(json.dumps(line))
        return event_ids

    def child(self):
        """A child's record with what happens to it; gives the id."""
        self.day = self.random.choice(DAYS)
        person, case = new_id(self.random), new_id(self.random)
        purpose = self.random.choice(PURPOSES)
        given = self.random.random() < 0.7
        name = f"{self.random.choice(GIVEN)} Example"
        self.add_together([(f"person/{person}", person_registered(person, name)),
                           (f"person/{person}", consent_recorded(person, purpose, given)),
                           (f"case/{case}", case_opened(person, self.owner))])
        for _ in range(self.random.randrange(4)):
            service = self.add(f"case/{case}", {"service_provided": {
                "service_code": "counselling", "provider_kind": "PROVIDER_KIND_OWN", "recipient": "SERVICE_RECIPIENT_CHILD",
                "person": {"person_id": person}}})
            if self.random.random() < 0.1:
                self.add(f"case/{case}", {"entry_voided": {"voids_event_id": service, "reason": "entered_twice"}})
        if given and self.random.random() < 0.2:
            self.add(f"person/{person}", consent_recorded(person, purpose, False))
        if self.random.random() < 0.3:
            self.add(f"case/{case}", {"referral_made": {
                "referral_id": new_id(self.random), "person": {"person_id": person}, "to_sector": "fbac_efc"}})
        if self.random.random() < 0.3:
            self.close(person, case)
        return person

    def approve(self, stream, subject):
        """An approval by the director; gives its id."""
        approval = new_id(self.random)
        self.add(stream, {"approval_requested": {
            "approval_id": approval, "subject": f"APPROVAL_SUBJECT_{subject}"}})
        self.add(stream, {"approval_granted": {"approval_id": approval}}, actor_id="staff-dir-1", role="director")
        return approval

    def close(self, person, case):
        """The case is closed."""
        approval = self.approve(f"case/{case}", "CLOSURE")
        self.add(f"case/{case}", {"case_closed": {
            "child": {"person_id": person}, "approval_id": approval,
            "reason": f"CLOSE_REASON_{self.random.choice(CLOSE_REASONS)}"}})

    def merge(self, ended, survivor, undo):
        """Two records are one person, or were thought to be."""
        self.day = DAYS[-1]
        approval = self.approve(f"person/{ended}", "MERGE")
        merge = self.add(f"person/{ended}", {"persons_merged": {
            "person": {"person_id": ended}, "survivor": {"person_id": survivor}, "approval_id": approval}})
        if undo:
            self.add(f"person/{ended}", {"persons_unmerged": {
                "person": {"person_id": ended}, "merge_event_id": merge, "reason": "two_persons_after_all"}})


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    print("\n".join(Writer(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1).lines))


if __name__ == "__main__":
    main()
