"""`mlup subscribe` goes on by itself after the daemon was killed, and a later run goes on exactly where its state file says."""

import json
import signal
import subprocess
import time

from harness import BIN, Daemon, Workspace, check, data_file, head, mlup

PARTS = 3
WAIT_S = 60


def positions(path):
    return [json.loads(line)["position"] for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def wait_for(path, last):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if path.exists() and (found := positions(path)) and found[-1] >= last:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} does not reach {last}: {positions(path)[-1:]}")


def main():
    lines = data_file().read_bytes().splitlines(keepends=True)[:600]
    size = len(lines) // PARTS
    with Workspace() as folder:
        address, state, out = f"unix:{folder}/socket", folder / "state", folder / "out"
        daemon = Daemon(folder / "data", listen=address)
        with open(out, "wb") as sink, open(folder / "err", "wb") as errors:
            follower = subprocess.Popen([BIN / "mlup", "--server", address, "subscribe", "--state", state], stdout=sink, stderr=errors)
            try:
                for part in range(PARTS):
                    mlup(daemon, "import", "-", stdin=b"".join(lines[part * size:(part + 1) * size]))
                    wait_for(out, head(daemon))
                    daemon.kill()
                    daemon = Daemon(folder / "data", listen=address)
                last = head(daemon)
                wait_for(out, last)
            finally:
                follower.send_signal(signal.SIGTERM)
                follower.wait(WAIT_S)
        found = positions(out)
        check(found == sorted(set(found)), "an event came twice or out of order although nothing of the follower failed")
        check("trying again" in (folder / "err").read_text(), "the interruption was not told")
        # What the log keeps for itself is not shown.
        shown = [json.loads(line)["position"] for line in mlup(daemon, "subscribe", "--until-caught-up").out.splitlines()]
        check(found == shown, f"{len(found)} events came, {len(shown)} are there")
        check(mlup(daemon, "subscribe", "--state", state, "--until-caught-up").out == "", "the state file is behind")
        mlup(daemon, "import", "-", stdin=b"".join(lines[:size]))
        check(mlup(daemon, "subscribe", "--state", state, "--until-caught-up").out == "", "a repeated import made events")
        province = mlup(daemon, "subscribe", "--until-caught-up", "--place", "02").lines()
        check(province and all(line["place"].startswith("02") for line in province), "the filter by province does not hold")
        (folder / "other").mkdir()
        with Daemon(folder / "other" / "data") as other:
            refused = mlup(other, "subscribe", "--state", state, "--until-caught-up", expect=1)
            check("start again from 0" in refused.err, f"another log is not told: {refused.err}")
        daemon.stop()
    print(f"{len(found)} events through {PARTS} kills of the daemon, none twice")


if __name__ == "__main__":
    main()
