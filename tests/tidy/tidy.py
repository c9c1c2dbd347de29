#!/usr/bin/env python3
"""Holds the rules of CONTRIBUTING.md that a program can check; each finding says what to do instead."""

import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import protos

LINES_MAX = 500
SKIPPED_FOLDERS = {".git", "build", "var", "node_modules", "__pycache__"}
CODE = {".h", ".cc"}
TEXT = CODE | {".py", ".proto", ".md", ".txt", ".json", ".yaml", ".sh", ".textproto", ".cmake", ""}
# A folder may include itself and what has a smaller or, for base and proto, the same number.
LAYERS = {"proto": 0, "eventstore/base": 0, "eventstore": 1, "projections": 2, "services": 3,
          "tests": 4, "deploy": 4}
RULE_HEADERS = {f"eventstore/base/{name}.h"
                for name in ("status", "types", "days", "decimal", "limits", "categories", "check", "uuid", "wire", "blake2b")}
# Where rules stand: the pages of services/domain, and what the log decides before it writes.
DOMAIN = "services/domain/"
# What carries the rules, besides the pages: it judges any event, so it also knows payloads, the rules of fields and stored times.
DOMAIN_MACHINERY = {"entries", "fact_table", "fact_field", "stream_history", "unit_of_work"}
MACHINERY_HEADERS = ("eventstore/payload/", "eventstore/log/timestamp.h", "services/fields/")
IMPURE_STD = {"atomic", "chrono", "condition_variable", "cstdio", "ctime", "filesystem", "fstream",
              "future", "iostream", "mutex", "random", "shared_mutex", "thread"}
# Types of the log's own work; no service records them.
SYSTEM_EVENTS = {"mlup.audit.v1.DataExported", "mlup.audit.v1.LogRead", "mlup.audit.v1.ReadingAlarmRaised", "mlup.audit.v1.RecordAccessed", "mlup.reports.v1.ProjectionRebuilt", "mlup.sync.v1.ItemsSettled"}
# Protocols of others: their comments are theirs.
COPIED_PROTOS = re.compile(r"proto/(event_store|io)/")
# Their events may stand on the streams of several services.
SHARED_PACKAGE = "mlup.common.v1."

# What the world gives comes through seams that tests and simulations replace.
# (pattern in the code, the seam, what to do instead); of these a test keeps to the first.
_CALL = r"(?<![\w.>:])(?:::|std::)?"
WORLD = {
    "time": (r"\b\w+_clock::now\b|\babsl::(Now|GetCurrentTimeNanos|LocalTimeZone)\b|" + _CALL +
             r"(time|gettimeofday|clock_gettime|timespec_get|localtime(_r)?|mktime)\(",
             "eventstore/base/clock.cc", "take the time from a Clock"),
    "randomness": (r"\brandom_device\b|\brandombytes_\w+|\bcrypto_(?!\w*seed)\w+_(keygen|keypair)\(|\babsl::\w*BitGen\b|" +
                   _CALL + r"(getrandom|getentropy|arc4random\w*)\(",
                   "eventstore/base/random.cc", "take random numbers from a Random"),
    "files": (r"\bstd::[io]?fstream\b|\bstd::filesystem::(create_|remove|rename|copy|resize_|permissions|last_write_)\w*|" +
              _CALL + r"(f?open(at)?|freopen|creat|mkdir|rmdir|unlink|link|symlink|rename|f?truncate|mkstemp|mkdtemp|opendir)\(",
              "eventstore/base/files.cc", "go through Files of eventstore/base/files.h"),
    "wiring": (r"\bSystem(Clock|Random|Files)\b", r"eventstore/base/", "take it as an argument: only the programs wire the system's"),
}
# Where a program meets the world itself: (file or folder, what, why).
ADAPTERS = [
    ("services/mlup/", "wiring", "the command line is a program: it wires the system's clock, random numbers and files"),
    ("services/mlupd/", "wiring", "the daemon is the other program"),
    ("eventstore/log/rocks_start_up.h", "wiring", "LogPlaces names the system's files unless a test names others"),
    ("eventstore/log/rocks_event_log.cc", "wiring", "draws the id of a new journal where LogPlaces names no Random"),
    ("projections/store/rocks_read_model_store.cc", "wiring",
     "read models are derived: they stand on the system's files and RocksDB's, and a damaged one is built again"),
    ("services/mlup/ask_secret.cc", "files", "asks at the terminal itself, whatever standard input and output are"),
    ("services/mlup/commands/import.cc", "files", "counts the lines of the file that the user names, and asks at the terminal itself"),
    ("services/mlup/input_file.cc", "files", "reads the file that the user names, or standard input, as it comes"),
    ("services/mlup/output_file.cc", "files", "takes a name that nobody knows before, and removes it when a signal ends the program, which Files does not do"),
    ("projections/follower.cc", "time", "how long events gather before a batch is made of them; no result depends on it"),
    ("eventstore/base/diagnostics.cc", "files", "opens standard error once more so as not to wait; Files knows no descriptors"),
    ("services/search/indexer.cc", "time", "bounds how long a caller waits for the index of persons; no result depends on it"),
    ("projections/rebuild.cc", "time", "tells how fast a rebuild is; no row depends on it"),
    ("projections/worker.cc", "time", "bounds how long a caller waits for a read model; no result depends on it"),
    ("services/privacy/keyring.cc", "files",
     "several processes append under flock on the file itself, and buffers with keys are wiped, which Files does not promise"),
    ("services/privacy/keyring.cc", "time", "how soon it looks whether another process replaced the file; a key that it has not is looked for at once"),
    ("services/privacy/keyring.cc", "randomness", "keys come from libsodium and nothing can make them repeat"),
    ("services/identity/credential_key.cc", "randomness", "a nonce that repeats breaks the seal: it comes from libsodium only"),
    ("eventstore/base/unix_socket.cc", "files", "takes its own socket out of the way, which Files does not know"),
    ("services/identity/secrets.cc", "randomness", "what proves identity comes from libsodium and nothing can make it repeat"),
    ("services/privacy/sealing.cc", "randomness", "a nonce that repeats breaks the seal: it comes from libsodium only"),
]


