"""Tables for analysts in PostgreSQL: each is explained, roles see what they may, nothing personal is there, dashboards run, and a PostgreSQL
that is away, hangs or is another's keeps nobody."""

import json
import os
import re
import signal
import subprocess
import time

from canary import personal_paths, split_values
from erasure import APPROVAL, ask, request
from harness import ROOT, Daemon, Workspace, check, data_file, facts_of, head, mlup, read_jsonl, to_jsonl, wait_for
from postgres_cluster import Cluster, check_reports, skip_without_postgres

FAMILY = ROOT / "tests/data/small/family.jsonl"
DASHBOARDS = ROOT / "deploy/dashboards"
ROLE_OF = {"mlup": "analyst", "mlup-public": "visitor"}
CHOSEN = {"quarter": "2021-Q1", "figure": "youth_in_care_supported"}
OF_PEOPLE = ("unique_persons", "attendances", "headcount", "households", "cases", "closures", "distributions", "facts")


def check_comments(cluster):
    """Every schema, table, view, column and function says what it is."""
    silent = cluster.ask("""
        SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace::regnamespace::text IN ('mlup', 'mlup_public') AND c.relkind IN ('r', 'v') AND a.attnum > 0
          AND NOT a.attisdropped AND coalesce(col_description(c.oid, a.attnum), '') = ''
        UNION ALL SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace::regnamespace::text IN ('mlup', 'mlup_public') AND c.relkind IN ('r', 'v')
          AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''
        UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace::regnamespace::text IN ('mlup', 'mlup_public') AND coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'mlup%' AND obj_description(oid, 'pg_namespace') IS NULL""")
    check(not silent, f"without a comment: {silent}")
    [[columns]] = cluster.ask("SELECT count(*) FROM information_schema.columns WHERE table_schema IN ('mlup', 'mlup_public')")
    check(int(columns) > 160, f"only {columns} columns were looked at")
    return columns


def check_roles(cluster):
    """Analysts read everything and write nothing; everybody sees figures, and no small number of people in them."""
    relations = [name for [name] in cluster.ask("SELECT 'mlup.' || relname FROM pg_class c WHERE relkind IN ('r', 'v') AND "
                                                "relnamespace::regnamespace::text = 'mlup'")]
    check(len(relations) > 15, f"only {relations}")
    for name in relations:
        cluster.ask(f"SELECT * FROM {name} LIMIT 1", user="analyst")
        check("permission denied" in cluster.refuses(f"SELECT * FROM {name} LIMIT 1", user="visitor"), f"everybody reads {name}")
    for statement in ("DELETE FROM mlup.fact_event", "UPDATE mlup.checkpoint SET position = 0", "SELECT mlup.refresh_intervals(NULL, NULL)",
                      "CREATE TABLE mlup.mine ()", "CREATE TABLE public.mine ()"):
        for user in ("analyst", "visitor"):
            check("permission denied" in cluster.refuses(statement, user), f"{user} may {statement}")
    people = ", ".join(f"'{unit}'" for unit in OF_PEOPLE)
    small = f"unit IN ({people}) AND (value BETWEEN 1 AND 4 OR planned_value BETWEEN 1 AND 4 OR headcount BETWEEN 1 AND 4)"
    told = cluster.ask(f"SELECT * FROM mlup_public.v_figures_by_quarter WHERE {small}", user="visitor")
    check(not told, f"everybody is told {told[:3]}")
    [[hidden]] = cluster.ask(f"SELECT count(*) FROM mlup.v_figures_by_quarter WHERE {small}")
    # The parts of a figure that is withheld whole are not there at all.
    [[withheld]] = cluster.ask("SELECT count(*) FROM mlup.report_cell c LEFT JOIN mlup_public.figure f USING (period, code, dimension, member) "
                               "WHERE f.code IS NULL OR f.why_none = 'withheld'")
    check(int(withheld) >= int(hidden) > 50, f"{hidden} small numbers, {withheld} withheld")
    invented = cluster.ask("SELECT * FROM mlup_public.figure f LEFT JOIN mlup.report_cell c USING (period, code, dimension, member) WHERE "
                           "c.code IS NULL OR (f.why_none IS DISTINCT FROM 'withheld' AND (f.value, f.why_none, f.planned_value, f.headcount) "
                           "IS DISTINCT FROM (c.value, c.why_none, c.planned_value, c.headcount))")
    check(not invented, f"everybody is told what no report says: {invented[:3]}")
    [[shown]] = cluster.ask("SELECT count(*) FROM mlup_public.v_figures_by_quarter WHERE value > 4", user="visitor")
    check(int(shown) > 50, f"everybody is told {shown} figures only")
    return withheld


