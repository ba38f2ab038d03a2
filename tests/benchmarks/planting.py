"""Cross-file cases inside a real release range: a definition whose interface the range changed, and a file that the range adapted to it, put back.

The labels come from the text of the range's own diff, from `git grep` and from a type checker, never from our graph: the range removed or
rewrote the only definition of a name (its header line is among the removed ones), and it changed a line of another file that uses that
name: for a name that is gone the new lines do without it, for a changed header the call was rewritten. A type checker's "go to definition"
at base then says where the name on that line leads (judging.py): to that definition, and the case is *confirmed*; to another one, and it
is no case; nowhere, since what it goes through is not installed or has no types, and it is *unknown*. It is no case either when the type
checker finds the name that is gone somewhere else once the line is back: an alias or an export has taken its place. The line is put back: with its whole
file, so that the file is outside the diff, or alone with its hunk, so that the file is still in the diff through its other hunks.

Both texts must be the only ones of their kind in the repository and in the diff, since a prompt is searched for texts.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from judging import JUDGES, Answers, Name

WORD = re.compile(r"[A-Za-z_]\w{3,}")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|(?<!:)//.*|(?:^|\s)#.*")
# Parameters of Go that share a type: `a, b int`.
_GROUPED = re.compile(r"(?<=[(,])\s*(\w+)\s*,\s*(\w+) ([^,()=:]+)(?=[,)])")
_LEAST_TEXT = 10


@dataclass(frozen=True, slots=True)
class Language:
    """`defines` finds the name in a definition line (git grep's own patterns are made from `keywords`)."""

    suffixes: tuple[str, ...]
    defines: re.Pattern[str]
    keywords: str
    imports: re.Pattern[str] | None = None


LANGUAGES = {
    "python": Language(
        (".py",),
        re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)"),
        r"(def|class)\s+",
        re.compile(r"^\s*(?:from\s+\S+\s+)?import\s+(?:\([^)]*\)|.*)", re.MULTILINE),
    ),
    "go": Language(
        (".go",), re.compile(r"func\s+(?:\([^)]*\)\s*)?(\w+)|type\s+(\w+)"), r"(func\s+(\([^)]*\)\s*)?|type\s+)"
    ),
    "typescript": Language(
        (".ts", ".tsx"),
        re.compile(
            r"\s*(?:export\s+)?(?:(?:default|declare|abstract|async)\s+)*(?:function\*?|class|interface|type|enum|const)\s+(\w+)"
        ),
        r"(function\*?|class|interface|type|enum|const)\s+",
        re.compile(r"^import\s[^;]*?from\s*['\"][^'\"]+['\"]|require\([^)]*\)", re.MULTILINE),
    ),
    "java": Language(
        (".java",),
        re.compile(
            r"\s*(?:(?:public|private|protected|static|final|abstract|default|synchronized)\s+)*(?:(?:class|interface|enum)\s+(\w+)"
            r"|(?:public|private|protected|static|final|abstract|default|synchronized)\s+(?:<[^>]+>\s*)?[\w<>\[\],.? ]+\s(\w+)\()"
        ),
        r"(class|interface|enum|[A-Za-z>\]])\s+",
    ),
}


