"""A golden data folder is served with its histories; folders of another format are refused in one sentence, untouched."""

import hashlib
import subprocess
import tarfile
from datetime import datetime, timezone

from harness import BIN, ROOT, Daemon, Workspace, check, head, mlup

GOLDEN = ROOT / "tests/golden/folders"


def unpack(name, folder):
    with tarfile.open(GOLDEN / f"{name}.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    return folder / "data"


def content(folder):
    """Digest of every file but locks, which a look makes."""
    return {str(file): hashlib.sha256(file.read_bytes()).digest() for file in sorted(folder.rglob("*"))
            if file.is_file() and file.name not in ("LOCK", "log.lock", "LOG")}


def expect_served(folder):
    child = (ROOT / "tests/data/small/family.child").read_text().strip()
    for archive in sorted(GOLDEN.glob("*.tar.gz")):
        name = archive.name.removesuffix(".tar.gz")
        data = unpack(name, folder / name)
        records = len((GOLDEN / f"{name}.json").read_text().splitlines())
        # Nobody asks whether the clock is right that is so far from the last event.
        today = f"--accept-clock={datetime.now(timezone.utc).date()}"
        with Daemon(data, today, keyring=folder / name / "keyring") as daemon:
            check(head(daemon) >= records, f"{name} lost events")
            history = mlup(daemon, "case", "history", child).out
            check("Chan Bopha" in history or "ចន្ទ បុប្ផា" in history, f"{name} lost what was sealed:\n{history}")
            if (folder / name / "stick").exists():
                expect_proved(daemon, folder / name)


def expect_proved(daemon, folder):
    """What was signed and handed out then holds now, and the log goes on from it."""
    mlup(daemon, "verify", "--key", folder / "log.keys", "--witness", folder / "stick")
    mlup("", "audit", "verify", folder / "child.mlup", "--key", folder / "log.keys", "--witness-key", folder / "stick/witness.pub")
    mlup(daemon, "witness", "cosign", "--dir", folder / "stick")


def expect_refused(data, sentence, *options):
    before = content(data)
    doctor = subprocess.run([BIN / "mlup", "doctor", "--data", data, *options], capture_output=True, text=True, timeout=60)
    check(doctor.returncode == 1 and sentence in doctor.stdout, f"doctor: {doctor.returncode} {doctor.stdout}{doctor.stderr}")
    check(len(doctor.stdout.splitlines()) == 1, f"not one sentence: {doctor.stdout}")
    daemon = subprocess.run([BIN / "mlupd", "serve", "--data", data, "--listen", "127.0.0.1:0", *options],
                            capture_output=True, text=True, timeout=60)
    check(daemon.returncode == 1 and sentence in daemon.stderr, f"mlupd: {daemon.returncode} {daemon.stderr}")
    check(len(daemon.stderr.splitlines()) == 1, f"not one sentence: {daemon.stderr}")
    check(content(data) == before, "a refused folder was changed")


def main():
    with Workspace() as folder:
        expect_served(folder)
        expect_refused(unpack("later/format-99", folder / "later"),
                       "the log was written in format 99, this program knows format 4")
        expect_refused(unpack("earlier/format-2", folder / "earlier"),
                       "the log was written in format 2, this program knows format 4")
        data = unpack("format-4", folder / "journal")
        segment = next(data.glob("journal/*/*.seg"))
        magic = b"mlupJRN4"
        with segment.open("r+b") as file:
            check(file.read(8) == b"mlupJRN2", "the journal does not begin as it should")
            file.seek(0)
            file.write(magic)
        expect_refused(data, "the journal was written in format 4, this program knows format 2",
                       "--keyring", folder / "journal" / "keyring")
    print("golden folders served, other formats refused")


if __name__ == "__main__":
    main()
