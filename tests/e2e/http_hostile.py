"""The HTTP face against callers that are wrong, slow, many or malicious: each is told so or closed, and nobody else notices."""

import contextlib
import json
import os
import socket
import sys
import time
import urllib.request

from consent_watch import ask
from harness import Daemon, Workspace, check, data_file, free_port, mlup, read_jsonl, to_jsonl, wait_for
from webhook_receiver import subscriber

TOKEN = "the-token-of-partner-0123456789abcdef"
CONNECTIONS_MAX, STREAMS_OF_ONE = 256, 32
HEADER_MAX, BODY_MAX = 16 << 10, 256 << 10
RSS_MAX_MIB = 512
PATIENCE_S = 8
# Who leaves is noticed in this time.
ROOM_S = 3
# So many say nothing; the others are answered in this time, and the former given up after that.
IDLE, IDLE_PATIENCE_S, HEAD_S = 400, 2, 10
AUTHORIZED = f"Authorization: Bearer {TOKEN}\r\n".encode()


class Face:
    """The daemon and its port."""

    def __init__(self, folder):
        (folder / "subscribers").write_text(subscriber("partner", token=TOKEN))
        self.port = free_port()
        self.daemon = Daemon(folder / "data", "--subscribers-file", folder / "subscribers", "--http-listen", f"127.0.0.1:{self.port}",
                             "--operator-listen", "127.0.0.1:0")
        self.told = {}

    def metrics(self):
        """What whoever runs the machine is told, on an address of their own."""
        with urllib.request.urlopen(f"http://{self.daemon.serving['operator']}/metrics", timeout=PATIENCE_S) as answer:
            return answer.read()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def send(self, *parts):
        """Sends parts, even if nobody listens any more; all that comes back until the other side closes or says no more."""
        with self.connect() as connection:
            with contextlib.suppress(OSError):
                for part in parts:
                    connection.sendall(part)
            return read_all(connection)

    def expect(self, what, raw, *statuses):
        """One raw request is answered with one of the statuses, or closed without a word where 0 is one; the body, if it is JSON."""
        answer = self.send(*(raw if isinstance(raw, tuple) else (raw,)))
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
        check(status in statuses, f"{what}: {status or 'closed'}, not {statuses}: {answer[:300]!r}")
        check(TOKEN.encode() not in answer, f"{what}: the token came back")
        self.told[what] = status or "closed"
        body = answer.partition(b"\r\n\r\n")[2]
        return json.loads(body) if body.startswith(b"{") else {}

    def is_well(self, what):
        """Somebody with a token is served, soon."""
        began = time.monotonic()
        _, answer = ask_page(self.port)
        took = time.monotonic() - began
        check(answer.status == 200 and json.loads(answer.read())["events"], f"{what}: others get {answer.status}")
        check(took < PATIENCE_S, f"{what}: others wait {took:.1f} s")
        return took

    def memory_mib(self):
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as status:
            return max(int(line.split()[1]) for line in status if line.startswith(("VmHWM", "VmRSS"))) // 1024


def ask_page(port):
    return ask(port, "partner", "/v1/events?limit=1")


def read_all(connection, silence_s=0.5):
    """Until the other side closes, or says nothing for a while after it has answered."""
    found = b""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        connection.settimeout(silence_s if found else PATIENCE_S)
        try:
            part = connection.recv(1 << 16)
        except (TimeoutError, ConnectionError):
            return found
        if not part:
            return found
        found += part
    return found


def request(target="/v1/events", method="GET", headers=AUTHORIZED, body=b""):
    if not isinstance(target, bytes):
        target = target.encode()
    length = f"Content-Length: {len(body)}\r\n".encode() if body or method == "POST" else b""
    return method.encode() + b" " + target + b" HTTP/1.1\r\nHost: x\r\n" + headers + length + b"Connection: close\r\n\r\n" + body


