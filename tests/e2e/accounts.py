"""Who signs in acts, and nobody else: the first account, signing in, being refused, revoking while a stream is open, kills between."""

import contextlib
import json
import os
import signal
import time

from harness import ROOT, Daemon, Workspace, check, data_file, read_jsonl, to_jsonl, wait_for
from people import PASSWORD, Person, account_stream, bootstrap, opened
from webhook_receiver import SECRET, Receiver

OTHER = "another password than before"
ADMIN = "staff-adm-1"
WORKER = "staff-sw-1"
SECOND_S = 1.0
CHILD = data_file().with_suffix(".child").read_text(encoding="utf-8").strip()


def line_by(actor, request_id, channel="CHANNEL_CLI"):
    """A line of an import that registers a club."""
    number = int(request_id.split("-")[-1])
    return {"record": {"context": {
        "request_id": request_id, "actor_id": actor, "role": "social_worker", "organisation_id": "mro", "channel": channel,
        "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-17"}},
        "facts": [{"stream": f"organisation/018f3c6e-0000-7000-8000-{number:012}",
                   "organisation_registered": {"names": ["A partner"], "kind": "ORGANISATION_KIND_RCI", "province_code": "02"}}]}}


def the_first_account_closes_the_door(daemon, admin):
    check(admin.mlup(daemon, "status").code == 0, "without accounts whoever reaches it is believed")
    check("Nobody" in admin.mlup(daemon, "whoami").out, "nobody is signed in")
    stranger = admin.mlup(daemon, "accounts", "bootstrap", ADMIN, "--display-name", "Sokha", "--keyring", "/nowhere",
                          secrets=[PASSWORD], expect=None)
    check(stranger.code != 0 and "KEYRING_MISSING" in stranger.err, stranger.err)
    bootstrap(daemon, admin)
    admin.refused(daemon, "SIGN_IN_REQUIRED", "status")
    admin.refused(daemon, "SIGN_IN_REQUIRED", "case", "history", "018f3c6e-0000-7000-8000-000000000001")
    check("ACCOUNTS_EXIST" in bootstrap(daemon, admin, expect=1).err, "a second first account")
    check(admin.sign_in(daemon, "a wrong password", expect=1).err.count("SIGN_IN_REFUSED") == 1, "a wrong password")
    admin.sign_in(daemon)
    check(json.loads(admin.mlup(daemon, "--json", "whoami").out)["signed_in_as"] == ADMIN, "who am I")
    admin.sign_in(daemon)
    sessions = admin.mlup(daemon, "--json", "sessions").json()["sessions"]
    check(len(sessions) == 1 and sessions[0]["is_this"], f"who signs in again ends the session before: {sessions}")
    kept = list((admin.environment["XDG_STATE_HOME"] + "/mlup",))
    for name in os.listdir(kept[0]):
        check(os.stat(f"{kept[0]}/{name}").st_mode & 0o777 == 0o600, f"the mode of {name}")
    check(daemon.keyring.with_suffix(".credentials").stat().st_mode & 0o777 == 0o600, "the mode of the credentials")


def one_acts_as_oneself(daemon, admin, worker, folder):
    opened(daemon, admin, worker, "social_worker")
    check(worker.mlup(daemon, "--json", "whoami").json()["roles"][0]["role"] == "social_worker", "the role")
    own = worker.mlup(daemon, "import", "-", stdin=to_jsonl([line_by(WORKER, "own-1")]))
    check("1 recorded" in own.out, own.out)
    other = worker.mlup(daemon, "import", "-", stdin=to_jsonl([line_by("staff-sw-2", "own-2"), line_by(WORKER, "own-3")]), expect=1)
    told = other.out + other.err
    check("ACTOR_NOT_YOURS" in told and "context.actor_id" in told and "1 recorded" in told, told)
    imported = worker.mlup(daemon, "import", "-", stdin=to_jsonl([line_by("staff-sw-2", "own-4", "CHANNEL_IMPORT")]), expect=1)
    check("IMPORT_NOT_GRANTED" in imported.out + imported.err, imported.out + imported.err)
    # The organisation of the grant is part of it.
    worker.refused(daemon, "ACTOR_NOT_YOURS", "--as", "staff-mel-1:mel_officer:mro", "report", "quarterly", "2021-Q1")
    worker.refused(daemon, "CALL_NOT_GRANTED", "subscribe", "--until-caught-up")
    worker.refused(daemon, "FACT_NOT_GRANTED", "accounts", "grant", "staff-sw-1", "director", "--organisation", "mro")
    explained = worker.mlup(daemon, "--json", "policy", "explain", "social_worker", "--roles-file", ROOT / "deploy/roles.textproto").json()
    check("case_opened" in explained["facts"]["cases"] and explained["facts"]["identity"] == ["emergency_access_begun"], explained)
    admin.refused(daemon, "GRANT_TO_ONESELF", "accounts", "grant", ADMIN, "director")
    admin.refused(daemon, "CALL_NOT_GRANTED", "case", "history", "018f3c6e-0000-7000-8000-000000000001")
    check(folder.exists(), "the folder")


