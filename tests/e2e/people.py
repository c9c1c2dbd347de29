"""People with accounts, for the end-to-end tests: `act_as` is the one line that makes a test somebody."""

import hashlib
import http.client
import json
import os
import subprocess
import urllib.request
import uuid

from harness import BIN, Run, check

PASSWORD = "three words and a half"


class Person:
    """Somebody at a command line of their own, who may be signed in."""

    def __init__(self, folder, name):
        self.name = name
        self.environment = {**{k: v for k, v in os.environ.items() if not k.startswith("MLUP_")},
                            "XDG_STATE_HOME": str(folder / f"state-{name}")}

    def start(self, daemon, *arguments, secrets=(), **streams):
        """A command line that runs; secrets are given through a descriptor, never as arguments."""
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{secret}\n" for secret in secrets).encode())
        os.close(writing)
        given = ["--password-fd", str(reading)] if secrets else []
        try:
            return subprocess.Popen([BIN / "mlup", "--server", daemon.address, *map(str, arguments), *given], env=self.environment,
                                    pass_fds=[reading], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **streams)
        finally:
            os.close(reading)

    def mlup(self, daemon, *arguments, secrets=(), stdin=b"", expect=0):
        process = self.start(daemon, *arguments, secrets=secrets, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=120)
        run = Run(subprocess.CompletedProcess(arguments, process.returncode, out, err))
        if expect is not None:
            check(run.code == expect, f"{self.name}: mlup {' '.join(map(str, arguments))} ended with {run.code}:\n{run.out}\n{run.err}")
        return run

    def sign_in(self, daemon, password=PASSWORD, *arguments, expect=0):
        return self.mlup(daemon, "login", self.name, *arguments, secrets=[password], expect=expect)

    def refused(self, daemon, reason, *arguments, **more):
        run = self.mlup(daemon, *arguments, expect=1, **more)
        check(reason in run.out + run.err, f"{' '.join(map(str, arguments))}: {run.out}\n{run.err}\ninstead of {reason}")


def bootstrap(daemon, admin, roles=("administrator", "operator"), expect=0):
    given = [word for role in roles for word in ("--role", role)]
    return admin.mlup(daemon, "accounts", "bootstrap", admin.name, "--display-name", "Sokha", *given, "--keyring", daemon.keyring,
                      secrets=[PASSWORD], expect=expect)


def opened(daemon, admin, person, *roles, scope="all"):
    """An account with roles, whose holder has chosen a password."""
    given = [word for role in roles for word in ("--role", role)]
    initial = admin.mlup(daemon, "--json", "accounts", "open", person.name, "--display-name", "Dara", *given,
                         "--scope", scope).json()["initial_password"]
    person.mlup(daemon, "login", person.name, secrets=[initial, PASSWORD])


def act_as(daemon, folder, name, *roles):
    """Makes the first account, with these roles, and signs this process in: from now on harness.mlup() is this person."""
    person = Person(folder, name)
    bootstrap(daemon, person, roles)
    person.sign_in(daemon)
    os.environ["XDG_STATE_HOME"] = person.environment["XDG_STATE_HOME"]
    return person


def cookie_of(daemon, name, password=PASSWORD):
    """Signs in to the web application: the cookie of the session."""
    request = urllib.request.Request(f"http://{daemon.serving['web']}/session", json.dumps({"name": name, "password": password}).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]


def account_stream(actor):
    """`account/<uuid>`: the id follows from the actor."""
    digest = bytearray(hashlib.blake2b(f"mlup account 1\n{actor}".encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return f"account/{uuid.UUID(bytes=bytes(digest))}"


class Caller:
    """Somebody who calls over the pages' listener."""

    def __init__(self, web, cookie, role):
        self.web = web
        self.headers = {"Cookie": f"mlup_session={cookie}; mlup_role={role}/mro"}

    def open(self, method, content_type, body):
        connection = http.client.HTTPConnection(self.web, timeout=30)
        connection.request("POST", f"/mlup.{method}", body, {**self.headers, "Content-Type": content_type})
        return connection, connection.getresponse()

    def call(self, method, request):
        """The status and the answer."""
        connection, answer = self.open(method, "application/json", json.dumps(request))
        try:
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()

    def first(self, method):
        """The reason with which a call with many answers ends at once; nothing where it goes on."""
        connection, answer = self.open(method, "application/connect+json", b"\0\0\0\0\2{}")
        try:
            head = answer.read(5)
            if answer.status != 200 or len(head) < 5 or not head[0] & 2:
                return "" if answer.status == 200 else f"HTTP {answer.status}"
            end = json.loads(answer.read(int.from_bytes(head[1:], "big")))
            return end.get("error", {}).get("details", [{}])[0].get("debug", {}).get("reason", "")
        finally:
            connection.close()

    def record(self, service, *facts):
        context = {"request_id": str(uuid.uuid4()), "channel": "CHANNEL_WEB", "occurred": {"precision": "PRECISION_UNKNOWN"}}
        status, answer = self.call(service, {"context": context, "facts": list(facts)})
        if status != 200:
            raise AssertionError(answer)
