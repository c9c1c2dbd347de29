"""Runs the tests of the web application against mlupd; ends with 77 where npm, its registry or Chromium is missing.

  run.py connect    unmodified Connect clients, and curl
  run.py journeys   reports, figures, their series, histories, proofs and the way in, in a browser, at two widths and in both languages
  run.py operations the bus, accounts, emergencies and the whole log, likewise
  run.py deep       every figure at three knowledge days, every role, proofs that are wrong, hostile texts
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import harness  # noqa: E402
import people  # noqa: E402
import webhook_receiver  # noqa: E402

CACHE = Path(os.environ.get("MLUP_WEB_TESTS", ROOT / "build/web-tests"))
# Who looks at the pages, and in which role.
ACTORS = {"staff-dir-1": "director", "staff-mel-1": "mel_officer", "staff-cm-1": "case_manager", "auditor-1": "auditor", "staff-tr-1": "trainer"}
# Of whoever uses the command line beside them, and the page of accounts.
ADMIN = "staff-adm-9"
ROLES = ("administrator", "operator", "case_manager", "mel_officer", "auditor")
# Pages that are being changed: the pack in this folder, and not the one that is part of the daemon.
PAGES = ["--web-dir", os.environ["MLUP_WEB_DIR"]] if "MLUP_WEB_DIR" in os.environ else []
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DAYS = ("2021-03-31", "2021-04-22", "")
HOSTILE = """<img src=x onerror=window.hit=1>"'><script>window.hit=1</script> javascript:window.hit=1 ${1} {{1}} ស្រី<b onerror=1>"""
# Words that are no free text: they stand in rules.
PLAIN = re.compile(r"[\w.:+/-]*", re.ASCII)
SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def install():
    """The pinned packages in a folder beside the builds, the test files and the generated clients beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip("node and npm are not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    # Tests that run at once share the folder.
    with open(CACHE / "lock", "w", encoding="utf-8") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        install_alone()


def install_alone():
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    mark = CACHE / "installed"
    if not mark.exists() or mark.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, CACHE / name)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=CACHE, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            skip("npm ci: " + (done.stderr.strip().splitlines() or ["no output"])[-1])
        mark.write_text(lock, encoding="utf-8")
    files = {file.name: file.read_bytes() for file in HERE.glob("*.mjs")}
    for old in CACHE.glob("*.mjs"):
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        copy = CACHE / name
        # Another test may be reading it.
        if not copy.exists() or copy.read_bytes() != content:
            copy.with_suffix(".new").write_bytes(content)
            copy.with_suffix(".new").replace(copy)


def generate():
    """What anybody would generate who calls us with Connect's clients."""
    target = CACHE / "generated"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    protos = [path.relative_to(ROOT / "proto") for path in sorted((ROOT / "proto/mlup").rglob("*.proto"))]
    subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--plugin=protoc-gen-es={CACHE / 'node_modules/.bin/protoc-gen-es'}",
                    f"--es_out={target}", "--es_opt=target=js,import_extension=js", *map(str, protos)], check=True, timeout=60)


def hostile(value):
    """The same with every free text replaced."""
    if isinstance(value, dict):
        return {key: hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner) for inner in value]
    return HOSTILE if isinstance(value, str) and not PLAIN.fullmatch(value) else value


def hostile_file(folder):
    lines = harness.read_jsonl(harness.data_file())
    for line in lines:
        line["record"]["facts"] = hostile(line["record"]["facts"])
    path = folder / "hostile.jsonl"
    path.write_bytes(harness.to_jsonl(lines))
    return path


def forgeries(folder):
    """Bundles that are forged in every way that is known, and honest ones."""
    path = folder / "forgeries"
    subprocess.run([harness.BIN / "tamper_matrix", "--tamperings", "300", "--clean", "40", "--cases", path], check=True,
                   stdout=subprocess.DEVNULL, timeout=300)
    return path


@contextlib.contextmanager
def receiving(folder, label):
    """A subscriber of this label whose receiver refuses every closing of a case; the file of all subscribers."""
    receiver = webhook_receiver.Receiver()
    receiver.behave = lambda event: 400 if "CaseClosed" in event["type"] else 200
    secret = folder / "secret"
    secret.write_text(f"whsec_{webhook_receiver.SECRET}\n")
    secret.chmod(0o600)
    webhook = f'url: "{receiver.url}" secret_file: "{secret}" allowed_networks: "127.0.0.1" tries_max: 1'
    partner = webhook_receiver.subscriber("partner", webhook=webhook).replace('label: "partner"', f"label: {json.dumps(label, ensure_ascii=False)}")
    file = folder / "subscribers.textproto"
    file.write_text((ROOT / "deploy/subscribers.textproto").read_text(encoding="utf-8") + partner, encoding="utf-8")
    try:
        yield file
    finally:
        receiver.stop()


