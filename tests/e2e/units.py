"""The units of deploy/systemd confine daemon and edge as far as they say, and these do their work within that."""

import re
import shutil
import subprocess
import sys

from edge import Edge, faces
from harness import ROOT, Daemon, Workspace, check, free_port, mlup, wait_for
from people import act_as, cookie_of

UNITS = ("mlupd.service", "mlupd@.service")
EDGE = "mlup-edge.service"
EXPOSURE_MAX = 2.0
SKIPPED = 77


def exposure(unit):
    """The score of systemd-analyze, of 10."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", ROOT / "deploy/systemd" / unit],
                          capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    check(found, f"{unit}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return float(found.group(1))


def calls_in(group):
    """The system calls of a group, with those of the groups in it."""
    lines = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, timeout=60, check=True).stdout
    names = [line.strip() for line in lines.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_in(name) if name.startswith("@") else {name} for name in names))


def calls_allowed(unit):
    """What the filters of the unit let pass, in their order."""
    allowed = set()
    for line in (ROOT / "deploy/systemd" / unit).read_text(encoding="utf-8").splitlines():
        if not line.startswith("SystemCallFilter="):
            continue
        words = line.partition("=")[2]
        named = set().union(*(calls_in(word) if word.startswith("@") else {word} for word in words.lstrip("~").split()))
        allowed = allowed - named if words.startswith("~") else allowed | named
    return allowed


def tracing(trace):
    return ("strace", "-D", "-f", "-qq", "-c", "-o", trace)


def traced(trace):
    lines = trace.read_text(encoding="utf-8").splitlines()
    return {line.split()[-1] for line in lines if re.match(r" *[\d.]+ +[\d.]+ ", line)} - {"total"}


def calls_made(folder):
    """The system calls of a daemon that is started, asked for everything once, and stopped."""
    with Daemon(folder / "data", "--web-listen", "127.0.0.1:0", under=tracing(folder / "calls")) as daemon:
        mlup(daemon, "import", ROOT / "tests/data/small/family.jsonl")
        act_as(daemon, folder, "staff-adm-9", "administrator", "operator", "case_manager", "mel_officer", "auditor")
        cookie_of(daemon, "staff-adm-9")
        mlup(daemon, "report", "quarterly", "2021-Q1")
        mlup(daemon, "events", "tail")
        mlup(daemon, "keys")
    return traced(folder / "calls")


def calls_of_edge(folder):
    """Those of an edge that is started, asked, told to read its certificates again, and ended."""
    port = free_port()
    with Daemon(folder / "behind", *faces(folder, port), listen=f"unix:{folder}/socket") as daemon:
        edge = Edge(folder, daemon, port, under=tracing(folder / "calls of the edge"))
        try:
            for _ in range(2):
                status, head, _ = edge.ask()
                check(status == 200, head)
                edge.reload()
                wait_for("the edge to listen again", edge.is_up)
        finally:
            edge.stop()
    wait_for("the trace of the edge", lambda: traced(folder / "calls of the edge"))
    return traced(folder / "calls of the edge")


def main():
    if shutil.which("systemd-analyze") is None or shutil.which("strace") is None:
        print("skipped: systemd-analyze and strace are not installed")
        sys.exit(SKIPPED)
    behind_edge = shutil.which("haproxy") is not None
    scores = {unit: exposure(unit) for unit in (*UNITS, EDGE)}
    check(max(scores.values()) <= EXPOSURE_MAX, f"more exposed than {EXPOSURE_MAX}: {scores}")
    with Workspace() as folder:
        made = dict.fromkeys(UNITS, calls_made(folder))
        if behind_edge:
            made[EDGE] = calls_of_edge(folder)
    for unit, calls in made.items():
        check(len(calls) > 20, f"hardly any calls of {unit} were seen: {calls}")
        beyond = calls - calls_allowed(unit)
        check(not beyond, f"{unit} would refuse {sorted(beyond)}")
    print(f"exposure {scores}; system calls {', '.join(f'{unit} {len(calls)}' for unit, calls in made.items())}, all within the filters")


if __name__ == "__main__":
    main()
