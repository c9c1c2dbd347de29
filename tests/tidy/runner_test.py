#!/usr/bin/env python3
"""Shows that tests/summary.py counts what ctest reports and that tests/goal fails where it must."""

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


if __name__ == "__main__":
    unittest.main()