def an_import_names_others(daemon, admin, importer, folder):
    opened(daemon, admin, importer, "importer", "case_manager", "mel_officer", "auditor")
    lines = read_jsonl(data_file())
    past = to_jsonl(line for line in lines if line["record"]["context"]["channel"] == "CHANNEL_IMPORT")
    of_the_past = next(line for line in lines if "source_recorded_at" in line["record"]["context"])
    shut = importer.mlup(daemon, "import", "-", stdin=to_jsonl([of_the_past]), expect=1)
    check("IMPORT_WINDOW_CLOSED" in shut.out + shut.err, shut.out + shut.err)
    # Who asks for the window and who opens it are two people, each signed in as oneself.
    for line in lines[:2]:
        context = line["record"]["context"]
        person = Person(folder, context["actor_id"])
        opened(daemon, admin, person, context["role"])
        importer.mlup(daemon, "import", "-", stdin=to_jsonl([line]), expect=1)
        person.mlup(daemon, "import", "-", stdin=to_jsonl([line]))
    done = importer.mlup(daemon, "import", "-", stdin=past)
    check("1483 recorded, 1 replayed, 0 refused" in done.out, done.out)
    again = importer.mlup(daemon, "import", "-", stdin=past)
    check("0 recorded, 1484 replayed, 0 refused" in again.out, again.out)
    history = importer.mlup(daemon, "--json", "case", "history", CHILD).json()
    details = [detail for entry in history["entries"] for detail in entry["details"] if detail["label"] == "Recorded by"]
    check(len(details) == len(history["entries"]) and details[0]["value"] == importer.name, details)
    check(history["entries"][0]["actor"] == "Social worker 1", history["entries"][0]["actor"])
    check(importer.mlup(daemon, "report", "quarterly", "2021-Q1").code == 0, "the report")


def every_look_is_on_record(daemon, importer):
    """Each asking for the events behind a figure, of each person in them, and the reading of the log once."""
    evidence = ("--json", "report", "quarterly", "2021-Q1", "--as-known-at", "2021-04-22", "--evidence", "case_closures")
    for _ in range(2):
        behind = importer.mlup(daemon, *evidence).json()["evidence"]
        importer.mlup(daemon, "events", "tail")
    read = importer.mlup(daemon, "--json", "audit", "accesses", "--reader", importer.name, "--limit", "10000").json()["accesses"]
    figures = [access for access in read if access.get("figure")]
    persons = {access["person_id"] for access in figures}
    check(len(figures) == 2 * len(persons) > 2 and len(behind) > 1, f"{len(figures)} records of {len(persons)} persons")
    check({access["figure"] for access in figures} == {"case_closures"}, figures[0])
    calls = [access["log_call"] for access in read if access.get("log_call")]
    check(calls == ["mlup.log.v1.EventStore/ReadAll"], calls)
    alarms = importer.mlup(daemon, "audit", "accesses", "--alarms").out
    check("a record that nobody has a reason to read" in alarms and CHILD in alarms, alarms)
    of_one = importer.mlup(daemon, "audit", "accesses", "--person", figures[0]["person_id"]).out
    check("behind figure case_closures" in of_one and importer.name in of_one, of_one)


def emergencies(folder, receiver):
    """The subscribers file of an organisation whose supervisors are called when an emergency access begins."""
    (folder / "secret").write_text(f"whsec_{SECRET}\n")
    (folder / "secret").chmod(0o600)
    path = folder / "subscribers"
    path.write_text(f"""subscribers {{ subscriber_id: "supervisors" label: "On-call supervisors" organisation_id: "mro" purpose: "supervision"
      webhook {{ url: "{receiver.url}" secret_file: "{folder}/secret" allowed_networks: "127.0.0.1" }}
      agreement {{ filter {{ types: "mlup.identity.v1.EmergencyAccessBegun" }} fields {{ type: "*" paths: "*" }} }} }}""")
    return path


