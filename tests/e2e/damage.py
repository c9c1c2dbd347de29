"""What is damaged, gone, full or not read: a start says so or goes on, and doctor says the same."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from harness import BIN, ROOT, Daemon, Workspace, check, head, mlup

FAMILY = ROOT / "tests/data/small"


def refusal(data, *arguments):
    """The reason of a refused start, on which doctor agrees; "" for one that is not."""
    daemon = subprocess.run([BIN / "mlupd", "serve", "--data", data, "--listen", "127.0.0.1:0", *arguments],
                            capture_output=True, text=True, timeout=60, check=False)
    check(daemon.returncode == 1 and daemon.stdout == "", f"not refused: {daemon}")
    last = daemon.stderr.splitlines()[-1]
    return last.removeprefix("mlupd: ").split(":")[0]


def doctor(data, *arguments, expect):
    done = subprocess.run([BIN / "mlup", "doctor", "--data", data, *arguments], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == expect, f"doctor ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def fill(folder, name="data"):
    data = folder / name
    with Daemon(data) as daemon:
        mlup(daemon, "import", FAMILY / "family.jsonl")
        mlup(daemon, "subscribers", "create", "sync")
        running = doctor(data, expect=0)
        check("A process has the log open" in running and "Keyring" in running, running)
    return data


def with_stderr(folder, stderr, work):
    """Runs the daemon with this standard error; True when it ends well."""
    process = subprocess.Popen([BIN / "mlupd", "serve", "--data", folder / "unread", "--listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=stderr)
    try:
        address = json.loads(process.stdout.readline())["address"]
        work(address)
        process.send_signal(signal.SIGTERM)
        return process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()


def nobody_reads(folder):
    """Entry 40: the pipe is full before the first line."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)

    def ask(address):
        for _ in range(3):
            mlup(address, "import", FAMILY / "family.jsonl")
        # Room again: what was dropped is told.
        for _ in range(8):
            os.read(reading, 4096)
        mlup(address, "status")

    check(with_stderr(folder, writing, ask), "it does not end while nobody reads standard error")
    os.close(writing)
    said = b""
    while piece := os.read(reading, 1 << 16):
        said += piece
    os.close(reading)
    check(b"diagnostics_dropped lines=" in said, f"nobody said that lines were dropped: {said[-300:]}")


def reader_gone(folder):
    reading, writing = os.pipe()

    def ask(address):
        os.close(reading)
        for _ in range(3):
            mlup(address, "import", FAMILY / "family.jsonl")

    check(with_stderr(folder, writing, ask), "a closed pipe ended it")
    os.close(writing)


def what_vouches(folder):
    """Entry 37: absent, another's, older: refused by name, and forgotten by a word only."""
    data, other = fill(folder, "vouched"), fill(folder, "other")
    key = Path(f"{data}.keyring")
    whole = key.read_bytes()
    for content, reason in ((None, "KEYRING_MISSING"), (Path(f"{other}.keyring").read_bytes(), "KEYRING_OTHER"),
                            (whole[:-84], "KEYRING_OLDER"), (whole[:50] + bytes([whole[50] ^ 1]) + whole[51:], "KEYRING_DAMAGED"),
                            (b"", "KEYRING_DAMAGED")):
        key.unlink(missing_ok=True)
        if content is not None:
            key.write_bytes(content)
            key.chmod(0o600)
        check(refusal(data) == reason, f"{reason}: {refusal(data)}")
        check(f"REFUSED ({reason})" in doctor(data, expect=1), reason)
    # Memory and keyring lost together: the log itself knows which keys it needs.
    memory = (data / "installation").read_bytes()
    key.write_bytes(Path(f"{other}.keyring").read_bytes())
    (data / "installation").unlink()
    check("REFUSED (KEYRING_INCOMPLETE)" in doctor(data, expect=1), "doctor does not compare the keyring with the log")
    check(refusal(data) == "KEYRING_INCOMPLETE", refusal(data))
    (data / "installation").write_bytes(memory)
    key.write_bytes(whole)
    (data / "checkpoint").unlink()
    check(refusal(data) == "CHECKPOINT_MISSING", "a checkpoint that is gone")
    check("Forgot" in doctor(data, "--forget", "checkpoint", expect=0), "doctor does not forget")
    with Daemon(data) as daemon:
        check(head(daemon) > 0, "it does not go on after a word")


