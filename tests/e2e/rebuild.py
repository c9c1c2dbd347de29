"""Read models that are deleted rebuild by themselves, and the reports are equal."""

import shutil

from harness import Daemon, Workspace, check, data_file, figures, mlup, report

DAYS = ["2021-03-31", "2021-04-22", "2021-05-31", ""]


def main():
    with Workspace() as folder:
        data = folder / "data"
        with Daemon(data) as daemon:
            mlup(daemon, "import", data_file())
            before = [figures(report(daemon, day)) for day in DAYS]
        check((data / "readmodels").is_dir(), "there are no read models")
        shutil.rmtree(data / "readmodels")
        with Daemon(data) as daemon:
            after = [figures(report(daemon, day)) for day in DAYS]
        check(after == before, "the reports differ after the rebuild")
        print(f"{len(DAYS)} reports of {len(before[0][0])} rows equal after the rebuild")


if __name__ == "__main__":
    main()
