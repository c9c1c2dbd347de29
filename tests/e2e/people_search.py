"""Who is on record is found in both scripts, on record, by whom may search; and nothing that finds them stands on the disk."""

from canary import files_of, scan
from harness import Daemon, Run, Workspace, check, mlup, to_jsonl
from people import Person, bootstrap, opened

# Invented; with what each is folded to, and what would be looked up in a list of tokens.
KHMER, LATIN, ALIAS, PHONE, IDENTIFIER = "ប្រាក់ សីហា", "Prakkezq Seihawyx", "Littlezqstar", "012 987 654", "OSC-77/1234"
FOLDED = ["prakkezq", "seihawyx", "littlezqstar", "PRaKiSK", "LiTLiSKSTa", "LTLSKST*", "987654", "osc771234", "12987654"]
PERSON = "018f3c6e-7777-7000-8000-000000000001"
ORGANISATION = "018f3c6e-7777-7000-8000-00000000000a"
OTHER = "018f3c6e-7777-7000-8000-000000000002"


def registered(number, person, name_km, name_latin, organisation="mro"):
    stream = f"person/{person}"
    facts = [{"stream": stream, "person_registered": {"person": {
        "person_id": person, "sex": "SEX_FEMALE", "birth_month": "2014-03", "residence_province_code": "02", "name_km": name_km,
        "name_latin": name_latin, "aliases": [ALIAS], "phone": PHONE}}},
        {"stream": stream, "person_identifier_added": {"person": {
            "person_id": person, "scheme": "IDENTIFIER_SCHEME_OSCAR_GLOBAL_ID", "value": IDENTIFIER}}}]
    return {"record": {"context": {
        "request_id": f"search-{number}", "actor_id": "staff-sw-1", "role": "social_worker", "organisation_id": organisation,
        "channel": "CHANNEL_CLI", "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-17"}}, "facts": facts}}


def search(daemon, *arguments, who=None, expect=0) -> Run:
    words = ["--json", "people", "search", *arguments]
    return who.mlup(daemon, *words, expect=expect) if who else mlup(daemon, *words, expect=expect)


def ids(run):
    return [candidate["person_id"] for candidate in run.json()["candidates"]]


def finds_in_both_scripts(daemon):
    for arguments in (["--name", KHMER], ["--name", "Seiha Prak", "--born", "2014"], ["--name", "littlezq star"], ["--phone", "+855 12 987 654"],
                      ["--phone", "987654"], ["--identifier", "osc 771234", "--register", "oscar_global_id"],
                      ["--name", LATIN.upper(), "--sex", "female", "--place", "0203", "--age", "11", "--give-or-take", "4"]):
        found = search(daemon, *arguments)
        check(ids(found)[:1] == [PERSON], f"{arguments}: {found.out}")
    text = mlup(daemon, "people", "search", "--name", KHMER, "--born", "2014-03").out
    check(LATIN in text and "the month of birth is the same" in text and "is recorded at position" in text, text)
    check(ids(search(daemon, "--name", "Heng Phalla")) == [], "nobody")
    check("Nobody on record" in mlup(daemon, "people", "search", "--name", "Heng Phalla").out, "nobody, in words")


def refusals_name_the_field(daemon):
    for arguments, reason, field in ((["--sex", "female"], "SEARCH_TOO_WIDE", "names"), (["--name", "."], "NAME_TOO_SHORT", "names[0]"),
                                     (["--phone", "12"], "PHONE_TOO_SHORT", "phone"), (["--born", "once"], "BIRTH_INVALID", "birth"),
                                     (["--name", "Sok", "--limit", "51"], "", "limit")):
        refused = search(daemon, *arguments, expect=1)
        check(reason in refused.out + refused.err and field in refused.out + refused.err, refused.out + refused.err)
    check("WORD_UNKNOWN" in search(daemon, "--name", "Sok", "--sex", "girl", expect=2).err, "a word")


def nothing_stands_on_the_disk(daemon, needles):
    # While the daemon runs, so that what it writes as it goes is looked at.
    return scan(files_of(daemon), needles)


