#!/usr/bin/env python3
"""Follows events over HTTP with nothing but the standard library.

    MLUP_TOKEN=... follow.py http://127.0.0.1:7480 [--state FILE] [--filter category:case] [--once]
    MLUP_TOKEN=... follow.py https://mlup.example:7480 [--cacert issuer.crt] ...

Prints one line of JSON for each event. Where it stands is kept in the state file, after each event was handled:
started again, it goes on there, and an event may come twice but never not at all. --once ends when all that is
recorded has come.
"""

import argparse
import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse
from pathlib import Path

HEARTBEAT_S = 45  # The server says something every 15 seconds.
RETRY_S = 2


def handle(event):
    """Your work with one event. It must bear the same event twice: remember event["id"], or make it harmless."""
    print(json.dumps({"id": event["id"], "type": event["type"], "subject": event["subject"]}), flush=True)


def messages(response):
    """Server-sent events as (id, name, data)."""
    fields = {}
    for raw in response:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields.get("id"), fields.get("event"), fields.get("data", "")
            fields = {}


def connection_to(url, cacert):
    """Over https the server's certificate must be one of the issuers in `cacert`, or of those the system knows."""
    if url.scheme != "https":
        return http.client.HTTPConnection(url.netloc, timeout=HEARTBEAT_S)
    return http.client.HTTPSConnection(url.netloc, timeout=HEARTBEAT_S, context=ssl.create_default_context(cafile=cacert))


def follow(connection, token, state, filters, once):
    """One connection: from where the state file says, until it breaks. True when there is nothing left to do."""
    query = urllib.parse.urlencode([("filter", entry) for entry in filters])
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    if state.exists():
        headers["Last-Event-ID"] = state.read_text().strip()
    connection.request("GET", f"/v1/events?{query}", headers=headers)
    response = connection.getresponse()
    if response.status in (429, 503):
        raise ConnectionError(f"the server asks to come back later: {response.status}")
    if response.status != 200:
        sys.exit(f"{response.status}: {response.read().decode()}")  # Words for a person: it will not get better.
    for place, name, data in messages(response):
        if name == "cloudevent":
            handle(json.loads(data))
        elif name == "failed":
            sys.exit(data)
        if place:
            fresh = state.with_suffix(".new")
            fresh.write_text(place)
            fresh.replace(state)  # The old place or the new one, never half of it.
        if name == "caught-up" and once:
            return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", type=urllib.parse.urlsplit)
    parser.add_argument("--state", type=Path, default=Path("mlup.position"))
    parser.add_argument("--filter", action="append", default=[])
    parser.add_argument("--cacert", help="issuers of the server's certificate, in PEM")
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    while True:
        try:
            connection = connection_to(options.url, options.cacert)
            if follow(connection, os.environ["MLUP_TOKEN"], options.state, options.filter, options.once):
                return
        except ssl.SSLCertVerificationError as problem:
            sys.exit(f"this is not the server it claims to be, or --cacert is missing: {problem}")
        except (OSError, http.client.HTTPException) as problem:
            print(f"connection lost, trying again: {problem}", file=sys.stderr)
        time.sleep(RETRY_S)


if __name__ == "__main__":
    main()
