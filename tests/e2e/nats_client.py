"""As much of the NATS protocol as reading a JetStream stream back takes, with the standard library."""

import base64
import json
import socket


class Nats:
    """One connection to a server on this machine. Use as a context manager."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")
        check_line(self.file.readline(), b"INFO ")
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\nSUB answers.* 1\r\n')
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, subject, request):
        """One question to the JetStream API."""
        self.count += 1
        body = json.dumps(request).encode()
        self.socket.sendall(f"PUB {subject} answers.{self.count} {len(body)}\r\n".encode() + body + b"\r\n")
        while True:
            line = self.file.readline()
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            elif line.startswith((b"MSG", b"HMSG")):
                size = int(line.split()[-1])
                skip = int(line.split()[-2]) if line.startswith(b"HMSG") else 0
                data = self.file.read(size + 2)[skip:-2]
                return json.loads(data) if data else {}
            elif not line:
                raise ConnectionError("the server closed the connection")

    def messages(self, stream):
        """All messages of a stream: (subject, headers, body)."""
        state = self.ask(f"$JS.API.STREAM.INFO.{stream}", {})["state"]
        for sequence in range(state["first_seq"], state["last_seq"] + 1):
            message = self.ask(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": sequence})["message"]
            headers = base64.b64decode(message["hdrs"]).decode().split("\r\n")[1:]
            pairs = dict(line.split(": ", 1) if ": " in line else line.split(":", 1) for line in headers if line)
            yield message["subject"], pairs, base64.b64decode(message["data"])


def check_line(line, beginning):
    if not line.startswith(beginning):
        raise ConnectionError(f"not a NATS server: {line[:40]}")