def who_may_search(daemon, folder):
    """Whose role does not reach the record is told whom to ask; who may not search is told nothing; both are on record."""
    admin, worker, stranger, auditor = (Person(folder, name) for name in ("staff-adm-1", "staff-sw-1", "staff-sw-2", "auditor-1"))
    bootstrap(daemon, admin)
    admin.sign_in(daemon)
    opened(daemon, admin, worker, "social_worker")
    opened(daemon, admin, stranger, "social_worker", scope="own_caseload")
    opened(daemon, admin, auditor, "auditor")
    organisation, case = (
        {"record": {"context": {
            "request_id": f"search-{stream[:4]}", "actor_id": "staff-sw-1", "role": "social_worker", "organisation_id": "mro",
            "channel": "CHANNEL_CLI", "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-18"}}, "facts": [{"stream": stream, **fact}]}}
        for stream, fact in (
            (f"organisation/{ORGANISATION}", {"organisation_registered": {
                "names": ["Example Centre"], "kind": "ORGANISATION_KIND_RCI", "province_code": "02"}}),
            (f"case/{ORGANISATION}", {"case_opened": {
                "child": {"person_id": PERSON}, "case_type": "CASE_TYPE_KINSHIP_SUPPORT", "owner_org_id": ORGANISATION}})))
    recorded = worker.mlup(daemon, "import", "-", stdin=to_jsonl([organisation, case]), expect=None)
    check(recorded.code == 0, recorded.out + recorded.err)
    own = search(daemon, "--name", LATIN, who=worker).json()["candidates"][0]
    check(own["may_read"] and own["names"], own)
    shown = search(daemon, "--name", LATIN, who=stranger)
    candidate = shown.json()["candidates"][0]
    check(candidate["person_id"] == PERSON and not candidate["may_read"] and candidate["ask_organisation_id"] == "mro", shown.out)
    check(not candidate["names"] and not candidate["birth_month"] and LATIN not in shown.out, shown.out)
    check("ask mro" in stranger.mlup(daemon, "people", "search", "--name", LATIN).out, "in words")
    auditor.refused(daemon, "CALL_NOT_GRANTED", "people", "search", "--name", LATIN)
    readings = auditor.mlup(daemon, "--json", "audit", "accesses", "--reader", "staff-sw-2").json()["accesses"]
    check(any(reading["by_search"] and reading["person_id"] == PERSON for reading in readings), "whom the search found")
    check(any(reading["by_search"] and not reading["person_id"] for reading in readings), "the search itself")
    refused = auditor.mlup(daemon, "--json", "audit", "accesses", "--reader", "auditor-1").json()["accesses"]
    check(refused[0]["result"] == "ACCESS_RESULT_REFUSED" and refused[0]["by_search"], f"the refused search: {refused}")
    printed = auditor.mlup(daemon, "audit", "accesses", "--person", PERSON).out
    check("found by a search" in printed, printed)


def main():
    needles = {text.encode() for text in [KHMER, LATIN, ALIAS, PHONE, IDENTIFIER, *KHMER.split(), *LATIN.split(), *FOLDED]}
    with Workspace() as folder:
        with Daemon(folder / "data") as daemon:
            lines = [registered(1, PERSON, KHMER, LATIN), registered(2, OTHER, "ញឹម ធីតា", "Nhem Thida")]
            lines[1]["record"]["facts"][0]["person_registered"]["person"].pop("phone")
            lines[1]["record"]["facts"][0]["person_registered"]["person"].pop("aliases")
            lines[1]["record"]["facts"].pop()
            mlup(daemon, "import", "-", stdin=to_jsonl(lines))
            finds_in_both_scripts(daemon)
            refusals_name_the_field(daemon)
            check(any(entry["name"] == "search" for entry in mlup(daemon, "--json", "status").json()["projections"]), "the status tells")
            scanned = nothing_stands_on_the_disk(daemon, needles)
        with Daemon(folder / "data") as daemon:
            # The index is made anew at each start.
            finds_in_both_scripts(daemon)
            check(not (folder / "data/search").exists(), "an index on the disk")
            who_may_search(daemon, folder)
            scanned += nothing_stands_on_the_disk(daemon, needles)
        scanned += nothing_stands_on_the_disk(daemon, needles)
    print(f"{len(needles)} values and what they are folded to looked for in {scanned} bytes")


if __name__ == "__main__":
    main()
