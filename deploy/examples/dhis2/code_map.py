"""A code map as data: read, checked, and used. The same rules as mlup.sharing.v1.CodeMap, for keys that are no enum."""

import json
from pathlib import Path


class CodeMap:
    """Our codes and theirs; raises ValueError naming the first entry that is wrong.

    Total: every key of the domain has an entry or stands in `not_sent` with its reason, and nothing else does.
    No key of ours stands twice. No word of theirs stands twice unless the map says that it is lossy.
    """

    def __init__(self, path, domain, is_word):
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        self.name = f"{data['name']} {data['version']}"
        self.lossy = data["lossy"]
        self.theirs = {}
        self.not_sent = {}
        for entry in data["entries"]:
            self._put(self.theirs, entry["ours"], entry["theirs"])
        for entry in data["not_sent"]:
            self._put(self.not_sent, entry["ours"], entry["why"])
        self._check(set(domain), is_word)

    def _put(self, table, ours, value):
        if ours in self.theirs or ours in self.not_sent:
            raise ValueError(f"{self.name}: {ours} stands twice")
        table[ours] = value

    def _check(self, domain, is_word):
        known = set(self.theirs) | set(self.not_sent)
        for what, keys in (("is missing: the map must be total", domain - known), ("is unknown", known - domain)):
            if keys:
                raise ValueError(f"{self.name}: {min(keys)} {what}")
        for ours, theirs in self.theirs.items():
            if not is_word(theirs):
                raise ValueError(f"{self.name}: {ours}: {theirs} is not a word of theirs")
        if not self.lossy and len(set(self.theirs.values())) != len(self.theirs):
            twice = sorted(self.theirs.values(), key=list(self.theirs.values()).count)[-1]
            raise ValueError(f"{self.name}: {twice} stands twice: say lossy if that is meant")

    def ours(self, theirs):
        """Backwards; only where the map is not lossy."""
        if self.lossy:
            raise ValueError(f"{self.name} is lossy: it cannot be read backwards")
        return next(ours for ours, word in self.theirs.items() if word == theirs)
