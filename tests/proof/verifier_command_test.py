"""The second verifier as an auditor runs it: its words and exit codes on an honest and on a forged bundle."""

import base64
import hashlib
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


def both(code, bundle, *arguments):
    expect(run(bundle, *arguments), code)
    done = subprocess.run([tampering.program("mlup"), "audit", "verify", bundle, *arguments], capture_output=True, text=True)
    assert done.returncode == code, (arguments, code, done)


def key_text(name, point):
    blob = b"\x01" + point
    return f"{name}+{hashlib.sha256(name.encode() + chr(10).encode() + blob).hexdigest()[:8]}+{base64.b64encode(blob).decode()}"


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

        # The first verifier and the second say the same of the same words.
        weak = [bytes(32), bytes([1]) + bytes(31), bytes([0xec]) + bytes([255]) * 30 + bytes([0x7f]),
                bytes([0xee]) + bytes([255]) * 31,
                bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
        files = {"comments": (f"# the log's\n\n  {key} \t\r\n#{key}x\n\n", 0), "crlf": (f"{key}\r\n", 0), "none": ("# nothing\n\n", 2),
                 "empty": ("", 2), "words": (f"{key}\nwords\n", 2), "two": (f"{key}\n{key}\n", 0), "no-break": (key, 0),
                 "space": (f"{key}\u00a0\n", 2), "cr": (f"{key}\r{key}\n", 2)}
        for name, (text, code) in files.items():
            (folder / name).write_bytes(text.encode())
            both(code, honest, "--key", folder / name)
        (folder / "broken").write_bytes(b"\xff+" + key.encode() + b"\n")
        both(2, honest, "--key", folder / "broken")
        for point in weak:
            both(2, honest, "--key", key, "--key", key_text(origin, point))
        both(2, honest, "--key", key, "--subject", "")
        both(2, honest, "--key", "")
        both(2, honest, "--key", folder)
        both(0, honest, "--key", key, "--subject", person)
        both(1, honest, "--key", key, "--subject", person[:-1] + ("0" if person[-1] != "0" else "1"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
