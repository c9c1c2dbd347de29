#!/usr/bin/env python3
"""Runs fuzz targets, each from its seeds, the inputs in corpus/NAME and what earlier runs in this build found.

  run.py PROGRAM [--seconds N] [NAME...]    all targets without NAME; 2 seconds each

An input that ends the program is kept in PROGRAM-found/NAME and printed: mend what it shows, for its whole kind, and put it,
made small with -minimize_crash=1, into corpus/NAME.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What a parser may take of an input: hostile ones are short.
BYTES_MAX = 8192


def run(program, name, seconds):
    """The words of libFuzzer when a target fails; nothing when it holds."""
    kept, found = (program.with_name(f"{program.name}-{kind}") / name for kind in ("corpus", "found"))
    for folder in (kept, found):
        folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([program, f"--target={name}", f"--seeds={kept}"], check=True, stdout=subprocess.DEVNULL)
    folders = [kept, *(path for path in [HERE / "corpus" / name] if path.is_dir())]
    done = subprocess.run([program, f"--target={name}", f"-max_total_time={seconds}", f"-max_len={BYTES_MAX}", "-timeout=10", "-rss_limit_mb=2048",
                           "-print_final_stats=1", f"-artifact_prefix={found}/", *folders], capture_output=True, text=True, errors="replace", check=False)
    stats = dict(line[6:].split(":") for line in done.stderr.splitlines() if line.startswith("stat::") and line.count(":") == 3)
    print(f"{name}: {int(stats.get('number_of_executed_units', 0))} inputs", flush=True)
    return done.stderr if done.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    known = subprocess.run([options.program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    listed = (HERE / "targets").read_text().split()
    if sorted(known) != sorted(listed):
        sys.exit(f"the file targets does not name what the program has: {sorted(set(known) ^ set(listed))}")
    failed = 0
    for name in options.names or known:
        words = run(options.program.resolve(), name, options.seconds)
        if words:
            failed += 1
            print(f"{name}: failed", flush=True)
            sys.stderr.write(f"{name}:\n{words[-8000:]}\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
