#!/usr/bin/env python3
"""Every example of the guide to the indicators' language is one that `mlup indicators check` takes.

  check_guide.py MLUP
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "deploy" / "docs" / "indicators.md"
# What the guide is to show.
CONSTRUCTS = ("joins", "where", "in:", "not_in:", "present:", "each:", "distinct:", "sum:", "person:", "latest_on_stream:", "uncounted_unless:",
              "ended_by:", "ended_match:", "ends_on:", "expand", "negative:", "headcount", "dimensions", "with_field:", "latest {", "nature:",
              "period_rule:", "entity:", "overlaps:", "contains:", "part:", "parts:", "count_members:", "without:", "ON_LAST_DAY", "pair {", "match:", "about:")


def check(mlup, text, folder):
    path = Path(folder) / "example.textproto"
    path.write_text(text, encoding="utf-8")
    return subprocess.run([mlup, "indicators", "check", path], check=False, capture_output=True, text=True)


def main():
    guide = GUIDE.read_text(encoding="utf-8")
    examples = re.findall(r"^```textproto\n(.*?)^```$", guide, re.M | re.S)
    wrong = [f"no example of {construct}" for construct in CONSTRUCTS if construct not in "".join(examples)]
    with tempfile.TemporaryDirectory() as folder:
        for number, example in enumerate(examples, 1):
            done = check(sys.argv[1], example, folder)
            if done.returncode != 0:
                wrong.append(f"example {number}: {done.stdout}{done.stderr}")
            # One that is spoilt is refused, with the line.
            spoilt = check(sys.argv[1], example.replace('event: "mlup.', 'event: "mlop.'), folder)
            if spoilt.returncode != 1 or not re.search(r":\d+: .*mlop\.", spoilt.stdout):
                wrong.append(f"example {number}, spoilt: {spoilt.returncode} {spoilt.stdout}{spoilt.stderr}")
        if check(sys.argv[1], "", folder).returncode != 0:
            wrong.append("an empty file is refused")
    print("\n".join(wrong + [f"guide: {len(examples)} examples, {len(wrong)} faults"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
