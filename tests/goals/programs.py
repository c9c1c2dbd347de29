"""What the goals share: programs of a build, a folder to work in, and the line that a goal ends with."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEEP = "--deep" in sys.argv[1:] or os.environ.get("MLUP_DEEP") == "1"


def program(name):
    """The program of MLUP_BIN, or of the release build, where it is built first."""
    if "MLUP_BIN" in os.environ:
        return Path(os.environ["MLUP_BIN"]) / name
    build = ROOT / "build/release"
    if not (build / "build.ninja").exists():
        quietly("cmake", "--preset", "release")
    quietly("cmake", "--build", build, "--target", name)
    return build / "bin" / name


def quietly(*command):
    """Runs a step; shows what it said only when it fails."""
    done = subprocess.run(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace")[-4000:])
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


def folder():
    """A folder in memory where there is room, else on the disk; the caller removes it."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 6 << 30
    return Path(tempfile.mkdtemp(prefix="mlup-goal-", dir=memory if roomy else None))


def output(*command, environment=None):
    """What a program printed; raises when it fails."""
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          env={**os.environ, **(environment or {})}).stdout.decode()


def gtest(name, suite, cases):
    """Runs a suite of a test program with MLUP_CASES, a part of it on each processor; returns (properties by test, names of tests that failed)."""
    place = folder()
    built = program(name)
    parts = os.cpu_count() or 1
    try:
        running = []
        for part in range(parts):
            settings = {"MLUP_CASES": str(cases), "GTEST_TOTAL_SHARDS": str(parts), "GTEST_SHARD_INDEX": str(part)}
            running.append(subprocess.Popen([built, f"--gtest_filter={suite}.*", f"--gtest_output=json:{place / str(part)}"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **settings}))
        tests, failures = [], []
        for part, process in enumerate(running):
            code = process.wait()
            found = place / str(part)
            of_part = json.loads(found.read_text())["testsuites"] if found.exists() else []
            tests += [test for suite in of_part for test in suite["testsuite"] if test["status"] == "RUN"]
            if code and not any("failures" in test for suite in of_part for test in suite["testsuite"]):
                failures.append(f"part {part} of {name} ended with {code} without a test that says why")
        return {test["name"]: test for test in tests}, failures + [test["name"] for test in tests if "failures" in test]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def end(goal, cases, failures, figures, seed=None):
    """Prints the line of the goal and ends with what it means."""
    for failure in failures:
        print(f"{goal}: {failure}", file=sys.stderr)
    print(json.dumps({"goal": goal, "cases": cases, "failures": len(failures), "seed": seed, "figures": figures}))
    sys.exit(1 if failures else 0)


def over(figures, limits):
    """What breaks a limit: {name: (least or None, most or None)}."""
    found = []
    for name, (least, most) in limits.items():
        value = figures[name]
        if least is not None and value < least:
            found.append(f"{name} is {value:g}, at least {least:g} is wanted")
        if most is not None and value > most:
            found.append(f"{name} is {value:g}, at most {most:g} is allowed")
    return found
