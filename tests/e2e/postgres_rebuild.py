"""Tables in PostgreSQL follow from the log alone: of a random log, kills of either side, other batches and a rebuild give the same rows, and the
figures of reports. `--deep`: of a hundred random logs, smaller ones, each with its own kills."""

import os
import random
import signal
import subprocess
import sys
import time

from harness import BIN, Daemon, Workspace, check, data_file, head, mlup, wait_for
from postgres_cluster import Cluster, check_reports, skip_without_postgres

SEED = int(os.environ.get("MLUP_SEED", "2021"))
CHILDREN, KILLS = 12, 8
LOGS_DEEP, CHILDREN_DEEP, KILLS_DEEP = 100, 4, 3
# What the programs and the machine need until the follower writes.
KILL_AFTER_S = (0.0, 0.6)


def random_log(folder, seed, children):
    """A file of requests of an organisation that is invented anew for each seed."""
    path = folder / "random.jsonl"
    path.write_text(mlup("", "generate", "--children", children, "--years", 2, "--seed", seed).out, encoding="utf-8")
    return path


def kill_at_random(chance, folder, cluster, path):
    """Imports into a daemon that is killed, or whose connections are, at a moment that chance says. Returns what was killed."""
    daemon = Daemon(folder / "data", *cluster.arguments())
    importer = subprocess.Popen([BIN / "mlup", "--server", daemon.address, "--json", "import", path],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(*KILL_AFTER_S))
    side = chance.choice(["daemon", "connections", "server"])
    if side == "connections":
        cluster.run("psql", "-X", "-q", "-c", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mlup' AND "
                    "pid <> pg_backend_pid()")
        time.sleep(chance.uniform(*KILL_AFTER_S))
    if side == "server":
        pid = int((cluster.folder / "data/postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(chance.uniform(*KILL_AFTER_S))
    daemon.kill()
    importer.kill()
    importer.wait()
    if side == "server":
        # Its sessions end by themselves, a little later.
        wait_for("a server after one that was killed", cluster.starts)
    return side


def check_shares(cluster):
    """What the events behind a figure add comes to its value."""
    wrong = cluster.ask("SELECT period, code, dimension, member, c.value, sum(e.contributes), count(*) FROM mlup.report_cell c "
                        "JOIN mlup.report_evidence e USING (period, code, dimension, member) "
                        "JOIN mlup.dim_indicator i USING (code) WHERE dimension = '' OR member <> '' GROUP BY 1, 2, 3, 4, c.value, c.evidence_count, i.unit "
                        "HAVING count(*) <> c.evidence_count OR (i.unit IN ('unique_persons', 'cases', 'attendances', 'closures') AND "
                        "c.value <> sum(e.contributes))")
    check(not wrong, f"evidence does not add up: {wrong[:3]}")


def check_log(seed, children, kills):
    """Of one random log: whatever is killed, and a rebuild, the same rows."""
    chance = random.Random(seed)
    print(f"seed {seed}")
    with Workspace() as folder, Cluster(folder / "pg") as cluster:
        path = random_log(folder, seed, children)
        killed = [kill_at_random(chance, folder, cluster, path) for _ in range(kills)]
        with Daemon(folder / "data", *cluster.arguments()) as daemon:
            mlup(daemon, "import", path)
            mlup(daemon, "import", data_file())
            end = head(daemon)
            cluster.wait(end)
            after_kills = cluster.digests()
            cells, periods = check_reports(daemon, cluster)
            check_shares(cluster)
        cluster.drop()
        with Daemon(folder / "data", *cluster.arguments()) as daemon:
            cluster.wait(end)
        check(cluster.digests() == after_kills, f"a rebuild gives other rows: {after_kills} and {cluster.digests()}")
        cluster.forget()
        for _ in range(kills):
            daemon = Daemon(folder / "data", *cluster.arguments())
            time.sleep(chance.uniform(0.0, 0.3))
            daemon.kill()
        with Daemon(folder / "data", *cluster.arguments()) as daemon:
            cluster.wait(end)
        check(cluster.digests() == after_kills, "a rebuild through kills gives other rows")
        sides = {side: killed.count(side) for side in sorted(set(killed))}
        print(f"{end} events through kills {sides} and a rebuild through {kills} more: {sum(rows for rows, _ in after_kills.values())} rows of "
              f"{len(after_kills)} tables equal, {cells} cells of {periods} quarters as reports give them", flush=True)


def main():
    skip_without_postgres()
    if "--deep" not in sys.argv[1:]:
        check_log(SEED, CHILDREN, KILLS)
        return
    for seed in range(SEED, SEED + LOGS_DEEP):
        check_log(seed, CHILDREN_DEEP, KILLS_DEEP)
    print(f"{LOGS_DEEP} logs")


if __name__ == "__main__":
    main()
