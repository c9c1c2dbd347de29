"""The edge: people and pages come in over TLS through HAProxy, the raw log does not, and strangers cost the daemon nothing.

Without haproxy it says 77."""

import contextlib
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from types import SimpleNamespace

from harness import ROOT, Daemon, Workspace, check, free_port, wait_for
from people import PASSWORD, Person, bootstrap
from webhook_receiver import subscriber

PATIENCE_S = 10
CONNECTIONS, CONNECTIONS_MAX = 400, 256
FLOOD_MIB, RESETS = 32, 20_000
GROWTH_MAX_MIB = 16
# Whoever means well calls from another address than those who do not, and what one of those did keeps no other out.
WELL, SILENT, FLOODING, RESETTING = (f"127.0.0.{number}" for number in range(2, 6))
HEADERS, RST, SETTINGS, CONTINUATION = 1, 3, 4, 9
TOKEN = "the-token-of-partner-0123456789abcdef"
LISTENING = "0A"  # In the system's tables of sockets.


def faces(folder, port):
    """What mlupd is given so that only an edge at this port reaches it."""
    (folder / "subscribers").write_text(subscriber("partner", token=TOKEN))
    return ["--web-origin", f"https://localhost:{port}", "--subscribers-file", folder / "subscribers",
            *(word for face in ("web", "http", "esdb") for word in (f"--{face}-listen", f"unix:{folder}/{face}"))]


