#!/usr/bin/env python3
"""Plants every fault in a small clean tree and shows that its rule finds it, and only there."""

import tempfile
import unittest
from pathlib import Path

import tidy

HEADER = "// A header.\n#pragma once\n\n"
CLEAN = {
    "CMakeLists.txt": "add_subdirectory(eventstore)\n",
    "README.md": "See [the log](eventstore/log.h) and [the site](https://example.org).\n",
    "eventstore/CMakeLists.txt": "mlup_library(log SRCS log.cc base/clock.cc)\n",
    "eventstore/log.h": '// The log.\n#pragma once\n\n#include "eventstore/base/status.h"\n',
    "eventstore/log.cc": '// Words such as absl::Mutex and rand() are free here.\n#include "eventstore/log.h"\n',
    "eventstore/base/clock.cc": "// Time.\nauto now = std::chrono::system_clock::now();\n",
    "services/CMakeLists.txt":
        "mlup_library(cases SRCS domain/case.cc domain/entries.cc privacy/sealing.cc)\nmlup_test_program(a_test LABELS core)\nmlup_test(a_test SRCS a_test.cc)\n",
    "tests/run": "cat <<'LIST'\ncore  the core\nLIST\n",
    "services/domain/case.cc":
        '#include "services/domain/case.h"\n\n#include <string>\n\n#include "absl/status/status.h"\n'
        '#include "mlup/cases/v1/case_events.pb.h"\n',
    "services/domain/case.h": "// The rules of a case.\n#pragma once\n",
    "services/domain/entries.cc": '// Voids.\n#include "eventstore/payload/patch.h"\n#include "services/fields/validator.h"\n',
    "services/domain/rule_test.h": HEADER + '#include "gtest/gtest.h"\n',
    "services/privacy/sealing.cc": "// Sealing.\nrandombytes_buf(p, 8);\n",
    "proto/mlup/cases/v1/cases_service.proto":
        '// Cases.\nsyntax = "proto3";\n\npackage mlup.cases.v1;\n\n'
        'message CaseClosed {\n  option (command.v1.event) = {categories: ["case"], label: "Closed"};\n'
        '  // From the list of closures.\n  string reason = 1 [(command.v1.rule) = {required: true}];\n}\n'
        "message CaseFact {\n  oneof fact {\n"
        "    CaseClosed case_closed = 1;\n  }\n}\n",
}
PROTO = "proto/mlup/cases/v1/cases_service.proto"
EVENT = ('message CaseOpened {\n  option (command.v1.event) = {\n    categories: ["case"]\n  };\n}\n')
OTHER = ('// Others.\nsyntax = "proto3";\npackage mlup.other.v1;\nmessage OtherFact {\n'
         "  oneof fact {\n    cases.v1.CaseClosed closed = 1;\n  }\n}\n")
DEAD = "// A file.\n"

