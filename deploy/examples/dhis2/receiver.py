#!/usr/bin/env python3
"""Takes data values as a DHIS2 does, on this machine: receiver.py MAP [PORT]. Prints its address; GET shows what it holds.

It knows the codes of the map and no others. POST /api/dataValueSets answers with an import summary in the envelope that newer
releases have; with dryRun=true it says what it would do. All or nothing: one value that it does not know is a conflict, and then
nothing is imported.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PERIOD = re.compile("[0-9]{4}(Q[1-4])?")
VALUE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BODY_MAX = 4 << 20
SCHEMES = ("dataElementIdScheme", "orgUnitIdScheme", "categoryOptionComboIdScheme")
TOKEN = "ApiToken d2pat_example"


class Codes:
    """What the receiver was set up with."""

    def __init__(self, path):
        read = json.loads(Path(path).read_text(encoding="utf-8"))
        self.elements = {value["data_element"] for value in read["values"]}
        self.units = {read["org_unit"], *read["org_units"].values()}
        self.combos = {"default", *(combo for combos in read["category_option_combos"].values() for combo in combos.values())}

    def conflict_of(self, value):
        """What is wrong with a data value; None for nothing."""
        for name, known in (("dataElement", self.elements), ("orgUnit", self.units), ("categoryOptionCombo", self.combos)):
            if value.get(name, "default" if name == "categoryOptionCombo" else "") not in known:
                return {"object": value.get(name, ""), "value": f"{name} not found"}
        if not PERIOD.fullmatch(value.get("period", "")):
            return {"object": value.get("period", ""), "value": "period not valid"}
        if not value.get("deleted") and not VALUE.fullmatch(str(value.get("value", ""))):
            return {"object": str(value.get("value")), "value": "value is no number"}
        return None


def key_of(value):
    """What a value replaces."""
    return value["dataElement"], value["period"], value["orgUnit"], value.get("categoryOptionCombo", "default")


class Receiver(BaseHTTPRequestHandler):
    """One request; the values are the server's."""

    def do_GET(self):  # noqa: N802
        """All values."""
        names = ("dataElement", "period", "orgUnit", "categoryOptionCombo")
        self._answer(200, {"dataValues": [dict(zip(names, key), value=value)
                                          for key, value in sorted(self.server.values.items())]})

    def do_POST(self):  # noqa: N802
        """Imports values."""
        length = int(self.headers.get("Content-Length", 0))
        to = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(to.query).items()}
        if to.path != "/api/dataValueSets" or length > BODY_MAX:
            return self._answer(404 if length <= BODY_MAX else 413, {"status": "ERROR"})
        body = json.loads(self.rfile.read(length))
        if self.headers.get("Authorization") != TOKEN:
            return self._answer(401, {"httpStatus": "Unauthorized", "status": "ERROR", "message": "Unauthorized"})
        if any(asked.get(scheme) != "code" or body.get(scheme) != "code" for scheme in SCHEMES):
            return self._summary(409, "ERROR", {}, [{"object": "idScheme", "value": "values are told by codes"}])
        values = body["dataValues"]
        conflicts = [found for found in map(self.server.codes.conflict_of, values) if found]
        if not conflicts and len(set(map(key_of, values))) != len(values):
            conflicts.append({"object": "dataValues", "value": "a value stands twice"})
        if conflicts:
            return self._summary(409, "ERROR", {"ignored": len(values)}, conflicts)
        return self._summary(200, "SUCCESS", self._take(values, asked.get("dryRun") == "true"), [])

    def _take(self, values, dry_run):
        """Counts what changes, and changes it."""
        count = {"imported": 0, "updated": 0, "ignored": 0, "deleted": 0}
        held = dict(self.server.values)
        for value in values:
            old = held.get(key_of(value))
            if value.get("deleted"):
                count["deleted" if held.pop(key_of(value), None) is not None else "ignored"] += 1
                continue
            count["imported" if old is None else "ignored" if old == value["value"] else "updated"] += 1
            held[key_of(value)] = value["value"]
        if not dry_run:
            self.server.values = held
        return count

    def _summary(self, http, status, count, conflicts):
        numbers = {name: count.get(name, 0) for name in ("imported", "updated", "ignored", "deleted")}
        self._answer(http, {"httpStatusCode": http, "status": "OK" if http == 200 else "ERROR", "response": {
            "responseType": "ImportSummary", "status": status, "importCount": numbers, "conflicts": conflicts}})

    def _answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Says nothing."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Receiver)
    server.values = {}
    server.codes = Codes(sys.argv[1])
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
