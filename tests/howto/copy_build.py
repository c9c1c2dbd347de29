"""Builds a few changed files of a copy of the tree with what an existing build has of all others.

The objects of changed files take the places of theirs: a static library is made again from its own objects but for those,
and the link line of a program is used with the new libraries. So nothing is ever defined twice, also where the build
compiles several files at once: the whole of such a batch is compiled again. What includes a changed header and is not
compiled again must not depend on what changed in it; new messages, and new choices of a oneof, leave the others as they are.
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path


def run(argv, cwd, **options):
    done = subprocess.run([str(word) for word in argv], cwd=cwd, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}\n{done.stdout}{done.stderr}")
    return done.stdout


class CopyBuild:
    """Of one build folder and one copy; all that it makes stands in `work`."""

    def __init__(self, binary, copy, work):
        self.binary, self.copy, self.work = Path(binary).resolve(), Path(copy), Path(work)
        if not (self.binary / "build.ninja").exists():
            raise AssertionError(f"{self.binary} is no build by Ninja: cmake --build --preset release, or set MLUP_BUILD")
        cache = (self.binary / "CMakeCache.txt").read_text()
        self.cache = dict(re.findall(r"^([\w-]+):\w+=(.*)$", cache, re.M))
        self.source = Path(self.cache["CMAKE_HOME_DIRECTORY"])
        self.generated = self.work / "proto"
        launcher = self.cache.get("CMAKE_CXX_COMPILER_LAUNCHER", "")
        self.launcher = [launcher] if Path(launcher).name == "ccache" and shutil.which(launcher) else []
        self.units = self._units()
        # What takes the place of an object of the build.
        self.replaced = {}
        self._batches_made = set()
        self._commands = {}

    def _units(self):
        """The compilation that each source is part of: its own, or that of its batch."""
        units = {}
        for entry in json.loads((self.binary / "compile_commands.json").read_text()):
            path = Path(entry["file"])
            for name in self._batch(path) or [path]:
                units.setdefault(str(name), entry)
        return units

    def _batch(self, path):
        if "/Unity/unity_" not in str(path) or not path.exists():
            return []
        return [Path(name) for name in re.findall(r'^#include "(/[^"]+)"', path.read_text(), re.M)]

    def _moved(self, path):
        """Where the copy has what the build has at `path`."""
        path = Path(path)
        if path.is_relative_to(self.binary / "proto"):
            made = self.generated / path.relative_to(self.binary / "proto")
            return str(made) if made.is_file() else str(path)
        if path.is_relative_to(self.source) and not path.is_relative_to(self.binary):
            return str(self.copy / path.relative_to(self.source))
        return str(path)

    def _move_all(self, text):
        return re.sub(re.escape(str(self.source)) + r"(?:/[\w./+-]*)?(?![\w-])", lambda m: self._moved(m.group()), text)

    def generate(self, *protos):
        """Messages of changed .proto files of the copy."""
        self.generated.mkdir(parents=True, exist_ok=True)
        protoc = self.cache.get("Protobuf_PROTOC_EXECUTABLE") or "protoc"
        run([protoc, f"--cpp_out={self.generated}", "-I", self.copy / "proto",
             *(self.copy / proto for proto in protos)], self.copy)
        self._batches_made.clear()

    def describe(self, program, assembly):
        """The descriptors that a program holds, comments and all, and the assembly by which it does."""
        [step] = [step for step in self._steps(program) if any("descriptor_set_out=" in word for word in step)]
        old = next(word.partition("=")[2] for word in step if "descriptor_set_out=" in word)
        made = self.work / Path(old).name
        run([self._move_all(word).replace(old, str(made)) for word in step], self.work)
        text = (self.binary / assembly).read_text()
        (self.work / assembly).parent.mkdir(parents=True, exist_ok=True)
        (self.work / assembly).write_text(text.replace(old, str(made)))
        self.compile(assembly)

    def compile(self, source, like=None, parse_only=False):
        """A file of the copy, or one generated for it, as the build compiles it, or compiles the file `like`."""
        is_made = source.endswith((".pb.cc", ".S"))
        key = str(self.binary / source if is_made else self.source / (like or source))
        if key not in self.units:
            raise AssertionError(f"{self.binary} does not compile {like or source}: name another file in howto_test.py")
        entry = self.units[key]
        command = shlex.split(entry["command"])
        place = self.work / "objects" / (source + ".o")
        text = self.work / source if is_made else self.copy / source
        is_batch = like is None and not parse_only and self._batch(Path(entry["file"]))
        if is_batch:
            place = self.work / "objects" / Path(entry["file"]).relative_to(self.binary).with_suffix(".o")
            text = place.with_suffix(".cxx")
            text.parent.mkdir(parents=True, exist_ok=True)
            moved = [re.sub(r'(?<=^#include ")/[^"]+', lambda m: self._moved(m.group()), line)
                     for line in Path(entry["file"]).read_text().splitlines(keepends=True)]
            text.write_text("".join(moved))
        place.parent.mkdir(parents=True, exist_ok=True)
        if place not in self._batches_made:
            run([*self.launcher, *self._flags(command), *(["-fsyntax-only"] if parse_only else ["-o", place]), "-c", text],
                entry["directory"])
        if is_batch:
            self._batches_made.add(place)
        if like is None and not parse_only:
            old = command[command.index("-o") + 1]
            self.replaced[str(Path(entry["directory"]) / old)] = place
        return place

    def _flags(self, command):
        """Without files, and without precompiled headers, which hold the old ones."""
        flags, words = [], iter(command)
        for word in words:
            if word in ("-o", "-c"):
                next(words)
            elif word == "-include":
                header = next(words)
                flags += [] if "cmake_pch" in header else [word, self._move_all(header)]
            elif word == "-isystem":
                folder = next(words)
                first = [word, str(self.generated)] if Path(folder) == self.binary / "proto" else []
                flags += [*first, word, folder]
            elif word != "-Winvalid-pch":
                flags.append(self._move_all(word))
        # Not optimised: what is tried here is the text, not its speed.
        return [*flags, "-O0"]

    def _steps(self, program):
        """The command lines that make a program and its libraries, each as words."""
        if program not in self._commands:
            told = run(["ninja", "-C", self.binary, "-t", "commands", program], self.binary)
            self._commands[program] = [shlex.split(step) for line in told.splitlines() for step in line.split(" && ")
                                       if re.search(r" -o bin/|\bar (qc|cr)\b|--descriptor_set_out=", step)]
        return self._commands[program]

    def link(self, program, as_name=None, objects=None, without=()):
        """The program with all that was replaced but `without`; `objects` take the places of all of its own."""
        replaced = {old: new for old, new in self.replaced.items() if new not in without}
        steps = self._steps(program)
        archives = {step[2]: step for step in steps if step[1] in ("qc", "cr")}
        [line] = [step for step in steps if program in step and "-o" in step]
        made = self.work / "bin" / (as_name or Path(program).name)
        made.parent.mkdir(parents=True, exist_ok=True)
        words = []
        for word in line:
            if word == program:
                words += [made, *(objects or [])]
            elif word.endswith(".o"):
                words += [replaced.get(str(self.binary / word), word)] if objects is None else []
            elif word in archives and any(str(self.binary / part) in replaced for part in archives[word][3:]):
                words.append(self._archive(archives[word], replaced))
            else:
                words.append(word)
        run(words, self.binary)
        return made

    def _archive(self, step, replaced):
        made = self.work / "lib" / step[2]
        made.parent.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)
        run([step[0], "qcs", made, *(replaced.get(str(self.binary / part), part) for part in step[3:])], self.binary)
        return made
