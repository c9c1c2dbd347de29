"""Read models that are deleted rebuild by themselves; those that somebody asks for, beside the ones that are served."""

import shutil
import threading

from harness import Daemon, Workspace, check, data_file, figures, mlup, report, wait_for

DAYS = ["2021-03-31", "2021-04-22", "2021-05-31", ""]
MODELS = ("indicator_facts", "case_history")
REBUILT = "mlup.reports.v1.ProjectionRebuilt"


def all_figures(daemon):
    return [figures(report(daemon, day)) for day in DAYS]


def listed(daemon):
    return {one["name"]: one for one in mlup(daemon, "--json", "projections", "list").lines()}


def recorded(daemon):
    """The events of rebuilds, as the log keeps them."""
    return mlup(daemon, "subscribe", "--from", "start", "--until-caught-up", "--system", "--type", REBUILT).lines()


def deleted(folder, before):
    data = folder / "data"
    check((data / "readmodels").is_dir(), "there are no read models")
    shutil.rmtree(data / "readmodels")
    with Daemon(data) as daemon:
        check(all_figures(daemon) == before, "the reports differ after the rebuild")


def asked_for(folder, before):
    """Reports never differ while everything is made anew again and again, and who asked is on record."""
    with Daemon(folder / "data") as daemon:
        wrong, over = [], threading.Event()

        def read():
            while not over.is_set():
                if figures(report(daemon, "2021-04-22")) != before[1]:
                    wrong.append("a report differs while it is made anew")

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(3):
            done = mlup(daemon, "projections", "rebuild", "--all", "--reason", "figures_doubted", "--wait")
            for name in MODELS:
                check(f"{name}: rebuild done: the same rows" in done.out, done.out)
        over.set()
        reader.join()
        check(not wrong, wrong[:1])
        events = recorded(daemon)
        check(len(events) == 6, events)
        for event in events:
            fields = event["fields"]
            check(event["actor"]["actor_id"] == "staff-mel-1" and event["reason"] == "figures_doubted", event)
            check(fields["name"] in MODELS and fields["digest_from"] == fields["digest_to"] and len(fields["digest_to"]) == 64, event)
        check("its root is that of the checkpoint" in mlup(daemon, "verify").out, "the log with the events of rebuilds is not verified")
        check(all_figures(daemon) == before, "the reports differ after the rebuilds")
        same = mlup(daemon, "projections", "diff", "case_history")
        check("comparison done: the same rows" in same.out, same.out)
        check(len(recorded(daemon)) == 6, "a comparison is on record")
        refused = mlup(daemon, "projections", "cancel", "case_history", expect=1)
        check("REBUILD_NOT_RUNNING" in refused.err, refused.err)
        refused = mlup(daemon, "projections", "rebuild", "nothing", "--reason", "x", expect=1)
        check("PROJECTION_UNKNOWN" in refused.err and "indicator_facts" in refused.err, refused.err)
        refused = mlup(daemon, "projections", "rebuild", "--reason", "x", expect=2)
        check("--all" in refused.err, refused.err)
        refused = mlup(daemon, "--as", "staff-sw-1:social_worker:mro", "projections", "rebuild", "--all", "--reason", "x", expect=1)
        check("PERMISSION_DENIED" in refused.err or "may not" in refused.err, refused.err)


def killed(folder, before):
    """A daemon that is killed at any time goes on with the rebuild, which is recorded once."""
    data = folder / "data"
    for pause in (0, 0.01, 0.03, 0.1):
        with Daemon(data) as daemon:
            earlier = len(recorded(daemon))
            mlup(daemon, "projections", "rebuild", "--all", "--reason", "after_a_kill")
            threading.Event().wait(pause)
            daemon.kill()
        with Daemon(data) as daemon:
            check(all_figures(daemon) == before, "the reports differ after a kill")
            wait_for("both rebuilds to be recorded", lambda: len(recorded(daemon)) == earlier + 2)
            wait_for("the rebuilds to end", lambda: all(
                one.get("rebuild", {}).get("phase") in (None, "REBUILD_PHASE_DONE") for one in listed(daemon).values()))
            for name in MODELS:
                kept = sorted(entry.name for entry in (data / "readmodels" / name).iterdir())
                check(len(kept) == 2 and kept[1] == "generations", f"left behind: {kept}")


def main():
    with Workspace() as folder:
        with Daemon(folder / "data") as daemon:
            mlup(daemon, "import", data_file())
            before = all_figures(daemon)
        deleted(folder, before)
        asked_for(folder, before)
        killed(folder, before)
        print(f"{len(DAYS)} reports of {len(before[0][0])} rows equal after deletion, 6 rebuilds and 4 kills")


if __name__ == "__main__":
    main()
