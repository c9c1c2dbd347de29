"""The examples of deploy/examples do what they say."""

import os
import subprocess
import sys

from harness import BIN, ROOT, Workspace, check

EXAMPLES = [["referral/run.py"], ["dhis2/run.py"], ["sandbox/run.py", "--check", "--children", "40", "--folder"]]


def main():
    with Workspace() as folder:
        for number, (script, *arguments) in enumerate(EXAMPLES):
            done = subprocess.run([sys.executable, "-B", ROOT / "deploy/examples" / script, *arguments, folder / str(number)],
                                  env={**os.environ, "MLUP_BIN": str(BIN)}, capture_output=True, text=True, timeout=300,
                                  check=False)
            check(done.returncode == 0, f"{script} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            print(script, "|", done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
