#!/usr/bin/env python3
"""Compiles files of ours by themselves: tests/tidy/alone.py [--deep] [--slice N] [BUILD_FOLDER].

Other builds compile several files of a library at once, where a name that a file forgot to include or to define may be found in
another one. Uses the commands of build/clang, for which `cmake --build build/clang --target generated` is enough. What other
projects' headers hold is read once, as in those builds. With --slice, N of the files: those that changed lately, then others that
move on with every commit. Says what does not compile, and exits with 1."""

import argparse
import hashlib
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


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def first(size, things, files):
    """So many of `things`, of which `files` tells the files: those that changed within a day before the last commit, then others that move on
    with every commit. All, where size is None."""
    commit = git("rev-parse", "HEAD")
    day = int(git("log", "-1", "--format=%ct").strip() or 0) - 24 * 3600
    changed = {(ROOT / path).resolve() for path in git("log", f"--since=@{day}", "--first-parent", "-m", "--name-only", "--format=").split()}
    return sorted(things, key=lambda thing: (changed.isdisjoint(files(thing)),
                                             hashlib.sha256(f"{commit}{thing}".encode()).hexdigest()))[:size]


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deep", action="store_true", help="without precompiled headers")
    parser.add_argument("--slice", type=int, help="how many files [all]")
    parser.add_argument("build", type=Path, nargs="?", default=ROOT / "build/clang", help="[build/clang]")
    options = parser.parse_args()
    deep, build = options.deep, options.build.resolve()
    jobs = list({job[0]: job for job in commands(build)}.values())
    if not jobs:
        print(f"alone: {build} names no file of ours")
        return 1
    chosen = set(first(options.slice, [path for path, _, _ in jobs], lambda path: [path]))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mlup-alone-") as folder, ThreadPoolExecutor(2) as threads:
        headers = {} if deep else read_headers(jobs, folder)

        def compile_one(job):
            path, where, words = job
            header = [] if deep else ["-include-pch", str(headers[is_test(words)])]
            return path, subprocess.run([*words, *header, "-fsyntax-only", str(path)], cwd=where, capture_output=True, text=True)

        for path, done in threads.map(compile_one, [job for job in jobs if job[0] in chosen]):
            if done.returncode:
                failed += 1
                print(f"{path.relative_to(ROOT)} does not compile by itself:\n{done.stderr}", flush=True)
    print(f"alone: {len(chosen)} of {len(jobs)} files, {failed} do not compile")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