@dataclass(slots=True)
class Hunk:
    """Of `git diff -U0`: where it starts on both sides, and its lines."""

    base: int
    head: int
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One planted fault. `definition` is the text of the changed header; `outside` whether the use's file is not in the diff at all;
    `confirmed` whether a type checker says that the use led to the definition."""

    id: str
    name: str
    kind: str
    outside: bool
    home: str
    definition: str
    old: str
    path: str
    use: str
    line: int
    confirmed: bool

    def planted(self) -> dict[str, Any]:
        """The entry for `rao-review simulate --planted`."""
        pattern = {"kind": "regex", "path": self.home, "pattern": re.escape(self.old), "expect": False}
        check = {"kind": "symbol", "name": self.name, "claim": "not_defined"} if self.kind == "gone" else pattern
        title = f"{self.name} {'is gone' if self.kind == 'gone' else 'has another signature'} [{self.id}]"
        return {
            "id": self.id,
            "definition": {"path": self.home, "text": self.definition},
            "use": {"path": self.path, "text": self.use},
            "finding": {"path": self.path, "quote": self.use, "title": title, "symbol": self.name, "checks": [check]},
        }


class Repository:
    """A bare repository; new objects go into it, so give it a clone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(
        self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, fine: tuple[int, ...] = (0,)
    ) -> str:
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(
            command, input=stdin.encode("utf-8", "surrogateescape"), capture_output=True, check=False, env=env
        )
        if done.returncode not in fine:
            raise SystemExit(f"git {' '.join(arguments[:3])}: {done.stderr.decode(errors='replace')[-300:]}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def lines(self, revision: str, path: str) -> list[str]:
        return self.git("show", f"{revision}:{path}").split("\n")

    def grep(self, revision: str, language: Language, *pattern: str) -> list[str]:
        """`path:text` of the lines that match."""
        globs = [f"*{suffix}" for suffix in language.suffixes]
        found = self.git("grep", "-I", "--full-name", *pattern, revision, "--", *globs, fine=(0, 1))
        return [line.partition(":")[2] for line in found.splitlines()]


def diff_of(repository: Repository, base: str, head: str, language: Language) -> dict[str, list[Hunk]]:
    """path → hunks without context, of the files of a language."""
    globs = [f"*{suffix}" for suffix in language.suffixes]
    text = repository.git("diff", "-U0", "--no-renames", "--no-color", "--no-ext-diff", base, head, "--", *globs)
    files: dict[str, list[Hunk]] = {}
    path = ""
    left = [0, 0]
    for line in text.split("\n"):
        if any(left):
            side = line[:1]
            hunk = files[path][-1]
            if side == "-":
                hunk.removed.append(line[1:])
                left[0] -= 1
            elif side == "+":
                hunk.added.append(line[1:])
                left[1] -= 1
        elif line.startswith("diff --git "):
            path = line.rpartition(" b/")[2]
            files[path] = []
        elif match := re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line):
            left = [int(match[2] or 1), int(match[4] or 1)]
            files[path].append(Hunk(int(match[1]), int(match[3])))
    return files


@dataclass(frozen=True, slots=True)
class _Changed:
    name: str
    kind: str
    home: str
    definition: str
    old: str
    member: bool


def changed_definitions(
    repository: Repository, base: str, head: str, language: Language, files: Mapping[str, list[Hunk]]
) -> Iterator[_Changed]:
    """Names with one definition at base, whose header line the range removed or rewrote."""
    lost: dict[str, list[tuple[str, str]]] = defaultdict(list)
    gained: dict[tuple[str, str], list[str]] = defaultdict(list)
    anywhere: Counter[str] = Counter()
    for path, hunks in files.items():
        for hunk in hunks:
            for line in hunk.removed:
                if (name := _defined(language, line)) and not name.startswith("test"):
                    lost[name].append((path, line))
            for line in hunk.added:
                if name := _defined(language, line):
                    gained[path, name].append(line.strip())
                    anywhere[name] += 1
    single = {name: places[0] for name, places in lost.items() if len(places) == 1 and WORD.fullmatch(name)}
    at_base, at_head = (_definitions(repository, side, language, single) for side in (base, head))
    for name, (path, line) in sorted(single.items()):
        old, member = line.strip(), line[:1].isspace()
        if at_base[name] != 1 or len(old) < _LEAST_TEXT or not _whole(old):
            continue
        new = gained.get((path, name), [])
        if at_head[name] == 0 and not anywhere[name]:
            yield _Changed(name, "gone", path, old, old, member)
        elif len(new) == 1 == at_head[name] and _whole(new[0]) and _interface(name, new[0]) != _interface(name, old):
            yield _Changed(name, "signature", path, new[0], old, member)


def _whole(header: str) -> bool:
    """Whether the header ends on its line: a prompt is searched for lines."""
    return header.count("(") == header.count(")")


def _interface(name: str, header: str) -> str:
    """What follows the name, without white space and whichever quotes: `export` before it is no other signature, nor is `(a, b int)`
    for `(a int, b int)`."""
    text = header.partition(name)[2]
    while text != (text := _GROUPED.sub(r"\1 \3, \2 \3", text, count=1)):
        pass
    return "".join(text.split()).replace("'", '"')


def _defined(language: Language, line: str) -> str:
    match = language.defines.match(line)
    return match[match.lastindex or 0] if match else ""


def _definitions(repository: Repository, side: str, language: Language, names: Mapping[str, Any]) -> Counter[str]:
    """How many definition lines each name has in a tree."""
    found: Counter[str] = Counter()
    ordered = sorted(names)
    for start in range(0, len(ordered), 200):
        pattern = rf"\b{language.keywords}({'|'.join(ordered[start : start + 200])})\b"
        for line in repository.grep(side, language, "-P", pattern):
            found[_defined(language, line.partition(":")[2])] += 1
    return found


