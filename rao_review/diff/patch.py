"""Patch files: whatever git, `diff -u` or a mail made of a change → files and hunks, or an error with its line.

A scanner of our own reads the text line by line, so that every line is a header, a line of a hunk, or prose between files; a
truncated hunk or a line beyond a hunk's count is an error. The hunks are then counted a second time by unidiff, and both must agree.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rao_review.diff.parse import hunk_numbers
from rao_review.diff.paths import common_level, guessed_level, split_names, strip, unquote
from rao_review.errors import PatchError

MAX_BYTES = 256 << 20
"""A longer patch is refused: give git the range instead."""
MAX_LINE_NUMBER = 10_000_000
"""No file that is read by people has more lines; a patch that says so is damaged, or made to fill the memory."""

_EXTENDED = re.compile(
    r"(old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to|index"
    r"|similarity index|dissimilarity index) (.*)"
)
_COMBINED = re.compile(r"diff --(?:cc|combined) |@@@+ ")
_BINARY = re.compile(r"(?:Binary files|Files) (.+) and (.+) differ$")
_BINARY_BLOCK = re.compile(r"(?:literal|delta) \d+$")
_INDEX = re.compile(r"([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d{6}))?$")
_MENTION = re.compile(r"Only in .+: .|Submodule .+ [0-9a-f]+\.{2,3}[0-9a-f]+")
_EMPTY_BLOBS = ("e69de29", "473a0f4")


@dataclass(slots=True)
class PatchHunk:
    """One hunk as written; `line` is where its `@@` stands in the patch."""

    line: int
    numbers: tuple[int, int, int, int]
    section: str
    lines: list[str]


@dataclass(slots=True)
class PatchFile:
    """One file of a patch as written, from its first header at `line`: `old`/`new` still have their prefixes, None for /dev/null or when not said.

    `extended` holds git's extended headers ('rename from': 'a', 'index': 'x..y 100644', …); `names` the `diff --git` line's two.
    """

    line: int
    git: bool
    old: str | None = None
    new: str | None = None
    names: tuple[str, str] | None = None
    extended: dict[str, str] = field(default_factory=dict)
    named: bool = False
    binary: bool = False
    hunks: list[PatchHunk] = field(default_factory=list)

    @property
    def created(self) -> bool:
        if self.git:
            return "new file mode" in self.extended or (self.named and self.old is None)
        return self.old is None or (self.named and all(h.numbers[:2] == (0, 0) for h in self.hunks) and bool(self.hunks))

    @property
    def deleted(self) -> bool:
        if self.git:
            return "deleted file mode" in self.extended or (self.named and self.new is None)
        return self.new is None or (self.named and all(h.numbers[2:] == (0, 0) for h in self.hunks) and bool(self.hunks))

    def oids(self) -> tuple[str, str]:
        """The two blob ids of the `index` line, '' when it has none."""
        match = _INDEX.match(self.extended.get("index", ""))
        return (match[1], match[2]) if match else ("", "")

    def modes(self) -> tuple[str, str]:
        """(base mode, head mode), six digits each, '000000' for a side without the file."""
        match = _INDEX.match(self.extended.get("index", ""))
        same = (match[3] if match else None) or "100644"
        base = self.extended.get("old mode") or self.extended.get("deleted file mode") or same
        head = self.extended.get("new mode") or self.extended.get("new file mode") or same
        return ("000000" if self.created else base, "000000" if self.deleted else head)

    def level(self) -> int | None:
        """How many leading components of its names are prefix, None when it does not tell."""
        if self.names is not None:
            return common_level(*self.names)
        return common_level(self.old, self.new) if self.old is not None and self.new is not None else None

    def paths(self, level: int) -> tuple[str, str]:
        """(base path, head path); both are the same but for renames and copies."""
        for kind in ("rename", "copy"):
            if f"{kind} from" in self.extended:
                return unquote(self.extended[f"{kind} from"]), unquote(self.extended.get(f"{kind} to", ""))
        own = self.level()
        name = self.new if self.new is not None else self.old
        if name is None:
            assert self.names is not None
            name = self.names[1]
        path = strip(name, level if own is None else own)
        return path, path


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch, read. `level` is the `-p` number that fits it; `text` is the patch as bytes in UTF-8, as `git apply` wants it."""

    origin: str
    text: bytes
    files: tuple[PatchFile, ...]
    level: int
    notes: tuple[str, ...]

    @property
    def without_context(self) -> bool:
        """Whether it was made with `-U0`."""
        hunks = [h for f in self.files for h in f.hunks if not f.created and not f.deleted]
        return bool(hunks) and not any(line[:1] in (" ", "") for h in hunks for line in h.lines)


