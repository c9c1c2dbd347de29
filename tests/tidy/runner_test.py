#!/usr/bin/env python3
"""Shows that tests/summary.py counts what ctest reports, that tests/goal fails where it must, and what a build says of itself."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]

JUNIT = """<testsuite>
<testcase name="good" time="1.5" status="run"/>
<testcase name="bad" time="1" status="fail"><failure message="x"/></testcase>
<testcase name="unbuilt" time="0" status="notrun"><skipped message="Unable to find executable"/></testcase>
<testcase name="skipped" time="0" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>
<testcase name="off" time="0" status="disabled"><skipped message="Disabled"/></testcase>
</testsuite>
"""


def run(*command):
    done = subprocess.run([sys.executable, "-B", *command], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


class RunnerTest(unittest.TestCase):
    def summary(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(text)
            file.flush()
            return run("tests/summary.py", file.name)

    def test_a_test_that_could_not_start_has_failed(self):
        code, lines = self.summary(JUNIT)
        self.assertEqual((code, lines[-1]), (1, "1 passed, 2 failed, 2 skipped"))
        self.assertIn("failed: unbuilt", lines)

    def test_passing_tests_pass(self):
        passing = '<testsuite><testcase name="good" time="1" status="run"/></testsuite>'
        self.assertEqual(self.summary(passing), (0, ["1 passed, 0 failed"]))

    def test_no_test_at_all_is_a_failure(self):
        code, lines = self.summary("<testsuite/>")
        self.assertEqual((code, lines[-1]), (1, "0 passed, 0 failed"))

    def test_goals_that_are_unknown_or_not_built_fail_with_one_line(self):
        for goal, error in (("Z9", "unknown goal"), ("E9", "not yet built")):
            code, lines = run("tests/goal", goal)
            answer = json.loads(lines[-1])
            self.assertEqual((code, len(lines), answer["goal"], answer["failures"]), (1, 1, goal, 1))
            self.assertIn(error, answer["error"])

    def test_a_build_s_time_is_told_by_kind_and_a_command_counts_once(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, ".ninja_log").write_text("# ninja log v5\n" + "".join(
                "\t".join((start, end, "0", output, command)) + "\n" for start, end, output, command in (
                    ("0", "9000", "proto/CMakeFiles/mlup_proto.dir/Unity/unity_0_cxx.cxx.o", "a"),
                    ("0", "2000", "proto/CMakeFiles/mlup_proto.dir/Unity/unity_0_cxx.cxx.o", "b"),
                    ("0", "1000", "proto/x.pb.h", "c"), ("0", "1000", "proto/x.pb.cc", "c"),
                    ("0", "9000", "services/cases/CMakeFiles/mlup_cases.dir/gone.cc.o", "e"),
                    ("2000", "6000", "services/cases/CMakeFiles/case_rules_test.dir/case_rules_test.cc.o", "d"))))
            Path(folder, "build.ninja").write_text(
                "build proto/CMakeFiles/mlup_proto.dir/Unity/unity_0_cxx.cxx.o: CXX\nbuild proto/x.pb.h proto/x.pb.cc: RUN\n"
                "build services/cases/CMakeFiles/case_rules_test.dir/case_rules_test.cc.o: CXX\n")
            code, lines = run("tests/build_times.py", folder)
        self.assertEqual((code, [line.split() for line in lines]), (0, [
            ["tests", "1", "steps", "4", "s"], ["generated,", "messages", "1", "steps", "2", "s"],
            ["code", "generators", "1", "steps", "1", "s"], ["sum", "3", "steps", "7", "s"]]))

    def progress(self, *lines):
        """What a build that says these lines shows, and what it keeps for a failure."""
        with tempfile.NamedTemporaryFile("r") as kept:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", '. deploy/lib/build.sh; build_progress "$0"', kept.name],
                                  cwd=ROOT, input="".join(line + "\n" for line in lines), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout.splitlines(), kept.read().splitlines()

    def test_a_build_says_every_ten_seconds_how_far_it_is(self):
        shown, kept = self.progress("[1/300 0.012] a", "[2/300 5.000] b", "[100/300 100.500] c", "[101/300 101.000] d",
                                    "[290/300 290.000] e")
        self.assertEqual(shown, ["1 of 300 steps, 0 s so far", "100 of 300 steps, about 3 min left",
                                 "290 of 300 steps, less than a minute left"])
        self.assertEqual(kept, [])

    def test_a_build_keeps_what_is_no_progress_for_when_it_fails(self):
        shown, kept = self.progress("[1/3 1.000] a", "FAILED: b.o", "b.cc:1:2: error: no such thing")
        self.assertEqual(len(shown), 1)
        self.assertEqual(kept, ["FAILED: b.o", "b.cc:1:2: error: no such thing"])

    def test_a_build_that_fails_fails_and_shows_why(self):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c",
                               '. deploy/lib/build.sh; cmake() { echo "[1/2 1.000] a"; echo "a.cc: error"; return 3; }; build_tree release || echo "code $?"'],
                              cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.stdout.splitlines()[-1], done.stderr), ("code 1", "a.cc: error\n"))


if __name__ == "__main__":
    unittest.main()
