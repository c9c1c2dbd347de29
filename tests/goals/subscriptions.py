"""What the goals about subscriptions share: a daemon of its own, and the bench that measures it from outside."""

import contextlib
import json
import shutil
import subprocess

import programs


class Server:
    """A daemon that plays the role log only."""

    def __init__(self):
        self._bench, server = programs.program("subscribe_bench"), programs.program("mlupd")
        self._place = programs.folder()
        self._daemon = subprocess.Popen([server, "serve", "--data", self._place / "data", "--keyring", self._place / "keyring",
                                         "--listen", "127.0.0.1:0", "--roles", "log"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._address = json.loads(self._daemon.stdout.readline())["address"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._daemon.terminate()
        self._daemon.wait()
        self._daemon.stdout.close()
        shutil.rmtree(self._place, ignore_errors=True)

    def _command(self, what, arguments):
        return [self._bench, "--server", self._address, "--server-pid", self._daemon.pid, *arguments, what]

    def measure(self, what, *arguments):
        """The figures of one measurement."""
        return json.loads(programs.output(*self._command(what, arguments)))

    @contextlib.contextmanager
    def listeners(self, count):
        """So many subscribers that get all events, in a process of their own as other systems are."""
        listening = subprocess.Popen(list(map(str, self._command("listen", ["--subscribers", count]))), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        try:
            if not listening.stdout.readline():
                raise SystemExit("the subscribers did not come")
            yield
        finally:
            listening.communicate()


def measure(what, *arguments):
    """Runs one measurement against a daemon of its own."""
    with Server() as server:
        return server.measure(what, *arguments)
