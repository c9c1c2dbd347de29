"""kill -9 during an import, at seeded points: nothing acknowledged is lost, nothing is done twice."""

import json
import os
import random
import subprocess

from golden import check_golden
from harness import BIN, Daemon, Workspace, check, data_file, facts_of, figures, head, mlup, read_jsonl, report

SEED = int(os.environ.get("MLUP_SEED", "2021"))
POINTS = int(os.environ.get("MLUP_KILLS", "20"))
DAY = "2021-04-22"


def import_until(daemon, path, lines):
    """Imports until `lines` lines are answered, then kills the daemon. Returns the answers."""
    importer = subprocess.Popen([BIN / "mlup", "--server", daemon.address, "--json", "import", path],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answers = []
    while len(answers) < lines:
        answers.append(json.loads(importer.stdout.readline()))
    daemon.kill()
    importer.kill()
    rest, _ = importer.communicate()
    for line in rest.decode().splitlines():
        try:
            answers.append(json.loads(line))
        except json.JSONDecodeError:
            break  # The importer was killed in the middle of it.
    return [answer for answer in answers if "outcome" in answer]


def expected(folder, path):
    """Head and figures of an import that nothing disturbs."""
    with Daemon(folder / "calm") as daemon:
        mlup(daemon, "import", path)
        return head(daemon), figures(report(daemon, DAY))


def main():
    path = data_file()
    lines = read_jsonl(path)
    total = len(lines)
    points = sorted(random.Random(SEED).sample(range(1, total), POINTS))
    print(f"seed {SEED}, killed after line {points} of {total}")
    with Workspace() as folder:
        calm_head, calm_figures = expected(folder, path)
        facts = len(facts_of(lines))
        check(calm_head == facts, f"{calm_head} events for {facts} facts of different requests")
        acknowledged = {}
        for point in points:
            daemon = Daemon(folder / "data")
            answers = import_until(daemon, path, point)
            for answer in answers:
                check(answer["outcome"] != "refused", f"refused: {answer}")
                before = acknowledged.setdefault(answer["line"], answer["position"])
                check(before == answer["position"], f"line {answer['line']} was executed twice")
        with Daemon(folder / "data") as daemon:
            for answer in mlup(daemon, "--json", "import", path).lines()[:-1]:
                before = acknowledged.setdefault(answer["line"], answer["position"])
                check(before == answer["position"], f"line {answer['line']} moved")
            check(head(daemon) == calm_head, "more or fewer events than lines")
            found = report(daemon, DAY)
            check(figures(found) == calm_figures, "the report differs from a calm import's")
            check_golden(DAY, found)
    print(f"{POINTS} kills, {calm_head} events, reports equal")


if __name__ == "__main__":
    main()