def candidates(
    repository: Repository, base: str, head: str, language: Language, files: Mapping[str, list[Hunk]]
) -> Iterator[tuple[_Changed, str, Hunk, str]]:
    """(definition, user file, hunk, its stale line), the definitions in the order of their names."""
    entries = [set(repository.git("ls-tree", "-r", "--name-only", side).splitlines()) for side in (base, head)]
    removed_lines = Counter(line.strip() for hunks in files.values() for hunk in hunks for line in hunk.removed)
    by_name: dict[str, list[tuple[str, Hunk, str]]] = defaultdict(list)
    changed = list(changed_definitions(repository, base, head, language, files))
    names = {c.name for c in changed}
    for path, hunks in files.items():
        if all(path in side for side in entries):
            for hunk in hunks:
                for line in hunk.removed:
                    for name in names.intersection(WORD.findall(_STRING.sub(" ", line))):
                        if removed_lines[line.strip()] == 1 and not _defined(language, line):
                            by_name[name].append((path, hunk, line.strip()))
    for definition in changed:
        for path, hunk, line in by_name[definition.name]:
            if re.search("generated", repository.git("show", f"{base}:{definition.home}")[:400], re.IGNORECASE):
                continue  # which no reviewer is shown
            fits = path != definition.home and len(line) >= _LEAST_TEXT and _adapted(definition, hunk, line)
            if fits and _imports(language, definition, "\n".join(repository.lines(base, path))):
                yield definition, path, hunk, line


def _imports(language: Language, definition: _Changed, text: str) -> bool:
    """Whether a file says that it takes the name, or its module, from somewhere: else it may have one of its own. Members need no import."""
    if language.imports is None or definition.member:
        return True
    stem = Path(definition.home).stem
    home = Path(definition.home).parent.name if stem in ("__init__", "index") else stem
    words = {word for statement in language.imports.findall(text) for word in WORD.findall(statement)}
    return not words.isdisjoint({definition.name, home})


def _adapted(definition: _Changed, hunk: Hunk, line: str) -> bool:
    """Whether the range's own lines show that this use had to follow the definition."""
    word, new = rf"\b{definition.name}\b", "\n".join(hunk.added)
    used = _STRING.sub(" ", line)
    if definition.kind == "gone":
        as_code = rf"{word}\s*\(|\.{definition.name}\b(?!.*\bimport\b)|\bimport\b.*{word}|^{word},?$|[(,=]\s*{word}"
        return bool(hunk.added) and bool(re.search(as_code, used)) and not re.search(word, new)
    call = rf"{word}\s*\("
    return bool(re.search(call, used)) and bool(re.search(call, new)) and line not in map(str.strip, hunk.added)


_Candidate = tuple[_Changed, str, Hunk, str]
_MANIFESTS = ("go.mod", "package.json", "pyproject.toml", "pyrightconfig.json", "*.pyi", "*.d.ts")


