"""HTTP as the world does it: limits, a reader that does not read, kill -9 and resume, too many connections, TLS."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import time

from gateway_client import Stream, call, digest, page, write_subscribers
from harness import ROOT, Daemon, Workspace, check, data_file, mlup, wait_for

CLIENTS = ROOT / "deploy/examples/clients"
SUBSCRIBERS = """
subscribers {
  subscriber_id: "own" organisation_id: "mro" purpose: "reporting" token_sha256: "%s"
  agreement { filter { type_prefixes: "mlup." } fields { type: "*" paths: "*" } }
}
""" % digest("token-o")

STREAMS_OF_ONE = 32


def raw(address, text):
    """What the server answers to these bytes, first line only."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(text)
        answer = b""
        while b"\r\n" not in answer:
            got = connection.recv(4096)
            if not got:
                break
            answer += got
    return answer.split(b"\r\n")[0].decode()


def rss_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def check_limits(http):
    check("400" in raw(http, b"nonsense\r\n\r\n"), "nonsense is not refused")
    check("431" in raw(http, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20000 + b"\r\n\r\n"),
          "a long header is not refused")
    check("413" in raw(http, b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"),
          "a long body is not refused")
    status, headers, text = call(http, "GET", "/v1/events")
    check(status == 401 and headers["WWW-Authenticate"] == "Bearer", text)
    check(json.loads(text)["error"]["reason"] == "TOKEN_MISSING", text)
    status, _, text = call(http, "DELETE", "/v1/events", "token-o")
    check(status == 405, text)


def check_connections(http, operator):
    host, port = http.rsplit(":", 1)
    health = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
    held = [socket.create_connection((host, int(port)), timeout=20) for _ in range(256)]
    check("200" in raw(http, health), "256 that say nothing keep others out")
    for connection in held:
        connection.close()
    wait_for("nobody", lambda: "mlup_http_connections 0\n" in call(operator, "GET", "/metrics")[2])
    held = [socket.create_connection((host, int(port)), timeout=20) for _ in range(256)]
    for connection in held:
        connection.sendall(b"GET /v1/events?from=end HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                           b"Authorization: Bearer token-o\r\n\r\n")
    answers = [connection.recv(4096)[:12] for connection in held]
    check(answers.count(b"HTTP/1.1 200") == STREAMS_OF_ONE, f"{answers.count(b'HTTP/1.1 200')} streams of one subscriber are served")
    check(answers.count(b"HTTP/1.1 429") == len(held) - STREAMS_OF_ONE, "a stream too many is not told so")
    check("200" in raw(http, health), "the streams of one keep others out")
    check(call(operator, "GET", "/v1/health")[0] == 200, "the streams of one keep the operator out")
    for connection in held:
        connection.close()


def check_slow_reader(daemon, http):
    """256 events at a time fit nowhere but in the log: memory does not grow with what waits."""
    host, port = http.rsplit(":", 1)
    before = rss_kib(daemon.process)
    slow = []
    for _ in range(20):
        connection = socket.create_connection((host, int(port)), timeout=20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                           b"Authorization: Bearer token-o\r\n\r\n")
        slow.append(connection)
    quick = Stream(http, "token-o")
    quick.wait(lambda s: s.caught_up, "the quick reader's end")
    grown = rss_kib(daemon.process) - before
    check(grown < 60_000, f"20 readers that do not read cost {grown} KiB")
    for connection in slow:
        connection.close()
    quick.close()
    return grown, len(quick.events)


def certificate(folder):
    """A certificate for this machine and its key, made now."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", "server.key", "-out", "server.crt"], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "server.crt", folder / "server.key"


def check_https(folder, file, lines):
    """Over TLS the examples get what a page gives; who says nothing is in nobody's way; nothing is told in the clear."""
    crt, key = certificate(folder)
    with Daemon(folder / "tls", "--subscribers-file", file, "--http-listen", "127.0.0.1:0",
                "--tls-certificate", crt, "--tls-key", key) as daemon:
        address = daemon.serving["http"]
        mlup(daemon, "import", "-", stdin=b"".join(lines))
        context = ssl.create_default_context(cafile=crt)
        status, _, text = call(address, "GET", "/v1/events?limit=1024", "token-o", tls=context)
        whole = [event["id"] for event in json.loads(text)["events"]]
        check(status == 200 and len(whole) > 100, text[:300])
        for command in ([CLIENTS / "python/follow.py", f"https://{address}", "--cacert", crt, "--once"],
                        [CLIENTS / "shell/follow.sh", f"https://{address}"]):
            done = subprocess.run(command, cwd=folder, timeout=60, check=False, capture_output=True, text=True, env={
                **os.environ, "MLUP_TOKEN": "token-o", "MLUP_ONCE": "1", "CURL_CA_BUNDLE": str(crt), "MLUP_STATE": "curl.position"})
            check([json.loads(line)["id"] for line in done.stdout.splitlines()] == whole, f"{command[0]}: {done.stderr}")
        done = subprocess.run([CLIENTS / "python/follow.py", f"https://{address}", "--once"], cwd=folder, timeout=60, check=False,
                              capture_output=True, text=True, env={**os.environ, "MLUP_TOKEN": "token-o"})
        check(done.returncode == 1 and "--cacert" in done.stderr, f"an unknown issuer is trusted: {done.stderr}")
        check("HTTP" not in raw(address, b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"), "TLS answers in the clear")
        host, port = address.rsplit(":", 1)
        with contextlib.ExitStack() as silent:
            for _ in range(400):
                silent.enter_context(socket.create_connection((host, int(port)), timeout=20))
            began = time.monotonic()
            check(call(address, "GET", "/v1/health", tls=context)[0] == 200, "400 that say nothing keep others out")
            check(time.monotonic() < began + 2, "400 that say nothing keep others waiting")
    return len(whole)


def check_expired(folder, file):
    """A certificate that has expired stops its callers and nobody else."""
    _, key = certificate(folder)
    for command in (["req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", "old.csr"],
                    ["x509", "-req", "-in", "old.csr", "-signkey", key, "-days", "0", "-out", "old.crt"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True, timeout=60)
    old = folder / "old.crt"
    valid = ["openssl", "x509", "-in", old, "-noout", "-checkend", "0"]
    while subprocess.run(valid, check=False, capture_output=True, timeout=60).returncode == 0:
        time.sleep(0.1)
    with Daemon(folder / "expired", "--subscribers-file", file, "--http-listen", "127.0.0.1:0",
                "--tls-certificate", old, "--tls-key", key) as daemon:
        check(f"certificate 1 of {old} expired" in daemon.log_path.read_text(), "no word about the certificate")
        mlup(daemon, "status")
        context = ssl.create_default_context(cafile=old)
        context.check_hostname = False
        try:
            call(daemon.serving["http"], "GET", "/v1/health", tls=context)
            check(False, "an expired certificate is trusted")
        except ssl.SSLCertVerificationError as error:
            check("expired" in str(error), str(error))


def main():
    with Workspace() as folder:
        file = write_subscribers(folder, SUBSCRIBERS)
        options = ["--subscribers-file", file, "--http-listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"]
        daemon = Daemon(folder / "data", *options)
        http = daemon.serving["http"]
        check_limits(http)
        lines = data_file().read_bytes().splitlines(keepends=True)
        mlup(daemon, "import", "-", stdin=b"".join(lines[:600]))
        stream = Stream(http, "token-o")
        stream.wait(lambda s: s.caught_up, "the end")
        first, last = stream.events, stream.last_id
        daemon.kill()
        stream.wait(lambda s: s.ended, "the end of the connection")

        with Daemon(folder / "data", *options) as daemon:
            http = daemon.serving["http"]
            mlup(daemon, "import", "-", stdin=b"".join(lines[600:]))
            stream = Stream(http, "token-o", last_id=last)
            stream.wait(lambda s: s.caught_up, "the end after the restart")
            resumed = [event["id"] for event in first + stream.events]
            stream.close()
            following, whole = "start", []
            while True:
                found = page(http, "token-o", f"/v1/events?limit=500&from={following}")
                whole += [event["id"] for event in found["events"]]
                following = found["next"]
                if found["caught_up"]:
                    break
            check(resumed == whole, "resumed and read from the start differ")
            check(len(set(whole)) == len(whole), "an event came twice")
            grown, quick = check_slow_reader(daemon, http)
            check(quick == len(whole), "the quick reader missed something")
            check_connections(http, daemon.serving["operator"])
            # The server learns a moment later that the connections are closed.
            for _ in range(1000):
                status, _, text = call(daemon.serving["operator"], "GET", "/v1/health")
                if status != 503:
                    break
            check(status == 200 and "not_moving" in json.loads(text), text)
        encrypted = check_https(folder, file, lines[:300])
        check_expired(folder, file)
    print(f"{len(whole)} events resumed after kill -9; 20 readers that do not read cost {grown} KiB; {encrypted} over TLS")


if __name__ == "__main__":
    main()
