"""The units of deploy/systemd confine the daemon as far as they say, and it does its work within that."""

import re
import shutil
import subprocess
import sys

from harness import ROOT, Daemon, Workspace, check, mlup
from people import act_as, cookie_of

UNITS = ("mlupd.service", "mlupd@.service")
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


def calls_made(folder):
    """The system calls of a daemon that is started, asked for everything once, and stopped."""
    trace = folder / "calls"
    with Daemon(folder / "data", "--web-listen", "127.0.0.1:0", under=("strace", "-D", "-f", "-qq", "-c", "-o", trace)) as daemon:
        mlup(daemon, "import", ROOT / "tests/data/small/family.jsonl")
        act_as(daemon, folder, "staff-adm-9", "administrator", "operator", "case_manager", "mel_officer", "auditor")
        cookie_of(daemon, "staff-adm-9")
        mlup(daemon, "report", "quarterly", "2021-Q1")
        mlup(daemon, "events", "tail")
        mlup(daemon, "keys")
    lines = trace.read_text(encoding="utf-8").splitlines()
    return {line.split()[-1] for line in lines if re.match(r" *[\d.]+ +[\d.]+ ", line)} - {"total"}


def main():
    if shutil.which("systemd-analyze") is None or shutil.which("strace") is None:
        print("skipped: systemd-analyze and strace are not installed")
        sys.exit(SKIPPED)
    scores = {unit: exposure(unit) for unit in UNITS}
    check(max(scores.values()) <= EXPOSURE_MAX, f"more exposed than {EXPOSURE_MAX}: {scores}")
    with Workspace() as folder:
        made = calls_made(folder)
    check(len(made) > 20, f"hardly any calls were seen: {made}")
    for unit in UNITS:
        beyond = made - calls_allowed(unit)
        check(not beyond, f"{unit} would refuse {sorted(beyond)}")
    print(f"exposure {scores}; {len(made)} system calls, all within the filters")


if __name__ == "__main__":
    main()