def in_an_emergency(daemon, admin, folder, receiver):
    """What no role reaches is read for one case, on record, once until somebody else has looked at it; who supervises is called at once."""
    reader, supervisor = Person(folder, "staff-sw-8"), Person(folder, "staff-sup-8")
    opened(daemon, admin, reader, "social_worker", scope="own_caseload")
    opened(daemon, admin, supervisor, "supervisor")
    facts = [fact for line in read_jsonl(data_file()) for fact in line["record"]["facts"]]
    case = next(fact["stream"].partition("/")[2] for fact in facts if fact.get("case_opened", {}).get("child", {}).get("person_id") == CHILD)
    reader.refused(daemon, "OUT_OF_SCOPE", "case", "history", case)
    begin = ("emergency", "begin", case, "--reason", "child_in_danger")
    reader.mlup(daemon, *begin)
    wait_for("the supervisors' webhook", receiver.ids)
    check([subject for subject, _, _ in receiver.taken] == [account_stream(reader.name).partition("/")[2]], receiver.taken)
    history = reader.mlup(daemon, "--json", "case", "history", case).json()
    check(len(history["entries"]) >= 18, history)
    reader.refused(daemon, "OUT_OF_SCOPE", "audit", "bundle", "--subject", CHILD, "--purpose", "audit", "-o", folder / "no.bundle")
    reader.refused(daemon, "EMERGENCY_UNREVIEWED", *begin)
    reader.refused(daemon, "CALL_NOT_GRANTED", "emergency", "list")
    waiting, = supervisor.mlup(daemon, "--json", "emergency", "list").json()["accesses"]
    check((waiting["of"], waiting["begun"]["case_id"]) == (reader.name, case), waiting)
    supervisor.mlup(daemon, "emergency", "review", reader.name, waiting["begun"]["access_id"], "--outcome", "justified", "--reason", "on_call")
    reader.refused(daemon, "OUT_OF_SCOPE", "case", "history", case)
    reader.mlup(daemon, *begin)


def revoking_ends_open_streams(daemon, admin, operator):
    """A role and a session that are revoked while a stream is open; how long each took, in seconds."""
    took = []
    opened(daemon, admin, operator, "operator")
    for revoke in (["accounts", "revoke", operator.name, "operator", "--reason", "changed_post"], ["sessions", "revoke", "--all-of", operator.name]):
        with operator.start(daemon, "events", "tail", "--from", "1", "--follow") as stream:
            check(stream.stdout.readline(), "the stream begins")
            admin.mlup(daemon, *revoke)
            revoked = time.monotonic()
            while stream.stdout.readline():
                pass
            took.append(time.monotonic() - revoked)
            error = stream.stderr.read().decode()
            check(stream.wait(60) == 1 and ("CALL_NOT_GRANTED" in error or "SESSION_ENDED" in error), error)
        admin.mlup(daemon, "accounts", "grant", operator.name, "operator", "--scope", "all")
        operator.sign_in(daemon)
    check(max(took) <= SECOND_S, f"streams ended after {took} s")
    return max(took)


def another_roles_file_holds_at_once(folder, admin):
    """A roles file is read again on SIGHUP: what it no longer grants ends open streams; a broken one changes nothing, and keeps no other file back."""
    granted = (ROOT / "deploy/roles.textproto").read_text(encoding="utf-8")
    roles = folder / "roles.textproto"
    roles.write_text(granted, encoding="utf-8")
    subscribers = folder / "subscribers.textproto"
    subscribers.write_text("", encoding="utf-8")
    with Daemon(folder / "reloaded", "--roles-file", roles, "--subscribers-file", subscribers) as daemon:
        bootstrap(daemon, admin)
        admin.sign_in(daemon)
        operator = Person(folder, "staff-ops-2")
        opened(daemon, admin, operator, "operator")

        def reload(text, said):
            roles.write_text(text, encoding="utf-8")
            daemon.process.send_signal(signal.SIGHUP)
            wait_for("the daemon says so", lambda: said in daemon.log_path.read_text())

        reload(granted + "roles {", "what could not be read again stays as it was: ROLES_FILE_INVALID")
        with operator.start(daemon, "events", "tail", "--from", "1", "--follow") as stream:
            check(stream.stdout.readline(), "the stream begins")
            subscribers.write_text("subscribers {", encoding="utf-8")
            reload(granted.replace('  calls: "mlup.log.v1.EventStore/*"\n', ""), "stays as it was: SUBSCRIBERS_FILE_INVALID")
            began = time.monotonic()
            stream.wait(60)
            check("CALL_NOT_GRANTED" in stream.stderr.read().decode(), "the stream ends")
        check(time.monotonic() - began <= SECOND_S, "within a second")
        subscribers.write_text("", encoding="utf-8")
        reload(granted, "read roles, subscribers and certificates again")
        wait_for("what is granted again works", lambda: operator.mlup(daemon, "events", "tail", expect=None).code == 0)


def subscribing_is_on_record(daemon, importer, operator):
    operator.mlup(daemon, "subscribe", "--category", "case", "--until-caught-up")
    read = importer.mlup(daemon, "--json", "audit", "accesses", "--reader", operator.name).json()["accesses"]
    calls = {access["log_call"] for access in read}
    check("mlup.log.v1.EventStore/Subscribe" in calls, calls)