def check_nothing_hidden_below(cluster):
    """What everybody reads rests on nothing that is not for everybody, whatever they ask PostgreSQL about it; and no id of ours is there."""
    for view in ("v_figures_by_quarter", "v_reach_by_province"):
        plan = "\n".join(row[0] for row in cluster.ask(f"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM mlup_public.{view}", user="visitor"))
        read = set(re.findall(r" on ((?:mlup|mlup_public)\.\w+)", plan))
        check("mlup_public.figure" in read and read <= {"mlup_public.figure", "mlup.dim_indicator", "mlup.dim_place"}, f"{view} reads {read}")
    plan = cluster.ask("EXPLAIN (ANALYZE) SELECT * FROM mlup_public.v_figures_by_quarter", user="visitor")
    check(not [row for row in plan if "Rows Removed" in row[0]], f"something was removed: {plan}")
    records = "member ~ '[0-9a-f]{8}-[0-9a-f]{4}-'"
    check(cluster.ask(f"SELECT 1 FROM mlup.report_cell WHERE {records}"), "no figure is split by records: the data shows nothing")
    told = cluster.ask(f"SELECT code, dimension, member FROM mlup_public.figure WHERE {records}", user="visitor")
    check(not told, f"everybody is told ids: {told[:3]}")


def check_nothing_personal(cluster):
    """No personal value of the import stands in a dump."""
    needles = split_values(read_jsonl(data_file()), personal_paths())
    # Comments may say "Khmer", which is also a personal value.
    dump = cluster.run("pg_dump", "--no-sync", "--data-only")
    check(len(needles) >= 5 and "COPY mlup.fact_event" in dump, "there is nothing to look for, or nowhere")
    escaped = [json.dumps(needle, ensure_ascii=False)[1:-1] for needle in needles]
    found = [needle for needle in {*needles, *escaped} if needle in dump]
    check(not found, f"{len(found)} personal values stand in the dump")
    return len(needles), len(dump)


def filled_in(statement):
    """A statement as Grafana sends it."""
    for name, value in CHOSEN.items():
        statement = statement.replace("${" + name + "}", value)
    statement = re.sub(r"\$__timeFilter\((\w+)\)", r"\1 BETWEEN '2010-01-01T00:00:00Z' AND '2030-01-01T00:00:00Z'", statement)
    check("$" not in statement, f"nobody fills in {statement}")
    return statement


