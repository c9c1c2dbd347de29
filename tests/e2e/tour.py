"""Runs the tour of README.md: every ```sh block marked `tour`, and compares what it prints.

A line of a block that begins with `$ ` is a command; the lines up to the next one are its output. `...` in a line
stands for any text, a line of `...` for any lines. The daemon holds the same data as after deploy/start. Files that
the tour writes to `var/` go to a folder of this run.
"""

import os
import re
import subprocess

from harness import BIN, ROOT, Daemon, Workspace, check, data_file, mlup
from people import act_as

# Of the account that deploy/start makes.
ROLES = re.search(r"^roles=\((.*)\)", (ROOT / "deploy/start").read_text(encoding="utf-8"), re.M).group(1).split()
BLOCK = re.compile(r"^```sh tour\n(.*?)^```", re.M | re.S)


def steps(text):
    """(command, expected output) of every tour block."""
    for block in BLOCK.findall(text):
        command, output = None, []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, output
                command, output = line[2:], []
            else:
                output.append(line)
        if command:
            yield command, output


def pattern(lines):
    """The expected output as a regular expression."""
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in line.rstrip().split("...")) + "[ ]*\n")
    return re.compile("".join(parts))


def main():
    found = list(steps((ROOT / "README.md").read_text(encoding="utf-8")))
    check(len(found) >= 5, "README.md has no tour")
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        found = [(command.replace("var/", f"{folder}/"), [line.replace("var/", f"{folder}/") for line in output])
                 for command, output in found]
        mlup(daemon, "import", data_file())
        act_as(daemon, folder, "staff-demo-1", *ROLES)
        environment = {**os.environ, "MLUP_SERVER": daemon.address, "MLUP_DATA": str(daemon.data),
                       "PATH": f"{BIN}:{os.environ['PATH']}"}
        for command, output in found:
            run = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, timeout=300, check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            printed = run.stdout.decode()
            difference = f"$ {command}\nprinted\n{printed}\ninstead of\n" + "\n".join(output)
            check(pattern(output).fullmatch(printed), difference)
            print(f"$ {command}")
    print(f"{len(found)} commands as in README.md")


if __name__ == "__main__":
    main()
