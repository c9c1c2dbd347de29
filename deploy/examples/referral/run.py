#!/usr/bin/env python3
"""Two installations exchange a referral: `run.py [FOLDER]`. All people are invented.

North refers a child to south with the guardian's consent. South opens a case for its own record of the child and says
that the referral caused it. North hears of it. Nothing goes back to where it came from. Then the consent is withdrawn and
the referral voided: south hears of the void, and of nothing else.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from installation import (  # noqa: E402
    Installation, case_opened, check, consent_recorded, http, new_id, organisation_registered, person_registered)

HERE = Path(__file__).resolve().parent


def facts_of(installation, stream):
    """What other systems told the installation, as it shows it to itself."""
    return http("GET", f"{installation.url}/v1/events?filter=stream:{stream}", "own")[1]["events"]


def wait_for(installation, stream, count):
    """The events of a stream, once there are `count`."""
    for _ in range(100):
        found = facts_of(installation, stream)
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise SystemExit(f"NOT AS EXPECTED: {stream} holds {len(found)} events, not {count}")


def carry(source, token, target, other_token, state):
    """Starts carry.py between two installations."""
    return subprocess.Popen([sys.executable, HERE / "carry.py", source.url, token, target.url, other_token, state])


def withheld(installation, reason):
    """How many events were withheld for this reason, as the metrics tell."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{installation.operator_url}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("mlup_withheld_events") and f'reason="{reason}"' in line:
                return int(line.rsplit(" ", 1)[1])
    return 0


def refer(north):
    """North's part: a child with the consent and a case, recorded together; then the referral."""
    child, case, own, other = new_id(), new_id(), new_id(), new_id()
    for organisation in (own, other):
        north.enter(f"organisation/{organisation}", organisation_registered("Children of the North"))
    _, consent, _ = north.enter_together([(f"person/{child}", person_registered(child, "Chan Example")),
                                          (f"person/{child}", consent_recorded(child, "SHARE_WITH_NGO")),
                                          (f"case/{case}", case_opened(child, own))])
    referral = north.enter(f"case/{case}", {"referral_made": {
        "referral_id": new_id(), "person": {"person_id": child, "purpose": "a foster family nearby"},
        "to_org_id": other, "consent_event_id": consent}})
    return child, case, referral


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="mlup-referral-"))
    north = Installation(folder / "north", HERE / "north.textproto")
    south = Installation(folder / "south", HERE / "south.textproto")
    carriers = [carry(north, "south-calls-north", south, "north-calls-south", folder / "north-to-south"),
                carry(south, "north-calls-south", north, "south-calls-north", folder / "south-to-north")]
    try:
        child, case, referral = refer(north)
        taken = wait_for(south, "ext/north", 1)[0]
        print("south took the referral", referral)
        check("foster family" not in json.dumps(taken), "a sealed field left north")

        own = new_id()
        south.enter_together([(f"person/{own}", person_registered(own, "Chan Example")),
                              (f"person/{own}", consent_recorded(own, "SHARE_WITH_NGO"))])
        organisation = new_id()
        south.enter(f"organisation/{organisation}", organisation_registered("Children of the North"))
        south.enter(f"case/{new_id()}", case_opened(own, organisation), causation_id=referral)
        answer = wait_for(north, "ext/south", 1)
        print("north heard of the case that it caused")
        check(referral in json.dumps(answer), "the case does not name its cause")

        north.enter(f"person/{child}", consent_recorded(child, "SHARE_WITH_NGO", given=False))
        north.enter(f"case/{case}", {"entry_voided": {"voids_event_id": referral, "reason": "entered_twice"}})
        void = wait_for(south, "ext/north", 2)[1]
        print("south heard of the void, after the consent was withdrawn")
        check("entered_twice" not in json.dumps(void), "the void tells more than what it voids")

        came = facts_of(north, "ext/south")
        check(len(came) == 1, f"something went back to north: {json.dumps(came)[-3000:]}")
        check(withheld(south, "ECHO") == 2, "south does not know whose facts they are")
        check(not list(folder.glob("*.refused")), "something was refused")
        print("nothing was sent back to where it came from:", south.mlup("subscribers"), sep="\n")
    finally:
        for carrier in carriers:
            carrier.terminate()
            carrier.wait()


if __name__ == "__main__":
    main()
