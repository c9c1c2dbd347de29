"""No text of the web application lacks a language, none is missing, none is left over.

What the daemon says in English is compared with projections/words.km.json by LabelsTest, which knows the labels.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "services/gateway/web"
KHMER = re.compile("[\u1780-\u17ff]")
# Names that are the same in every language.
NAMES = {"HTTP", "Webhook", "NATS", "EventStoreDB"}
ARGUMENT = re.compile(r"(?<!=0 )\{(\w+)[,}]")
# t('key'), t(a ? 'key' : 'key'), t(`group.${…}`).
LITERAL = re.compile(r"'([a-z_]+(?:\.[A-Za-z_0-9]+)+)'")
IMPORT = re.compile(r"^(?:import|export)[^;]*? from '(\.[^']*)';", re.MULTILINE)
GROUP = re.compile(r"`([a-z_]+\.)(?:[a-z_]+)?\$\{")


def used(sources):
    """The keys that stand in the sources, and the groups of which a value chooses one."""
    keys, groups = set(), set()
    for source in sources:
        text = source.read_text(encoding="utf-8")
        keys |= {key for key in LITERAL.findall(text) if not key.startswith("mlup.")}
        groups |= set(GROUP.findall(text))
    return keys, groups


def faults(messages, keys, groups):
    # Short ones that no group explains.
    plain = {key for key in messages if "." not in key}
    for key, text in messages.items():
        for language in ("en", "km"):
            if not text.get(language, "").strip():
                yield f"{key} has no text in {language}"
        if KHMER.search(text.get("en", "")):
            yield f"{key}: Khmer in the English text"
        if not KHMER.search(text.get("km", "")) and text.get("km") not in NAMES | {"{rate}/វិ"}:
            yield f"{key}: no Khmer in the Khmer text"
        english, khmer = (set(ARGUMENT.findall(text[language])) - {"one", "other"} for language in ("en", "km"))
        if english != khmer:
            yield f"{key}: {sorted(english ^ khmer)} stands in one language only"
        if key not in keys and key not in plain and not any(key.startswith(group) for group in groups):
            yield f"{key} is used nowhere"
    for key in sorted(keys):
        if key not in messages and not (WEB / "src" / key).exists():
            yield f"{key} is used and has no text"


def first_sources():
    """What is loaded at once: the files that main.tsx imports, and what these do."""
    found, left = set(), [WEB / "src/main.tsx"]
    while left:
        source = left.pop()
        if source in found:
            continue
        found.add(source)
        for name in IMPORT.findall(source.read_text(encoding="utf-8")):
            file = (source.parent / name).resolve()
            left += [path for path in (file.with_suffix(".ts"), file.with_suffix(".tsx")) if path.exists()]
    return found


def later_faults(messages, later):
    """Texts that a page needs before they are there."""
    keys, groups = used(first_sources())
    for group in later:
        if not any(key == group or key.startswith(f"{group}.") for key in messages):
            yield f"later.json names {group}, of which there is no text"
        for key in sorted(keys | groups):
            if key == group or key.startswith(f"{group}."):
                yield f"{key} is used at once, and comes later"


def word_faults(catalogue):
    words = catalogue["words"]
    for english, khmer in words.items():
        if not KHMER.search(khmer) and khmer not in {"SHA-256"}:
            yield f"{english}: no Khmer"
    for kind in ("doubtful", "later"):
        for english in catalogue[kind]:
            if english not in words:
                yield f"{english} is {kind}, and not there"
    if list(words) != sorted(words):
        yield "words are not in order"


def main():
    messages = json.loads((WEB / "messages.json").read_text(encoding="utf-8"))
    catalogue = json.loads((ROOT / "projections/words.km.json").read_text(encoding="utf-8"))
    sources = sorted((WEB / "src").rglob("*.ts*"))
    later = json.loads((WEB / "later.json").read_text(encoding="utf-8"))
    found = [*faults(messages, *used(sources)), *later_faults(messages, later), *word_faults(catalogue)]
    doubtful = sum(1 for text in messages.values() if text.get("doubtful")) + len(catalogue["doubtful"])
    print(*found, f"{len(messages)} texts, {len(catalogue['words'])} words, {doubtful} marked as doubtful, {len(found)} faults", sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
