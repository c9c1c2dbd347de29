"""What hostile clients do, for goal D4: each kind goes on until its time is over, and swallows that it is cut off.

`connect(*protocols)` opens a connection, of which the first protocol is what it speaks; `path` is the call of gRPC that is made, with `credentials`
as one of its headers or without any. Tokens are those of callers that may come in.
"""

import contextlib
import gzip
import json
import os
import socket
import struct
import time

from edge import CONTINUATION, HEADERS, RST, SETTINGS, frame  # of tests/e2e, whose folder D4 has named

DATA, PRIORITY, PING, WINDOW = 0, 2, 6, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HELD_MAX = 300


def literal(name, value):
    """One header of HPACK, neither indexed nor coded."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def head(path, *more):
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost"), (b"te", b"trailers"),
              (b"content-type", b"application/grpc"), *more]
    return b"".join(literal(name, value) for name, value in fields)


class Attack:
    """One kind at one target, until `until`."""

    def __init__(self, connect, until, tokens, path, credentials=None):
        self.connect, self.until, self.tokens = connect, until, tokens
        self.path, self.credentials = path, [(b"authorization", credentials)] if credentials else []

    def head(self, *more):
        return head(self.path, *self.credentials, *more)

    def goes_on(self):
        return time.monotonic() < self.until

    def again(self, step):
        """New connections, one after the other; not as fast as a processor can, which would only measure the machine."""
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect() as connection:
                connection.settimeout(1)
                step(connection)
            time.sleep(0.002)

    def say(self, *raw):
        def step(connection):
            for part in raw:
                connection.sendall(part)
            connection.recv(4096)
        self.again(step)

    def pour(self, *frames):
        """The same frames again and again on connections of HTTP/2."""
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect("h2") as connection:
                connection.settimeout(1)
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                while self.goes_on():
                    connection.sendall(b"".join(frames) * 16)
            time.sleep(0.002)

    def streams(self, *after, hold=False, more=()):
        """Calls that are opened, and what follows on each."""
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect("h2") as connection:
                connection.settimeout(1)
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                for number in range(10_000):
                    if not self.goes_on():
                        break
                    stream = 2 * number + 1
                    connection.sendall(frame(HEADERS, 4, stream, self.head(*more)) + b"".join(frame(kind, flags, stream, payload)
                                                                                         for kind, flags, payload in after))
                while hold and self.goes_on():
                    time.sleep(0.1)
            time.sleep(0.002)

    # The kinds.
    def silent(self):
        held = []
        with contextlib.suppress(OSError):
            while self.goes_on() and len(held) < HELD_MAX:
                held.append(self.connect(None))
        while self.goes_on():
            time.sleep(0.1)
        for connection in held:
            connection.close()

    def slow_head(self):
        held = []
        with contextlib.suppress(OSError, ValueError):
            while len(held) < HELD_MAX // 2 and self.goes_on():
                held.append(self.connect())
        while self.goes_on():
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.sendall(b"G")
            time.sleep(0.5)
        for connection in held:
            connection.close()

    def connect_and_reset(self):
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect(None) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            time.sleep(0.001)

    def half_a_handshake(self):
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(32)
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect(None) as connection:
                connection.sendall(hello)
                time.sleep(0.02)

    def random_bytes(self):
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect(None) as connection:
                connection.sendall(os.urandom(4096))
                time.sleep(0.002)

    def pings(self):
        self.pour(frame(PING, 0, 0, b"12345678"))

    def settings(self):
        self.pour(frame(SETTINGS, 0, 0, b"\0\3\0\0\0\x64" * 8))

    def priorities(self):
        self.pour(frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"))

    def windows(self):
        self.pour(frame(WINDOW, 0, 0, b"\0\0\0\1"))

    def continuations(self):
        while self.goes_on():
            with contextlib.suppress(OSError, ValueError), self.connect("h2") as connection:
                connection.settimeout(1)
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, 0, 1, self.head()))
                while self.goes_on():
                    connection.sendall(frame(CONTINUATION, 0, 1, literal(b"a", b"b" * 100) * 100))
            time.sleep(0.002)

    def rapid_resets(self):
        self.streams((RST, 0, b"\0\0\0\x08"))

    def many_streams(self):
        self.streams(hold=True)

    def half_messages(self):
        self.streams((DATA, 0, b"\0\0\x3f\0\0\1"), hold=True)

    def messages_of_4_gib(self):
        self.streams((DATA, 1, b"\0\xff\xff\xff\xff\1"))

    def data_of_no_stream(self):
        self.pour(frame(DATA, 0, 99, b"x" * 1024))

    def no_time(self):
        self.streams((DATA, 1, b"\0\0\0\0\0"), more=((b"grpc-timeout", b"1n"),))

    def cancels(self):
        self.streams((DATA, 1, b"\0\0\0\0\0"), (RST, 0, b"\0\0\0\x08"))

    def large_head(self):
        self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n")

    def many_headers(self):
        self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(2000)) + b"\r\n")

    def two_hosts(self):
        self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")

    def binary_headers(self):
        self.say(b"GET /\0\xff HTTP/1.1\r\nHost: local\0host\r\nX\xfe: \x01\x02\r\n\r\n")

    def two_lengths(self):
        self.say(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")

    def endless_chunks(self):
        def step(connection):
            connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            while self.goes_on():
                connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        self.again(step)

    def long_body_that_never_comes(self):
        self.say(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{")

    def pipelined(self):
        self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)

    def upgrade(self):
        self.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n")

    def post(self, path, body, *headers):
        self.say(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode()
                 + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body)

    def nested_json(self):
        self.post("/mlup.reports.v1.ReportService/ListPeriods", b"[" * 60_000, self.tokens["cookie"], self.tokens["bearer"])

    def gzip_bomb(self):
        self.post("/v1/events", gzip.compress(b"\0" * (100 << 20)), b"Content-Encoding: gzip", self.tokens["bearer"])

    def broken_utf8(self):
        self.post("/mlup.reports.v1.ReportService/GetReport", b'{"scope":{"period":"\xff\xfe"}}', self.tokens["cookie"], self.tokens["bearer"])

    def unknown_fields(self):
        self.post("/mlup.reports.v1.ReportService/GetReport", json.dumps({f"f{number}": number for number in range(2000)}).encode(),
                  self.tokens["cookie"], self.tokens["bearer"])

    def wrong_passwords(self):
        self.post("/session", b'{"name":"staff-adm-1","password":"guess"}')

    def wrong_cookies(self):
        self.post("/mlup.reports.v1.ReportService/ListPeriods", b"{}", b"Cookie: mlup_session=" + os.urandom(16).hex().encode())

    def other_origins(self):
        self.post("/mlup.reports.v1.ReportService/ListPeriods", b"{}", b"Origin: https://evil.example", self.tokens["cookie"])

    def follows_and_never_reads(self):
        """With credentials: what is sent is left in the socket."""
        held = []
        request = b"GET /v1/events/stream?from=1 HTTP/1.1\r\nHost: localhost\r\n" + self.tokens["bearer"] + b"\r\n\r\n"
        while self.goes_on():
            if len(held) < HELD_MAX // 3:
                with contextlib.suppress(OSError, ValueError):
                    connection = self.connect()
                    held.append(connection)
                    connection.sendall(request)
            time.sleep(0.01)
        for connection in held:
            connection.close()

    def heavy_questions(self):
        """With credentials: the same report, over and over."""
        self.post("/mlup.reports.v1.ReportService/GetReport", b'{"scope":{"period":"2021-Q1"}}', self.tokens["cookie"])


KINDS = [name for name in vars(Attack) if not name.startswith("_") and
         name not in ("head", "goes_on", "again", "say", "pour", "streams", "post")]
