"""Every event type as the CloudEvents SDK of npm reads it. Skipped, with a word, without npm or its registry."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIP = 77


def main():
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: node and npm are not installed")
        return SKIP
    sdk = Path(os.environ["MLUP_NPM"])
    sdk.mkdir(parents=True, exist_ok=True)
    if not (sdk / "node_modules/cloudevents").is_dir():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, sdk / name)
        installed = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=sdk,
                                   check=False, stdin=subprocess.DEVNULL)
        if installed.returncode != 0:
            print("skipped: the CloudEvents SDK could not be installed")
            return SKIP
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        subprocess.run([os.environ["MLUP_ENCODINGS"]], stdout=file, check=True)
        return subprocess.run(["node", HERE / "validate.mjs", file.name], cwd=sdk, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
