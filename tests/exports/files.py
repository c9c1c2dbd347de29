"""Every kind of file that is exported, read as those who receive it read it. 77 where LibreOffice or npm is not there."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import ROOT, Daemon, Workspace, check, mlup  # noqa: E402

SKIP = 77
DIRECTOR = "staff-dir-1:director:mro"
HANDOVER = ["--recipient", "mosvy", "--expires", "2099-12-31"]
MAPS = {"dhis2": ROOT / "deploy/exports/dhis2.map.json", "iati": ROOT / "deploy/exports/iati.map.json"}
ENDINGS = {"csv": "csv", "xlsx": "xlsx", "json": "json", "dhis2": "dhis2.json", "iati": "xml", "ocel": "ocel.json"}
# Hashtags of HXL 1.1, and what a tag with its attributes looks like there.
HASHTAGS = set("""access activity adm1 adm2 adm3 adm4 adm5 affected beneficiary capacity cause channel contact country crisis currency
date delivery description event frequency geo group impact indicator inneed item loc meta modality need operations org output
population reached region respondee sector service severity status subsector targeted value""".split())
TAG = re.compile(r"#([a-z][a-z0-9_]*)(\+[a-z][a-z0-9_]*)*")
# Children in the order in which the schema of IATI 2.03 has them, of what is written; `*` may stand several times.
IATI = {
    "iati-activities": ["iati-activity"],
    "iati-activity": ["iati-identifier", "reporting-org", "title", "description", "participating-org*", "activity-status",
                      "activity-date", "recipient-country", "sector", "result*"],
    "result": ["title", "indicator*"], "indicator": ["title", "reference", "period"],
    "period": ["period-start", "period-end", "actual*"], "actual": ["dimension"],
    "reporting-org": ["narrative"], "participating-org": ["narrative"], "title": ["narrative"], "description": ["narrative"],
}
IATI_NEEDS = {
    "iati-activities": ["version"], "reporting-org": ["ref", "type"], "participating-org": ["role"], "activity-status": ["code"],
    "activity-date": ["type", "iso-date"], "recipient-country": ["code"], "sector": ["vocabulary", "code"], "result": ["type"], "indicator": ["measure"],
    "period-start": ["iso-date"], "period-end": ["iso-date"], "actual": ["value"], "dimension": ["name", "value"],
}
PEOPLE = {"unique_persons", "attendances", "headcount", "households", "cases", "closures", "distributions", "facts"}


def export(server, folder, kind, period="2021-Q1", *more, reader=None):
    """Exports a file; gives its path and what was said of it."""
    path = folder / f"{period}{'-'.join(['', *map(str, more)])}.{ENDINGS[kind]}".replace("--", "-").replace("/", "_")
    maps = ["--map", MAPS[kind]] if kind in MAPS else []
    reader = ["--as", reader] if reader else []
    said = mlup(server, "--json", *reader, "export", kind, period, *HANDOVER, *maps, *more, "-o", path).json()
    check(path.stat().st_mode & 0o777 == 0o600, f"{path} may be read by others")
    check(hashlib.sha256(path.read_bytes()).hexdigest() == said["sha256"], f"{path} is not what was said of it")
    return path, said


def check_table(path):
    """A line of names, one of tags, and no small number of people; gives the lines."""
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    names, tags = lines[:2]
    check(len(names) == len(tags) and len(set(names)) == len(names), names)
    for tag in tags:
        match = TAG.fullmatch(tag)
        check(match and match[1] in HASHTAGS, f"{tag} is no tag of HXL")
    for line in lines[2:]:
        row = dict(zip(names, line, strict=True))
        check(all(field == field.strip() for field in line), f"{line}: blanks around a value")
        for name in ("value", "planned", "head_count"):
            check(row[name] == "" or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", row[name]), f"{name} is no number: {line}")
        small = row["unit"] in PEOPLE and row["value"] and 1 <= float(row["value"]) <= 4
        check(not small, f"a small number left: {line}")
        check((row["value"] == "") == (row["why_none"] != "") or row["unit"] in ("items", "money"), f"no value and no reason: {line}")
    check(not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", path.read_text(encoding="utf-8")), "an id of ours left")
    check(any(line[9] == "withheld" for line in lines[2:]), "nothing was withheld: the fixture shows nothing")
    return lines


def check_workbook(path, lines, folder):
    """A whole workbook with the same table; opened by LibreOffice where it is there. Whether it was."""
    with zipfile.ZipFile(path) as archive:
        check(archive.testzip() is None, "the archive is damaged")
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
    if not shutil.which("soffice"):
        print("LibreOffice is not installed: the workbook was looked at as an archive of XML only")
        return False
    filters = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", filters, "--outdir",
                    folder / "sheets", path], check=True, capture_output=True, timeout=120)
    sheet = next((folder / "sheets").glob("*-Figures.csv"))
    opened = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8"), newline="")))
    check(opened == lines, "LibreOffice reads another table")
    print(f"LibreOffice opened the workbook: {len(opened)} lines, the same as in the CSV")
    return True


def check_activity(path):
    """Elements in the order of the schema, with the attributes that it needs."""
    root = ElementTree.parse(path).getroot()
    check(root.tag == "iati-activities" and root.get("version") == "2.03", root.attrib)
    actuals = 0
    for element in root.iter():
        allowed = IATI.get(element.tag, [])
        places = [next((i for i, name in enumerate(allowed) if name.rstrip("*") == child.tag), None) for child in element]
        check(None not in places and places == sorted(places), f"{element.tag}: {[child.tag for child in element]}")
        for i, name in enumerate(allowed):
            check(name.endswith("*") or places.count(i) <= 1, f"{element.tag}: {name} stands twice")
        for attribute in IATI_NEEDS.get(element.tag, []):
            check(element.get(attribute), f"{element.tag} has no {attribute}")
        actuals += element.tag == "actual"
    check(actuals > 10, f"{actuals} figures in the activity")


def check_json(paths):
    """By schemas, with ajv. Whether it is there."""
    if not shutil.which("node") or not shutil.which("npm"):
        print("node and npm are not installed: the JSON files were not validated by schemas")
        return False
    npm = Path(os.environ.get("MLUP_NPM", ROOT / "build/exports-npm"))
    npm.mkdir(parents=True, exist_ok=True)
    if not (npm / "node_modules/ajv-formats").is_dir():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, npm / name)
        done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=npm, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode:
            print("ajv could not be installed: the JSON files were not validated by schemas")
            return False
    pairs = [str(one) for schema, path in paths for one in (HERE / schema, path)]
    done = subprocess.run(["node", HERE / "validate.mjs", *pairs], cwd=npm, check=False, capture_output=True, text=True)
    check(done.returncode == 0, done.stdout + done.stderr)
    print(done.stdout.strip())
    return True


def check_log(path, other):
    """Ids are known to one recipient only, and none of ours is among them."""
    text = path.read_text(encoding="utf-8")
    check(not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text), "an id of ours left")
    check("staff-" not in text, "who acted is told by the actor's id")
    mine, theirs = (set(re.findall(r"[0-9a-f]{32}", one)) for one in (text, other.read_text(encoding="utf-8")))
    check(mine and not mine & theirs, "two recipients have an id in common")


def check_register(server, given):
    """Every file that was given out is in the register; files of figures can be made again."""
    entries = mlup(server, "--json", "export", "list", "--limit", 50).json()["exports"]
    by_digest = {entry["sha256"]: entry for entry in entries}
    for path, said in given:
        check(said["sha256"] in by_digest, f"{path} is not in the register")
        check(by_digest[said["sha256"]]["recipient"] == "mosvy", by_digest[said["sha256"]])
    return by_digest


def check_never_left(server, folder):
    """What cannot be sent is not in the register as given out."""
    def entries():
        return len(mlup(server, "--json", "export", "list", "--limit", 100).json()["exports"])

    before = entries()
    token = folder / "token"
    token.write_text("two tokens\n", encoding="utf-8")
    token.chmod(0o600)
    push = ["export", "dhis2", "2021-Q1", *HANDOVER, "--map", MAPS["dhis2"], "--url"]
    for more, reason in ((["http://dhis2.example.org"], "URL_NOT_SAFE"), (["https://dhis2.example.org?x=1"], "URL_NOT_SAFE"),
                         (["https://127.0.0.1:1", "--token-file", folder / "none"], ""),
                         (["https://127.0.0.1:1", "--token-file", token], "TOKEN_FILE_INVALID")):
        refused = mlup(server, *push, *more, expect=2)
        check(reason in refused.err, refused.err)
    check(entries() == before, "the register says of a file that it was given out, and it never left")


def main():
    with Workspace() as folder, Daemon(folder / "data") as server:
        mlup(server, "import", ROOT / "tests/data/q1-2021.jsonl")
        table, said = export(server, folder, "csv")
        lines = check_table(table)
        again, _ = export(server, folder, "csv", "2021-Q1", "--position", said["position"])
        check(again.read_bytes() == table.read_bytes(), "the same figures are another file")
        year, _ = export(server, folder, "csv", "2021")
        check_table(year)
        workbook, of_workbook = export(server, folder, "xlsx", "2021-Q1", "--position", said["position"])
        complete = check_workbook(workbook, lines, folder)
        figures, of_figures = export(server, folder, "json")
        check(len(json.loads(figures.read_text())["rows"]) == len(lines) - 2, "the JSON holds other rows")
        activity, of_activity = export(server, folder, "iati")
        check_activity(activity)
        values, of_values = export(server, folder, "dhis2")
        log, of_log = export(server, folder, "ocel", reader=DIRECTOR)
        shutil.move(log, folder / "first.ocel.json")
        other = folder / "other.ocel.json"
        mlup(server, "--as", DIRECTOR, "export", "ocel", "2021-Q1", "--recipient", "unicef", "--expires", "2099-12-31", "-o", other)
        check_log(folder / "first.ocel.json", other)
        complete &= check_json([("dhis2.schema.json", values), ("ocel.schema.json", folder / "first.ocel.json")])
        check_register(server, [(table, said), (workbook, of_workbook), (figures, of_figures), (activity, of_activity),
                                (values, of_values), (log, of_log)])
        refused = mlup(server, "export", "csv", "2021-Q1", *HANDOVER, "--whole", "-o", folder / "whole.csv", expect=1)
        check("CALL_NOT_GRANTED" in refused.err and not (folder / "whole.csv").exists(), refused.err)
        refused = mlup(server, "export", "csv", "2021-02-01..2021-03-31", *HANDOVER, "-o", folder / "odd.csv", expect=1)
        check("EXPORT_PERIOD" in refused.err and not list(folder.glob("odd*")), refused.err)
        check_never_left(server, folder)
    return 0 if complete else SKIP


if __name__ == "__main__":
    sys.exit(main())
