#!/usr/bin/env python3
"""The worked examples of deploy/docs/howto are put into a copy of the tree, built there, tried, and taken out again.

Each page says how many places its example changes: that is counted. The files that an example changes are compiled and
linked with what the build has of all others (copy_build.py).

  howto_test.py                of the build in MLUP_BUILD; works in MLUP_HOWTO, else in that build
  howto_test.py --deep         builds the whole copy instead; where MLUP_DEEP is not 1, it says 77
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pages
from copy_build import CopyBuild, run

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/data"))
import commands  # noqa: E402

BUILD = Path(os.environ.get("MLUP_BUILD", ROOT / "build/release"))
sys.path.insert(0, str(ROOT / "tests/tidy"))
import tidy  # noqa: E402

TRAINING = ["mlup/training/v1/training_events", "mlup/training/v1/training_service"]
EVENT = "mlup.training.v1.LibraryCardIssued"
INDICATOR = "library_card_holders"


def expect(holds, words):
    if not holds:
        raise AssertionError(words)


def copy_tree(to):
    """What git tracks, and what is new and not ignored."""
    # A hook of git names its own repository to all that it runs.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    # Else `git apply` takes the copy for a folder of the tree's own repository, and passes over all patches.
    run(["git", "init", "-q"], to)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(folder).parts}


def put_in(page, copy):
    """Applies the example, and counts its places."""
    files = page.files(copy)
    expect(len(files) == page.promised,
           f"{page.path} promises {page.promised} places, and its example changes {len(files)}: {', '.join(files)}")
    page.apply(copy)


def says(argv, words, passes=True):
    """The program's words, where it ends as it should and says `words`."""
    expect(Path(argv[0]).name == argv[0] or Path(argv[0]).exists(), f"{argv[0]} is not built")
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    expect((done.returncode == 0) == passes and words in told,
           f"{' '.join(map(str, argv))}: expected {'to pass' if passes else 'to fail'} with `{words}`\n{told[-4000:]}")
    return done.stdout


def try_event_and_rule(build, work):
    """The facts of both pages at once: one compilation of the generated code."""
    build.generate(*(f"proto/{name}.proto" for name in TRAINING))
    for name in TRAINING:
        build.compile(f"proto/{name}.pb.cc")

    # Without a rule: documentation, schema and help know the fact.
    build.describe("bin/mlup", "services/mlup/mlup_descriptors.S")
    program = build.link("bin/mlup")
    run([program, "schema", "docs", work / "events"], work)
    documented = (work / "events/training.md").read_text(encoding="utf-8")
    expect("org.mluprussey.training.LibraryCardIssued.v1" in documented, "mlup schema docs does not know LibraryCardIssued")
    says([program, "schema", "examples"], "org.mluprussey.training.LibraryCardIssued.v1")
    says([program, "schema", "diff", ROOT / "deploy/docs/schema-0.1.json"], "LibraryCardIssued")

    # With one: the page's test passes, and fails without the rule.
    rule = build.compile("services/domain/work.cc")
    test = build.compile("services/domain/work_test.cc")
    ours = "--gtest_filter=WorkExperienceTest.*"
    says([build.link("bin/domain_test", "rule_test", [test]), ours], "[       OK ] WorkExperienceTest.IsExtendedOnlyWhileItIsOpen")
    says([build.link("bin/domain_test", "no_rule_test", [test], without=[rule]), ours],
         "[  FAILED  ] WorkExperienceTest.IsExtendedOnlyWhileItIsOpen", passes=False)


def import_lines():
    """Two girls and a boy; the first has two cards, and a logistics officer may issue none."""
    numbers = iter(range(1, 100))

    def line(role, actor, person, name, fields):
        person_id = f"01700000-0000-7000-8000-{person:012d}"
        about = {"person_id": person_id, **fields}
        context = {"request_id": f"howto-{next(numbers)}", "actor_id": actor, "role": role, "organisation_id": "mro",
                   "channel": "CHANNEL_IMPORT", "source_system": "howto", "source_recorded_at": "2021-02-02T01:00:00Z",
                   "occurred": {"precision": "PRECISION_DAY", "from": "2021-02-01"}}
        return json.dumps({"record": {"context": context, "facts": [
            {"stream": f"person/{person_id}", name: {"person": about}}]}})

    sexes = {1: "SEX_FEMALE", 2: "SEX_FEMALE", 3: "SEX_MALE"}
    lines = [json.dumps(opening) for opening in commands.Book("howto").opening()]
    lines += [line("trainer", "staff-tr-1", person, "person_registered", {"sex": sex, "residence_province_code": "02"})
             for person, sex in sexes.items()]
    lines += [line("trainer", "staff-tr-1", person, "library_card_issued", {"card_number": f"A-{person}"})
              for person in (1, 1, 2, 3)]
    lines.append(line("logistics", "staff-log-1", 3, "library_card_issued", {}))
    return "\n".join(lines) + "\n"


