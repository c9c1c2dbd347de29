"""The log's key is changed: who trusts the old key goes on without a word, who trusts another is refused."""

import re

from harness import ROOT, Daemon, Workspace, check, mlup
from proof_bundle import export, verdict

FAMILY = ROOT / "tests/data/small/family.jsonl"


def rotate(folder):
    return mlup("", "--json", "keys", "rotate", "--signing-key", folder / "data.signing-key").json()["key"]


def main():
    child = FAMILY.with_suffix(".child").read_text().strip()
    lines = FAMILY.read_bytes().splitlines(keepends=True)
    with Workspace() as folder:
        old, witness = folder / "old.keys", folder / "stick"
        with Daemon(folder / "data") as daemon:
            mlup(daemon, "import", "-", stdin=b"".join(lines[:12]))
            old.write_text(mlup(daemon, "keys").out)
            mlup(daemon, "witness", "cosign", "--dir", witness)
        keys = [rotate(folder), rotate(folder)]
        check(len({*keys, old.read_text().strip()}) == 3, "a key was not changed")
        with Daemon(folder / "data", "--witness", witness) as daemon:
            shown = mlup(daemon, "--json", "keys").json()
            check(shown["key"] == keys[1] and len(shown["handovers"]) == 2, f"{shown}")
            mlup(daemon, "import", "-", stdin=b"".join(lines[12:]))
            mlup(daemon, "verify", "--key", old)
            mlup(daemon, "verify", "--witness", witness)
            mlup(daemon, "witness", "cosign", "--dir", witness)
            export(daemon, child, folder / "child.mlup")
        check(verdict(folder / "child.mlup", old) == "", "the old key does not lead to the new one")
        check(verdict(folder / "child.mlup", keys[1]) == "", "the new key is not enough")
        check(mlup("", "verify", "--data", folder / "data", "--key", old).code == 0, "nor does it for a stopped log")
        with Daemon(folder / "other") as daemon:
            mlup(daemon, "import", "-", stdin=b"".join(lines[:3]))
            stranger = mlup(daemon, "keys").out.strip()
        check(verdict(folder / "child.mlup", stranger) == "ORIGIN_WRONG", "a stranger's key is taken")
        # Another key under the right name: the origin is as it should be, the signature is not.
        forged = folder / "forged"
        with Daemon(forged, "--log-name", re.split(r"\+", keys[1])[0]) as daemon:
            mlup(daemon, "import", "-", stdin=b"".join(lines[:3]))
            check(verdict(folder / "child.mlup", mlup(daemon, "keys").out.strip()) == "LOG_KEY_UNKNOWN", "a forged key is taken")
    print("two handovers are followed, strangers are not")


if __name__ == "__main__":
    main()
