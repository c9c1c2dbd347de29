"""A report is published with a digest that is counted again whenever somebody asks, through kill -9; late entries restate it."""

import uuid

from harness import MANAGER, MEL, ROOT, Daemon, Workspace, check, head, mlup, to_jsonl
from people import Caller, act_as, cookie_of

STREAM = "report/018f3c6e-5555-7000-8000-000000000001"
ACTIVITY = "activity/018f3c6e-5555-7000-8000-000000000002"


def record(daemon, number, *facts, role="mel_officer"):
    context = {"request_id": f"publish-test-{number}", "actor_id": "staff-mel-1", "role": role, "organisation_id": "mro", "channel": "CHANNEL_CLI",
               "sector": "SECTOR_MEL", "place": "02", "occurred": {"precision": "PRECISION_DAY", "from": "2021-03-30"}}
    mlup(daemon, "import", "-", stdin=to_jsonl([{"record": {"context": context, "facts": list(facts)}}]))


def publish(daemon, *arguments, who=MEL, expect=0):
    return mlup(daemon, "--as", who, "report", "publish", *arguments, expect=expect)


def refused(daemon, reason, *arguments, who=MEL):
    run = publish(daemon, *arguments, who=who, expect=1)
    check(reason in run.err, run.err)


def published(daemon, expect=0):
    """(report, check, whether restated) of each."""
    reports = mlup(daemon, "--json", "report", "published", expect=expect).json()["reports"]
    return [(one.get("report", ""), one.get("check", ""), one.get("restated", False)) for one in reports]


def first_day(daemon):
    mlup(daemon, "import", ROOT / "tests/data/q1-2021.jsonl")
    shown = mlup(daemon, "--json", "report", "show", "quarterly", "2021-Q1").json()
    challenges = next(part for part in shown["parts"] if part["heading"].startswith("Challenges"))
    check(len(challenges["notes"]) == 2 and not challenges.get("rows"), challenges)
    whole = {row["code"]: row["value"] for row in mlup(daemon, "--json", "report", "quarterly", "2021-Q1").json()["rows"] if not row.get("dimension")}
    reached = shown["rows"][shown["parts"][0]["rows"][0]]
    check(reached["value"] == whole["people_reached"], (reached, whole["people_reached"]))

    refused(daemon, "PERIOD_KIND_WRONG", "annual", "2021-Q1")
    refused(daemon, "REPORT_UNKNOWN", "quaterly", "2021-Q1")
    refused(daemon, "PERMISSION_DENIED", "quarterly", "2021-Q1", who=MANAGER)
    refused(daemon, "PERIOD_NOT_CLOSED", "donor", "2021-Q2")
    refused(daemon, "REPORT_NOT_PUBLISHED", "quarterly", "2021-Q1", "--restates", "late_entries")
    publish(daemon, "quarterly", "2021-Q1")
    publish(daemon, "donor", "2021-Q2", "--close-period")
    refused(daemon, "REPORT_ALREADY_PUBLISHED", "quarterly", "2021-Q1")
    refused(daemon, "NOTHING_CHANGED", "quarterly", "2021-Q1", "--restates", "late_entries")


def later(daemon):
    matches = "DIGEST_CHECK_MATCHES"
    check(published(daemon) == [("", "DIGEST_CHECK_UNSPECIFIED", False), ("quarterly", matches, False), ("donor", matches, False)], published(daemon))
    record(daemon, 1, {"stream": ACTIVITY, "activity_held": {
        "kind": "ACTIVITY_KIND_MEETING", "led_by": "LED_BY_CONSULTANT"}})
    check(published(daemon)[1] == ("quarterly", matches, False), "what was published is as it was then")
    restated = publish(daemon, "quarterly", "2021-Q1", "--restates", "late_entries").out
    check("evaluation_meetings" in restated, restated)
    check(published(daemon)[1:] == [("quarterly", matches, True), ("donor", matches, False), ("quarterly", matches, False)], published(daemon))
    # What says that it was published and never was: kept, as everything is, and seen.
    record(daemon, 2, {"stream": STREAM, "report_period_closed": {"period": "2021-Q1"}},
           {"stream": STREAM, "report_published": {"report_id": "018f3c6e-5555-7000-8000-000000000003", "report_code": "donor", "period": "2021-Q1",
                                                   "position": "1400", "as_known_at": "2021-04-22", "figures_digest": "0" * 64}})
    check(published(daemon, expect=1)[-1] == ("donor", "DIGEST_CHECK_DIFFERS", False), published(daemon, expect=1))
    check("NOT AS PUBLISHED" in mlup(daemon, "report", "published", "2021-Q1", expect=1).out, "in words")
    summary = mlup(daemon, "quality", "--summary").out
    check("recorded_late" in summary and "headcount_only" in summary, summary)
    late = mlup(daemon, "--json", "quality", "--kind", "recorded_late", "--period", "2021-Q1").json()
    check(late["total"] == len(late["findings"]) and all(one["days"] > 30 for one in late["findings"]), late)


def sent_again(folder):
    """A request that comes twice publishes once, and the second is answered with what stands, counted again."""
    with Daemon(folder / "pages", "--web-listen", "127.0.0.1:0") as daemon:
        act_as(daemon, folder, "mealea", "mel_officer")
        caller = Caller(daemon.serving["web"], cookie_of(daemon, "mealea"), "mel_officer")
        request = {"reportId": str(uuid.uuid4()), "report": "quarterly", "period": "2021-Q1", "closePeriod": True}
        status, first = caller.call("reports.v1.PublicationService/PublishReport", request)
        check(status == 200 and "position" in first["published"], (status, first))
        before = head(daemon)
        status, second = caller.call("reports.v1.PublicationService/PublishReport", request)
        check(status == 200 and second["published"]["position"] == first["published"]["position"], (status, second))
        check(second["published"]["check"] == "DIGEST_CHECK_MATCHES", second)
        check(head(daemon) == before, "it was published twice")


def main():
    with Workspace() as folder:
        daemon = Daemon(folder / "data")
        first_day(daemon)
        daemon.kill()
        with Daemon(folder / "data") as again:
            later(again)
        sent_again(folder)
    print("published, killed, counted again, restated, sent twice and published once, and a digest that was never theirs is seen")


if __name__ == "__main__":
    main()
