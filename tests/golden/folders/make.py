#!/usr/bin/env python3
"""Makes a golden data folder with the programs of this build: make.py NAME writes NAME.tar.gz beside this file.

Run it once for every new format, before the release that brings it; see README.md. Nothing that is here is ever made again.
"""

import gzip
import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "e2e"))
from harness import ROOT, Daemon, Workspace, check, head, mlup  # noqa: E402


def plain(entry):
    """Without what says when, where and by whom it was packed."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def pack(folder, archive):
    with archive.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w") as tar:
        for name in sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
            # Not what is derived or holds nothing, nor what the daemons said.
            if "readmodels" not in name.parts and name.name != "reserve" and not (len(name.parts) == 1 and name.suffix == ".log"):
                tar.add(folder / name, arcname=str(name), filter=plain)


def main(name):
    archive = FOLDER / f"{name}.tar.gz"
    check(not archive.exists(), f"{archive.name} is there: a golden folder is never made again")
    child = (ROOT / "tests/data/small/family.child").read_text().strip()
    with Workspace() as folder:
        lines = (ROOT / "tests/data/small/family.jsonl").read_bytes().splitlines(keepends=True)
        # Two lives, so that there are table files as well as a write-ahead log.
        for life in (lines[:7], lines[7:]):
            with Daemon(folder / "data", keyring=folder / "keyring") as daemon:
                mlup(daemon, "import", "-", stdin=b"".join(life))
                mlup(daemon, "case", "history", child)
                mlup(daemon, "witness", "cosign", "--dir", folder / "stick")
                mlup(daemon, "audit", "bundle", "--subject", child, "--purpose", "court_request", "-o", folder / "child.mlup")
                (folder / "log.keys").write_text(mlup(daemon, "keys").out)
                events = head(daemon)
        pack(folder, archive)
    print(f"{archive.name}: {events} events, {archive.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
