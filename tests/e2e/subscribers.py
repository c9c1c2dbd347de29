"""50 subscribers (fast, slow, stopping, crashing, filtered) and 3 consumer groups while the daemon is killed again and again.

Each gets exactly the events that its filter selects, in order, at least once; the oracle is the whole log afterwards. The daemon's
memory stays bounded. Half a minute here; ten minutes with a kill every 30 seconds in the deep tier (MLUP_DEEP=1).
"""

import json
import os
import select
import subprocess
import time

from harness import BIN, Daemon, Workspace, check

DEEP = os.environ.get("MLUP_DEEP") == "1"
SECONDS, KILL_EVERY_S = (600, 30) if DEEP else (25, 4)
RSS_MAX_MIB = 768


def memory_mib(daemon):
    """Highest resident memory so far."""
    try:
        for line in open(f"/proc/{daemon.process.pid}/status", encoding="ascii"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024
    except OSError:
        pass
    return 0


def wait(stream, seconds):
    """The next line of a program, or nothing when it says none in that time."""
    ready, _, _ = select.select([stream], [], [], seconds)
    return stream.readline() if ready else None


def main():
    with Workspace() as folder:
        address = f"unix:{folder}/socket"
        daemon = Daemon(folder / "data", listen=address)
        storm = subprocess.Popen([BIN / "subscriber_storm", "--server", address, "--seconds", str(SECONDS)],
                                 stdout=subprocess.PIPE, text=True)
        kills, peak = 0, 0
        try:
            while (line := wait(storm.stdout, KILL_EVERY_S)) is None:
                peak = max(peak, memory_mib(daemon))
                check(daemon.process.poll() is None, f"the daemon ended by itself: {daemon.log_path.read_text()[-2000:]}")
                daemon.kill()
                kills += 1
                daemon = Daemon(folder / "data", listen=address)
            check(line.strip() == "loaded", f"the storm ended early: {line}")
            began = time.monotonic()
            line = wait(storm.stdout, 300)
            check(line, "the subscribers did not reach the end within five minutes")
            result = json.loads(line)
            peak = max(peak, memory_mib(daemon))
            check(daemon.process.poll() is None, f"the daemon ended by itself: {daemon.log_path.read_text()[-2000:]}")
            check(storm.wait(60) == 0 and not result["failures"], f"after {kills} kills: {line}")
            check(kills >= 3 and result["events"] > 1000, f"too little happened: {kills} kills, {line}")
            check(peak <= RSS_MAX_MIB, f"the daemon took {peak} MiB")
            print(f"{kills} kills, {result['events']} events, {result['deliveries']} deliveries over {result['connections']} "
                  f"connections; at the end after {time.monotonic() - began:.1f} s; at most {peak} MiB resident")
        finally:
            storm.kill()
            storm.wait()
            daemon.stop()


if __name__ == "__main__":
    main()
