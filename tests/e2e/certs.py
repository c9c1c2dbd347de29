"""Who signs in without a password: users of the machine, and certificates of the installation's own authority: services sign in with them, the edge asks for them, and what is revoked ends.

Without haproxy it says 77."""

import contextlib
import os
import pwd
import shutil
import signal
import ssl
import stat
import sys
import time

from edge import WELL, Edge
from harness import Daemon, Workspace, check, free_port, mlup, wait_for
from people import Person, act_as

WITHIN_S = 1.0


def issue(folder, *arguments):
    mlup("127.0.0.1:1", "certs", *arguments, "--folder", folder / "certs")


def own(folder, name):
    """As they are copied to whoever holds them: the files of a revoked one are removed at the authority."""
    held = folder / "held"
    held.mkdir(exist_ok=True)
    for kind in ("crt", "key"):
        shutil.copy(folder / f"certs/{name}.{kind}", held)
    return held / f"{name}.crt", held / f"{name}.key"


def reload(daemon):
    daemon.process.send_signal(signal.SIGHUP)


def services(folder, daemon, admin):
    """A service signs in with its certificate alone, until that is revoked."""
    service = Person(folder, "system-sync")
    # Nobody ever uses the password that it is given to begin with.
    admin.mlup(daemon, "accounts", "open", service.name, "--display-name", "Sync", "--role", "mel_officer", "--scope", "all")
    certificate, key = own(folder, service.name)
    signing_in = ("login", service.name, "--certificate", certificate, "--key", key)
    service.mlup(daemon, *signing_in)
    check(service.name in service.mlup(daemon, "whoami").out, "the service is signed in")
    check(service.mlup(daemon, "report", "quarterly", "2021-Q1").out, "what its role may")
    wrong, wrong_key = own(folder, "partner")
    service.refused(daemon, "CERTIFICATE_WRONG", "login", service.name, "--certificate", wrong, "--key", key)
    service.refused(daemon, "SIGN_IN_REFUSED", "login", "partner", "--certificate", wrong, "--key", wrong_key)
    key.chmod(0o644)
    service.refused(daemon, "KEY_MODE", *signing_in)
    key.chmod(0o600)
    issue(folder, "revoke", service.name)
    reload(daemon)
    began = time.monotonic()
    wait_for("the session of a revoked certificate to end",
             lambda: "SESSION_ENDED" in service.mlup(daemon, "report", "quarterly", "2021-Q1", expect=None).err, WITHIN_S + 1)
    took = time.monotonic() - began
    service.refused(daemon, "CERTIFICATE_WRONG", *signing_in)
    return took


def peers(folder, daemon):
    """The user that runs this is known by the system, and needs no password."""
    user = Person(folder, "system-cron")
    user.mlup(daemon, "login", user.name, "--peer", folder / "peers.sock")
    check(user.name in user.mlup(daemon, "whoami").out, "the user of the machine is signed in")
    user.refused(daemon, "ACTOR_NOT_YOURS", "login", "staff-adm-1", "--peer", folder / "peers.sock")
    check("Nobody" in user.mlup(daemon, "whoami").out, "no session of another one than was meant is kept")
    check(stat.S_IMODE((folder / "peers.sock").stat().st_mode) == 0o666, "others may ask who they are")


def enters(edge, certificate):
    with contextlib.suppress(ssl.SSLError, OSError), edge.connect(WELL, "http/1.1", own=certificate) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{edge.port}\r\nConnection: close\r\n\r\n".encode())
        return connection.recv(12) == b"HTTP/1.1 200"
    return False


def at_the_edge(folder, daemon, port):
    """Nobody comes in without a certificate, nor with one that was revoked, also where the connection was there before."""
    certs = folder / "certs"
    edge = Edge(folder, daemon, port, (certs / "authority.crt", certs / "edge.pem"),
                MLUP_EDGE_CLIENT_CA=str(certs / "authority.crt"), MLUP_EDGE_CLIENT_CRL=str(certs / "revoked.crl"))
    try:
        partner, other = own(folder, "partner"), own(folder, "other")
        check(enters(edge, partner) and enters(edge, other), "with a certificate")
        check(not enters(edge, None), "without one")
        held = edge.connect(WELL, "http/1.1", own=partner)
        issue(folder, "revoke", "partner")
        issue(folder, "renew", "edge", "--days", "30")
        edge.reload()
        began = time.monotonic()
        wait_for("the edge to refuse what was revoked", lambda: not enters(edge, partner), 5)
        held.settimeout(WITHIN_S + 4)
        with contextlib.suppress(ConnectionResetError):
            check(held.recv(1) == b"", "a connection of before stays")
        took = time.monotonic() - began
        check(enters(edge, other), "another one stays good")
        return took
    finally:
        edge.stop()


def main():
    if shutil.which("haproxy") is None:
        print("haproxy is not installed")
        return 77
    with Workspace() as folder:
        issue(folder, "init", "--name", "test")
        issue(folder, "issue", "edge", "--address", "localhost", "--address", "127.0.0.1")
        for name in ("system-sync", "partner", "other"):
            issue(folder, "issue", name)
        port, web = free_port(), f"unix:{folder}/web"
        (folder / "peers").write_text(f"{pwd.getpwuid(os.geteuid()).pw_name} system-cron\n")
        with Daemon(folder / "data", "--web-listen", web, "--web-origin", f"https://localhost:{port}", "--certificates", folder / "certs",
                    "--peer-listen", folder / "peers.sock", "--peer-accounts", folder / "peers") as daemon:
            admin = act_as(daemon, folder, "staff-adm-1", "administrator", "mel_officer")
            ended = services(folder, daemon, admin)
            admin.mlup(daemon, "accounts", "open", "system-cron", "--display-name", "Cron", "--role", "mel_officer", "--scope", "all")
            peers(folder, daemon)
            refused = at_the_edge(folder, daemon, port)
        listed = mlup("127.0.0.1:1", "certs", "list", "--folder", folder / "certs").out
        check(listed.count("revoked") == 2, listed)
        print(f"a revoked certificate ended its session after {ended:.2f} s, and its connection at the edge after {refused:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
