"""The line-by-line reader of patch files.

Every line is a header, a line of a hunk, or prose between files; a truncated hunk or a line beyond a hunk's count is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rao_review.diff.parse import hunk_numbers
from rao_review.diff.patchfile import PatchFile, PatchHunk
from rao_review.diff.paths import split_names, unquote
from rao_review.errors import PatchError

MAX_LINE_NUMBER = 10_000_000
"""No file that is read by people has more lines; a patch that says so is damaged, or made to fill the memory."""

_EXTENDED = re.compile(
    r"(old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to|index"
    r"|similarity index|dissimilarity index) (.*)"
)
_COMBINED = re.compile(r"diff --(?:cc|combined) |@@@+ ")
_COLOURED = re.compile(r"(?:\x1b\[[\d;]*m)+(?:diff --|@@ |[-+])")
_BINARY = re.compile(r"(?:Binary files|Files) (.+) and (.+) differ$")
_BINARY_BLOCK = re.compile(r"(?:literal|delta) \d+$")
_MENTION = re.compile(r"Only in .+: .|Submodule .+ [0-9a-f]+\.{2,3}[0-9a-f]+")
_EMPTY_BLOBS = ("e69de29", "473a0f4")


class Scanner:
    """One pass over the lines of a patch."""

    def __init__(self, lines: Sequence[str], origin: str) -> None:
        # The text ends in a newline, so the last piece is empty and no line.
        self._lines = lines[:-1] if lines and not lines[-1] else lines
        self._is_cut = self._lines is lines
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
        if _COLOURED.match(line):
            raise self._error("the patch is coloured: write it with `git diff --no-color`")
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
            old, new = (_name(name) for name in match.groups())
            self._files.append(PatchFile(self._at + 1, False, old, new, named=True, binary=True))
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
        if current.names is None and not current.named and current.moved() is None:
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
        if self._is_cut and self._at >= len(self._lines):
            raise self._error("the patch ends inside a line: it is cut off, or has lost its last line ending", start)
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
            raise self._error(
                "the header announces a change of content, and none follows: the patch is cut off", last.line
            )


def _name(text: str) -> str | None:
    """A name from a `---`/`+++` line: without the time stamp after a tab, unquoted; None for /dev/null."""
    name = unquote(text.split("\t", 1)[0])
    return None if name == "/dev/null" else name
