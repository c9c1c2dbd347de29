"""Builds the drivers of the peer bench."""

import os
import subprocess
from pathlib import Path

import measure
import programs
import systems


def build(chosen):
    """Builds the drivers and mlupd; the systems whose driver is there."""
    if any(system.peer == "ours" for system in chosen):
        os.environ["MLUP_BIN"] = str(programs.program("mlupd").parent)
    if "MLUP_BENCH_BIN" not in os.environ:
        measure.say("building the drivers")
        programs.quietly("cmake", "--preset", "release")
        tree = programs.ROOT / "build/release"
        known = subprocess.run(["ninja", "-C", tree, "-t", "targets", "all"], stdout=subprocess.PIPE, check=True).stdout.decode()
        wanted = {system.driver for system in chosen} | {"peer_noop", "peer_sizes"}
        wanted |= {system.server.program for system in chosen if system.server is systems.servers.WithoutProofs}
        programs.quietly("cmake", "--build", tree, "--target", *sorted(name for name in wanted if f"{name}: " in known))
        os.environ["MLUP_BENCH_BIN"] = str(tree / "bin")
    built = [system for system in chosen if (Path(os.environ["MLUP_BENCH_BIN"]) / system.driver).exists()]
    for system in chosen:
        if system not in built:
            measure.say(f"left out: {system.name}, its client library is not installed")
    return built
