#!/usr/bin/env python3
"""Carries the events of one mlup installation to another, as they come.

Usage: carry.py FROM_URL FROM_TOKEN TO_URL TO_TOKEN STATE_FILE

Follows FROM's server-sent events and posts each to TO. The place is kept in STATE_FILE after TO has stored the event,
so that a restart of any of the three loses nothing; what is sent twice is recorded once. What TO refuses is kept
beside the state, in STATE_FILE.refused, one event a line, and does not stop the others.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url, token, event):
    """(status, answer) of the other side."""
    request = urllib.request.Request(f"{url}/v1/events", data=event.encode(), method="POST", headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"})
    try:
        with OPENER.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def deliver(url, token, event, refused):
    """Returns when the event is stored there, or is kept as refused."""
    while True:
        status, answer = post(url, token, event)
        if status < 300:
            told = json.loads(answer)
            words = "carried" if told["recorded"] else "came from there"
            print(f"{words}: {json.loads(event)['type']}", flush=True)
            return
        if status < 500 and status != 429:
            with open(refused, "a", encoding="utf-8") as file:
                file.write(json.dumps({"event": json.loads(event), "answer": json.loads(answer)}) + "\n")
            print(f"refused: {json.loads(event)['type']}: {answer.strip()}", flush=True)
            return
        time.sleep(1)


def follow(source, source_token, target, target_token, state):
    """One connection, until it ends."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {source_token}"}
    if state.exists():
        headers["Last-Event-ID"] = state.read_text(encoding="utf-8")
    fields = {}
    with OPENER.open(urllib.request.Request(f"{source}/v1/events", headers=headers), timeout=60) as stream:
        for raw in stream:
            line = raw.decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if fields.get("event") == "cloudevent":
                deliver(target, target_token, fields["data"], f"{state}.refused")
            if "id" in fields:
                state.with_suffix(".new").write_text(fields["id"], encoding="utf-8")
                state.with_suffix(".new").replace(state)
            fields = {}


def main():
    if len(sys.argv) != 6:
        raise SystemExit(__doc__)
    state = Path(sys.argv[5])
    while True:
        try:
            follow(*sys.argv[1:5], state)
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise SystemExit(error.read().decode()) from error
        except OSError as error:
            print(f"again in a second: {error}", flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()
