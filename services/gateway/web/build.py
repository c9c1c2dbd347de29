"""Packs the web application for the daemon: build.py --pack FILE --tools FOLDER [--check]

Without node or npm, or where npm cannot fetch what package-lock.json names, the pack is empty: the daemon then runs without
the application. --check only checks the types of the sources.
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# The services that pages call; their messages are types only.
PROTOS = ("audit/v1/audit", "bus/v1/group_service", "command/v1/command", "dashboards/v1/dashboard_service", "dashboards/v1/definitions", "event/v1/event_options",
          "identity/v1/account_events", "identity/v1/identity_service", "identity/v1/sign_in_service", "log/v1/envelope",
          "log/v1/error", "log/v1/event_store", "log/v1/proof_service", "privacy/v1/privacy", "relay/v1/relay_service",
          "cases/v1/person_events", "cases/v1/person_record_events",
          "reports/v1/indicators", "reports/v1/projection_service", "reports/v1/publication_service", "reports/v1/report_service", "search/v1/search_service", "sharing/v1/sharing_service")


def install(tools):
    """What the lock file names, in a folder that all build trees share. False where it cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("web: node and npm are not installed")
        return False
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    mark = tools / "installed"
    if mark.exists() and mark.read_text(encoding="utf-8") == lock:
        return True
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, tools / name)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=tools, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        print("web: npm ci: " + (done.stderr.strip().splitlines() or ["no output"])[-1])
        return False
    mark.write_text(lock, encoding="utf-8")
    return True


def write_types(tools):
    """The JSON forms of the messages, in TypeScript."""
    types = tools / "generated"
    shutil.rmtree(types, ignore_errors=True)
    types.mkdir()
    subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--plugin=protoc-gen-es={tools / 'node_modules/.bin/protoc-gen-es'}",
                    f"--es_out={types}", "--es_opt=target=ts,json_types=true,import_extension=none",
                    *(f"mlup/{name}.proto" for name in PROTOS)], check=True, timeout=60)


def copy_sources(tools):
    """The sources beside node_modules, where node and the compiler look for it."""
    copy = tools / "src"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(HERE / "src", copy)
    for name in ("bundle.mjs", "index.html", "later.json", "messages.json", "tsconfig.json"):
        shutil.copy(HERE / name, tools / name)
    shutil.copy(ROOT / "projections/words.km.json", tools / "words.json")
    shutil.copy(ROOT / "deploy/verifier/mlup_audit_verify.js", tools / "src/mlup_audit_verify.cjs")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.tools.mkdir(parents=True, exist_ok=True)
    with open(options.tools / "lock", "w", encoding="utf-8") as lock:
        # Several trees may be built at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not install(options.tools):
            if options.check:
                sys.exit(77)
            print("web: the daemon is built without the web application")
            options.pack.write_bytes(b"")
            return
        write_types(options.tools)
        copy_sources(options.tools)
        if options.check:
            sys.exit(subprocess.run(["node_modules/.bin/tsc", "--noEmit", "-p", "."], cwd=options.tools, timeout=120).returncode)
        new = options.pack.resolve().with_suffix(".new")
        subprocess.run(["node", "bundle.mjs", str(new)], cwd=options.tools, check=True, timeout=120)
        os.replace(new, options.pack)


if __name__ == "__main__":
    main()
