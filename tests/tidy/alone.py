#!/usr/bin/env python3
"""Compiles every file of ours by itself: tests/tidy/alone.py [--deep] [BUILD_FOLDER].

Other builds compile several files of a library at once, where a name that a file forgot to include or to define may be found in
another one. Uses the commands of build/clang, for which `cmake --build build/clang --target generated` is enough. What other
projects' headers hold is read once, as in those builds. Says what does not compile, and exits with 1."""

import json
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("eventstore/", "projections/", "services/", "tests/")
# Of libraries and of tests.
HEADERS = {False: "eventstore/base/precompiled.h", True: "tests/precompiled.h"}


def files_of(unit):
    """The files of ours that are compiled with `unit`."""
    included = re.findall(r'^#include "(/[^"]+)"', unit.read_text(encoding="utf-8"), re.M) if "/Unity/unity_" in str(unit) else []
    for path in map(Path, included or [unit]):
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).as_posix().startswith(OURS) and path.suffix == ".cc":
            yield path


def entries(build):
    return json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))


def units(build):
    """What the build compiles, each one file or several of ours."""
    return [Path(entry["file"]) for entry in entries(build)]


def commands(build):
    """(file, folder to compile in, words of the compiler but for the file) of each."""
    for entry in entries(build):
        words = shlex.split(entry["command"])
        compiler = next((i for i, word in enumerate(words) if Path(word).name.startswith("clang")), None)
        if compiler is None:
            continue
        # Programs differ from libraries here, and precompiled headers would have to.
        words = ["-fPIC" if word == "-fPIE" else word for word in words[compiler:words.index("-o")]]
        for path in files_of(Path(entry["file"])):
            yield path, entry["directory"], words


def is_test(words):
    return any(word.startswith("-DGTEST_") for word in words)


def read_headers(jobs, folder):
    """Precompiled headers with the flags that all who use one have."""
    made = {}
    for test, header in HEADERS.items():
        _, where, words = min((job for job in jobs if is_test(job[2]) == test), key=lambda job: len(job[2]))
        made[test] = Path(folder) / f"{Path(header).parent.name}.pch"
        subprocess.run([*words, "-x", "c++-header", str(ROOT / header), "-o", str(made[test])], cwd=where, check=True)
    return made


def main():
    deep = "--deep" in sys.argv[1:]
    [build] = [Path(word).resolve() for word in sys.argv[1:] if word != "--deep"] or [ROOT / "build/clang"]
    jobs = list({job[0]: job for job in commands(build)}.values())
    if not jobs:
        print(f"alone: {build} names no file of ours")
        return 1
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mlup-alone-") as folder, ThreadPoolExecutor(2) as threads:
        headers = {} if deep else read_headers(jobs, folder)

        def compile_one(job):
            path, where, words = job
            header = [] if deep else ["-include-pch", str(headers[is_test(words)])]
            return path, subprocess.run([*words, *header, "-fsyntax-only", str(path)], cwd=where, capture_output=True, text=True)

        for path, done in threads.map(compile_one, jobs):
            if done.returncode:
                failed += 1
                print(f"{path.relative_to(ROOT)} does not compile by itself:\n{done.stderr}", flush=True)
    print(f"alone: {len(jobs)} files, {failed} do not compile")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
