"""Dashboards of the quarter: worklists hold what the lines of the import say, panels the figures of the report, and each answer how fresh it is."""

import json

from harness import Daemon, Workspace, check, data_file, facts_of, head, mlup, read_jsonl, report, to_jsonl

CASE_MANAGER = "staff-cm-1:case_manager:mro"
MEL = "staff-mel-1:mel_officer:mro"
TASK = "0d000000-0000-7000-8000-00000000da5b"


def dashboard(daemon, *arguments, reader=CASE_MANAGER):
    return mlup(daemon, "--json", "--as", reader, "dashboard", *arguments).json()


def living(lines):
    """Facts by kind, without those that a void names: no line of the quarter voids a void."""
    facts = [fact for _, fact, _ in facts_of(lines)]
    voided = {fact["entry_voided"]["voids_event_id"] for fact in facts if "entry_voided" in fact}
    return [fact for fact in facts if fact.get("event_id") not in voided]


def by_case(facts, kind):
    return [fact["stream"] for fact in facts if kind in fact]


def worklists(daemon, lines):
    facts = living(lines)
    # In the order of the lines, which is that of the log: the last of these says how a case stands.
    state = {}
    for fact in facts:
        for kind in ("case_opened", "case_closed", "case_reopened"):
            if kind in fact and (kind != "case_closed" or fact["stream"] in state):
                state[fact["stream"]] = kind
    answered = {fact[kind]["approval_id"] for fact in facts for kind in ("approval_granted", "approval_rejected") if kind in fact}
    expected = {
        "active_cases": sum(kind != "case_closed" for kind in state.values()),
        "tasks": len(by_case(facts, "task_created")),
        "referrals_open": len(by_case(facts, "referral_made")),
        "approvals_waiting": sum(fact["approval_requested"]["approval_id"] not in answered for fact in facts if "approval_requested" in fact),
        "follow_ups_due": 0,
    }
    answer = dashboard(daemon, "worklists")
    counts = {one["definition"]["code"]: one.get("count", 0) for one in answer["worklists"]}
    for code, count in expected.items():
        check(counts[code] == count, f"{code}: {counts[code]} and not {count}")
        items = dashboard(daemon, "items", code).get("items", [])
        check(len(items) == count, f"{code} lists {len(items)} items and counts {count}")
    check(int(answer["freshness"]["position"]) == head(daemon), answer["freshness"])
    check(answer["freshness"]["recorded_at"], "nobody knows how fresh it is")


def done(daemon, lines):
    """What is planned stands on the list with the next answer, and is gone when it is done."""
    case = by_case(living(lines), "case_opened")[0]

    def record(name, fact):
        context = {"request_id": f"dashboard.{name}", "actor_id": "staff-cm-1", "role": "case_manager", "organisation_id": "mro",
                   "channel": "CHANNEL_WEB", "occurred": {"precision": "PRECISION_DAY", "from": "2021-04-01"}}
        mlup(daemon, "import", "-", stdin=to_jsonl([{"record": {"context": context, "facts": [{"stream": case, **fact}]}}]))
        return dashboard(daemon, "items", "follow_ups_due").get("items", [])

    items = record("planned", {"task_created": {"task_id": TASK, "kind": "TASK_KIND_FOLLOW_UP", "due_on": "2021-04-08"}})
    check(len(items) == 1, items)
    check(items[0]["stream"] == case and items[0]["due_on"] == "2021-04-08" and items[0]["overdue"] and items[0]["values"] == [TASK], items)
    check(items[0]["action"] == "task_ended" and items[0]["may_act"], items)
    check("2021-04-08" in mlup(daemon, "--as", CASE_MANAGER, "dashboard", "items", "follow_ups_due").out, "the table does not tell the day")
    check(not dashboard(daemon, "items", "follow_ups_due", "--due-by", "2021-04-07").get("items"), "it is not due yet")
    check(not record("ended", {"task_ended": {"task_id": TASK, "result": "TASK_RESULT_DONE"}}), "it is done")


def panels(daemon):
    rows = {row["code"]: row.get("value", "") for row in report(daemon)["rows"] if not row.get("dimension")}
    for panel, codes in (("case_flow", ["case_closures"]), ("reach", ["people_reached", "children_served_own", "followups_by_staff"])):
        answer = dashboard(daemon, "panel", panel, "2021-Q1")
        told = {row["cell"]["code"]: row.get("value", "") for row in answer["quarters"][0]["rows"] if not row["cell"].get("dimension")}
        for code in codes:
            check(rows[code] and told[code] == rows[code], f"{code}: {told[code]} on the panel, {rows[code]} in the report")
    province = dashboard(daemon, "panel", "case_flow", "2021-Q2", "--by", "province", reader=MEL)
    check(province["quarters"][0]["last_year"] == "2020-Q2", province)
    check(not [row for quarter in province["quarters"] for row in quarter["rows"] if row.get("value") in ("1", "2", "3", "4")],
          "a small number of children is told")
    balances = dashboard(daemon, "panels")["balances"]
    for balance in balances:
        dashboard(daemon, "balance", balance["code"])
    mlup(daemon, "--as", MEL, "dashboard", "items", "tasks", expect=1)
    mlup(daemon, "--as", CASE_MANAGER, "dashboard", "caseloads")


def main():
    lines = read_jsonl(data_file())
    with Workspace() as folder:
        with Daemon(folder / "data") as daemon:
            mlup(daemon, "import", data_file())
            worklists(daemon, lines)
            panels(daemon)
            done(daemon, lines)
            before = [dashboard(daemon, *words) for words in (["worklists"], ["panel", "reach", "2021-Q1"], ["balance", "stock"], ["caseloads"])]
        with Daemon(folder / "data") as daemon:
            after = [dashboard(daemon, *words) for words in (["worklists"], ["panel", "reach", "2021-Q1"], ["balance", "stock"], ["caseloads"])]
        check(json.dumps(before) == json.dumps(after), "a restart changes an answer")
    print("dashboards: worklists, panels and balances of the quarter")


if __name__ == "__main__":
    main()
