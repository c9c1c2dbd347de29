"""Every role in a process of its own gives the same reports as all roles in one."""

import itertools

from harness import (Daemon, Workspace, check, data_file, figures, head, mlup, read_jsonl, report,
                     to_jsonl)

# Bytes of the keyring before the first person's key.
KEYRING_WITHOUT_PERSONS = 92
ROLES = ["cases", "training", "donations", "network"]


def role_of():
    """Tells the service of a line by its first fact and that fact's stream, as `mlup schema` lists them."""
    services = {(fact["name"], category): fact["permission"].split("/")[0]
                for fact in mlup("", "--json", "schema").json() for category in fact["categories"]}

    def role(line):
        fact = line["record"]["facts"][0]
        category = fact["stream"].split("/")[0]
        return next(services[name, category] for name in fact if (name, category) in services)
    return role


def import_by_role(daemons, path):
    """Sends each run of lines to the process that plays their role, in the order of the file."""
    for role, lines in itertools.groupby(read_jsonl(path), role_of()):
        mlup(daemons[role], "import", "-", stdin=to_jsonl(lines))


def older_keyring_is_refused(folder, keyring, address):
    """A process without the log compares the log's keys with its keyring all the same."""
    older = folder / "older.keyring"
    older.write_bytes(keyring.read_bytes()[:KEYRING_WITHOUT_PERSONS])
    older.chmod(0o600)
    try:
        Daemon(folder / "late", "--roles=projections,query", address, keyring=older)
    except RuntimeError as refused:
        check("KEYRING_INCOMPLETE" in str(refused), refused)
    else:
        check(False, "an older keyring is not refused")


def main():
    path = data_file()
    child = path.with_suffix(".child").read_text(encoding="utf-8").strip()
    with Workspace() as folder:
        with Daemon(folder / "one") as daemon:
            mlup(daemon, "import", path)
            together = figures(report(daemon, "2021-04-22")), head(daemon)

        # One keyring, so that a person has one key whichever process seals or opens.
        keyring = folder / "several.keyring"
        with Daemon(folder / "log", "--roles=log", keyring=keyring) as log:
            address = f"--log={log.address}"
            daemons = {role: Daemon(folder / role, f"--roles={role}", address, keyring=keyring)
                       for role in ROLES}
            reader = Daemon(folder / "reader", "--roles=projections,query", address, keyring=keyring)
            import_by_role(daemons, path)
            apart = figures(report(reader, "2021-04-22")), head(log)
            history = mlup(reader, "--json", "case", "history", child).json()
            for daemon in [reader, *daemons.values()]:
                daemon.stop()
            older_keyring_is_refused(folder, keyring, address)
        check(apart[0] == together[0], "the reports differ")
        check(apart[1] == together[1], f"head {apart[1]} is not {together[1]}")
        sealed = [entry["position"] for entry in history["entries"] if entry["sealed"]]
        check(not sealed, f"the reader cannot open what the others sealed: {sealed}")
    print(f"{len(ROLES) + 2} processes, head {apart[1]}, {len(apart[0][0])} equal rows, "
          f"{history['total']} entries opened")


if __name__ == "__main__":
    main()