def read_patch(data: bytes, origin: str) -> Patch:
    """Read a patch. Raises PatchError, naming `origin` and the line, for anything that would leave half a change."""
    if len(data) > MAX_BYTES:
        raise PatchError(f"the patch has more than {MAX_BYTES >> 20} MiB: review the range in its repository instead", origin, 1)
    text = _to_utf8(data, origin)
    scanner = _Scanner(text.decode("utf-8", "surrogateescape").split("\n"), origin)
    files = scanner.scan()
    if not files and text.strip():
        raise PatchError("there is no unified diff in it", origin, 1)
    for read in files:
        _count_again(read, origin)
    levels = Counter(level for f in files if (level := f.level()) is not None)
    names = [name for f in files for name in (f.old, f.new) if name is not None]
    level = levels.most_common(1)[0][0] if levels else guessed_level(names[0]) if names else 1
    return Patch(origin, text, tuple(files), level, tuple(scanner.notes))


def _to_utf8(data: bytes, origin: str) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what `git diff > x` writes in Windows PowerShell
        try:
            return data.decode("utf-16").replace("\r\n", "\n").encode()
        except UnicodeError as error:
            raise PatchError("the patch begins as UTF-16 but is not", origin, 1) from error
    return data.removeprefix(codecs.BOM_UTF8)


def _count_again(read: PatchFile, origin: str) -> None:
    """Hold the hunks of one file against unidiff's count."""
    from unidiff import PatchSet, UnidiffParseError  # late: only patch files need it

    for hunk in read.hunks:
        base, base_count, head, head_count = hunk.numbers
        header = ["--- a\n", "+++ b\n", f"@@ -{base},{base_count} +{head},{head_count} @@\n"]
        body = [f"{line}\n" for line in hunk.lines]
        if not (base_count or head_count):
            continue
        try:
            (counted,) = PatchSet([*header, *body], metadata_only=True)
        except (UnidiffParseError, ValueError) as error:
            raise PatchError(f"the hunk cannot be read: {error}".strip(), origin, hunk.line) from error
        marks = Counter(line[:1] for line in hunk.lines)
        if (counted.added, counted.removed) != (marks["+"], marks["-"]):
            raise PatchError("the hunk's lines do not add up", origin, hunk.line)


