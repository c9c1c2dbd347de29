"""The second verifier as an auditor runs it: its words and exit codes on an honest and on a forged bundle."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tampering

VERIFIER = tampering.ROOT / "deploy/verifier/mlup_audit_verify.js"


def cases(folder, *arguments):
    """The cases that tamper_matrix writes, as lists of bytes."""
    path = folder / "cases"
    subprocess.run([tampering.program("tamper_matrix"), *arguments, "--cases", path], check=True, stdout=subprocess.DEVNULL)
    data, texts = path.read_bytes(), []
    while data:
        size = int.from_bytes(data[:4], "big")
        texts.append(data[4:4 + size])
        data = data[4 + size:]
    return [texts[i:i + 7] for i in range(0, len(texts), 7)]


def run(*arguments):
    done = subprocess.run(["node", VERIFIER, *arguments], capture_output=True, text=True)
    assert "    at " not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def expect(result, code, *words):
    assert result[0] == code, result
    for word in words:
        assert word in result[1] + result[2], (word, result)


def main():
    if shutil.which("node") is None:
        print("skipped: node is not installed (deploy/install-deps)")
        return tampering.SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = cases(folder, "--tamperings", "0", "--clean", "8")
        _, _, summary, keys, witnesses, _, bundle = next(case for case in found if case[4] and int(case[2].split()[7]) > 0)
        person, origin, complete_to = summary.decode().split()[:3]
        key, witness = keys.decode().splitlines()[0], witnesses.decode()
        honest, forged, key_file = folder / "honest", folder / "forged", folder / "keys"
        honest.write_bytes(bundle)
        forged.write_bytes(bundle[:-1] + bytes([bundle[-1] ^ 1]))
        key_file.write_text(f"{key}\n")

        expect(run(honest, "--key", key), 0, person, origin, f"up to position {complete_to}", "not asked for")
        expect(run(honest, "--key", key_file, "--witness-key", witness, "--subject", person), 0, "by witness.example.org")
        expect(run("--show", "--key", key, honest), 0, "mlup.test.v1.Noted  social_worker")
        expect(run(forged, "--key", key), 1, "INCLUSION_WRONG: ")
        expect(run(honest, "--key", key, "--subject", "somebody-else"), 1, "SUBJECT_WRONG: ")
        for wrong in ([], [honest], ["--key", key], [honest, honest, "--key", key], [honest, "--key"], [honest, "--key", ""],
                      [honest, "--key", witness], [honest, "--key", "nothing"], [honest, "--key", key, "--subject", ""],
                      [honest, "--key", honest], [honest, "--key", key, "--unknown"], [folder / "gone", "--key", key],
                      [folder, "--key", key]):
            code, out, err = run(*wrong)
            assert (code, out) == (2, "") and err, (wrong, code, out, err)
        expect(run("--help"), 0, "usage")
    return 0


if __name__ == "__main__":
    sys.exit(main())