def guessing_is_slowed(daemon, worker):
    for _ in range(5):
        worker.sign_in(daemon, "a wrong password", expect=1)
    check("SIGN_IN_SLOWED" in worker.sign_in(daemon, expect=1).err, "the sixth is slowed")
    wait_for("the right password opens again", lambda: worker.sign_in(daemon, expect=None).code == 0)


def a_reset_begins_again(daemon, admin, worker):
    initial = admin.mlup(daemon, "--json", "accounts", "reset", worker.name).json()["initial_password"]
    worker.refused(daemon, "SESSION_ENDED", "status")
    check("SIGN_IN_REFUSED" in worker.sign_in(daemon, expect=1).err, "the old password")
    worker.mlup(daemon, "login", worker.name, secrets=[initial, OTHER])
    worker.mlup(daemon, "status")
    # The only administrator who forgets: whoever may read the keyring helps.
    lost = admin.mlup(daemon, "--json", "accounts", "reset", ADMIN, "--keyring", daemon.keyring).json()["initial_password"]
    admin.mlup(daemon, "login", ADMIN, secrets=[lost, PASSWORD])
    listed = admin.mlup(daemon, "--json", "accounts", "list").json()["accounts"]
    check({ADMIN, WORKER} <= {account["of"] for account in listed}, listed)
    worker.mlup(daemon, "logout")
    worker.refused(daemon, "SIGN_IN_REQUIRED", "status")


def kills_lose_nothing(folder, admin):
    """A daemon that is killed between the steps: what was said to be done is done, and the door stays closed."""
    data = folder / "killed"
    daemon = Daemon(data)
    bootstrap(daemon, admin, expect=0)
    for step in range(3):
        daemon.kill()
        daemon = Daemon(data)
        admin.refused(daemon, "SIGN_IN_REQUIRED", "status")
        admin.sign_in(daemon)
        person = Person(folder, f"staff-sw-{step + 10}")
        opened(daemon, admin, person, "social_worker")
        daemon.kill()
        daemon = Daemon(data)
        token_file = os.listdir(f"{person.environment['XDG_STATE_HOME']}/mlup")[0]
        # The new daemon has another port, and so another file of the session.
        state = f"{person.environment['XDG_STATE_HOME']}/mlup"
        person.sign_in(daemon)
        check(len(os.listdir(state)) == 2 and token_file, "a session for each address")
        check(person.mlup(daemon, "--json", "whoami").json()["roles"][0]["role"] == "social_worker", "the grant")
    # Without its credentials the installation lets nobody in, and says so at the start.
    daemon.kill()
    credentials = daemon.keyring.with_suffix(".credentials")
    kept = credentials.read_bytes()
    credentials.unlink()
    try:
        Daemon(data)
    except RuntimeError as refused:
        check("CREDENTIALS_MISSING" in str(refused), refused)
    else:
        check(False, "a start without credentials is not refused")
    credentials.write_bytes(kept)
    credentials.chmod(0o600)
    Daemon(data).stop()


def secrets_stay_secret(daemon, folder):
    """Neither passwords nor tokens stand in what was written."""
    found = [path for path in folder.rglob("*") if path.is_file() and "state-" not in str(path)
             and any(secret.encode() in path.read_bytes() for secret in (PASSWORD, OTHER))]
    check(not found, f"a password stands in {found}")
    check(daemon.log_path.read_text().count("Bearer") == 0, "a token in the log of the daemon")


def main():
    receiver = Receiver()
    with Workspace() as folder, contextlib.ExitStack() as after:
        after.callback(receiver.stop)
        people = [Person(folder, name) for name in (ADMIN, WORKER, "staff-mel-9", "staff-ops-1")]
        admin, worker, importer, operator = people
        canaries = folder / "canaries"
        canaries.write_text(f"# planted\n{CHILD}\n", encoding="utf-8")
        with Daemon(folder / "data", "--canaries", canaries, "--subscribers-file", emergencies(folder, receiver)) as daemon:
            the_first_account_closes_the_door(daemon, admin)
            one_acts_as_oneself(daemon, admin, worker, folder)
            an_import_names_others(daemon, admin, importer, folder)
            every_look_is_on_record(daemon, importer)
            in_an_emergency(daemon, admin, folder, receiver)
            took = revoking_ends_open_streams(daemon, admin, operator)
            subscribing_is_on_record(daemon, importer, operator)
            guessing_is_slowed(daemon, worker)
            a_reset_begins_again(daemon, admin, worker)
            secrets_stay_secret(daemon, folder)
        another_roles_file_holds_at_once(folder, Person(folder, ADMIN + "-r"))
        kills_lose_nothing(folder, Person(folder, ADMIN + "-k"))
    print(f"one account after another; open streams ended at most {took:.2f} s after what they rested on was revoked")


if __name__ == "__main__":
    main()
