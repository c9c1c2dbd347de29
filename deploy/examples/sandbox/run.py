#!/usr/bin/env python3
"""A sandbox for integrators: run.py [--children N] [--seed S] [--folder DIR] [--check]

Starts mlup on this machine with invented children, prints where to call and what to try, and runs until Ctrl-C. With
--check it looks at what each subscriber sees and ends.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from installation import BIN, Installation, check, http  # noqa: E402

HERE = Path(__file__).resolve().parent
TRY = """
mlup serves {events} events of {children} invented children; everything is in {folder}.

  the first three events, as a page:      curl -H 'Authorization: Bearer ministry' '{url}/v1/events?limit=3'
  following, from now on:                 curl -N -H 'Accept: text/event-stream' -H 'Authorization: Bearer ministry' \\
                                               '{url}/v1/events?from=end'
  referrals, with another agreement:      curl -H 'Authorization: Bearer ngo' '{url}/v1/events'
  closed cases:                           curl -H 'Authorization: Bearer warehouse' \\
                                               '{url}/v1/events?filter=type:org.mluprussey.cases.CaseClosed.v1'
  who follows, and what is withheld:      {bin}/mlup --server {address} subscribers
  what does not move:                     curl {operator}/v1/health
  the same for Prometheus:                curl {operator}/metrics
"""


def everything(url, token):
    """All events that a subscriber sees."""
    events, after = [], "start"
    while True:
        status, page = http("GET", f"{url}/v1/events?limit=1000&from={after}", token)
        check(status == 200, page)
        events += page["events"]
        after = page["next"]
        if page["caught_up"]:
            return events


def look(url, total):
    """Each subscriber sees less than the one before, and nobody a sealed field."""
    seen = {token: everything(url, token) for token in ("warehouse", "ministry", "ngo")}
    for token, events in seen.items():
        print(f"{token} sees {len(events)} of {total} events")
        check("Example" not in str(events), f"{token} sees a name")
    check(len(seen["warehouse"]) == total, "the own warehouse does not see everything")
    check(0 < len(seen["ngo"]) < len(seen["ministry"]) < total, "the agreements make no difference")
    check(all(set(event["data"]) <= {"referral_id", "person", "to_sector"} for event in seen["ngo"]),
          "the NGO sees more than was agreed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="mlup-sandbox-"))
    server = Installation(folder, HERE / "subscribers.textproto")
    lines = subprocess.run([sys.executable, HERE / "generate.py", str(options.children), str(options.seed)],
                           capture_output=True, check=True).stdout.decode()
    server.mlup("import", "-", text=lines)
    total = sum(len(json.loads(line)["record"]["facts"]) for line in lines.splitlines())
    print(TRY.format(events=total, children=options.children, folder=folder, url=server.url, operator=server.operator_url, bin=BIN, address=server.address))
    if options.check:
        return look(server.url, total)
    return server.process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        pass