def openid_file(folder, web):
    """An OpenID provider that openid.test.mjs starts where it is needed, at an address that is known before."""
    secret = folder / "openid-secret"
    secret.write_text("the secret of the client\n")
    secret.chmod(0o600)
    file = folder / "openid.textproto"
    file.write_text(f'''issuer: "http://127.0.0.1:{harness.free_port()}" label: "Ministry" client_id: "mlup" client_secret_file: "{secret}"
algorithm: SIGNING_ALGORITHM_RS256 actor_claim: "sub" origins: "http://{web}"
''')
    return file


@contextlib.contextmanager
def served(folder, data, label="Partner"):
    """The daemon with data and the web application, where people have accounts and another system follows."""
    web = f"127.0.0.1:{harness.free_port()}"
    with receiving(folder, label) as subscribers, harness.Daemon(
            folder / "data", "--web-listen", web, "--http-listen", "127.0.0.1:0", "--subscribers-file", subscribers,
            "--openid", openid_file(folder, web), *PAGES) as server:
        harness.mlup(server, "import", data, expect=None)
        admin = people.act_as(server, folder, ADMIN, *ROLES)
        for actor, role in ACTORS.items():
            people.opened(server, admin, people.Person(folder, actor), role)
        yield server


def facts(server, folder, more):
    """What the browser compares with: what the command line says."""
    child = (ROOT / "tests/data/q1-2021.child").read_text(encoding="utf-8").strip()
    bundle = folder / "child.bundle"
    harness.mlup(server, "audit", "bundle", "--subject", child, "--purpose", "court_request", "-o", bundle)
    sessions = {f"{actor}/{role}": people.cookie_of(server, actor) for actor, role in ACTORS.items()}
    sessions |= dict.fromkeys((f"{ADMIN}/{role}" for role in ROLES), people.cookie_of(server, ADMIN))
    told = {"web": server.serving["web"], "grpc": server.address, "hostile": HOSTILE, "child": child, "chromium": CHROMIUM, "bundle": str(bundle),
            "key": harness.mlup(server, "keys").out, "screenshots": str(CACHE / "screenshots"), "days": DAYS,
            "reports": {day: harness.report(server, day) for day in DAYS}, "cli": [str(harness.BIN / "mlup"), "--server", server.address],
            "password": people.PASSWORD, "sessions": sessions, "openid": (folder / "openid.textproto").read_text(encoding="utf-8"),
            "openid_secret": (folder / "openid-secret").read_text(encoding="utf-8").strip(), **more}
    (folder / "facts.json").write_text(json.dumps(told), encoding="utf-8")
    return folder / "facts.json"


def run(server, folder, *files, **more):
    environment = {**os.environ, "MLUP_FACTS": str(facts(server, folder, more))}
    began = time.monotonic()
    done = subprocess.run(["node", "--test", *files], cwd=CACHE, env=environment, stdin=subprocess.DEVNULL, timeout=2800,
                          capture_output=True, text=True)
    counts = [line[2:] for line in done.stdout.splitlines() if line.startswith(("# pass", "# fail"))]
    counts += [line[5:] for line in done.stdout.splitlines() if line.startswith("# \\# ")]
    print(f"{' '.join(files)}: {', '.join(counts)}; {time.monotonic() - began:.0f} s", flush=True)
    if done.returncode != 0:
        print(done.stdout[-20_000:], done.stderr[-5_000:])
        sys.exit(1)


def main():
    what = sys.argv[1]
    install()
    generate()
    if what != "connect" and CHROMIUM is None:
        skip("chromium is not installed")
    with harness.Workspace() as folder, served(folder, harness.data_file()) as server:
        if what != "connect" and "built without" in fetch(server):
            skip("mlupd is built without the web application")
        if what == "deep":
            run(server, folder, "figures.test.mjs", "proofs.test.mjs", forgeries=str(forgeries(folder)))
            run(server, folder, "pages.test.mjs")
        elif what == "operations":
            run(server, folder, "bus.test.mjs", "accounts.test.mjs", "emergency.test.mjs", "whole.test.mjs", "openid.test.mjs", "published.test.mjs",
                "dashboards.test.mjs")
        elif what == "journeys":
            run(server, folder, "journeys.test.mjs", "series.test.mjs")
        else:
            run(server, folder, f"{what}.test.mjs")
    if what == "deep":
        with harness.Workspace() as folder, served(folder, hostile_file(folder), HOSTILE) as server:
            run(server, folder, "hostile.test.mjs")


def fetch(server):
    return subprocess.run(["curl", "-s", f"http://{server.serving['web']}/"], capture_output=True, text=True, timeout=10).stdout


if __name__ == "__main__":
    main()