def certificate(folder):
    """A certificate of its own, and with its key."""
    key, crt, both = (folder / name for name in ("edge.key", "edge.crt", "edge.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", crt,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    both.touch(mode=0o600)
    both.write_bytes(crt.read_bytes() + key.read_bytes())
    return crt, both


class Edge:
    """HAProxy before a daemon."""

    def __init__(self, folder, daemon, port, made=None, under=(), **more):
        self.crt, pem = made or certificate(folder)
        self.port = port
        self.log = open(folder / "edge.log", "wb")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MLUP_")}
        environment |= {"MLUP_EDGE_LISTEN": f"127.0.0.1:{port}", "MLUP_EDGE_CERT": str(pem), "MLUP_SERVER": daemon.address,
                        **{f"MLUP_{face.upper()}": daemon.serving[face] for face in ("web", "http", "esdb") if face in daemon.serving}, **more}
        self.process = subprocess.Popen([*under, ROOT / "deploy/edge/start"], env=environment, stdout=self.log, stderr=self.log)
        wait_for("the edge to listen", self.is_up, PATIENCE_S)

    def is_up(self):
        check(self.process.poll() is None, "the edge ended")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1, (WELL, 0)).close()
            return True
        return False

    def worker(self):
        """The process that serves, below the one that was started; 0 while there is none."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as children:
            return int((children.read().split() or [0])[-1])

    def tell(self, number, was_done):
        """Sends a signal until it had its effect: HAProxy loses one that comes while it starts itself anew."""

        def told():
            if not was_done():
                self.process.send_signal(number)
            with contextlib.suppress(AssertionError):
                wait_for("the signal's effect", was_done, 2)
                return True
            return False

        wait_for(f"the edge to obey signal {number}", told, PATIENCE_S * 2)

    def stop(self):
        self.tell(signal.SIGTERM, lambda: self.process.poll() is not None)
        self.log.close()

    def reload(self):
        wait_for("the edge to serve", self.worker)
        before = self.worker()
        self.tell(signal.SIGUSR2, lambda: self.worker() not in (0, before))

    def trust(self, *protocols, own=None):
        context = ssl.create_default_context(cafile=self.crt)
        if own:
            context.load_cert_chain(*own)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def connect(self, source, *protocols, own=None):
        raw = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S, (source, 0))
        return self.trust(*protocols, own=own).wrap_socket(raw, server_hostname="localhost")

    def ask(self, path="/", host=None, **more):
        """A page as a browser asks for it: status, head, seconds."""
        began = time.monotonic()
        body = more.pop("body", None)
        request = "\r\n".join([f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: {host or f'localhost:{self.port}'}", "Connection: close",
                               *(f"{name}: {value}" for name, value in more.items()), *([f"Content-Length: {len(body)}"] if body else [])])
        with self.connect(WELL, "http/1.1") as connection:
            connection.sendall(f"{request}\r\n\r\n{body or ''}".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        head = answer.partition(b"\r\n\r\n")[0].decode()
        return int(head.split(" ", 2)[1]), head, time.monotonic() - began


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def head_block(edge):
    authority = f"localhost:{edge.port}".encode()
    return b"\x82\x84\x87\x41" + bytes([len(authority)]) + authority


def resident_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def people(edge, daemon, folder):
    """Whoever has an account signs in from elsewhere; the raw log and wrong names stay out."""
    admin = Person(folder, "staff-adm-1")
    bootstrap(daemon, admin)
    through = SimpleNamespace(address=f"tls:localhost:{edge.port}")
    unreached = admin.mlup(through, "status", expect=3)
    check("no answer" in unreached.err, unreached.err)
    admin.environment["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(edge.crt)
    admin.sign_in(through)
    check(admin.name in admin.mlup(through, "whoami").out, "who is signed in through the edge")
    # The edge itself refuses the raw log, before anybody asks who calls.
    grpc = {"Content-Type": "application/grpc"}
    status, head, _ = edge.ask("/mlup.log.v1.EventStore/Head", body="x", **grpc)
    check(status == 404, f"the raw log through the edge: {head}")
    status, head, _ = edge.ask("/mlup.reports.v1.ReportService/GetReport", body="x", **grpc)
    check(status != 404, f"a service through the edge: {head}")

    status, head, _ = edge.ask()
    check(status == 200 and "strict-transport-security" in head.lower(), head)
    status, head, _ = edge.ask(host="evil.example")
    check(status == 403, head)
    status, head, _ = edge.ask("/session", body=f'{{"name":"{admin.name}","password":"{PASSWORD}"}}',
                               **{"Content-Type": "application/json", "Origin": f"https://localhost:{edge.port}"})
    check(status == 200 and "; Secure" in head, head)
    status, head, _ = edge.ask("/session", body="{}", **{"Content-Type": "application/json", "Origin": "https://evil.example"})
    check(status == 403, head)


def systems(edge):
    """Subscribers come in by HTTP and as clients of EventStoreDB, with their token alone."""
    token = {"Authorization": f"Bearer {TOKEN}"}
    status, head, _ = edge.ask("/v1/events?limit=1", **token)
    check(status == 200, f"a subscriber through the edge: {head}")
    status, head, _ = edge.ask("/v1/events?limit=1")
    check(status == 401, f"nobody through the edge: {head}")
    status, head, _ = edge.ask("/event_store.client.gossip.Gossip/Read", body="\0\0\0\0\0", **{"Content-Type": "application/grpc", "TE": "trailers"})
    check(status == 200, f"a client of EventStoreDB through the edge: {head}")


def listens_on_tcp(pid):
    """The ports on which a process waits for connections."""
    inodes = set()
    for link in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(f"/proc/{pid}/fd/{link}"))
    ports = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as lines:
            for line in list(lines)[1:]:
                words = line.split()
                if words[3] == LISTENING and f"socket:[{words[9]}]" in inodes:
                    ports.append(int(words[1].rpartition(":")[2], 16))
    return ports


def idle(edge):
    """Connections alone: those beyond the bound are closed at once, whoever else comes is served."""
    held, closed = [], 0
    try:
        for _ in range(CONNECTIONS):
            try:
                held.append(socket.create_connection(("127.0.0.1", edge.port), PATIENCE_S, (SILENT, 0)))
            except ConnectionResetError:  # Closed before this side saw it opened.
                closed += 1
        for connection in held:
            connection.settimeout(0.02)
            with contextlib.suppress(TimeoutError):
                try:
                    closed += connection.recv(1) == b""
                except ConnectionResetError:
                    closed += 1
        check(closed >= CONNECTIONS - CONNECTIONS_MAX - 1, f"{closed} of {CONNECTIONS} silent connections were closed")
        return edge.ask()
    finally:
        for connection in held:
            connection.close()


def flood(edge):
    """Headers without an end: the connection goes long before it cost anything."""
    sent = 0
    with edge.connect(FLOODING, "h2") as connection, contextlib.suppress(OSError):
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(HEADERS, 1, 1, head_block(edge)))
        more = frame(CONTINUATION, 0, 1, b"\x00\x01a\x7f\x81\x7f" + b"b" * 16_000)
        while sent < FLOOD_MIB << 20:
            connection.sendall(more)
            sent += len(more)
    return sent


def resets(edge):
    """Requests that are taken back at once."""
    with edge.connect(RESETTING, "h2") as connection, contextlib.suppress(OSError):
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))
        block = head_block(edge)
        for number in range(RESETS):
            stream = 2 * number + 1
            connection.sendall(frame(HEADERS, 5, stream, block) + frame(RST, 0, stream, b"\0\0\0\x08"))


def main():
    if shutil.which("haproxy") is None:
        print("haproxy is not installed")
        return 77
    with Workspace() as folder:
        port = free_port()
        with Daemon(folder / "data", *faces(folder, port), listen=f"unix:{folder}/socket") as daemon:
            check(not listens_on_tcp(daemon.process.pid), "whoever is on the machine reaches the daemon past the edge")
            edge = Edge(folder, daemon, port)
            try:
                people(edge, daemon, folder)
                systems(edge)
                before = resident_mib(daemon.process.pid), resident_mib(edge.worker())
                status, _, _ = idle(edge)
                check(status == 200, "a page beside silent connections")
                sent = flood(edge)
                check(sent < FLOOD_MIB << 20, "the whole flood was taken")
                resets(edge)
                times = []
                for _ in range(20):
                    status, _, took = edge.ask()
                    check(status == 200, "a page after the floods")
                    times.append(took)
                grown = [after - then for after, then in zip((resident_mib(daemon.process.pid), resident_mib(edge.worker())), before)]
                check(max(grown) <= GROWTH_MAX_MIB, f"daemon and edge grew by {grown} MiB")
                print(f"signed in through the edge; {CONNECTIONS} silent connections, a flood that ended after {sent >> 10} KiB, {RESETS} resets: "
                      f"daemon {grown[0]:+.1f} MiB, edge {grown[1]:+.1f} MiB, pages {max(times) * 1000:.0f} ms at most")
            finally:
                edge.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