def bad_tokens(face):
    for what, header in {
            "no token": b"", "an empty token": b"Authorization: Bearer \r\n", "no scheme": b"Authorization: " + TOKEN.encode() + b"\r\n",
            "another scheme": b"Authorization: Basic " + TOKEN.encode() + b"\r\n", "a beginning": AUTHORIZED[:-3] + b"\r\n",
            "a long token": b"Authorization: Bearer " + b"x" * 10_000 + b"\r\n", "bytes": b"Authorization: Bearer \xff\xfe\x80\r\n"}.items():
        error = face.expect(what, request(headers=header), 401).get("error", {})
        check(error.get("reason") in ("TOKEN_MISSING", "TOKEN_UNKNOWN"), f"{what}: {error}")
    for what, header in {"a good one, then a bad one": AUTHORIZED + b"Authorization: Bearer wrong\r\n", "the same twice": AUTHORIZED * 2,
                         "two hosts": AUTHORIZED + b"Host: y\r\n"}.items():
        error = face.expect(what, request(headers=header), 400).get("error", {})
        check(error.get("reason") == "HTTP_MALFORMED" and error.get("field") in ("authorization", "host"), f"{what}: {error}")
    for path in ("/v1/events", "/v1/events?from=end&filter=nonsense"):
        face.expect(f"POST without a token to {path}", request(path, "POST", b"", b"{}"), 401)


def bad_questions(face):
    """Each is refused with the field's name."""
    for field, values in {
            "filter": ["", "nonsense", "category", "category:", "colour:red", "category:case,,", "type:" + "x" * 9000,
                       ",".join(f"category:c{i}" for i in range(100)), "place:" + "9" * 300, "category:case%00", "type:%ff", "stream:a%0Ab",
                       "type_prefix:%C2%85", "category:%ED%A0%80"],
            "from": ["%C3%28", "7%7f", "-1", "yesterday", "99999999999999999999999", "7-7", "2021-02-30", "1-zzzzzzzzzzzzzzzz", "%00", "0x10"],
            "limit": ["0", "-1", "1025", "many", "1e3", "4294967297", "%31%00"]}.items():
        for value in values:
            error = face.expect(f"{field}={value[:40]}", request(f"/v1/events?{field}={value}"), 200, 400).get("error")
            check(error is None or (error["field"].startswith(field) and error["message"]), f"{field}={value[:40]}: {error}")
            check(error is not None or value in ("", "category:case,,"), f"{field}={value[:40]} is taken")
    for value in (b"\xff", b"7-7", b"1\xc2\x80", b"yesterday", b"7\t8"):
        error = face.expect(f"Last-Event-ID {value}", request(headers=AUTHORIZED + b"Last-Event-ID: " + value + b"\r\n"), 400)["error"]
        check(error["field"] == "last-event-id" and error["message"], f"Last-Event-ID {value}: {error}")
    error = face.expect("a parameter's name in bytes", request("/v1/events?%ff%00=1"), 400)["error"]
    check(error["field"] == "query", f"a parameter's name in bytes: {error}")
    for target, status in (("/", 404), ("/v1/../../etc/passwd", 404), ("/v1/events/", 404), ("//v1/events", 404), ("/v1%2fevents", 404), ("*", 404),
                           ("/v1/events#x", 404), (b"/v1/ev\xffents", 404)):
        face.expect(f"target {target}", request(target), status, 400, 200 if target == "/v1%2fevents" else status)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "HEAD", "CONNECT", "get", "BREW"):
        face.expect(f"method {method}", request(method=method), 405, 400)


def too_much(face):
    """Headers and bodies over the limits are refused before they are read; endless ones too."""
    face.expect("one long header", request(headers=AUTHORIZED + b"X: " + b"a" * HEADER_MAX + b"\r\n"), 431)
    face.expect("many headers", request(headers=b"".join(b"X-%d: y\r\n" % i for i in range(3000))), 431)
    face.expect("an endless target", (b"GET /" + b"a" * (1 << 20),), 431, 400, 0)
    face.expect("an endless header", (b"GET / HTTP/1.1\r\nX: ", b"a" * (4 << 20)), 431, 0)
    post = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Content-Type: application/cloudevents+json\r\n"
    face.expect("ten gigabytes announced", post + b"Content-Length: 10000000000\r\n\r\n{", 413)
    face.expect("a body over the limit", (post + b"Content-Length: %d\r\n\r\n" % (BODY_MAX + 1), b"x" * (BODY_MAX + 1)), 413)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    face.expect("an endless chunked body", (post + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 64), 413)
    face.expect("an endless extension of a chunk", (post + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * (4 << 20)), 431)
    deep = b'{"specversion":"1.0","id":"1","source":"x","type":"y","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    structured = AUTHORIZED + b"Content-Type: application/cloudevents+json\r\n"
    for what, body in {"deep nesting": deep, "no JSON": b"{", "bytes": b"\xff" * 1000, "a list": b"[]", "nothing": b"", "a number": b"1e999999",
                       "an unknown version": b'{"specversion":"9"}', "a long id": b'{"id":"' + b"x" * 100_000 + b'"}'}.items():
        error = face.expect(f"POST of {what}", request(method="POST", headers=structured, body=body), 400, 403)["error"]
        check(error["reason"] and error["message"], f"POST of {what}: {error}")
        check(what != "an unknown version" or error["field"] == "specversion", f"POST of {what}: {error}")


