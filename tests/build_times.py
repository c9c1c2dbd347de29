#!/usr/bin/env python3
"""Where the time of a build goes, from Ninja's log: `build_times.py [BUILD_FOLDER]` (default build/release) adds up the seconds
of what was last built, by kind. With two jobs at a time a build takes half of the sum."""

import collections
import re
import sys
from pathlib import Path

# The first that fits: (what is built, kind).
KINDS = [
    (r"\.gch$|\.pch$", "headers read once"),
    (r"^proto/.*_stubs\.dir/", "generated, services"),
    (r"^proto/.*\.o$", "generated, messages"),
    (r"^proto/", "code generators"),
    (r"_test\.dir/|^tests/.*\.o$", "tests"),
    (r"^services/(mlup|mlupd)/.*\.o$", "the two programs' own files"),
    (r"^(eventstore|projections|services)/.*\.o$", r"\1"),
    (r"\.a$|^bin/", "archives and links"),
]


def read(folder):
    """The last (kind, seconds) of all that is built now; a command that makes several files counts once."""
    built = {output for line in (folder / "build.ninja").read_text().splitlines() if line.startswith("build ")
             for output in line.partition(":")[0].split()}
    last = {}
    for line in (folder / ".ninja_log").read_text().splitlines():
        if not line.startswith("#"):
            start, end, _, output, command = line.split("\t")
            if output in built:
                last[output] = (int(start), int(end), command)
    commands = {entry: output for output, entry in last.items()}
    for (start, end, _), output in commands.items():
        for pattern, kind in KINDS:
            if found := re.search(pattern, output):
                yield found.expand(kind), (end - start) / 1000
                break


def main(arguments):
    folder = Path(arguments[0] if arguments else "build/release")
    if not (folder / ".ninja_log").exists():
        print(f"build_times: {folder} holds no build")
        return 1
    seconds, steps = collections.Counter(), collections.Counter()
    for kind, took in read(folder):
        seconds[kind] += took
        steps[kind] += 1
    for kind, took in seconds.most_common():
        print(f"{kind:28} {steps[kind]:4} steps {took:7.0f} s")
    print(f"{'sum':28} {steps.total():4} steps {seconds.total():7.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
