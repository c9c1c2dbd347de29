"""A file that is imported twice is recorded once: the second time every line is replayed."""

from harness import Daemon, Workspace, check, data_file, figures, head, mlup, report


def main():
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        first = mlup(daemon, "--json", "import", data_file()).lines()
        check(first[-1]["summary"]["refused"] == 0, f"refused: {first[-1]}")
        position, before = head(daemon), figures(report(daemon, "2021-04-22"))
        second = mlup(daemon, "--json", "import", data_file()).lines()
        outcomes = {line["outcome"] for line in second[:-1]}
        check(outcomes == {"replayed"}, f"outcomes of the second import: {outcomes}")
        check(head(daemon) == position, "the head moved")
        check(figures(report(daemon, "2021-04-22")) == before, "the report moved")
        print(f"{len(second) - 1} lines replayed, head {position}")


if __name__ == "__main__":
    main()