def no_http(face):
    """What is not HTTP, or two requests in the disguise of one."""
    for what, raw in {"TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500), "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      "HTTP/0.9": b"GET /v1/health\r\n\r\n", "noise": os.urandom(4096), "zeros": bytes(4096), "a bare line feed": b"\n" * 5000,
                      "a header without a colon": b"GET / HTTP/1.1\r\nnonsense\r\n\r\n",
                      "a folded header": b"GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n",
                      "a header name with a space": b"GET / HTTP/1.1\r\nA b: c\r\n\r\n"}.items():
        face.expect(what, raw, 400, 404, 431, 505, 0)
    both = (b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    check(face.send(both).count(b"HTTP/1.1 200") == 0, "a request was smuggled behind a length and chunks")
    post = b"POST /v1/events HTTP/1.%d\r\nHost: x\r\n%s\r\n0\r\n\r\n" + request("/v1/health")
    for what, version, header, status in (("an unknown coding", 1, b"Transfer-Encoding: gzip\r\n", 501),
                                          ("two codings", 1, b"Transfer-Encoding: gzip, chunked\r\n", 501),
                                          ("chunks in HTTP/1.0", 0, b"Transfer-Encoding: chunked\r\n", 400),
                                          ("an expectation", 1, b"Expect: 100-continue\r\nContent-Length: 5\r\n", 417)):
        answer = face.send(post % (version, header))
        check(answer.startswith(b"HTTP/1.1 %d " % status) and answer.count(b"HTTP/1.1 ") == 1, f"{what}: {answer[:300]}")
    face.expect("a body of another type", request(method="POST", headers=AUTHORIZED + b"Content-Type: text/plain\r\n", body=b"{}"), 415)
    face.expect("a head alone", request("/v1/health", method="HEAD"), 200)
    for lengths in ("2\r\nContent-Length: 3", "-1", "1x", "99999999999999999999"):
        raw = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {lengths}\r\n\r\n{{}}"
        face.expect(f"a length of {lengths!r}", raw.encode(), 400, 413, 0)
    two = request("/v1/health").replace(b"Connection: close\r\n", b"") + request("/v1/health")
    check(face.send(two).count(b"HTTP/1.1 200") == 2, "two requests one after the other are two answers")


def slow_and_gone(face):
    """Callers that send a byte now and then, that never read, or that vanish, cost others nothing."""
    with contextlib.ExitStack() as open_ones:
        slow = [open_ones.enter_context(face.connect()) for _ in range(100)]
        for number, connection in enumerate(slow):
            connection.sendall(b"GET /v1/events HTTP/1.1\r\nX: "[:28 if number % 2 else number % 20])
        deaf = [open_ones.enter_context(face.connect()) for _ in range(50)]
        for connection in deaf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(request("/v1/events", headers=AUTHORIZED + b"Accept: text/event-stream\r\n"))
        took = 0
        for _ in range(5):
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
            took = max(took, face.is_well("100 slow and 50 deaf callers"))
        for _ in range(100):
            with face.connect() as gone:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                gone.sendall(request("/v1/events", headers=AUTHORIZED + b"Accept: text/event-stream\r\n")[:-os.urandom(1)[0] % 80 - 1])
        took = max(took, face.is_well("100 callers that vanished"))
    return took


def idle_crowd(face):
    """400 connections that say nothing, or half a request: who asks is answered at once, and who follows with a token stays."""
    beginnings = (b"", b"G", b"GET /v1/health HTTP/1.1\r\nX: ", b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
                  b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    took = 0
    with face.connect() as follower:
        follower.sendall(request("/v1/events?from=end", headers=AUTHORIZED + b"Accept: text/event-stream\r\n"))
        check(b"caught-up" in read_all(follower), "the follower is not served")
        for beginning in beginnings:
            with contextlib.ExitStack() as open_ones:
                for _ in range(IDLE):
                    idle = open_ones.enter_context(face.connect())
                    with contextlib.suppress(OSError):
                        idle.sendall(beginning)
                took = max(took, face.is_well(f"{IDLE} connections that send {beginning[:20]}"))
        check(took < IDLE_PATIENCE_S, f"{IDLE} idle connections: others wait {took:.1f} s")
        evicted = next(int(line.split()[1]) for line in face.metrics().splitlines()
                       if line.startswith(b"mlup_http_evicted_connections_total "))
        check(evicted >= IDLE - CONNECTIONS_MAX, f"{evicted} evicted")
        follower.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            check(follower.recv(4096), "the follower was dropped")
    return took


def slow_head(face):
    """The head of a request has its time, however it drips."""
    began = time.monotonic()
    with face.connect() as connection, contextlib.suppress(ConnectionError):
        connection.settimeout(0.5)
        connection.sendall(b"GET /v1/health HTTP/1.1\r\nX: ")
        while True:
            check(time.monotonic() < began + HEAD_S + ROOM_S, "a head may take for ever")
            try:
                check(not connection.recv(1), "half a head is answered")
                break
            except TimeoutError:
                connection.sendall(b"a")
    check(time.monotonic() > began + HEAD_S - ROOM_S, "a head has no time")


def crowd(face, extra):
    """300 connections: so many as one subscriber may have follow, and all of them get what is recorded; the rest is told 429, or 503 where
    those that are refused have not left yet; others come in."""
    alone = b"mlup_http_connections 0\n"
    wait_for("nobody", lambda: alone in face.metrics(), ROOM_S)

    def refused(beginning):
        return not beginning or beginning.startswith((b"HTTP/1.1 429 ", b"HTTP/1.1 503 "))

    with contextlib.ExitStack() as open_ones:
        connections = [open_ones.enter_context(face.connect()) for _ in range(300)]
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(request("/v1/events?from=end", headers=AUTHORIZED + b"Accept: text/event-stream\r\n"))
        beginnings = [b""] * len(connections)
        for number, connection in enumerate(connections):
            with contextlib.suppress(OSError):
                while b"caught-up" not in beginnings[number] and b"Retry-After" not in beginnings[number]:
                    beginnings[number] += (part := connection.recv(4096))
                    if not part:
                        break
        full = sum(refused(beginning) for beginning in beginnings)
        served = [connection for connection, beginning in zip(connections, beginnings) if b"caught-up" in beginning]
        check(len(served) == STREAMS_OF_ONE and full + len(served) == 300, f"{len(served)} served, {full} refused")
        check(b" 200 " in face.send(request("/v1/health"))[:20], "a subscriber that follows with all it may keeps others out")
        mlup(face.daemon, "import", "-", stdin=to_jsonl(extra))
        for connection in served:
            found = b""
            while b"event: cloudevent" not in found:
                found += (part := connection.recv(4096))
                check(part, "a follower was dropped")
    wait_for("room again", lambda: b" 200 " in face.send(request("/v1/health"))[:20], ROOM_S)
    return len(served), full


def main():
    lines = read_jsonl(data_file())
    with Workspace() as folder:
        face = Face(folder)
        mlup(face.daemon, "import", "-", stdin=to_jsonl(lines[:400]))
        face.is_well("the beginning")
        bad_tokens(face)
        bad_questions(face)
        too_much(face)
        no_http(face)
        took = slow_and_gone(face)
        idle_took = idle_crowd(face)
        slow_head(face)
        served, full = crowd(face, lines[400:405])
        face.is_well("the end")
        memory = face.memory_mib()
        check(memory < RSS_MAX_MIB, f"the daemon took {memory} MiB")
        face.daemon.stop()
        words = face.daemon.log_path.read_text(errors="replace")
        check(TOKEN not in words and TOKEN[:-1] not in words, "a token stands in the log of the daemon")
    print(f"{len(face.told)} bad requests; others waited {took * 1000:.0f} ms at most, {idle_took * 1000:.0f} ms "
          f"beside {IDLE} idle ones; of 300 connections {served} were served and {full} "
          f"refused; {memory} MiB")
    if "-v" in sys.argv:
        print(json.dumps(face.told, indent=1))


if __name__ == "__main__":
    main()
