"""People with accounts, for the end-to-end tests: `act_as` is the one line that makes a test somebody."""

import json
import os
import subprocess
import urllib.request

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
