#!/usr/bin/env python3
"""Compiles every file of ours by itself: tests/tidy/alone.py [BUILD_FOLDER].

Other builds compile several files of a library at once, where a name that a file forgot to include or to define may be found in
another one. Uses the commands of build/clang, for which `cmake --build build/clang --target generated` is enough; says what
does not compile, and exits with 1."""

import json
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("eventstore/", "projections/", "services/", "tests/")


def commands(build):
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = Path(entry["file"])
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).as_posix().startswith(OURS):
            words = shlex.split(entry["command"])
            compiler = next(i for i, word in enumerate(words) if Path(word).name.startswith("clang"))
            words = [word for word in words[compiler:] if word != "-c"]
            output = words.index("-o")
            yield path, entry["directory"], words[:output] + words[output + 2:] + ["-fsyntax-only"]


def compile_one(job):
    path, folder, words = job
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    return path, done.returncode, done.stderr


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/clang")
    jobs = {job[0]: job for job in commands(build)}.values()
    failed = 0
    with ThreadPoolExecutor(2) as threads:
        for path, code, errors in threads.map(compile_one, jobs):
            if code:
                failed += 1
                print(f"{path.relative_to(ROOT)} does not compile by itself:\n{errors}", flush=True)
    print(f"alone: {len(jobs)} files, {failed} do not compile")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