class _Scanner:
    """One pass over the lines of a patch."""

    def __init__(self, lines: Sequence[str], origin: str) -> None:
        # The text ends in a newline, so the last piece is empty and no line.
        self._lines = lines[:-1] if lines and not lines[-1] else lines
        self._origin = origin
        self._at = 0
        self._after_hunk = False
        self._files: list[PatchFile] = []
        self.notes: list[str] = []

    def scan(self) -> list[PatchFile]:
        while self._at < len(self._lines):
            self._step(self._line())
        self._close()
        return self._files

    def _line(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._lines[at].removesuffix("\r") if at < len(self._lines) else ""

    def _error(self, message: str, line: int | None = None) -> PatchError:
        return PatchError(message, self._origin, self._at + 1 if line is None else line)

    def _step(self, line: str) -> None:
        if _COMBINED.match(line):
            raise self._error(
                "this is a combined diff of a merge, which shows only part of it: "
                "use `git diff A...B`, or `git show -m --first-parent MERGE`"
            )
        if line.startswith("diff --git "):
            self._git_header(line)
        elif line.startswith("--- ") and self._line(1).startswith("+++ ") and self._line(2).startswith("@@ "):
            self._names()
        elif line.startswith("@@ -"):
            if not self._files or not self._files[-1].named or not (self._after_hunk or not self._files[-1].hunks):
                raise self._error("a hunk without the file it belongs to")
            self._hunk()
        elif (match := _BINARY.match(line)) and not self._after_git_header():
            self._close()
            self._files.append(PatchFile(self._at + 1, False, *map(_name, match.groups()), named=True, binary=True))
            self._at += 1
        else:
            self._prose(line)

    def _after_git_header(self) -> bool:
        return bool(self._files) and self._files[-1].git and not self._files[-1].hunks and not self._files[-1].binary

    def _prose(self, line: str) -> None:
        if self._after_hunk and line[:1] in ("+", "-", " ", "\\") and not self._signature(line):
            raise self._error("a diff line beyond what its hunk's header counts: the patch was edited or damaged")
        if _MENTION.match(line):
            self.notes.append(f"{self._origin}:{self._at + 1}: {line!r}: its content is not in the patch")
        self._after_hunk = self._after_hunk and not line
        self._at += 1

    def _signature(self, line: str) -> bool:
        """'-- ' and a line of text: how git ends a mail. The dashes of a removed line are followed by diff lines or nothing."""
        return line in ("-- ", "--") and self._line(1)[:1] not in ("+", "-", " ", "\\", "@", "")

    def _git_header(self, line: str) -> None:
        self._close()
        current = PatchFile(self._at + 1, True, names=split_names(line.removeprefix("diff --git ")))
        self._files.append(current)
        self._at += 1
        while match := _EXTENDED.match(self._line()):
            current.extended[match[1]] = match[2]
            self._at += 1
        if _BINARY.match(self._line()):
            current.binary = True
            self._at += 1
        elif self._line() == "GIT binary patch":
            current.binary = True
            self._at += 1
            self._binary_blocks()
        elif self._line().startswith("--- ") and self._line(1).startswith("+++ "):
            self._names()
        if current.names is None and not current.named and "rename from" not in current.extended:
            raise self._error("the two file names of the header cannot be told apart", current.line)

    def _binary_blocks(self) -> None:
        while _BINARY_BLOCK.match(self._line()):
            while self._at < len(self._lines) and self._line():
                self._at += 1
            self._at += 1

    def _names(self) -> None:
        """The `---` and `+++` lines: of a git header just read, or of a file that has no other header."""
        if not self._after_git_header() or self._files[-1].named:
            self._close()
            self._files.append(PatchFile(self._at + 1, False))
        current = self._files[-1]
        current.old, current.new = _name(self._line()[4:]), _name(self._line(1)[4:])
        if current.old is None and current.new is None:
            raise self._error("a file with no name on either side")
        current.named = True
        self._at += 2
        if not self._line().startswith("@@ "):
            raise self._error("a file header without a hunk: the patch is cut off")

    def _hunk(self) -> None:
        start = self._at + 1
        numbers = hunk_numbers(self._line())
        if numbers is None:
            raise self._error(f"a malformed hunk header: {self._line()[:80]!r}")
        *counts, section = numbers
        base, base_count, head, head_count = counts
        if max(base + base_count, head + head_count) > MAX_LINE_NUMBER:
            raise self._error(f"a hunk beyond line {MAX_LINE_NUMBER:,}")
        self._at += 1
        lines: list[str] = []
        while base_count or head_count:
            if self._at >= len(self._lines):
                raise self._error("the patch ends inside a hunk: it is cut off", start)
            line = self._lines[self._at]
            mark = line[:1] if line not in ("", "\r") else " "  # mail programs cut the blank of an empty line
            base_count -= mark in "- "
            head_count -= mark in "+ "
            if mark not in "+- \\" or base_count < 0 or head_count < 0:
                raise self._error("the hunk has not the lines that its header counts")
            lines.append(line if line[:1] == mark else mark + line)
            self._at += 1
        if self._line().startswith("\\"):
            lines.append(self._line())
            self._at += 1
        before = self._files[-1].hunks
        if before and not (sum(before[-1].numbers[:2]) <= base and sum(before[-1].numbers[2:]) <= head):
            raise self._error("the hunks of a file are out of order or overlap", start)
        before.append(PatchHunk(start, (base, counts[1], head, counts[3]), section, lines))
        self._after_hunk = True

    def _close(self) -> None:
        """A file is complete: it must not announce more than it showed."""
        self._after_hunk = False
        if not self._files or not self._files[-1].git:
            return
        last = self._files[-1]
        old, new = last.oids()
        blank = (old if last.deleted else new).startswith(_EMPTY_BLOBS) and (last.created or last.deleted)
        if old != new and not last.hunks and not last.binary and not blank:
            raise self._error("the header announces a change of content, and none follows: the patch is cut off", last.line)


def _name(text: str) -> str | None:
    """A name from a `---`/`+++` line: without the time stamp after a tab, unquoted; None for /dev/null."""
    name = unquote(text.split("\t", 1)[0])
    return None if name == "/dev/null" else name
