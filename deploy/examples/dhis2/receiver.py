#!/usr/bin/env python3
"""Takes data values as a DHIS2 does, on this machine: receiver.py [PORT]. Prints its address; GET shows what it holds.

POST /api/dataValueSets {"dataValues":[{"dataElement","period","orgUnit","value" or "deleted"}]} answers with an import summary. All or
nothing: one value in another shape is a conflict, and then nothing is imported.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UID = re.compile("[A-Za-z][A-Za-z0-9]{10}")
QUARTER = re.compile("[0-9]{4}Q[1-4]")
VALUE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BODY_MAX = 1 << 20


def conflict_of(value):
    """What is wrong with a data value; None for nothing."""
    for name, shape in (("dataElement", UID), ("orgUnit", UID), ("period", QUARTER), ("value", VALUE)):
        if name == "value" and value.get("deleted"):
            continue
        if not shape.fullmatch(str(value.get(name, ""))):
            return {"object": name, "value": f"{name} is not in its form"}
    return None


class Receiver(BaseHTTPRequestHandler):
    """One request; the values are the server's."""

    def do_GET(self):  # noqa: N802
        """All values."""
        self._answer(200, {"dataValues": [dict(zip(("dataElement", "period", "orgUnit"), key), value=value)
                                          for key, value in sorted(self.server.values.items())]})

    def do_POST(self):  # noqa: N802
        """Imports values."""
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/api/dataValueSets" or length > BODY_MAX:
            return self._answer(404 if length <= BODY_MAX else 413, {"status": "ERROR"})
        values = json.loads(self.rfile.read(length))["dataValues"]
        conflicts = [found for found in map(conflict_of, values) if found]
        keys = [(value["dataElement"], value["period"], value["orgUnit"]) for value in values] if not conflicts else []
        if len(set(keys)) != len(keys):
            conflicts.append({"object": "dataValues", "value": "a value stands twice"})
        if conflicts:
            return self._answer(409, {"status": "ERROR", "conflicts": conflicts})
        count = {"imported": 0, "updated": 0, "ignored": 0, "deleted": 0}
        for key, value in zip(keys, values):
            old = self.server.values.get(key)
            if value.get("deleted"):
                count["deleted"] += self.server.values.pop(key, None) is not None
                continue
            count["imported" if old is None else "ignored" if old == value["value"] else "updated"] += 1
            self.server.values[key] = value["value"]
        return self._answer(200, {"status": "SUCCESS", "importCount": count, "conflicts": []})

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
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Receiver)
    server.values = {}
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