@dataclass(frozen=True)
class Source:
    """One text file of the tree."""

    path: str  # relative, with forward slashes
    text: str

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def is_code(self):
        return self.suffix in CODE

    @property
    def is_test(self):
        return self.path.startswith("tests/") or self.path.endswith(("_test.cc", "_bench.cc"))

    @cached_property
    def code(self):
        """The text without comments and the contents of string literals, line by line."""
        def blank(match):
            found = match.group()
            return '""' if found.startswith('"') else "\n" * found.count("\n")
        return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, self.text, flags=re.S)

    @cached_property
    def includes(self):
        """(line, name, whether in angle brackets) of every include."""
        found = re.finditer(r'^#include\s+([<"])([^>"]+)[>"]', self.text, re.M)
        return [(line_of(self.text, m.start()), m.group(2), m.group(1) == "<") for m in found]


class Tree:
    """All text files of the project, read once."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.files = sorted(self._read(), key=lambda source: source.path)
        self.code = [source for source in self.files if source.is_code]

    def _read(self):
        pending = [self.root]
        while pending:
            for entry in pending.pop().iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    if entry.name not in SKIPPED_FOLDERS:
                        pending.append(entry)
                elif entry.suffix in TEXT:
                    text = entry.read_text(encoding="utf-8", errors="replace")
                    yield Source(entry.relative_to(self.root).as_posix(), text)

    def text_of(self, path):
        return next((source.text for source in self.files if source.path == path), "")

    @cached_property
    def protos(self):
        return protos.parse_all(self.root / "proto") if (self.root / "proto").is_dir() else []


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def layer_of(path):
    if path.endswith((".pb.h", ".proto")):
        return "proto"
    folder = "eventstore/base" if path.startswith("eventstore/base/") else path.split("/")[0]
    return folder if folder in LAYERS else None


def includes_point_one_way(tree):
    for source in tree.code:
        own = layer_of(source.path)
        for line, name, angled in source.includes:
            other = None if angled else layer_of(name)
            if own and other and LAYERS[other] > LAYERS[own]:
                yield source.path, line, (f"{own} must not include {other} ({name}): move what is shared "
                                          "to the left, or pass it in as an argument")


def rules_are_pure(tree):
    """Rules, and what they include of their own folder, directly or not."""
    by_path = {source.path: source for source in tree.code}
    pending = [source.path for source in tree.code if _holds_rules(source)]
    seen = set(pending)
    while pending:
        source = by_path[pending.pop()]
        machinery = source.path.startswith(DOMAIN) and Path(source.path).stem in DOMAIN_MACHINERY
        for line, name, _ in source.includes:
            own = [path for path in (name, name[:-2] + ".cc") if path in by_path]
            if machinery and name.startswith(MACHINERY_HEADERS):
                continue
            if own and Path(name).parent == Path(source.path).parent:
                pending += [path for path in own if path not in seen]
                seen.update(own)
            elif not _allowed_in_rules(name):
                yield source.path, line, (f"rules must not include {name}: take what you need from the "
                                          "fact, the state or RuleContext, as plain values")


def _holds_rules(source):
    if source.path.startswith(DOMAIN):
        return not source.is_test and not source.path.endswith("_test.h")
    return source.path.startswith("eventstore/log/") and Path(source.path).stem.endswith("_rules")


def _allowed_in_rules(name):
    if "/" not in name:
        return name not in IMPURE_STD
    if name.endswith(".pb.h"):
        return not name.endswith(".grpc.pb.h")
    if name in RULE_HEADERS or name.endswith("_rules.h"):
        return True
    return name.startswith(("google/protobuf/", "absl/container/", "absl/status/", "absl/strings/", "absl/time/"))


def files_are_short(tree):
    for source in tree.files:
        lines = source.text.count("\n")
        if source.suffix in CODE | {".py", ".sh", ".cmake"} and lines > LINES_MAX:
            yield source.path, lines, f"{lines} lines, at most {LINES_MAX}: one idea per file; split it"


def _outside(*allowed):
    pattern = re.compile("|".join(allowed))
    return lambda source: not pattern.search(source.path)


def _anywhere(_source):
    return True


# (pattern in the code, where it is banned, what to do instead)
BANNED_CODE = [
    (r"\babsl::(Mutex|MutexLock|CondVar)\b", _anywhere, "use Mutex of eventstore/base/mutex.h"),
    (r"\bstd::views\b", _anywhere, "clang 14 cannot compile it; use a loop or an algorithm"),
    (r"\b(sleep_for|sleep_until|SleepFor|usleep|nanosleep)\b", _anywhere,
     "wait on a Condition, with a bound"),
    (r"\bs?rand\(", _anywhere, "use Random of eventstore/base/random.h"),
    (r"\bgrpc(pp)?::|\bgrpc_impl\b",
     _outside(r"^services/(rpc|mlupd|mlup)/", r"_rpc\.(h|cc)$", r"_test\.cc$",
              r"^eventstore/(server|client)/", r"^tests/"),
     "gRPC stops at the adapter: put it into services/rpc or an *_rpc file"),
    (r"\brocksdb::", _outside(r"^eventstore/log/rocks_", r"^projections/store/", r"^tests/bench/peers/bare\.cc$"),
     "RocksDB stops at eventstore/log/rocks_* and projections/store"),
    (r"\bJsonStringToMessage\b|\bjson::(accept|parse)\((?!ToJson\()",
     _outside(r"^eventstore/json/", r"_test\.cc$", r"^services/mlup/(event_docs\.cc|commands/schema\.cc)$"),
     "JSON comes in through eventstore/json only"),
    (r"\bstd::format\b|<format>", _anywhere, "missing in both compilers; use absl::StrCat"),
    (r"\bsource_location\b", _anywhere, "clang 14 lacks it; pass what you need"),
    (r"\busing namespace\b", _anywhere, "name what you use"),
    (r"^\s*#\s*if 0\b", _anywhere, "delete it; the history keeps it"),
    (r"\b\w*(Manager|Helper|Util|Utils|Impl)\b", _anywhere, "name what it does"),
    (r"\bstd::(cout|printf|puts)\b|(?<![\w:])printf\(",
     _outside(r"^services/(mlup|mlupd)/", r"^tests/"), "only the programs print; return the text"),
]
BANNED_INCLUDES = [
    (r"^grpc(pp)?/|\.grpc\.pb\.h$", BANNED_CODE[4][1], BANNED_CODE[4][2]),
    (r"^rocksdb/", BANNED_CODE[5][1], BANNED_CODE[5][2]),
    (r"^(format|source_location)$", _anywhere, "not available in both compilers"),
]
# Split so that this file does not hold what it looks for.
BANNED_TEXT = re.compile(r"\bTOD[O]\b|\bFIXM[E]\b|\bDO NOT MERG[E]\b")


def words_are_allowed(tree):
    for source in tree.code:
        for pattern, banned_in, instead in BANNED_CODE:
            for match in re.finditer(pattern, source.code, re.M) if banned_in(source) else ():
                # Includes are judged by their names below.
                if not source.code[source.code.rfind("\n", 0, match.start()) + 1:].startswith("#include"):
                    yield (source.path, line_of(source.code, match.start()),
                           f"`{match.group().strip()}` is banned here: {instead}")
        for line, name, _ in source.includes:
            for pattern, banned_in, instead in BANNED_INCLUDES:
                if re.search(pattern, name) and banned_in(source):
                    yield source.path, line, f"including {name} is banned here: {instead}"


def the_world_is_injected(tree):
    """Time, randomness and files come through the seams; an adapter that stopped needing its place loses it."""
    used = set()
    for source in tree.code:
        for kind, (pattern, seam, instead) in WORLD.items():
            if source.path.startswith(seam) or source.is_test and kind != "time":
                continue
            adapter = next((entry for entry in ADAPTERS if source.path.startswith(entry[0]) and entry[1] == kind), None)
            for match in re.finditer(pattern, source.code):
                used.add(adapter)
                if adapter is None:
                    yield (source.path, line_of(source.code, match.start()),
                           f"`{match.group().strip()}` meets the world here: {instead}, or name the adapter and why in tidy.py")
    for entry in ADAPTERS:
        if entry not in used and any(source.path == entry[0] for source in tree.code):
            yield entry[0], 1, f"needs no place in ADAPTERS for {entry[1]} any more: take it out of tidy.py"


def no_unfinished_work(tree):
    for source in tree.files:
        for match in BANNED_TEXT.finditer(source.text) if source.suffix != ".md" else ():
            yield (source.path, line_of(source.text, match.start()),
                   f"`{match.group()}`: finish it, or open an issue and delete the mark")


def file_names_say_what_they_do(tree):
    for source in tree.code:
        if re.search(r"(^|_)(manager|helper|util|impl)s?(_test)?$", Path(source.path).stem):
            yield source.path, 1, "a file name with manager, helper, util or impl: name what it does"


def proto_comments_say_more_than_names(tree):
    for proto in tree.protos:
        path = proto.file.relative_to(tree.root).as_posix()
        if not proto.file.read_text(encoding="utf-8").startswith("// "):
            yield path, 1, "the file opens without a comment: say in a sentence what it holds"
        for element in proto.elements:
            if not element.comment and element.kind in ("service", "rpc"):
                yield path, element.line, (f"{element.kind} {element.name} has no comment on the line above: "
                                           "say what it does, when it may be repeated and how it fails")
            judged = not COPIED_PROTOS.match(path)
            if judged and protos.says_no_more_than_name(element):
                yield path, element.line, (f"the comment of {element.kind} {element.name} only repeats its name: delete it, "
                                           "or say its unit, its range, when it is unset, who decides or where codes come from")


def events_are_recorded_by_one_service(tree):
    owners = {}
    for proto in tree.protos:
        for element in proto.elements:
            if element.kind == "field" and proto.file.name.endswith("_service.proto") \
                    and element.path[-1:] == ("fact",) and element.path[0].endswith("Fact"):
                name = element.type if "." in element.type else f"{proto.package}.{element.type}"
                name = name if name.startswith("mlup.") else f"mlup.{name}"
                owners.setdefault(name, []).append(element.path[0])
    for proto in tree.protos:
        path = proto.file.relative_to(tree.root).as_posix()
        for message in proto.events:
            name = ".".join((proto.package, *message))
            count = len(owners.get(name, []))
            if name in SYSTEM_EVENTS and count == 0:
                continue
            if count == 0:
                yield path, 1, f"{name} is no service's fact: add it to the one that records it"
            elif count > 1 and not name.startswith(SHARED_PACKAGE):
                yield path, 1, f"{name} stands in {', '.join(owners[name])}: one service records a type"


def sources_are_built(tree):
    lists = {Path(source.path).parent: re.sub(r"#[^\n]*", "", source.text)
             for source in tree.files if Path(source.path).name == "CMakeLists.txt"}
    for source in tree.code:
        path = Path(source.path)
        named = any(re.search(rf"(?<![\w./]){re.escape(path.relative_to(folder).as_posix())}(?![\w.])", text)
                    for folder, text in lists.items() if path.is_relative_to(folder))
        if path.suffix == ".cc" and not named:
            yield source.path, 1, "no CMakeLists.txt names this file: add it to a target or delete it"


def tests_have_a_group(tree):
    listed = re.search(r"<<'LIST'\n(.*?)\nLIST", tree.text_of("tests/run"), re.S)
    groups = {line.split()[0] for line in listed.group(1).splitlines()} if listed else set()
    for source in tree.files:
        if Path(source.path).name != "CMakeLists.txt":
            continue
        for match in re.finditer(r"^mlup_test_program\(([^)]*)\)", source.text, re.M):
            labels = match.group(1).partition("LABELS")[2].split()
            if not groups.intersection(labels):
                yield (source.path, line_of(source.text, match.start()),
                       f"{match.group(1).split()[0]} is labelled `{' '.join(labels)}`: add a group that "
                       "tests/run --list names, so that a group runs it")


def links_lead_somewhere(tree):
    for source in tree.files:
        for match in re.finditer(r"\]\(([^)\s]+)\)", source.text) if source.suffix == ".md" else ():
            target = match.group(1).split("#")[0]
            if re.match(r"[a-z]+:", target) or not target:
                continue
            if not (tree.root / source.path).parent.joinpath(target).exists():
                yield (source.path, line_of(source.text, match.start()),
                       f"the link to {target} leads nowhere: mend or remove it")


def headers_are_guarded(tree):
    for source in tree.code:
        if source.suffix == ".h" and not re.search(r"^#pragma once$", source.text, re.M):
            yield source.path, 1, "the header lacks `#pragma once` below its opening comment"


def files_open_with_a_sentence(tree):
    """A .cc or test is introduced by its header; what has none introduces itself."""
    paths = {source.path for source in tree.code}
    for source in tree.code:
        if source.suffix == ".cc" and re.sub(r"(_test|_bench)?\.cc$", ".h", source.path) in paths:
            continue
        opening = re.match(r"(?://[^\n]*\n)+", source.text)
        if not opening or not re.match(r"// \S", source.text) or not re.search(r"[.:](\s|$)", opening.group()):
            yield source.path, 1, "the file opens without a sentence: say in a `//` comment what it is"


def comments_are_not_torn(tree):
    """A formatter that breaks a long comment leaves one or two words on a line of their own, and tears code in comments apart."""
    for source in tree.code:
        lines = source.text.split("\n")
        for above, line, below in zip(lines, lines[1:], lines[2:]):
            parts = [re.match(r"^(\s*)// (\S.*)$", text) for text in (above, line, below)]
            if not all(parts) or len({part.group(1) for part in parts}) > 1:
                continue
            word = parts[2].group(2).split()[0]
            if len(above) >= 75 and len(line) < 60 and line[-1] not in ".:;!?" and re.match(r"[a-z`(<]", word):
                yield source.path, lines.index(line) + 1, "a torn comment: fill the lines, or keep code in comments within 100 columns"


def nothing_names_a_workplace(tree):
    home = re.compile(r"/(?:home|Users)/\w|[A-Z]:\\\\?Users")
    registry = re.compile(r'"resolved":\s*"https?:|^deb(-src)?\s+\[?http|\bregistry\.npm|\bdeb\.debian\b', re.M)
    parent = tree.root.parent.as_posix() + "/"
    checkout = re.compile(r"(?<![\w.])" + re.escape(parent)) if parent.count("/") >= 2 else None
    if parent in ("/tmp/", "/var/tmp/", "/opt/", "/srv/", "/usr/", "/root/", "/home/"):
        checkout = None
    for source in tree.files:
        for pattern in filter(None, (home, registry, checkout)):
            for match in pattern.finditer(source.text):
                yield (source.path, line_of(source.text, match.start()),
                       f"`{match.group().strip()}` names a machine or a registry: use a relative path, leave addresses out")


RULES = [
    includes_point_one_way, rules_are_pure, files_are_short, words_are_allowed, the_world_is_injected,
    no_unfinished_work, file_names_say_what_they_do, proto_comments_say_more_than_names, events_are_recorded_by_one_service,
    sources_are_built, tests_have_a_group, links_lead_somewhere, headers_are_guarded, comments_are_not_torn,
    files_open_with_a_sentence, nothing_names_a_workplace,
]


def findings(root):
    """All offences as (rule name, path, line, message)."""
    tree = Tree(root)
    return [(rule.__name__, *offence) for rule in RULES for offence in rule(tree)]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]
    found = findings(root)
    for rule, path, line, message in found:
        print(f"{path}:{line}: {message} [{rule}]")
    print(f"tidy: {len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
