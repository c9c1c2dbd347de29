"""Readers that stop reading cost the daemon nothing but two batches each while the log grows, and then read to the end without a gap."""

import json
import os
import subprocess
from pathlib import Path

from harness import BIN, Daemon, Workspace, check

EVENTS = 1_000_000 if os.environ.get("MLUP_DEEP") == "1" else 150_000
READERS = 8
MORE_MIB_MAX = 48


def stall(folder, readers):
    """Memory of a daemon before and after EVENTS events, while so many readers do not read."""
    with Daemon(folder / f"data-{readers}", "--roles", "log") as daemon:
        threads = {(thread / "comm").read_text().strip() for thread in Path(f"/proc/{daemon.process.pid}/task").iterdir()}
        check("jemalloc_bg_thd" in threads, f"nobody gives back what is freed: {sorted(threads)}")
        done = subprocess.run([BIN / "subscribe_bench", "--server", daemon.address, "--server-pid", str(daemon.process.pid),
                               "--events", str(EVENTS), "--subscribers", str(readers), "stall"],
                              stdout=subprocess.PIPE, timeout=500, check=True)
    return json.loads(done.stdout)


def main():
    with Workspace() as folder:
        alone, watched = stall(folder, 0), stall(folder, READERS)
        more = (watched["rss_after_kib"] - alone["rss_after_kib"]) // 1024
        check(watched["gaps"] == 0 and watched["events"] >= EVENTS, f"not all was read in the end: {watched}")
        check(more <= MORE_MIB_MAX, f"{READERS} readers that do not read cost {more} MiB")
        print(f"{EVENTS} events: {alone['rss_after_kib'] // 1024} MiB resident without, "
              f"{watched['rss_after_kib'] // 1024} MiB with {READERS} readers that do not read; all read to the end")


if __name__ == "__main__":
    main()
