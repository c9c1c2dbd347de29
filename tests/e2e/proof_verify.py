"""`mlup verify` is content with an honest log and with nothing that an intruder leaves, from a byte to a whole history."""

import shutil
import subprocess

import stored_log
from harness import BIN, TIMEOUT_S, Daemon, Workspace, check, data_file, head, mlup


def refused(where, *arguments):
    run = mlup(where, "verify", *arguments, expect=1)
    check("whole and unaltered" not in run.out, run.out)
    return run.err


def main():
    with Workspace() as folder:
        data, witness, key = folder / "data", folder / "stick", folder / "log.keys"
        with Daemon(data) as daemon:
            mlup(daemon, "import", data_file())
            key.write_text(mlup(daemon, "keys").out)
            mlup(daemon, "witness", "cosign", "--dir", witness)
            found = mlup(daemon, "--json", "verify", "--key", key, "--witness", witness).json()
            check(found["result"] == "whole" and found["pinned"] and found["events"] == head(daemon), f"{found}")
            text = mlup(daemon, "verify", "--key", key).out
            check("whole and unaltered" in text and "events/s" in text, text)
            check("NOT compared" in mlup(daemon, "verify").out, "without a key it does not say so")
        check("whole and unaltered" in mlup("", "verify", "--data", data, "--key", key).out, "the stopped log is not whole")

        # One record altered in the journal, with every checksum made right: the two copies differ.
        stored_log.alter(data, b"staff-sw-1", b"staff-sw-2")
        check("COPIES_DIFFER" in refused("", "--data", data, "--key", key), "the copies are not compared")
        # In both copies: RocksDB is made again from the journal, and so is all that is derived. No start is let through.
        shutil.rmtree(data / "log")
        (data / "log.state").unlink()
        for _ in range(2):
            start = subprocess.run([BIN / "mlupd", "serve", "--data", data, "--listen", "127.0.0.1:0"], capture_output=True,
                                   text=True, timeout=TIMEOUT_S)
            check(start.returncode == 1 and "LOG_FORKED" in start.stderr, f"mlupd ended with {start.returncode}: {start.stderr}")
        check("CHECKPOINT_CONTRADICTED" in refused("", "--data", data, "--key", key), "the stopped log's tree is not compared")
        # And signed again by somebody who has the key too: only a witness can tell.
        (data / "checkpoint").unlink()
        (data / "installation").unlink()  # else the start is refused: CHECKPOINT_MISSING
        shutil.rmtree(data / "cosignatures")
        with Daemon(data) as daemon:
            mlup(daemon, "verify", "--key", key)
            check("CHECKPOINT_CONTRADICTED" in refused(daemon, "--witness", witness), "the witness is not asked")
        check("CHECKPOINT_CONTRADICTED" in refused("", "--data", data, "--witness", witness), "nor for a stopped log")
    print(f"{found['events']} events verified, {found['checkpoints']} checkpoints, {found['map_roots']} map roots; intruders are seen")


if __name__ == "__main__":
    main()