def try_indicator(build, copy, work):
    lines = work / "cards.jsonl"
    lines.write_text(import_lines(), encoding="utf-8")
    definitions = work / "indicators.textproto"
    files = sorted((copy / "projections/indicators").glob("*.textproto"))
    definitions.write_text("".join(file.read_text(encoding="utf-8") for file in files), encoding="utf-8")
    asked = ["--input", lines, "--period", "2021-Q1", "--as-known-at", "2021-12-31", "--roles", copy / "deploy/roles.textproto",
             "--definitions", definitions]
    # Definitions are checked: a program without the fact refuses them.
    says([build.binary / "bin/offline_report", *asked], EVENT, passes=False)
    done = subprocess.run([build.link("bin/offline_report"), *map(str, asked)], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stderr)
    expect(done.stderr.count("\n") == 1 and f"{lines}:10: FACT_NOT_GRANTED" in done.stderr,
           f"expected that the logistics officer is refused, and nobody else: {done.stderr}")
    counter = run([sys.executable, "-B", copy / "tests/counting/reference_counter.py", *asked[:6]], copy)
    for counted, who in ((done.stdout, "the engine"), (counter, "the reference counter")):
        rows = {(row["dimension"], row["member"]): row["value"] for row in json.loads(counted)["rows"] if row["code"] == INDICATOR}
        expect(rows == {("", ""): "3", ("sex", "female"): "2", ("sex", "male"): "1"}, f"{INDICATOR}, by {who}: {rows}")


def try_projection(build):
    folder = "projections/last_event/"
    projection = build.compile(folder + "last_event_projection.cc", like="projections/facts/fact_projection.cc")
    test = build.compile(folder + "last_event_test.cc", like="projections/facts/facts_test.cc")
    says([build.link("bin/projections_test", "last_event_test", [test, projection])], "[  PASSED  ] 3 tests.")
    build.compile("projections/read_model.cc", parse_only=True)


def try_face(build):
    # The new field moves others in its message, so that all who read them are compiled again; the new files read none.
    build.generate("proto/mlup/sharing/v1/sharing.proto")
    sender = build.compile("services/relay/json_lines_sender.cc", like="services/relay/webhook_sender.cc")
    test = build.compile("services/relay/json_lines_sender_test.cc", like="services/relay/webhook_sender_test.cc")
    says([build.link("bin/outside_test", "json_lines_sender_test", [test, sender])], "[  PASSED  ] 5 tests.")
    for changed in ("services/relay/relay_set.cc", "services/sharing/subscribers_file.cc"):
        build.compile(changed, parse_only=True)


def try_all(copy, work):
    """The whole copy by CMake, as the build was configured, and the tests of the examples."""
    build = CopyBuild(BUILD, copy, work)
    options = [f"-D{name}={value}" for name, value in build.cache.items() if value and re_made(name)]
    whole = work / "whole"
    run(["cmake", "-S", copy, "-B", whole, "-G", "Ninja", *options], work)
    run(["cmake", "--build", whole], work)
    says(["ctest", "--test-dir", whole, "-R", "^(domain_test|projections_test|outside_test)$"], "0 tests failed out of 3")
    says([whole / "bin/mlup", "schema", "docs", work / "events"], "")


def re_made(name):
    """Options that presets give; all else CMake finds again."""
    return (name.startswith(("CMAKE_CXX_FLAGS", "CMAKE_UNITY")) and not name.endswith("-ADVANCED")) or name in (
        "CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER", "CMAKE_CXX_COMPILER_LAUNCHER", "CMAKE_EXE_LINKER_FLAGS",
        "CMAKE_COMPILE_WARNING_AS_ERROR", "MLUP_REFLECTION")


def main():
    deep = "--deep" in sys.argv[1:]
    if deep and os.environ.get("MLUP_DEEP") != "1":
        print("builds the whole tree again: MLUP_DEEP=1")
        return 77
    # Always of the same name, so that ccache knows what it compiled before.
    work = Path(os.environ.get("MLUP_HOWTO", BUILD.resolve())) / ("howto.deep" if deep else "howto")
    shutil.rmtree(work, ignore_errors=True)
    copy = work / "tree"
    copy.mkdir(parents=True)
    try:
        copy_tree(copy)
        before, untidy = contents(copy), set(tidy.findings(copy))
        examples = pages.all_pages(copy)
        for page in examples.values():
            # Each fits the tree by itself, and all together.
            page.check(copy)
        for page in examples.values():
            put_in(page, copy)
        untidied = set(tidy.findings(copy)) - untidy
        expect(not untidied, f"the examples are not tidy: {sorted(untidied)}")
        if deep:
            try_all(copy, work)
        else:
            build = CopyBuild(BUILD, copy, work)
            try_event_and_rule(build, work)
            try_indicator(build, copy, work)
            try_projection(build)
            try_face(build)
        for page in reversed(examples.values()):
            page.remove(copy)
        expect(contents(copy) == before, "taken out again, the examples leave something behind")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"howto: {len(examples)} pages, {used.ru_utime + used.ru_stime:.0f} s of CPU")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as failure:
        print(failure)
        sys.exit(1)
