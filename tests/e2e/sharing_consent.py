"""A withdrawal takes effect while the subscriber is connected; the void of what it received still reaches it."""

from gateway_client import Desk, Stream, call, digest, page, write_subscribers
from harness import Daemon, Workspace, check, mlup

SUBSCRIBERS = """
subscribers {
  subscriber_id: "ministry" organisation_id: "ministry" purpose: "referrals" token_sha256: "%s"
  agreement {
    filter { type_prefixes: "mlup.cases.v1." }
    fields { type: "*" paths: "*" }
    consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT
  }
}
""" % digest("token-m")


def ids(events):
    return [event["id"] for event in events]


def main():
    with Workspace() as folder:
        file = write_subscribers(folder, SUBSCRIBERS)
        options = ["--subscribers-file", file, "--http-listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"]
        with Daemon(folder / "data", *options) as daemon:
            http = daemon.serving["http"]
            desk = Desk(daemon)
            stream = Stream(http, "token-m")
            child, other = desk.register(), desk.register("Chan Example")
            case, opened = desk.open_case(child)
            check(page(http, "token-m")["events"] == [], "something is seen without consent")
            agreed = desk.consent(child)
            seen = desk.serve(case)
            stream.wait(lambda s: seen in ids(s.events), "the service")
            # What stood in the log before the consent is for those who begin after it.
            check(ids(stream.events) == [agreed, seen], "the stream gave something else")
            whole = ids(page(http, "token-m")["events"])
            check(opened in whole and len(whole) == 4, f"a reader from the start sees {whole}")

            desk.consent(child, given=False)
            hidden = desk.serve(case)
            desk.void(f"case/{case}", hidden)
            voided = desk.void(f"case/{case}", seen)
            desk.consent(other)
            stream.wait(lambda s: len(s.events) == 4, "the void and the other child's consent")
            reference = stream.events[2]
            check(reference["id"] == voided, "the void of what was received is missing")
            check(reference["data"] == {"voids_event_id": seen}, f"it tells more: {reference['data']}")
            check("reason" not in reference and "authrole" not in reference, "it tells who or why")
            check(hidden not in str(stream.events), "an event after the withdrawal came through")
            check("Example" not in str(stream.events), "a name came through")
            last = stream.last_id
            stream.close()

        with Daemon(folder / "data", *options) as daemon:
            http = daemon.serving["http"]
            desk = Desk(daemon)
            again = desk.void(f"case/{case}", opened)
            after = page(http, "token-m", f"/v1/events?from={last}")["events"]
            check(ids(after) == [again], f"after a restart: {after}")
            status, _, text = call(daemon.serving["operator"], "GET", "/metrics")
            check(status == 200 and 'reason="CONSENT_MISSING"' in text, "the metrics do not tell")
            shown = mlup(daemon, "subscribers").out
            check("ministry" in shown, shown)
    print("consent given, withdrawn and corrected: 5 decisions as they should be")


if __name__ == "__main__":
    main()
