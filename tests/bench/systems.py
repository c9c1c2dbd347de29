"""The systems of the peer bench and the rows that each has."""

from dataclasses import dataclass

import servers

APPENDS = {
    "append1": "1 append of 1 event in flight",
    "append64": "64 appends of 1 event in flight",
    "client64": "64 callers of the C++ client that go on when they are answered, 1 event each; of the others append64",
    "client64threads": "the same callers, each waiting on a thread of its own; of the others append64",
    "batch128x1": "1 append of 128 events (8 streams) in flight",
    "batch128x16": "16 appends of 128 events (8 streams) in flight",
}
READS = {
    "replay": "all events read back by one client, decoded",
    "stream50": "one stream of 50 events read",
    "delivery": "from sending an append to its event at a live subscriber",
    "start": "after kill -9, from starting the process to its first read",
    "memory": "resident memory after replay",
    "bytes": "on disk, an event",
}
ROWS = APPENDS | READS

# Arguments of the driver for a row of appends.
WORK = {
    "append1": (1, 1, 1, 1000),
    "append64": (64, 1, 1, 64),
    "client64": (64, 1, 1, 64),
    "client64threads": (64, 1, 1, 64),
    "batch128x1": (1, 128, 8, 1024),
    "batch128x16": (16, 128, 8, 64),
}


def work(row):
    in_flight, batch, pieces, streams = WORK[row]
    return ["--in-flight", in_flight, "--batch", batch, "--pieces", pieces, "--streams-a-slot", streams]


@dataclass(frozen=True)
class System:
    name: str
    # What --peers calls it.
    peer: str
    server: type
    driver: str
    form: str
    durable: str
    rows: frozenset
    # The connections that were the fastest for it, by row; else 1.
    connections: dict
    # Ways of reading all, the first counts as the row.
    ways: tuple = ("",)


_SINGLE = {"append1", "append64"}
# What other systems have no client for: their callers are their appends in flight.
CALLERS = {"client64": "callers", "client64threads": "threads"}
_EVERY = set(APPENDS) - set(CALLERS)
_ALL = set(ROWS) - set(CALLERS)
_YES = "yes, synced before the acknowledgement"


def _system(name, peer, server, driver, form, durable, rows, connections=None, ways=("",)):
    return System(name, peer, server, driver, form, durable, frozenset(rows), connections or {}, ways)


SYSTEMS = [
    _system("ours", "ours", servers.Ours, "peer_ours", "", _YES, ROWS, ways=("subscribe", "pages")),
    _system("ours-no-proofs", "without-proofs", servers.WithoutProofs, "peer_ours", "", _YES, APPENDS),
    _system("redis", "redis", servers.Redis, "peer_redis", "plain", _YES + "; expected revision not checked",
            _ALL - {"stream50"}, {"append64": 4, "batch128x16": 4, "fill": 4}),
    _system("redis-lua", "redis", servers.Redis, "peer_redis", "lua", _YES, _EVERY | {"stream50", "start", "memory", "bytes"},
            {"append64": 4, "batch128x16": 4, "fill": 4}),
    _system("postgres", "postgres", servers.Postgres, "peer_postgres", "index", _YES, _ALL,
            {"append64": 32, "batch128x16": 4, "fill": 4}, ("copy", "cursor")),
    _system("postgres-lock", "postgres", servers.Postgres, "peer_postgres", "lock", _YES, _SINGLE, {"append64": 32}),
    # The driver gathers what it sends where it is given 2.
    _system("jetstream", "jetstream", servers.JetStream, "peer_jetstream", "",
            "NO: acknowledged before it is synced, synced every 2 minutes", _ALL,
            {"append64": 2, "batch128x1": 2, "batch128x16": 2, "fill": 2}),
    _system("bare-grpc", "bare", servers.Noop, "peer_ours", "noop", "a server that does nothing", _SINGLE),
    _system("bare-sync", "bare", servers.Nothing, "peer_bare", "sync", "yes; one process, no index", _EVERY),
    _system("bare-rocksdb", "bare", servers.Nothing, "peer_bare", "rocksdb", "yes; one process, one put a group", _EVERY),
]
PEERS = list(dict.fromkeys(system.peer for system in SYSTEMS))
# What is measured where nothing else is asked for.
USUAL = [peer for peer in PEERS if peer != "without-proofs"]
