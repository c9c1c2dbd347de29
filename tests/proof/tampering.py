"""Runs goals B2 and B3: forged bundles and logs, and whether both verifiers say the same of them."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
SIZES = {False: ("3000", "1000"), True: ("60000", "10000")}
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
TOLD_MAX = 20


def program(name):
    """Where the program is; None where it is not built."""
    folders = [Path(folder) for folder in (os.environ.get("MLUP_BIN"), ROOT / "build/release/bin", ROOT / "build/dev/bin")
               if folder]
    return next((folder / name for folder in folders if os.access(folder / name, os.X_OK)), None)


def result_of(text):
    """The JSON object of a program's last line, or None."""
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return None


def matrix_command(options):
    tamperings, clean = SIZES[options.deep]
    return [str(program("tamper_matrix")), "--seed", str(options.seed), "--tamperings", tamperings, "--clean", clean]


def tamper(options):
    """B2: everything is noticed, under the name it should have, and nothing honest is refused."""
    run = subprocess.run(matrix_command(options), stdout=subprocess.PIPE, text=True)
    result = result_of(run.stdout)
    if result is None:
        return {"cases": 0, "failures": 1, "figures": {}, "error": f"tamper_matrix ended with code {run.returncode}"}
    return result


def agree(options):
    """B3: the second verifier says the same of every case, and holds to published vectors."""
    vectors = subprocess.run(["node", FOLDER / "vectors_test.js"], stdout=subprocess.PIPE, text=True)
    published = result_of(vectors.stdout) if vectors.returncode == 0 else None
    reader, writer = os.pipe()
    matrix = subprocess.Popen([*matrix_command(options), "--cases", f"/dev/fd/{writer}"], pass_fds=[writer],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    os.close(writer)
    node = subprocess.run(["node", FOLDER / "agree.js"], stdin=reader, stdout=subprocess.PIPE, text=True)
    os.close(reader)
    first, second = result_of(matrix.communicate()[0]), result_of(node.stdout)
    errors = [what for what, result in (("the published vectors", published), ("tamper_matrix", first), ("agree.js", second))
              if result is None]
    if errors:
        return {"cases": 0, "failures": len(errors), "figures": {}, "error": f"failed: {', '.join(errors)}"}
    for difference in second["differences"][:TOLD_MAX]:
        print("{operator}: first {first}, second {second}: {message}".format(**difference), file=sys.stderr)
    figures = {"bundles": second["cases"], "accepted by both": second["accepted"], "published vectors": published["cases"],
               "refused with": second["errors"]}
    return {"cases": second["cases"] + published["cases"], "failures": second["failures"], "figures": figures}


def main(goal, words):
    parser = argparse.ArgumentParser(prog=goal, description=__doc__)
    parser.add_argument("--deep", action="store_true", help="60,000 tamperings and 10,000 honest bundles")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    code, result = 0, {"cases": 0, "failures": 1, "figures": {}}
    if program("tamper_matrix") is None:
        result["error"] = "tamper_matrix is not built; MLUP_BIN names the folder of the programs"
    elif goal == "B3" and shutil.which("node") is None:
        code, result["error"] = SKIPPED, "skipped: node is not installed (deploy/install-deps)"
    else:
        result = {"B2": tamper, "B3": agree}[goal](options)
    print(json.dumps({"goal": goal, **result, "seed": options.seed}))
    return code or (1 if result["failures"] else 0)
