"""The how-to pages: what each promises, and its worked example as a patch."""

import re
import subprocess
from pathlib import Path

FOLDER = Path("deploy/docs/howto")


class Page:
    """One page. Its ```diff blocks, one after the other, are the example."""

    def __init__(self, root, name):
        self.path = FOLDER / name
        self.text = (root / self.path).read_text(encoding="utf-8")
        self.patch = "".join(re.findall(r"^```diff\n(.*?)^```$", self.text, re.M | re.S))
        promised = re.search(r"\*\*(\d+) places?\*\*", self.text)
        if not self.patch or not promised:
            raise AssertionError(f"{self.path}: needs ```diff blocks and the words **N places**")
        self.promised = int(promised.group(1))

    def files(self, copy):
        """Paths that the example changes or adds, as git understands the patch."""
        told = self._git(copy, "--numstat")
        return [line.split("\t")[2] for line in told.splitlines()]

    def check(self, copy):
        self._git(copy, "--check")

    def apply(self, copy):
        self._git(copy)

    def remove(self, copy):
        self._git(copy, "--reverse")

    def _git(self, copy, *options):
        # People write hunks by hand: their counts are counted again.
        done = subprocess.run(["git", "apply", "--recount", *options, "-"], cwd=copy, input=self.patch,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{self.path}: its example does not fit the tree any more: correct the page\n{done.stderr}")
        return done.stdout


def all_pages(root):
    """By name, in the order of the index."""
    index = (root / FOLDER / "README.md").read_text(encoding="utf-8")
    names = list(dict.fromkeys(re.findall(r"\]\((add-[\w-]+\.md)\)", index)))
    missing = {path.name for path in (root / FOLDER).glob("add-*.md")} - set(names)
    if missing:
        raise AssertionError(f"{FOLDER}/README.md does not name {', '.join(sorted(missing))}")
    return {name.removesuffix(".md"): Page(root, name) for name in names}
