"""An invented organisation is recorded whole: no line of `mlup generate` is refused, whatever the seed, and sent again nothing changes.

With --deep, a thousand children's lives with each of three seeds. `--seed N` begins elsewhere."""

import argparse
import json
import time

from harness import Daemon, Workspace, check, facts_of, head, mlup

# All but those of rare records, and reports, whose facts state a position of the log.
FACTS_MIN = 100


def lives(children, seed):
    """How many lines were recorded, and which facts they held."""
    words = ["generate", "--children", children, "--seed", seed]
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        lines = mlup(daemon, *words).out
        check(lines == mlup(daemon, *words).out, "other lines from the same seed")
        first = mlup(daemon, "--json", "import", "-", stdin=lines.encode()).lines()
        refused = [line for line in first[:-1] if line["outcome"] == "refused"]
        check(not refused, f"--children {children} --seed {seed}: {refused[:3]}")
        position = head(daemon)
        again = mlup(daemon, "--json", "import", "-", stdin=lines.encode()).lines()[-1]["summary"]
        check(again["replayed"] == len(first) - 1 and head(daemon) == position, f"sent again: {again}")
    facts = facts_of(map(json.loads, lines.splitlines()))
    return len(first) - 1, {name for _, fact, _ in facts for name in fact} - {"stream", "event_id"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400)
    options = parser.parse_args()
    lines, facts = 0, set()
    for seed in range(options.seed, options.seed + 3):
        more, found = lives(1000 if options.deep else 40, seed)
        lines, facts = lines + more, facts | found
    check(len(facts) >= FACTS_MIN, f"only {len(facts)} kinds of facts")
    print(f"{lines} requests with {len(facts)} kinds of facts, none refused; seeds from {options.seed}")


if __name__ == "__main__":
    main()
