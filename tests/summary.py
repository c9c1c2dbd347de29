#!/usr/bin/env python3
"""Reads ctest's JUnit files: names what failed and counts. `summary.py FILE...` prints the closing line,
`summary.py --counts FILE...` only the numbers of passed, failed and skipped tests."""

import sys
import xml.etree.ElementTree as ElementTree


def read(file):
    """(name, seconds, outcome) of every test case; a test that could not start has failed."""
    for case in ElementTree.parse(file).getroot().iter("testcase"):
        skipped = case.find("skipped")
        if case.get("status") == "run":
            outcome = "passed"
        elif case.get("status") == "disabled" or (
                skipped is not None and skipped.get("message", "").startswith("SKIP_")):
            outcome = "skipped"
        else:
            outcome = "failed"
        yield case.get("name"), float(case.get("time", 0)), outcome


def main(arguments):
    counts_only = arguments[:1] == ["--counts"]
    cases = [case for file in arguments[counts_only:] for case in read(file)]
    passed, failed, skipped = (sum(case[2] == outcome for case in cases)
                               for outcome in ("passed", "failed", "skipped"))
    if counts_only:
        print(passed, failed, skipped)
        return 0
    for name, seconds, _ in sorted(cases, key=lambda case: -case[1])[:5]:
        if seconds >= 10:
            print(f"slow: {name} {seconds:.0f} s")
    for name, _, outcome in cases:
        if outcome != "passed":
            print(f"{outcome}: {name}")
    if not cases:
        print("no test ran; tests/run --list names the groups")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
