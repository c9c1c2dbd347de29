"""The servers of the peer bench: how each is started on a folder, asked for what it takes, and ended."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

POSTGRES = Path("/usr/lib/postgresql/15/bin")
TICKS = os.sysconf("SC_CLK_TCK")
SECTOR = 512


class Server:
    """A server process on a folder of its own, which is not removed with it. `address` is what the driver is told."""

    program = ""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.address = ""

    @classmethod
    def missing(cls):
        """What is not installed, or nothing."""
        return "" if shutil.which(cls.program) else cls.program

    def prepare(self):
        """Makes an empty folder ready."""
        self.folder.mkdir(parents=True)

    def command(self):
        raise NotImplementedError

    def launch(self):
        """Starts the process and waits for nothing."""
        with open(self.folder.parent / f"{self.folder.name}.log", "ab") as log:
            self.process = subprocess.Popen(list(map(str, self.command())), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, **self.account())

    def account(self):
        return {}

    def is_ready(self):
        raise NotImplementedError

    def start(self):
        self.launch()
        deadline = time.monotonic() + 60
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.program} does not start; see {self.folder}.log")
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        """Ends it by its process id, if it runs, and waits."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()

    def kill(self):
        """As a crash would. A server of several processes is gone when its children have seen it."""
        if self.process is None:
            return
        children = self.processes()[1:]
        self.stop(signal.SIGKILL)
        for child in children:
            while Path(f"/proc/{child}").exists():
                time.sleep(0.01)

    def processes(self):
        """It and its children."""
        own = self.process.pid
        return [own, *map(int, proc(own, f"task/{own}/children").split())]

    def cpu_seconds(self):
        """Processor time of it and its children, those that have ended included."""
        total = 0
        for number, process in enumerate(self.processes()):
            fields = proc(process, "stat").rpartition(")")[2].split()
            total += sum(map(int, fields[11:15 if number == 0 else 13]))
        return total / TICKS

    def memory_mib(self):
        """Resident memory; pages that processes share count once."""
        total = 0
        for process in self.processes():
            for line in proc(process, "smaps_rollup").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def parts(self):
        """Bytes on the disk by part, of the stopped server."""
        return {"all": bytes_below(self.folder)}


def proc(process, name):
    """What the system says of a process; nothing once it is gone."""
    try:
        return Path(f"/proc/{process}/{name}").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def written_bytes(folder, settled=True):
    """What its disk has been given since the machine started, by anybody; `settled` waits for what is on its way. The counters of
    processes are no measure: they count a large page of the cache as a whole each time that some of it is written."""
    if settled:
        os.sync()
    device = os.stat(folder).st_dev
    fields = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text(encoding="ascii").split()
    return int(fields[6]) * SECTOR


def bytes_below(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class Ours(Server):
    program = "mlupd"
    roles = "log"

    @classmethod
    def missing(cls):
        return ""

    def command(self):
        socket_path = self.folder.parent / f"{self.folder.name}.sock"
        self.address = f"unix:{socket_path}"
        return [self.binary(), "serve", "--data", self.folder / "data", "--keyring", self.folder / "keyring",
                "--listen", self.address, "--roles", self.roles]

    def binary(self):
        return Path(os.environ["MLUP_BIN"]) / "mlupd"

    def is_ready(self):
        return json.loads(self.process.stdout.readline() or "{}").get("event") == "serving"

    def parts(self):
        """The log compacted, in a copy; the proofs as they were left; of the journal the frames."""
        data, copy = self.folder / "data", self.folder / "copy"
        shutil.copytree(data / "log", copy)
        program = Path(os.environ["MLUP_BENCH_BIN"]) / "peer_sizes"
        sizes = json.loads(subprocess.run([program, copy, data / "journal"], stdout=subprocess.PIPE, check=True).stdout)
        shutil.rmtree(copy)
        sizes["proofs"] = bytes_below(data / "proofs")
        return {"all": sum(sizes.values()) - sizes["journal"], **sizes}


class WithoutProofs(Ours):
    """The same without what follows the log to fold it: no such switch is in the product."""

    program = "mlupd_without_proofs"

    def binary(self):
        return Path(os.environ["MLUP_BENCH_BIN"]) / self.program


class Redis(Server):
    program = "redis-server"

    def command(self):
        self.address = str(self.folder.parent / f"{self.folder.name}.sock")
        return ["redis-server", "--port", 0, "--unixsocket", self.address, "--dir", self.folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", 0, "--daemonize", "no",
                "--logfile", "/dev/null"]

    def is_ready(self):
        return Path(self.address).exists() and answers(self.address)


def answers(path):
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect(path)
            one.sendall(b"PING\r\n")
            return one.recv(64).startswith(b"+PONG")
        except OSError:
            return False


class Postgres(Server):
    program = str(POSTGRES / "postgres")
    settings = {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "shared_buffers": "512MB", "max_wal_size": "8GB",
                "checkpoint_timeout": "30min", "max_connections": "200", "jit": "off", "logging_collector": "off"}

    def account(self):
        """It refuses to run as root."""
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def prepare(self):
        super().prepare()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        subprocess.run([str(POSTGRES / "initdb"), "-D", str(self.folder / "data"), "-U", "bench", "--auth=trust",
                        "--encoding=UTF8", "--locale=C"], stdout=subprocess.DEVNULL, check=True, cwd="/", **self.account())

    def command(self):
        self.address = f"host={self.folder} user=bench dbname=postgres"
        options = [item for name, value in self.settings.items() for item in ("-c", f"{name}={value}")]
        return [self.program, "-D", self.folder / "data", "-k", self.folder, *options]

    def is_ready(self):
        done = subprocess.run([str(POSTGRES / "pg_isready"), "-q", "-h", str(self.folder)], check=False)
        return done.returncode == 0

    def parts(self):
        """The database and, as its journal, the write-ahead log."""
        data = self.folder / "data"
        return {"all": bytes_below(data / "base") - self.empty(), "journal": bytes_below(data / "pg_wal")}

    def empty(self):
        """What the databases take that a cluster begins with: three of the same size."""
        bases = sorted(bytes_below(base) for base in (self.folder / "data/base").iterdir())
        return 3 * bases[0]


class JetStream(Server):
    program = "nats-server"

    def command(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.address = f"nats://127.0.0.1:{self.port}"
        return ["nats-server", "-a", "127.0.0.1", "-p", self.port, "-js", "-sd", self.folder, "-l", "/dev/null"]

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as one:
                return one.recv(16).startswith(b"INFO")
        except OSError:
            return False


class Noop(Server):
    """A gRPC server that does nothing."""

    program = "peer_noop"

    @classmethod
    def missing(cls):
        return ""

    def command(self):
        self.address = f"unix:{self.folder.parent / (self.folder.name + '.sock')}"
        return [Path(os.environ["MLUP_BENCH_BIN"]) / "peer_noop", self.address]

    def is_ready(self):
        return b"serving" in self.process.stdout.readline()


class Nothing(Server):
    """No server: the driver works on the folder itself."""

    @classmethod
    def missing(cls):
        return ""

    def start(self):
        self.address = str(self.folder)

    def cpu_seconds(self):
        return 0