def check_dashboards(cluster):
    """Each statement of each dashboard gives rows, with the rights that its source of data has."""
    statements = []
    for path in sorted((DASHBOARDS / "grafana").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        statements += [(path.name, variable["datasource"]["uid"], variable["query"]) for variable in board["templating"]["list"]]
        statements += [(f"{path.name}: {panel['title']}", target["datasource"]["uid"], target["rawSql"]) for panel in board["panels"]
                       for target in panel["targets"]]
    text = re.sub(r"^--.*$", "", (DASHBOARDS / "questions.sql").read_text(encoding="utf-8"), flags=re.M)
    statements += [("questions.sql", "mlup", part) for part in text.split(";") if part.strip()]
    check(len(statements) > 20, f"only {len(statements)} statements")
    empty = [(where, statement) for where, source, statement in statements if not cluster.ask(filled_in(statement), user=ROLE_OF[source])]
    check(not empty, f"without rows: {empty}")
    return len(statements)


def check_living(cluster):
    """What is voided counts no more, what is corrected stands as corrected; the first words stay."""
    [[voided, corrected]] = cluster.ask("SELECT count(*) FILTER (WHERE NOT living), count(*) FILTER (WHERE living) FROM mlup.fact_event_changed")
    check(int(voided) > 0 and int(corrected) > 0, f"{voided} voided, {corrected} corrected")
    [[every, living]] = cluster.ask("SELECT (SELECT count(*) FROM mlup.fact_event), (SELECT count(*) FROM mlup.fact_event_living)")
    check(int(every) - int(living) == int(voided), f"{every} events, {living} living, {voided} voided")
    differs = cluster.ask("SELECT 1 FROM mlup.fact_event f JOIN mlup.fact_event_living l USING (position) WHERE l.corrected AND "
                          "(f.payload, f.occurred_from, f.place) IS DISTINCT FROM (l.payload, l.occurred_from, l.place)")
    check(differs, "no correction shows")
    check(cluster.ask("SELECT 1 FROM mlup.dim_person WHERE merged AND survivor_id <> person_id"), "no merge shows")


def stopped_because(daemon):
    return next(found["stopped_because"] for found in mlup(daemon, "--json", "status").json()["projections"] if found["name"] == "postgres")


def check_away(folder, cluster):
    """PostgreSQL is away, then hangs: the daemon serves, says so, and goes on or ends by itself."""
    with Daemon(folder / "data", *cluster.arguments()) as daemon:
        cluster.wait(head(daemon))
        cluster.stop()
        before = head(daemon)
        mlup(daemon, "import", FAMILY)
        check(head(daemon) > before, "nothing was recorded")
        wait_for("a word that PostgreSQL is away", lambda: stopped_because(daemon).startswith("POSTGRES_UNAVAILABLE"))
        cluster.start()
        cluster.wait(head(daemon))
        wait_for("no word any more", lambda: stopped_because(daemon) == "")
        # Whoever may write once is one daemon.
        with Daemon(folder / "other", *cluster.arguments()) as second:
            wait_for("a word that it is in use", lambda: stopped_because(second).startswith("POSTGRES_IN_USE"))
        [[pid]] = cluster.ask("SELECT pid FROM pg_stat_activity WHERE usename = 'mlup' AND pid <> pg_backend_pid()")
        os.kill(int(pid), signal.SIGSTOP)
        try:
            mlup(daemon, "import", ROOT / "tests/data/y2018.jsonl")
            began = time.monotonic()
            daemon.stop()
            check(time.monotonic() - began < 20, "it waited for PostgreSQL")
        finally:
            os.kill(int(pid), signal.SIGCONT)


def check_another_history(folder, cluster):
    """Tables of another log are emptied, and what of it only few may see has no row; a schema of somebody else is left alone."""
    lines = read_jsonl(FAMILY)
    person = next(fact["stream"] for _, fact, _ in facts_of(lines) if fact["stream"].startswith("person/"))
    for line in lines:
        if any(fact["stream"] == person or fact["stream"].startswith("case/") for fact in line["record"]["facts"]):
            line["record"]["context"]["sensitivity"] = "SENSITIVITY_RESTRICTED"
    few = [position for position, _, context in facts_of(lines) if context.get("sensitivity")]
    with Daemon(folder / "other", *cluster.arguments()) as daemon:
        mlup(daemon, "import", "-", stdin=to_jsonl(lines))
        cluster.wait(head(daemon))
        found = {int(position) for [position] in cluster.ask("SELECT position FROM mlup.fact_event")}
        check(few and found == set(range(1, head(daemon) + 1)) - set(few), f"{sorted(found)} of {head(daemon)}, without {few}")
        check(not cluster.ask(f"SELECT 1 FROM mlup.dim_person WHERE person_id = '{person.partition('/')[2]}'"), "a person whom few may see")
        check(not cluster.ask("SELECT 1 FROM mlup.case_interval"), "cases that few may see")
        check_reports(daemon, cluster)
    cluster.drop()
    cluster.ask("CREATE SCHEMA mlup; CREATE TABLE mlup.mine (a int); INSERT INTO mlup.mine VALUES (1)")
    with Daemon(folder / "other", *cluster.arguments()) as daemon:
        wait_for("a word that the schema is another's", lambda: stopped_because(daemon).startswith("POSTGRES_SCHEMA_FOREIGN"))
    check(cluster.ask("SELECT a FROM mlup.mine") == [["1"]], "what is another's was touched")


def persons(cluster):
    return cluster.ask("SELECT * FROM mlup.dim_person ORDER BY person_id")


def check_few_and_erased(folder, cluster):
    """What only few may see leaves the rows of persons as they were; of who is erased a pseudonym is left, and every figure."""
    cluster.drop()
    lines = read_jsonl(FAMILY)
    child = FAMILY.with_suffix(".child").read_text(encoding="utf-8").strip()
    others = [line["record"]["facts"][0]["stream"].partition("/")[2] for line in lines if "person_registered" in line["record"]["facts"][0]]
    brother, alone = next(other for other in others if other != child), "01684e89-c537-74c4-ae9c-ee4423a0a6ff"

    def few(name, stream, **fact):
        found = request(name, "staff-sw-1", "social_worker", stream, **fact)
        found["record"]["context"].update(sensitivity="SENSITIVITY_SAFEGUARDING", place="12")
        return found
    with Daemon(folder / "few", *cluster.arguments()) as daemon:
        mlup(daemon, "import", FAMILY)
        cluster.wait(head(daemon))
        before = persons(cluster)
        check({child, brother} <= {row[0] for row in before}, "the children are not there")
        ask(daemon,
            few("moved", f"person/{child}", residence_changed={"person": {"person_id": child, "residence_province_code": "12"}}),
            few("seen", f"case/{child}", note_recorded={"kind": "NOTE_KIND_NOTE", "person": {"person_id": brother, "text": "for few"}}),
            few("alone", f"person/{alone}", person_registered={"person": {"person_id": alone, "sex": "SEX_FEMALE", "residence_province_code": "12"}}))
        cluster.wait(head(daemon))
        check(persons(cluster) == before, f"few told everybody: {before} {persons(cluster)}")
        check_reports(daemon, cluster)
        figures = cluster.digests()["mlup.report_cell"]
        ask(daemon,
            request("ask", "staff-sup-1", "supervisor", f"person/{child}",
                    approval_requested={"approval_id": APPROVAL, "subject": "APPROVAL_SUBJECT_ERASURE"}),
            request("grant", "staff-dir-1", "director", f"person/{child}", approval_granted={"approval_id": APPROVAL}),
            request("erase", "staff-sup-1", "supervisor", f"erasure/{child}",
                    person_data_erased={"approval_id": APPROVAL, "scope": "all_personal", "legal_ground": "request_of_person"}))
        cluster.wait(head(daemon))
        left = cluster.ask("SELECT person_id, sex, birth_from, birth_to, birth_year, disability, province_code FROM mlup.dim_person WHERE is_erased")
        check(left == [[child, "unknown", "", "", "", "unknown", "unknown"]], f"left of who was erased: {left}")
        said = cluster.ask(f"SELECT DISTINCT payload FROM mlup.fact_event WHERE stream = 'person/{child}'")
        check(said == [["{}"]], f"left on the record: {said}")
        check(cluster.digests()["mlup.report_cell"] == figures, "a figure changed")
        check_reports(daemon, cluster)
        rows = cluster.digests()
    cluster.drop()
    with Daemon(folder / "few", *cluster.arguments()) as daemon:
        cluster.wait(head(daemon))
        check(cluster.digests() == rows, "a rebuild gives other rows")


def check_nobody_holds_it_off(folder, cluster):
    """Whatever a user of the database locks, the daemon writes."""
    held = subprocess.Popen(["psql", "-X", "-h", cluster.folder / "socket", "-U", "analyst", "-d", "mlup"], stdin=subprocess.PIPE, text=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        held.stdin.write("SELECT pg_try_advisory_lock(hashtext('mlup'));\nBEGIN;\nSELECT * FROM mlup.writer, mlup.checkpoint;\n")
        held.stdin.flush()
        wait_for("an analyst who holds what one can", lambda: cluster.ask(
            "SELECT 1 FROM pg_locks WHERE relation = 'mlup.writer'::regclass AND pid <> pg_backend_pid()"))
        for mode in ("EXCLUSIVE", "ROW EXCLUSIVE", "SHARE"):
            check("permission denied" in cluster.refuses(f"BEGIN; LOCK TABLE mlup.writer IN {mode} MODE", "analyst"), f"an analyst locks in {mode}")
        check("permission denied" in cluster.refuses("SELECT * FROM mlup.writer FOR UPDATE", "analyst"), "an analyst locks the row")
        with Daemon(folder / "few", *cluster.arguments()) as daemon:
            mlup(daemon, "import", data_file())
            cluster.wait(head(daemon))
    finally:
        held.stdin.close()
        held.wait(60)


def check_refusals(folder, cluster):
    """What the daemon does not start with."""
    def refused(reason, *arguments):
        try:
            Daemon(folder / "never", *arguments).kill()
        except RuntimeError as error:
            check(reason in str(error), f"not {reason}: {error}")
            check("secret" not in str(error), "a password is told")
            return
        raise AssertionError(f"it started: {reason}")

    file = folder / "file"
    for text, mode, reason in (("host=/run dbname=mlup", 0o644, "POSTGRES_FILE_MODE"),
                               ("host=db.example dbname=mlup password=secret", 0o600, "POSTGRES_WITHOUT_TLS"),
                               ("dbname=mlup password=secret", 0o600, "POSTGRES_HOST_MISSING"),
                               ("no words = such as 'these secret", 0o600, "POSTGRES_FILE_INVALID")):
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        refused(reason, "--postgres", file)
    refused("ROLES_TOGETHER", "--roles", "log,cases", *cluster.arguments())


def check_folders(folder):
    """A folder that holds something else is left as it was; one with a blank in its name is one like any other."""
    other = folder / "letters"
    other.mkdir(mode=0o751)
    (other / "letter").write_text("of somebody", encoding="utf-8")
    before = other.stat()
    done = subprocess.run([ROOT / "deploy/postgres", "start", other], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode == 1 and "holds something else" in done.stderr, done)
    after = other.stat()
    check((before.st_mode, before.st_uid, before.st_mtime) == (after.st_mode, after.st_uid, after.st_mtime), f"{before} became {after}")
    check([path.name for path in other.iterdir()] == ["letter"], "something was left in it")
    with Cluster(folder / "of two words") as cluster:
        check(cluster.ask("SELECT 1") == [["1"]], "no answer")


def check_limits(cluster):
    """What one user may take of the server, and what nobody needs."""
    for user, most in (("visitor", "30s"), ("analyst", "5min"), ("mlup", "0")):
        check(cluster.ask("SHOW statement_timeout", user) == [[most]], f"{user} may take {cluster.ask('SHOW statement_timeout', user)}")
    for call in ("lo_from_bytea(0, 'kept')", "pg_try_advisory_lock(1)", "pg_advisory_lock(1)", "pg_advisory_xact_lock(1)", "lo_create(0)"):
        for user in ("visitor", "analyst"):
            check("permission denied" in cluster.refuses(f"SELECT {call}", user), f"{user} may {call}")


def check_reading_is_on_record(cluster):
    """What somebody asks stands in PostgreSQL's own log with the user, who cannot switch that off; what the daemon writes does not."""
    cluster.ask("SELECT count(*) /* asked by the test */ FROM mlup.fact_event", user="analyst")
    cluster.refuses("SET log_statement = 'none'", "analyst")
    log = (cluster.folder / "postgres.log").read_text()
    asked = [line for line in log.splitlines() if "asked by the test" in line]
    check(len(asked) == 1 and " analyst " in asked[0], asked)
    check(" mlup LOG:  statement:" not in log, "what the daemon does is logged too")


def main():
    skip_without_postgres()
    with Workspace() as folder, Cluster(folder / "pg") as cluster:
        with Daemon(folder / "data", *cluster.arguments()) as daemon:
            mlup(daemon, "import", data_file())
            cluster.wait(head(daemon))
        columns = check_comments(cluster)
        withheld = check_roles(cluster)
        needles, scanned = check_nothing_personal(cluster)
        check_reading_is_on_record(cluster)
        check_limits(cluster)
        statements = check_dashboards(cluster)
        check_living(cluster)
        check_nothing_hidden_below(cluster)
        check_away(folder, cluster)
        check_few_and_erased(folder, cluster)
        check_nobody_holds_it_off(folder, cluster)
        check_another_history(folder, cluster)
        check_refusals(folder, cluster)
        check_folders(folder)
        print(f"{columns} columns explained, {withheld} figures withheld from everybody, {needles} personal values in none of {scanned} bytes, "
              f"{statements} statements of dashboards give rows")


if __name__ == "__main__":
    main()
