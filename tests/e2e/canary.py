"""No personal value of the import stands in plain text in the data folder, the logs or `events tail`."""

import json

from harness import Daemon, Workspace, check, data_file, facts_of, mlup, read_jsonl, report

# Shorter values ("4", "F") occur by chance.
LENGTH_MIN = 5


def personal_paths():
    """Paths of personal fields below their facts, as `mlup schema` tells them."""
    calls = {entry["call"] for entry in mlup("", "--json", "schema").json()}
    facts = [fact for call in sorted(calls) for fact in mlup("", "--json", "schema", call).json()["facts"]]
    return {field["field"].replace("[]", "") for fact in facts for field in fact["fields"] if field["personal"]}


def leaves(value, path):
    """(path, text) of every text in a fact."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif isinstance(value, str):
        yield path, value


def split_values(lines, paths):
    """Personal texts, without those that also stand in a clear field."""
    personal, clear = set(), []
    for _, fact, context in facts_of(lines):
        for path, text in [*leaves(fact, ""), *leaves(context, "context")]:
            is_personal = any(path == known or path.startswith(known + ".") for known in paths)
            if is_personal:
                personal.add(text)
            else:
                clear.append(text)
    known = "\n".join(clear)
    return {text for text in personal if len(text) >= LENGTH_MIN and text not in known}


def scan(contents, needles):
    """Fails when one of (name, bytes) holds a personal value. Returns how many bytes were looked at."""
    total = 0
    for name, content in contents:
        total += len(content)
        for needle in needles:
            check(needle not in content, f"a personal value ({len(needle)} bytes) stands in {name}")
    return total


def files_of(daemon):
    """Everything the daemon writes, but for the keyring, which lies elsewhere."""
    files = [file for file in daemon.data.rglob("*") if file.is_file()] + [daemon.log_path]
    check(daemon.keyring.exists() and daemon.keyring not in files, "the keyring is not where it belongs")
    return [(str(file), file.read_bytes()) for file in files]


def main():
    path = data_file()
    needles = {value.encode() for value in split_values(read_jsonl(path), personal_paths())}
    check(len(needles) >= 5, "the data has too few personal values to look for")
    check(any(needle in path.read_bytes() for needle in needles), "the scan cannot find anything")
    with Workspace() as folder:
        with Daemon(folder / "data") as daemon:
            mlup(daemon, "import", path)
            printed = [mlup(daemon, "events", "tail", "--from", 1).out,
                       mlup(daemon, "--json", "events", "tail", "--from", 1).out, json.dumps(report(daemon))]
            # While the write-ahead log still holds every record uncompressed, and again when all is closed.
            scanned = scan(files_of(daemon), needles)
        scanned += scan(files_of(daemon), needles)
        scanned += scan([(f"output {i}", text.encode()) for i, text in enumerate(printed)], needles)
    print(f"{len(needles)} personal values looked for in {scanned} bytes")


if __name__ == "__main__":
    main()
