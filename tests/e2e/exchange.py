"""Exports of other systems become records: what deploy/exchange shows is checked, imported, and sent again without effect.

For each system: a dry run writes nothing and tells what each row becomes; the import records it; the same file again changes nothing, also
with rows that are wrong among it, each refused with its row, its column and its rule; the history of a child shows the events, its name in
Khmer and the other system's number."""

import copy
import csv
import io
import json
import resource
import secrets
import subprocess
import unicodedata
import urllib.error
import urllib.request

from harness import BIN, ROOT, Daemon, Workspace, check, head, mlup
from people import Person, bootstrap, opened

FOLDER = ROOT / "deploy/exchange"
MANY, GROWTH_MIB_MAX = 20_000, 8

# What of a child's history must be seen, for each system.
SYSTEMS = {
    "oscar": ("oscar.csv", ["Person registered", "Identifier added", "ខាវ សុរសី", "01F0EXAMPLE0000000000000A1", "Concern received", "Case opened"]),
    "primero": ("primero.json", ["Person registered", "Identifier added", "ប្រាក់ ស្រីល័ក្ខ", "5f15a1a9-0000-4000-8000-00000000e001", "Concern received", "Case opened"]),
    "kobo": ("kobo.json", ["Person registered", "លី សុខលីន", "Concern received"]),
    "odk": ("odk.json", ["Person registered", "ម៉ៅ រតនា", "Concern received"]),
}


def run(daemon, system, file, *options, dry=False, stdin=b"", expect=0):
    words = ["import", *(["--dry-run"] if dry else []), "--from", system, "--map", FOLDER / f"{system}.map.json", file]
    return mlup(daemon, *options, *words, stdin=stdin, expect=expect)