def kept(folder):
    """Entry 36: what was replaced is listed with its size, and removed by a command."""
    data = fill(folder, "kept")
    for table in data.glob("log/MANIFEST-*"):
        table.write_bytes(table.read_bytes()[:10])
    with Daemon(data):
        pass
    said = doctor(data, expect=0)
    check("log.damaged-1" in said and " MB: replaced after damage" in said, said)
    check("Removed" in doctor(data, "--remove-kept", expect=0) and not (data / "log.damaged-1").exists(), "it is not removed")


def no_reason_to_refuse(folder):
    """Entries 41 and 42: one damaged group, a stray file, a read model without its MANIFEST."""
    data = fill(folder, "tolerant")
    group = next(data.glob("groups/*.group"))
    group.write_bytes(group.read_bytes()[:-1])
    (data / "cosignatures" / "notes").write_text("x")
    next(data.glob("readmodels/indicator_facts/*/MANIFEST-*")).unlink()
    (data / "proofs" / "000000.log").write_text("x")
    said = doctor(data, expect=0)
    for reason in ("GROUP_DAMAGED", "COSIGNATURE_STRAY", "READ_MODEL_DAMAGED"):
        check(f"NOTE ({reason})" in said, f"doctor does not tell {reason}: {said}")
    with Daemon(data) as daemon:
        mlup(daemon, "--json", "report", "quarterly", "2021-Q1")
        daemon.stop()
        told = daemon.log_path.read_text()
    for words in ("GROUP_DAMAGED", "group_set_aside", "COSIGNATURE_STRAY", "read_model_damaged"):
        check(words in told, f"the start does not tell {words}: {told}")
    (data / "log" / "000000.log").write_text("x")
    check(refusal(data) == "STRAY_FILE", "a stray file in the log")
    doctor(data, expect=1)


def damaged_block(folder):
    """Entry 41: a damaged block of a read model heals while it serves."""
    data = fill(folder, "block")
    with Daemon(data) as daemon:
        wanted = mlup(daemon, "--json", "report", "quarterly", "2021-Q1").json()["rows"]
    for table in data.glob("readmodels/indicator_facts/*/*.sst"):
        content = bytearray(table.read_bytes())
        content[100] ^= 1
        table.write_bytes(content)
    with Daemon(data) as daemon:
        for _ in range(100):
            run = mlup(daemon, "--json", "report", "quarterly", "2021-Q1", expect=None)
            if run.code == 0:
                break
            time.sleep(0.1)
        check(run.code == 0 and run.json()["rows"] == wanted, f"it does not heal: {run.out}{run.err}")
        daemon.stop()
        check("read_model_damaged" in daemon.log_path.read_text(), "nobody said so")


def full_disk(folder):
    """Entry 42: a full disk records nothing and shows everything, through a start; room again is enough."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk], capture_output=True, check=False).returncode:
        return print("no disk of our own may be mounted: not tried")
    child = (FAMILY / "family.child").read_text().strip()
    try:
        data = fill(disk)
        check((data / "reserve").stat().st_size == 32 << 20, "no room is kept")
        fat = disk / "of others"

        def fill_up(file):
            with open(file, "wb", buffering=0) as other:
                try:
                    while True:
                        other.write(bytes(1 << 16))
                except OSError:
                    pass

        fill_up(fat)
        with Daemon(data) as daemon:
            events = head(daemon)
            check("Chan Bopha" in mlup(daemon, "case", "history", child).out, "a history cannot be read on a full disk")
            mlup(daemon, "--json", "report", "quarterly", "2021-Q1")
            refused = mlup(daemon, "import", ROOT / "tests/data/q1-2021.jsonl", expect=None)
            check("DISK_FULL" in refused.out + refused.err, f"{refused.code} {refused.out[-500:]}{refused.err[-500:]}")
            check(mlup(daemon, "import", FAMILY / "family.jsonl").out.find("0 refused") >= 0, "what was recorded is not answered again")
            fat.unlink()
            mlup(daemon, "import", ROOT / "tests/data/q1-2021.jsonl")
            check(head(daemon) > events, "it does not go on with room")
            daemon.stop()
            check("DISK_FULL" in daemon.log_path.read_text(), "nobody said so")
        with Daemon(data) as daemon:
            check((data / "reserve").exists() and head(daemon) > events, "the room is not kept again")
    finally:
        subprocess.run(["umount", disk], check=True)


def main():
    with Workspace() as folder:
        for part in (nobody_reads, reader_gone, what_vouches, kept, no_reason_to_refuse, damaged_block, full_disk):
            part(folder)
            print(part.__name__, flush=True)


if __name__ == "__main__":
    main()
