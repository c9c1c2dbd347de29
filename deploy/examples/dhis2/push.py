#!/usr/bin/env python3
"""Sends the figures of a quarter to a DHIS2: push.py MLUP_ADDRESS DHIS2_URL PERIOD [AS_KNOWN_AT]

One data value for each indicator that has a figure, for the whole country; figures that do not count people also for each
province. A figure about people below 5 is left out, and figures about people are not split by place, so that nobody can be
found in them. Sending again replaces: a value is named by data element, period and organisation unit.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from code_map import CodeMap  # noqa: E402
from installation import BIN, http  # noqa: E402

HERE = Path(__file__).resolve().parent
PLACES = ["all", "unknown", "remote", *(f"{number:02d}" for number in range(1, 26))]
PEOPLE = {"unique_persons", "attendances", "headcount", "households", "cases", "closures"}
SMALL = 5


def is_uid(word):
    """A DHIS2 identifier."""
    return re.fullmatch("[A-Za-z][A-Za-z0-9]{10}", word) is not None


def mlup(address, *arguments):
    """What mlup prints, as JSON."""
    done = subprocess.run([BIN / "mlup", "--server", address, "--json", *arguments], capture_output=True, check=True)
    return json.loads(done.stdout)


def data_values(rows, elements, units, period):
    """What is sent, and how many figures were too small."""
    values, small = [], 0
    for row in rows:
        place = row["member"] if row.get("dimension") == "province" else "all"
        about_people = row["unit"] in PEOPLE
        if row["value"] is None or row.get("dimension") not in (None, "province"):
            continue
        if row["code"] in elements.not_sent or place in units.not_sent or (about_people and place != "all"):
            continue
        value = {"dataElement": elements.theirs[row["code"]], "period": period, "orgUnit": units.theirs[place]}
        if about_people and 0 < float(row["value"]) < SMALL:
            # It may have been larger when it was sent before.
            values.append({**value, "deleted": True})
            small += 1
        else:
            values.append({**value, "value": row["value"]})
    return values, small


def main():
    if len(sys.argv) not in (4, 5):
        raise SystemExit(__doc__)
    address, url, period = sys.argv[1:4]
    known_at = ["--as-known-at", sys.argv[4]] if len(sys.argv) == 5 else []
    elements = CodeMap(HERE / "data_elements.json", [i["code"] for i in mlup(address, "indicators")["indicators"]], is_uid)
    units = CodeMap(HERE / "org_units.json", PLACES, is_uid)
    report = mlup(address, "report", "quarterly", period, *known_at)
    values, small = data_values(report["rows"], elements, units, period.replace("-", ""))
    status, answer = http("POST", f"{url}/api/dataValueSets", body=json.dumps({"dataValues": values}).encode())
    count = answer.get("importCount", {})
    print(f"{period} as of position {report['position']}: {len(values) - small} values sent, {small} too small to send; "
          f"imported {count.get('imported')}, updated {count.get('updated')}, unchanged {count.get('ignored')}, "
          f"deleted {count.get('deleted')}")
    if status != 200 or answer["status"] != "SUCCESS":
        raise SystemExit(f"refused: {json.dumps(answer)[:500]}")


if __name__ == "__main__":
    main()