def rows_of(path):
    """The rows of an example, and a function that makes a file of others."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        reader = csv.DictReader(io.StringIO(text, newline=""))

        def written(rows):
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, reader.fieldnames)
            writer.writeheader()
            writer.writerows(rows)
            return out.getvalue().encode()
        return list(reader), written
    whole = json.loads(text)
    [member] = [name for name, value in whole.items() if isinstance(value, list)]
    return whole[member], lambda rows: json.dumps({**whole, member: rows}, ensure_ascii=False).encode()


def hostile(system, rows):
    """Rows of which the second and third are wrong: (rows, column of the unknown code, column of the day)."""
    key = {"oscar": "global_id", "primero": "case_id", "kobo": "_uuid", "odk": "__id"}[system]
    wrong = [copy.deepcopy(rows[0]) for _ in range(4)]
    for number, row in enumerate(wrong):
        row[key] = f"{row[key]}-{number}"
    sex = {"oscar": "gender", "primero": "sex", "kobo": "child/sex", "odk": "child/sex"}[system]
    day = {"oscar": "initial_referral_date", "primero": "registration_date", "kobo": "visit_date", "odk": "visit_date"}[system]
    for at in (1, 2):
        holder = wrong[at]["child"] if system == "odk" else wrong[at]
        holder["sex" if system == "odk" else sex] = "ស្រី"
    wrong[3][day] = "2199-01-01"
    return wrong, sex, day


def check_system(daemon, system, file, seen):
    rows, written = rows_of(FOLDER / file)
    before = head(daemon)
    dry = run(daemon, system, FOLDER / file, dry=True)
    check(f"{len(rows)} rows read" in dry.out and "0 rows refused" in dry.out, dry.out)
    check("cases/person_registered" in dry.out, dry.out)
    check(head(daemon) == before, "a dry run wrote")
    first = run(daemon, system, FOLDER / file, "--json").lines()
    check(first[-1]["summary"]["recorded"] == len(rows), f"{system}: {first}")
    after = head(daemon)
    again = run(daemon, system, FOLDER / file, "--json").lines()
    check({line["outcome"] for line in again[:-1]} == {"replayed"} and head(daemon) == after, f"{system}: {again}")

    wrong, sex, day = hostile(system, rows)
    answer = run(daemon, system, "-", "--json", stdin=written(rows + wrong), expect=1).lines()
    offset = len(rows) + (2 if file.endswith(".csv") else 1)
    refused = {line["row"]: line["error"] for line in answer[:-1] if line["outcome"] == "refused"}
    check(set(refused) == {offset + 1, offset + 2, offset + 3}, f"{system}: {refused}")
    for at in (offset + 1, offset + 2):
        check((refused[at]["reason"], refused[at]["field"]) == ("CODE_UNKNOWN", sex), f"{system}: {refused[at]}")
    check((refused[offset + 3]["reason"], refused[offset + 3]["field"]) == ("OCCURRED_IN_FUTURE", day), f"{system}: {refused[offset + 3]}")
    check(answer[-1]["summary"]["recorded"] == 1, f"{system}: {answer[-1]}")
    told = run(daemon, system, "-", stdin=written(rows + wrong), expect=1).out
    check(f"codes.sex: `ស្រី`, column {sex}, 2 rows; one of SEX_FEMALE" in told, told)
    check(told.count("codes.sex: ") == 1, told)

    child = next(json.loads(line)["stream"].removeprefix("person/") for line in mlup(daemon, "--json", "events", "tail", "--from", before + 1).out.splitlines()
                 if "PersonRegistered" in line)
    history = mlup(daemon, "case", "history", "--reveal", child).out
    for words in seen:
        check(unicodedata.normalize("NFC", words) in history, f"{system}: `{words}` is not in\n{history}")
    print(f"{system}: {len(rows)} rows recorded, sent again without effect, {len(refused)} wrong ones refused by row and column")


def memory_does_not_grow(daemon):
    """A table of many rows is read row by row."""
    rows, written = rows_of(FOLDER / "oscar.csv")
    peaks = []
    for count in (100, MANY):
        many = written([{**rows[0], "global_id": f"EXAMPLE-{number}"} for number in range(count)])
        told = run(daemon, "oscar", "-", dry=True, stdin=many).out
        check(f"{count} rows read, {count} client, 0 rows refused" in told, told[-300:])
        peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
    check(peaks[1] - peaks[0] < GROWTH_MIB_MAX, f"{MANY} rows took {peaks[1] - peaks[0]} MiB more than 100")


def post(address, token, body):
    """(status, answer) of one call to `mlup receive`."""
    request = urllib.request.Request(f"http://{address}/", body, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def rows_come_one_by_one(daemon, folder):
    """What Kobo sends when a form is filled in: recorded before the answer, once, also where the daemon was away."""
    rows, _ = rows_of(FOLDER / "kobo.json")
    rows = [{**row, "_uuid": f"{row['_uuid']}-sent"} for row in rows]
    token = folder / "token"
    token.write_text(secrets.token_hex(24))
    words = [BIN / "mlup", "--server", daemon.address, "receive", "--from", "kobo", "--map", FOLDER / "kobo.map.json", "--listen", "127.0.0.1:0",
             "--token-file", token]
    token.chmod(0o644)
    refused = subprocess.run(words, capture_output=True, timeout=60, check=False)
    check(refused.returncode == 2 and b"TOKEN_FILE_MODE" in refused.stderr, f"a token that others may read: {refused.stderr}")
    token.chmod(0o600)
    with subprocess.Popen(words, stdout=subprocess.PIPE) as receiver:
        try:
            address = json.loads(receiver.stdout.readline())["receiving"]
            before = head(daemon)
            check(post(address, "wrong", b"{}")[0] == 401 and head(daemon) == before, "somebody without the token came in")
            for row in rows:
                status, answer = post(address, token.read_text(), json.dumps(row).encode())
                check(status == 200 and answer["recorded"] == 1, f"{status} {answer}")
            after = head(daemon)
            check(after > before, "nothing was recorded")
            status, answer = post(address, token.read_text(), json.dumps(rows).encode())
            check(status == 200 and answer["repeated"] == len(rows) and head(daemon) == after, f"{status} {answer}")
            wrong, sex, _ = hostile("kobo", rows)
            status, answer = post(address, token.read_text(), json.dumps(wrong[1]).encode())
            check(status == 422 and answer["refused"][0]["field"] == sex and head(daemon) == after, f"{status} {answer}")
            daemon.stop()
            check(post(address, token.read_text(), json.dumps(wrong[0]).encode())[0] == 503, "a row was taken that nobody could record")
        finally:
            receiver.terminate()
        check(receiver.wait(60) == 0, "receive did not end well")


def session_ends(folder):
    """Who receives is signed in: without that it does not start, and what ends meanwhile is no fault of the sender's and heals by a sign-in."""
    rows, _ = rows_of(FOLDER / "kobo.json")
    token = folder / "token"
    admin, worker = Person(folder, "staff-ad-1"), Person(folder, "staff-sw-1")
    words = ["receive", "--from", "kobo", "--map", FOLDER / "kobo.map.json", "--listen", "127.0.0.1:0", "--token-file", token]
    with Daemon(folder / "accounts") as daemon:
        bootstrap(daemon, admin)
        admin.sign_in(daemon)
        opened(daemon, admin, worker, "social_worker")
        worker.mlup(daemon, "logout")
        refused = worker.mlup(daemon, *words, expect=2)
        check("RECEIVER_SIGNED_OUT" in refused.err and "mlup login" in refused.err, f"it starts signed out: {refused.err}")
        worker.sign_in(daemon)
        receiver = worker.start(daemon, *words)
        try:
            address = json.loads(receiver.stdout.readline())["receiving"]

            def sent(name):
                return post(address, token.read_text(), json.dumps({**rows[0], "_uuid": name}).encode())
            check(sent("one")[0] == 200, "a row that is signed in for")
            admin.mlup(daemon, "sessions", "revoke", "--all-of", worker.name)
            for name in ("two", "three"):
                status, answer = sent(name)
                check(status == 503 and answer["error"]["reason"] == "RECEIVER_SIGNED_OUT", f"{status} {answer}")
            worker.sign_in(daemon)
            check([sent(name)[0] for name in ("two", "three", "one")] == [200] * 3, "a sign-in does not heal it")
            # In the same port.
            taken = worker.mlup(daemon, *words[:-3], address, *words[-2:], expect=2)
            check("ADDRESS_IN_USE: cannot listen on " + address in taken.err and daemon.address not in taken.err, f"who is blamed: {taken.err}")
        finally:
            receiver.terminate()
        _, told = receiver.communicate(timeout=60)
        check(told.count(b"NOTHING IS RECORDED") == 1 and told.count(b"recorded again") == 1, f"told: {told.decode()}")


def main():
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        memory_does_not_grow(daemon)
        for system, (file, seen) in SYSTEMS.items():
            check_system(daemon, system, file, seen)
        rows_come_one_by_one(daemon, folder)
        session_ends(folder)


if __name__ == "__main__":
    main()
