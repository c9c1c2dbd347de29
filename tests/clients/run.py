"""Runs unmodified clients of the EventStoreDB protocol against mlupd; ends with 77 where npm or its registry is missing.

  run.py            every test file with every client; MLUP_DEEP=1 keeps a subscription idle for 10 minutes instead of one
  run.py --goal     10,000 concurrent appends, five times: one line of JSON for tests/goal P17
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import canary  # noqa: E402
import harness  # noqa: E402

CACHE = Path(os.environ.get("MLUP_CLIENTS", ROOT / "build/clients"))
CLIENTS = ("@eventstore/db-client", "@kurrent/kurrentdb-client")
TOKEN = "the-token-of-the-clients"
SUBSCRIBERS = """
subscribers {
  subscriber_id: "esdb" label: "A system beside us" organisation_id: "mro" purpose: "client_tests" may_append: true
  token_sha256: "%s"
  agreement {
    filter { categories: "ext" categories: "case" categories: "person" categories: "activity" }
    fields { type: "*" paths: "*" }
  }
}
""" % hashlib.sha256(TOKEN.encode()).hexdigest()
IDLE = "idle.test.mjs"
SKIPPED = 77
GOAL_RUNS = 5
DEADLINE_MS = 10_000


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def install():
    """The pinned packages in a folder beside the builds, and the test files beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip("node and npm are not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    mark = CACHE / "installed"
    if not mark.exists() or mark.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, CACHE / name)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=CACHE, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            skip("npm ci: " + (done.stderr.strip().splitlines() or ["no output"])[-1])
        mark.write_text(lock, encoding="utf-8")
    for old in CACHE.glob("*.mjs"):
        old.unlink()
    for file in HERE.glob("*.mjs"):
        shutil.copy(file, CACHE / file.name)


def serve(folder, *options, data="data", listen="127.0.0.1:0"):
    """The daemon with the face, and a subscriber that may see what outside systems record."""
    subscribers = folder / "subscribers.textproto"
    subscribers.write_text(SUBSCRIBERS, encoding="utf-8")
    return harness.Daemon(folder / data, "--esdb-listen", listen, "--subscribers-file", subscribers, *options)


def openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True, timeout=60)


def make_certificates(folder):
    """An issuer, a server and a caller of it, and an issuer that nobody knows: *.crt and *.key."""
    for name in ("issuer", "stranger"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", 1, "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.crt")
    for name in ("localhost", "caller"):
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=DNS:{name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "issuer.crt", "-CAkey", "issuer.key", "-days", 1,
                "-copy_extensions", "copy", "-out", f"{name}.crt")


@contextlib.contextmanager
def serve_edge(folder):
    """A daemon behind the edge, which asks for certificates of `mlup certs`: its port and the folder; None where haproxy is missing."""
    if shutil.which("haproxy") is None:
        yield None
        return
    certs, port = folder / "certs", harness.free_port()
    for arguments in (("init",), ("issue", "edge", "--address", "localhost"), ("issue", "caller"), ("issue", "revoked"), ("revoke", "revoked")):
        if arguments[0] == "revoke":
            for kind in ("crt", "key"):
                shutil.copy(certs / f"revoked.{kind}", folder)
        harness.mlup("127.0.0.1:1", "certs", *arguments, "--folder", certs)
    with serve(folder, data="edge", listen=f"unix:{folder}/esdb") as server:
        with open(folder / "edge.log", "wb") as log:
            environment = {**os.environ, "MLUP_EDGE_LISTEN": f"127.0.0.1:{port}", "MLUP_EDGE_CERT": str(certs / "edge.pem"),
                           "MLUP_EDGE_CLIENT_CA": str(certs / "authority.crt"), "MLUP_EDGE_CLIENT_CRL": str(certs / "revoked.crl"),
                           "MLUP_SERVER": server.address, "MLUP_ESDB": server.serving["esdb"]}
            edge = subprocess.Popen([ROOT / "deploy/edge/start"], env=environment, stdout=log, stderr=log)
        try:
            yield {"address": f"localhost:{port}", "certs": str(certs), "revoked": str(folder / "revoked")}
        finally:
            edge.terminate()
            edge.wait(20)


@contextlib.contextmanager
def serve_tls(folder):
    """Two daemons with TLS, one of which asks callers for certificates, and one behind the edge; what tls.test.mjs has to know."""
    make_certificates(folder)
    certificate = ("--tls-certificate", folder / "localhost.crt", "--tls-key", folder / "localhost.key")
    with (serve(folder, *certificate, data="tls") as tls,
          serve(folder, *certificate, "--tls-client-ca", folder / "issuer.crt", data="mutual") as mutual,
          serve_edge(folder) as edge):
        yield {"folder": str(folder), "tls": tls.serving["esdb"], "mutual": mutual.serving["esdb"], "token": TOKEN, "edge": edge}


def write_needles(folder):
    """The personal values of the import, which no client may ever get."""
    needles = canary.split_values(harness.read_jsonl(harness.data_file()), canary.personal_paths())
    (folder / "needles.json").write_text(json.dumps(sorted(needles)), encoding="utf-8")


def environment_of(server, client):
    return {**os.environ, "MLUP_ESDB": server.serving["esdb"], "MLUP_CLIENT": client,
            "MLUP_NEEDLES": str(server.data.parent / "needles.json")}


def start(server, client, *arguments, tls=None):
    environment = {**environment_of(server, client), "MLUP_TLS": json.dumps(tls)}
    return subprocess.Popen(["node", *map(str, arguments)], cwd=CACHE, env=environment,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def tell(client, what, process, timeout):
    """What a run of node --test gave; whether it passed."""
    out, _ = process.communicate(timeout=timeout)
    lines = out.splitlines()
    counts = [line[2:] for line in lines if line.startswith(("# pass", "# fail"))]
    skips = sorted({line.strip() for line in lines if "# SKIP" in line})
    print(f"{client} {what}: {', '.join(counts + skips)}")
    if process.returncode != 0:
        print(out[-20_000:])
    return process.returncode == 0


def run_tests():
    files = sorted(file.name for file in HERE.glob("*.test.mjs") if file.name != IDLE)
    passed = []
    with harness.Workspace() as folder, serve(folder) as server, serve_tls(folder) as tls:
        harness.mlup(server, "import", harness.data_file())
        write_needles(folder)
        # They only wait: both at once, beside the others.
        idle = [(client, start(server, client, "--test", IDLE)) for client in CLIENTS]
        for client in CLIENTS:
            passed.append(tell(client, "tests", start(server, client, "--test", *files, tls=tls), timeout=300))
        for client, process in idle:
            passed.append(tell(client, "idle", process, timeout=800))
        stopped = [p for p in harness.mlup(server, "--json", "status").json()["projections"] if p["stopped_because"]]
        harness.check(not stopped, f"read models stopped: {stopped}")
    harness.check(all(passed), "some clients failed")


def run_goal():
    took = []
    with harness.Workspace() as folder, serve(folder) as server:
        for _ in range(GOAL_RUNS):
            process = start(server, CLIENTS[0], "many_appends.mjs")
            out, _ = process.communicate(timeout=120)
            took.append(json.loads(out) if process.returncode == 0 else None)
    failures = sum(1 for ms in took if ms is None or ms > DEADLINE_MS)
    print(json.dumps({"goal": "P17", "cases": GOAL_RUNS, "failures": failures, "seed": None,
                      "figures": {"appends": 10_000, "deadline_ms": DEADLINE_MS, "took_ms": took}}))


if __name__ == "__main__":
    install()
    run_goal() if "--goal" in sys.argv else run_tests()
