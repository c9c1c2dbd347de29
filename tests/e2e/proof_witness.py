"""A witness's folder: an older copy of the log, or another history, is refused at the start and by the witness, and explained."""

import shutil
import subprocess

from harness import BIN, ROOT, TIMEOUT_S, Daemon, Workspace, check, data_file, mlup

FAMILY = ROOT / "tests/data/small/family.jsonl"


def lines(path, first, last=None):
    return b"".join(path.read_bytes().splitlines(keepends=True)[first:last])


def expect_refused(data, witness, reason):
    """mlupd does not start, and says why and what to do."""
    done = subprocess.run([BIN / "mlupd", "serve", "--data", data, "--listen", "127.0.0.1:0", "--witness", witness],
                          capture_output=True, text=True, timeout=TIMEOUT_S)
    check(done.returncode == 1 and reason in done.stderr, f"mlupd ended with {done.returncode}: {done.stderr}")
    for words in (str(witness), "events", "Put back"):
        check(words in done.stderr, f"`{words}` is not in: {done.stderr}")


def expect_not_cosigned(daemon, witness, reason):
    before = (witness / "checkpoint").read_bytes()
    refused = mlup(daemon, "witness", "cosign", "--dir", witness, expect=1)
    check(reason in refused.err and "evidence" in refused.err, refused.err)
    check((witness / "checkpoint").read_bytes() == before, "the witness forgot what it saw")
    kept = mlup("", "--json", "witness", "show", "--dir", witness).json()["refused"]
    check(any(reason in name for name in kept), f"no evidence is kept: {kept}")


def put(copy, data):
    shutil.rmtree(data)
    shutil.copytree(copy, data)


def main():
    with Workspace() as folder:
        data, older, witness = folder / "data", folder / "older", folder / "stick"
        with Daemon(data) as daemon:
            mlup(daemon, "import", "-", stdin=lines(FAMILY, 0, 7))
            first = mlup(daemon, "--json", "witness", "cosign", "--dir", witness, "--name", "partner").json()
            check(first["first"] and first["size"] == 9, f"{first}")
        shutil.copytree(data, older)
        with Daemon(data, "--witness", witness) as daemon:
            mlup(daemon, "import", "-", stdin=lines(FAMILY, 7))
            second = mlup(daemon, "--json", "witness", "cosign", "--dir", witness).json()
            check(second["size_before"] == 9 and second["size"] >= 19, f"{second}")
            # A bundle now holds what the witness signed, for auditors who trust it.
            key, bundle = folder / "log.keys", folder / "child.mlup"
            key.write_text(mlup(daemon, "keys").out)
            mlup(daemon, "audit", "bundle", "--subject", FAMILY.with_suffix(".child").read_text().strip(), "--purpose",
                 "court_request", "-o", bundle)
            seen = mlup("", "--json", "audit", "verify", bundle, "--key", key, "--witness-key", witness / "witness.pub").json()
            check(seen["witnessed_size"] == second["size"], f"{seen}")
            mlup(daemon, "verify", "--witness", witness)
        with Daemon(data, "--witness", witness):
            pass
        put(older, data)
        expect_refused(data, witness, "LOG_ROLLED_BACK")
        with Daemon(data) as daemon:
            expect_not_cosigned(daemon, witness, "LOG_ROLLED_BACK")
            check("LOG_TOO_SHORT" in mlup(daemon, "verify", "--witness", witness, expect=1).err, "verify did not see it")
            mlup(daemon, "import", "-", stdin=lines(data_file(), 0, 60))
            expect_not_cosigned(daemon, witness, "LOG_FORKED")
            check("CHECKPOINT_CONTRADICTED" in mlup(daemon, "verify", "--witness", witness, expect=1).err, "verify did not see it")
        expect_refused(data, witness, "LOG_FORKED")
    print("an older copy and another history are refused")


if __name__ == "__main__":
    main()