# (rule, path, content or a change of it, part of the message)
FAULTS = [
    ("includes_point_one_way", "eventstore/a.h", HEADER + '#include "services/rpc/serve.h"\n', "must not include services"),
    ("includes_point_one_way", "eventstore/base/a.h", HEADER + '#include "eventstore/log.h"\n', "eventstore/base must not"),
    ("includes_point_one_way", "projections/a.h", HEADER + '#include "tests/a.h"\n', "must not include tests"),
    ("rules_are_pure", "services/domain/visit.h", HEADER + "#include <chrono>\n", "rules must not include chrono"),
    ("rules_are_pure", "services/domain/visit.h", HEADER + '#include "eventstore/log.h"\n', "eventstore/log.h"),
    ("rules_are_pure", "services/domain/visit.h", HEADER + '#include "eventstore/payload/payload.h"\n', "payload"),
    ("rules_are_pure", "services/domain/visit.h", HEADER + '#include "services/fields/validator.h"\n', "validator"),
    ("rules_are_pure", "services/domain/visit.h", HEADER + '#include "services/command/command_handler.h"\n', "command_handler"),
    ("rules_are_pure", "services/domain/case.h", ("#pragma once\n", "#pragma once\n\n#include <thread>\n"), "rules must not include thread"),
    ("rules_are_pure", "services/domain/entries.cc", ("services/fields/validator.h", "eventstore/log/event_log.h"), "event_log.h"),
    ("rules_are_pure", "eventstore/log/append_rules.h", HEADER + "#include <mutex>\n", "mutex"),
    ("files_are_short", "eventstore/a.h", HEADER + "\n" * 500, "split it"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "absl::Mutex m;\n", "eventstore/base/mutex.h"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "for (auto x : v | std::views::all)\n", "a loop"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "std::this_thread::sleep_for(d);\n", "Condition"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "int x = rand();\n", "Random"),
    ("words_are_allowed", "services/cases/a.h", HEADER + "#include <grpcpp/grpcpp.h>\n", "the adapter"),
    ("words_are_allowed", "services/cases/a.h", HEADER + '#include "mlup/cases/v1/x.grpc.pb.h"\n', "the adapter"),
    ("words_are_allowed", "services/cases/a.h", HEADER + "grpc::Status s;\n", "the adapter"),
    ("words_are_allowed", "services/cases/a.h", HEADER + "#include <rocksdb/db.h>\n", "RocksDB stops"),
    ("words_are_allowed", "services/cases/a.h", HEADER + "rocksdb::DB* db;\n", "RocksDB stops"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "#include <format>\n", "not available"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "auto s = std::format(x);\n", "absl::StrCat"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "std::source_location l;\n", "clang 14"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "using namespace std;\n", "name what you use"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "#if 0\n#endif\n", "delete it"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "class CaseManager;\n", "name what it does"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "class LogImpl;\n", "name what it does"),
    ("words_are_allowed", "eventstore/a.h", HEADER + "std::cout << 1;\n", "only the programs print"),
    ("words_are_allowed", "eventstore/a.h", HEADER + 'printf("x");\n', "only the programs print"),
    *[("the_world_is_injected", "eventstore/a.h", HEADER + code + "\n", part) for code, part in (
        ("auto t = std::chrono::system_clock::now();", "Clock"), ("auto t = absl::Now();", "Clock"),
        ("auto t = std::chrono::steady_clock::now();", "Clock"), ("auto t = std::time(nullptr);", "Clock"),
        ("int n = gettimeofday(&t, nullptr);", "Clock"), ("clock_gettime(CLOCK_REALTIME, &t);", "Clock"),
        ("std::random_device d;", "Random"), ("randombytes_buf(p, 8);", "Random"), ("getrandom(p, 8, 0);", "Random"),
        ("crypto_sign_keypair(p, s);", "Random"), ("std::ifstream f(p);", "Files"), ("std::ofstream f(p);", "Files"),
        ("int f = ::open(p, 0);", "Files"), ("auto f = std::fopen(p, q);", "Files"), ("unlink(p);", "Files"),
        ("std::filesystem::create_directories(p);", "Files"), ("SystemClock clock;", "wire"))],
    ("the_world_is_injected", "tests/a.h", HEADER + "auto t = std::chrono::steady_clock::now();\n", "Clock"),
    ("the_world_is_injected", "services/privacy/sealing.cc", ("randombytes_buf(p, 8);\n", ""), "needs no place"),
    ("no_unfinished_work", "eventstore/a.h", HEADER + "// TO" "DO: later.\n", "finish it"),
    ("no_unfinished_work", "deploy/start", "# DO NOT " "MERGE\n", "finish it"),
    ("file_names_say_what_they_do", "eventstore/log_util.h", HEADER, "name what it does"),
    ("proto_comments_say_more_than_names", PROTO, ("// Cases.\n", ""), "the file opens"),
    *[("proto_comments_say_more_than_names", "proto/a.proto", "// A.\npackage a;\n" + text, part) for text, part in (
        ("// S does.\nservice S {\n  rpc R(A) returns (B);\n}\n", "rpc R has no comment"),
        ("service S {}\n", "service S has no comment"),
        ("// Case opened.\nmessage CaseOpened {}\n", "message CaseOpened only repeats"),
        ("message CaseOpened {\n  // Id of the case.\n  string case_id = 1;\n}\n", "field case_id only repeats"),
        ("message Note {\n  message Child {\n    // Id of the child.\n    string id = 1;\n  }\n}\n", "field id only repeats"),
        ("message Note {\n  // The person.\n  Person who = 1;\n}\n", "field who only repeats"),
        ("enum Sex {\n  // Not given.\n  SEX_UNSPECIFIED = 0;\n}\n", "value SEX_UNSPECIFIED only repeats"),
        ("// The kinds\n// of notes.\nenum NoteKind {}\n", "enum NoteKind only repeats"))],
    ("events_are_recorded_by_one_service", PROTO, ("message CaseFact", EVENT + "message CaseFact"), "no service's fact"),
    ("events_are_recorded_by_one_service", "proto/mlup/other/v1/other_service.proto", OTHER, "one service records a type"),
    ("sources_are_built", "eventstore/dead.cc", DEAD, "add it to a target or delete it"),
    ("sources_are_built", "eventstore/base/log.cc", DEAD, "add it to a target or delete it"),
    ("tests_have_a_group", "services/CMakeLists.txt", ("LABELS core", "LABELS unit"), "a_test is labelled `unit`"),
    ("tests_have_a_group", "services/CMakeLists.txt", (" LABELS core", ""), "a group runs it"),
    ("links_lead_somewhere", "README.md", "See [this](nowhere.md#part).\n", "nowhere.md leads nowhere"),
    ("headers_are_guarded", "eventstore/a.h", "// A header.\n", "#pragma once"),
    ("files_open_with_a_sentence", "eventstore/a.h", "#pragma once\n", "say in a `//` comment"),
    ("files_open_with_a_sentence", "eventstore/base/clock.cc", ("// Time.\n", ""), "say in a `//` comment"),
    ("files_open_with_a_sentence", "eventstore/a.h", "// header\n#pragma once\n", "say in a `//` comment"),
    ("comments_are_not_torn", "eventstore/a.h", HEADER + "// " + "long words " * 8 + "and\n// then\n// `code` goes on.\n", "torn comment"),
    ("nothing_names_a_workplace", "deploy/start", "cd /ho" "me/somebody/mlup\n", "relative path"),
    ("nothing_names_a_workplace", "package-lock.json", '{"resolved": "' 'https://example.org/x.tgz"}\n', "registry"),
    ("nothing_names_a_workplace", "deploy/start", "cd {parent}/mlup\n", "relative path"),
]


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mlup-tidy-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "checkout"
        for path, content in CLEAN.items():
            self.write(path, content)

    def write(self, path, content):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")

    def test_a_clean_tree_has_no_findings(self):
        self.assertEqual(tidy.findings(self.root), [])

    def test_every_rule_has_a_planted_fault(self):
        self.assertEqual({rule.__name__ for rule in tidy.RULES}, {fault[0] for fault in FAULTS})

    def test_each_planted_fault_is_caught(self):
        for rule, path, content, part in FAULTS:
            with self.subTest(rule=rule, path=path, part=part):
                file = self.root / path
                before = file.read_text(encoding="utf-8") if file.exists() else None
                if isinstance(content, tuple):
                    self.assertIn(content[0], before)
                    content = before.replace(*content)
                self.write(path, content.replace("{parent}", self.root.parent.as_posix()))
                found = tidy.findings(self.root)
                self.assertTrue(any(name == rule and part in message for name, _, _, message in found),
                                f"not caught; found only {found}")
                self.assertEqual({name for name, *_ in found}, {rule}, found)
                if before is None:
                    file.unlink()
                else:
                    self.write(path, before)

    def test_tests_and_methods_of_the_same_name_are_free(self):
        self.write("tests/a.h", HEADER + "std::ofstream file(path);\nSystemFiles().Remove(path);\n")
        self.write("eventstore/a.h", HEADER + "auto t = record.time();\nlog->open(p);\nauto u = Open(p), v = runtime(p);\n"
                   "crypto_sign_seed_keypair(p, s, seed);\nstd::filesystem::path path;\n")
        self.write("services/mlup/a.h", HEADER + "SystemClock clock;\n")
        self.assertEqual(tidy.findings(self.root), [])

    def test_words_in_comments_and_texts_are_free(self):
        self.write("eventstore/a.h", HEADER + '// absl::Mutex is banned.\nauto x = "std::cout rand( Impl";\n')
        self.assertEqual(tidy.findings(self.root), [])


if __name__ == "__main__":
    unittest.main()
