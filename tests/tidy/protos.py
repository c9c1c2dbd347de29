"""Reads .proto files far enough to name their elements, their comments and the event messages."""

import re
from dataclasses import dataclass
from pathlib import Path

# Words of a comment that add nothing to a name.
EMPTY_WORDS = set("""a about an and another are as asks at be been by code for from given has have how id in into is it its
    kind not of on one or other said same some somebody something stated that the their them these they this those to type
    value was what when where which who whom whose why will with""".split())
# Words of names as comments say them.
SAME_WORDS = {"org": "organisation", "known": "unknown", "own": "our", "specified": "unspecified"}
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|[{};\[\]=]|[^\s{};\[\]="/]+|/', re.S)
BLOCKS = {"message", "enum", "service", "oneof", "extend", "rpc"}
SILENT = {"syntax", "package", "import", "option", "reserved", "extensions"}


@dataclass
class Element:
    """One message, field, enum, value, service, rpc, oneof or extension block."""

    kind: str
    name: str
    path: tuple  # names of the enclosing blocks, outermost first
    line: int
    comment: str  # that stands directly above it; empty where there is none
    type: str = ""  # of a field


@dataclass
class Proto:
    """One file: `events` holds the paths of the messages with the option command.v1.event."""

    file: Path
    package: str
    elements: list
    events: list


class _Parser:
    def __init__(self, text):
        self.text = text
        self.package = ""
        self.elements = []
        self.events = []
        self.blocks = []  # (kind, name)
        self.words = []
        self.start = 0
        self.comment_end = -1
        self.comment = ""
        self.above = ""  # the comment above the statement that is read
        self.brackets = 0
        self.option_braces = 0

    def run(self):
        for match in TOKEN.finditer(self.text):
            token = match.group()
            line = self.text.count("\n", 0, match.start()) + 1
            if token.startswith(("//", "/*")):
                if not self.words:
                    joins = self.comment_end == line - 1
                    self.comment = f"{self.comment if joins else ''} {token.strip('/* ')}".strip()
                    self.comment_end = line + token.count("\n")
            elif token in "[]":
                self.brackets += 1 if token == "[" else -1
            elif self.brackets == 0:
                self._take(token, line)
        return self

    def _take(self, token, line):
        in_option = self.words[:1] == ["option"]
        if in_option and token in "{}":
            self.option_braces += 1 if token == "{" else -1
        elif in_option and self.option_braces:
            return
        elif token == "{":
            self._emit()
            self.blocks.append((self.words[0], self.words[1]))
            self.words = []
        elif token == "}":
            self.blocks.pop()
            self.words = []
        elif token == ";":
            self._statement()
            self.words = []
        else:
            if not self.words:
                self.start = line
                self.above = self.comment if self.comment_end in (line - 1, line) else ""
            self.words.append(token)

    def _statement(self):
        if not self.words:
            return
        if self.words[0] == "package":
            self.package = self.words[1]
        if self.words[0] == "option" and self.words[1].endswith("command.v1.event)"):
            self.events.append(tuple(name for _, name in self.blocks))
        if self.words[0] not in SILENT:
            self._emit()

    def _emit(self):
        kind, name, field_type = self.words[0], self.words[-1], ""
        if kind in BLOCKS:
            name = re.split(r"\(", self.words[1])[0]
        elif "=" in self.words:
            before = self.words[: self.words.index("=")]
            name = before[-1]
            in_enum = bool(self.blocks) and self.blocks[-1][0] == "enum"
            kind = "value" if in_enum else "field"
            field_type = "" if in_enum else before[-2]
        path = tuple(block_name for _, block_name in self.blocks)
        self.elements.append(Element(kind, name, path, self.start, self.above, field_type))


def parse(file):
    """The elements of one file."""
    parser = _Parser(Path(file).read_text(encoding="utf-8")).run()
    return Proto(Path(file), parser.package, parser.elements, parser.events)


def parse_all(proto_folder):
    """All files below `proto_folder`, by path."""
    return [parse(file) for file in sorted(Path(proto_folder).rglob("*.proto"))]


def event_types(protos):
    """Full names of all event messages."""
    return [".".join((proto.package, *path)) for proto in protos for path in proto.events]


def _words(text):
    """The words of a text or name, in lower case and without endings."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", text.replace("'s", ""))
    ends = r"(ies|ied|y|ings?|ed|es|s|e)$"
    singular = (re.sub(r"s$", "", word.lower()) for word in found)
    return {re.sub(ends, "", SAME_WORDS.get(word, word)) or word for word in singular}


def says_no_more_than_name(element):
    """Whether the comment of an element only repeats its name, its type or what it stands in."""
    known = _words(" ".join((element.name, element.type, *element.path))) | _words(" ".join(EMPTY_WORDS))
    return bool(element.comment) and _words(element.comment) <= known