def asked(repository: Repository, revision: str, name: str, command: Sequence[str], names: Sequence[Name]) -> Answers:
    """The type checker's answers in a checkout of the revision's sources."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve() / "tree"
        repository.git("worktree", "add", "-q", "--detach", "--no-checkout", str(root), revision)
        globs = [*(f"*{suffix}" for suffix in LANGUAGES[name].suffixes), *_MANIFESTS]
        tree = Repository(root)
        listed = tree.git("ls-tree", "-r", "-z", "--name-only", revision).split("\0")
        wanted = [
            path for path in listed if any(fnmatch(path, glob) or fnmatch(Path(path).name, glob) for glob in globs)
        ]
        tree.git("checkout", revision, "--pathspec-from-file=-", "--pathspec-file-nul", stdin="\0".join(wanted))
        answers = JUDGES[name].ask(root, names, command or JUDGES[name].command)
        repository.git("worktree", "remove", "--force", str(root))
    return answers


def judged(repository: Repository, base: str, name: str, command: Sequence[str], found: Sequence[_Candidate]) -> list[tuple[_Candidate, bool]]:  # fmt: skip
    """The candidates whose use the type checker does not lead elsewhere, each with whether it leads to the definition."""
    texts: dict[str, list[str]] = {}

    def number(path: str, text: str) -> int:
        if path not in texts:
            texts[path] = [line.strip() for line in repository.lines(base, path)]
        return texts[path].index(text) + 1

    names = [Name(path, number(path, line), definition.name) for definition, path, _, line in found]
    answers = asked(repository, base, name, command, names)
    kept = []
    for candidate, use in zip(found, names, strict=True):
        definition, places = candidate[0], answers.get(use, frozenset())
        confirmed = f"{definition.home}:{number(definition.home, definition.old)}" in places
        if confirmed or not places:
            kept.append((candidate, confirmed))
    return kept


def still_there(
    repository: Repository, commit: str, name: str, command: Sequence[str], cases: Sequence[Case]
) -> set[str]:
    """Ids of the cases whose name is gone only from where it was: the planted line leads to another definition or export of it."""
    gone = {case.id: Name(case.path, case.line, case.name) for case in cases if case.kind == "gone"}
    answers = asked(repository, commit, name, command, list(gone.values())) if gone else {}
    found = set()
    for id_, use in gone.items():
        for place in answers.get(use, frozenset()) - {f"{use.path}:{use.line}"}:
            path, _, line = place.rpartition(":")
            text = repository.lines(commit, path)[int(line) - 1] if path else ""
            # Without the module that an unknown name is looked for in, and the import in the same file that leads no further.
            if path not in ("", use.path) and re.search(rf"\b{use.name}\b", text):
                found.add(id_)
    return found


def plant(
    repository: Repository, base: str, head: str, name: str, most: int, tag: str, command: Sequence[str] = ()
) -> tuple[str, list[Case]]:
    """A commit like `head` in which uses of changed definitions are as in `base`, and the cases in it. `command` runs the type checker
    where it is not on the PATH under its usual name."""
    language = LANGUAGES[name]
    files = diff_of(repository, base, head, language)
    told = list(candidates(repository, base, head, language, files))
    found = judged(repository, base, name, command, told)
    print(
        f"{base}..{head}: {len(told)} candidates by their text, {len(told) - len(found)} of them led elsewhere",
        flush=True,
    )
    homes = {definition.home for (definition, *_), _ in found}
    chosen: list[tuple[_Changed, str, Hunk, str, bool, bool]] = []
    taken: set[str] = set()
    per_name: Counter[str] = Counter()
    wanted = Counter({True: most // 2, False: most - most // 2})
    for (definition, path, hunk, line), confirmed in found:
        if path in taken or path in homes or per_name[definition.name] >= 2:
            continue
        outside = len(files[path]) < 2 or wanted[True] > wanted[False]
        if not wanted[outside] or not _is_only(repository, head, base, language, path, line):
            continue
        wanted[outside] -= 1
        taken.add(path)
        per_name[definition.name] += 1
        chosen.append((definition, path, hunk, line, outside, confirmed))
    texts = {path: _put_back(repository, base, head, path, hunk, outside) for _, path, hunk, _, outside, _ in chosen}
    commit = _commit(repository, base, head, texts)
    cases = [
        Case(
            f"{tag}{number}", definition.name, definition.kind, outside, definition.home, definition.definition, definition.old, path, line,
            next(n for n, text in enumerate(texts[path].split("\n"), start=1) if text.strip() == line), confirmed,
        )
        for number, (definition, path, hunk, line, outside, confirmed) in enumerate(chosen, start=1)
    ]  # fmt: skip
    lives = still_there(repository, commit, name, command, cases)
    if lives:
        print(f"{base}..{head}: {len(lives)} cases whose name another place still gives", flush=True)
    return commit, [case for case in cases if case.id not in lives]


def _is_only(repository: Repository, head: str, base: str, language: Language, path: str, line: str) -> bool:
    """Whether no other line of either tree is like this one."""
    for side in (base, head):
        same = [
            row for row in repository.grep(side, language, "-F", "-e", line) if row.partition(":")[2].strip() == line
        ]
        if any(row.partition(":")[0] != path for row in same) or len(same) > 1:
            return False
    return True


def _put_back(repository: Repository, base: str, head: str, path: str, hunk: Hunk, outside: bool) -> str:
    if outside:
        return "\n".join(repository.lines(base, path))
    lines = repository.lines(head, path)
    start = hunk.head - 1 if hunk.added else hunk.head
    lines[start : start + len(hunk.added)] = hunk.removed
    return "\n".join(lines)


def _commit(repository: Repository, base: str, head: str, texts: Mapping[str, str]) -> str:
    index = repository.path / "planting.index"
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "bench"), ("EMAIL", "bench@example.org"), ("DATE", "2026-01-01T00:00:00Z"))}  # fmt: skip
    env = {"GIT_INDEX_FILE": str(index), "PATH": "/usr/bin:/bin:/usr/local/bin", **who}
    repository.git("read-tree", head, env=env)
    rows = []
    modes = {line.split("\t")[1]: line.split()[0] for line in repository.git("ls-files", "-s", env=env).splitlines()}
    for path, text in texts.items():
        blob = repository.git("hash-object", "-w", "--stdin", stdin=text).strip()
        rows.append(f"{modes[path]} {blob}\t{path}\n")
    repository.git("update-index", "--index-info", stdin="".join(rows), env=env)
    tree = repository.git("write-tree", env=env).strip()
    index.unlink()
    return repository.git(
        "commit-tree",
        tree,
        "-p",
        repository.git("rev-parse", f"{base}^{{commit}}").strip(),
        "-m",
        "stale uses",
        env=env,
    ).strip()
