"""git's own diff as files and hunks, with every byte accounted for.

The facts come from `git diff-tree --raw --numstat -z`, the lines from `git diff-tree -p` of the same two trees: file headers must be
the ones that the facts predict, hunks must have the counts of their headers, files the totals of numstat. Anything else is an error.

This exact reader is used rather than unidiff, which drops lines beyond a hunk's count without a word; unidiff keeps the second books of
patch files (see `patch`), which have no numstat to be held against.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from mmap import mmap
from typing import Literal

from rao_review.diff.paths import quote
from rao_review.diff.tree import entry
from rao_review.errors import GitError
from rao_review.types import FileChange, Hunk

KEPT_BYTES = 1 << 20
"""A file whose diff text is longer is marked over-size: its line counts are kept, its text is not."""
KEPT_LINES = 20_000
"""The same for a file with more changed lines."""

Status = Literal["added", "deleted", "modified", "renamed", "copied", "typechanged"]
Text = bytes | mmap

_STATUS: dict[str, Status] = {
    "A": "added",
    "C": "copied",
    "D": "deleted",
    "M": "modified",
    "R": "renamed",
    "T": "typechanged",
}
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_BREAK = re.compile(rb"\n(?:@@ -|diff --git )")
_HEADER = re.compile(
    "(?:old mode|new mode|deleted file mode|new file mode|similarity index|dissimilarity index"
    "|rename from|rename to|copy from|copy to|index|---|\\+\\+\\+|Binary files) "
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one changed path besides its lines. Modes are six digits; a side without the file has no path.

    `added` and `removed` are numstat's, 0 for a binary file.
    """

    status: Status
    base_path: str | None
    head_path: str | None
    base_mode: str
    head_mode: str
    base_oid: str
    head_oid: str
    added: int
    removed: int
    binary: bool

    @property
    def path(self) -> str:
        path = self.base_path if self.head_path is None else self.head_path
        assert path is not None
        return path

    @property
    def sections(self) -> int:
        """How many texts git prints for this file: when its type changes, it goes and comes again."""
        return 2 if self.status == "typechanged" else 1

    def header(self) -> str:
        """The `diff --git` line of each text."""
        old = self.path if self.base_path is None else self.base_path
        return f"diff --git {quote(f'a/{old}')} {quote(f'b/{self.path}')}"

    def change(self, hunks: tuple[Hunk, ...], skip: str = "") -> FileChange:
        """The file with its hunks."""
        return FileChange(
            path=self.path,
            base_path=self.base_path,
            head_path=self.head_path,
            status=self.status,
            base=None if self.base_path is None else entry(self.base_path, self.base_mode, self.base_oid),
            head=None if self.head_path is None else entry(self.head_path, self.head_mode, self.head_oid),
            binary=self.binary,
            hunks=hunks,
            added=self.added,
            removed=self.removed,
            skip=skip,
        )


def parse_facts(output: bytes) -> list[Facts]:
    """Read what `git diff-tree -r -z --raw --numstat -M` printed. Raises GitError when list and totals disagree."""
    fields = iter(os.fsdecode(output).split("\0"))
    listed: list[tuple[str, str, str]] = []
    field = next(fields)
    while field.startswith(":"):
        old = next(fields)
        listed.append((field, old, next(fields) if field.rsplit(" ", 1)[1][0] in "RC" else old))
        field = next(fields)
    facts = []
    for raw, old, new in listed:
        base_mode, head_mode, base_oid, head_oid, letter = raw[1:].split(" ")
        added, removed, path = field.split("\t", 2) if field else ("", "", "")
        numbered = (
            (path, path) if path else (next(fields, ""), next(fields, ""))
        )  # a rename has its two paths in fields of their own
        status = _STATUS.get(letter[0])
        if status is None or numbered != (old, new):
            raise GitError(f"git's diff does not add up at {new!r}: status {letter}, but totals for {numbered[1]!r}")
        binary = added == "-"
        base_path, head_path = None if status == "added" else old, None if status == "deleted" else new
        counts = (0, 0) if binary else (int(added), int(removed))
        facts.append(Facts(status, base_path, head_path, base_mode, head_mode, base_oid, head_oid, *counts, binary))
        field = next(fields, "")
    if field:
        raise GitError("git's diff does not add up: totals for more files than are listed")
    return facts


def hunk_numbers(header: str) -> tuple[int, int, int, int, str] | None:
    """(base start, base count, head start, head count, section) of an `@@` line; None when it is none."""
    match = _HUNK.match(header)
    if match is None:
        return None
    start, count, head_start, head_count, section = match.groups()
    return int(start), int(count or 1), int(head_start), int(head_count or 1), section


def parse_files(facts: Sequence[Facts], text: Text) -> tuple[FileChange, ...]:
    """Join the facts with git's patch text. Hunk ids are 'h1', 'h2', … in git's order of files.

    Raises GitError where text and facts disagree.
    """
    sections = _sections(text)
    files = []
    number = 1
    for changed in facts:
        own = list(islice(sections, changed.sections))
        reader = _FileReader(changed, text, number)
        files.append(reader.read(own))
        number += len(files[-1].hunks)
    if next(sections, None) is not None:
        raise GitError("git's diff does not add up: text for more files than are listed")
    return tuple(files)


@dataclass(frozen=True, slots=True)
class _Section:
    """The text of one file: offsets of its start, of its hunks, and past its end."""

    start: int
    hunks: list[int]
    end: int


def _sections(text: Text) -> Iterator[_Section]:
    if not len(text):
        return
    # Neither '@' nor 'd' can begin a line of content: that has its mark before it.
    breaks = [match.start() + 1 for match in _BREAK.finditer(text)]
    start = 0
    hunks: list[int] = []
    for at in breaks:
        if text[at : at + 1] == b"@":
            hunks.append(at)
        else:
            yield _Section(start, hunks, at)
            start, hunks = at, []
    yield _Section(start, hunks, len(text))


class _FileReader:
    """Reads the sections of one file and balances its books."""

    def __init__(self, facts: Facts, text: Text, number: int) -> None:
        self._facts = facts
        self._text = text
        self._number = number

    def read(self, sections: Sequence[_Section]) -> FileChange:
        """The file with its hunks; over-size text is not kept."""
        facts = self._facts
        header, first = facts.header(), f"h{self._number}"
        if len(sections) != facts.sections:
            raise self._wrong("no text for it")
        for section in sections:
            self._check_header(header, section)
        length = sum(section.end - section.start for section in sections)
        oversize = oversize_reason(facts.added + facts.removed, length)
        if oversize:
            return facts.change((lineless(first, facts, oversize),), oversize)
        hunks = [self._hunk(start, end) for section in sections for start, end in _spans(section)]
        if (sum(h.added for h in hunks), sum(h.removed for h in hunks)) != (facts.added, facts.removed):
            if facts.status != "typechanged":
                raise self._wrong("its lines are not those of its totals")
            hunks = []  # git counts a symlink against a file of like content by lines, but prints both whole: its count stands
        return facts.change(tuple(hunks) or (lineless(first, facts),))

    def _check_header(self, expected: str, section: _Section) -> None:
        end = section.hunks[0] if section.hunks else section.end
        first, *rest = _decode(self._text[section.start : end]).removesuffix("\n").split("\n")
        if first != expected or not all(_HEADER.match(line) for line in rest):
            raise self._wrong("its header is not the expected one")

    def _hunk(self, start: int, end: int) -> Hunk:
        header, *lines = _decode(self._text[start:end]).removesuffix("\n").split("\n")
        numbers = hunk_numbers(header)
        marks = "".join([line[:1] for line in lines])
        added, removed, same = marks.count("+"), marks.count("-"), marks.count(" ")
        missing_newlines = marks.count("\\")
        if numbers is None or added + removed + same + missing_newlines != len(lines):
            raise self._wrong("a hunk has lines that are no diff lines")
        base_start, base_count, head_start, head_count, section = numbers
        if (removed + same, added + same) != (base_count, head_count):
            raise self._wrong("a hunk has not the lines that its header counts")
        note = notes(self._facts) if "160000" in (self._facts.base_mode, self._facts.head_mode) else ""
        hunk_id = f"h{self._number}"
        self._number += 1
        return Hunk(
            id=hunk_id,
            path=self._facts.path,
            base_start=base_start,
            base_count=base_count,
            head_start=head_start,
            head_count=head_count,
            section=section,
            lines=tuple(lines),
            added=added,
            removed=removed,
            note=note,
        )

    def _wrong(self, what: str) -> GitError:
        return GitError(f"git's diff of {self._facts.path!r} does not add up: {what}")


def _spans(section: _Section) -> Iterator[tuple[int, int]]:
    return pairwise([*section.hunks, section.end])


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def oversize_reason(changed: int, length: int) -> str:
    """Why a file's text is not kept, given its changed lines and the bytes of its diff; '' when it is."""
    if changed > KEPT_LINES:
        return f"over-size: {changed:,} changed lines"
    if length > KEPT_BYTES:
        return f"over-size: {length / (1 << 20):.1f} MiB of diff"
    return ""


def lineless(hunk_id: str, facts: Facts, note: str = "") -> Hunk:
    """The one hunk of a file whose change has no lines to show (or too many): the counts stand, `note` says what it is."""
    return Hunk(
        id=hunk_id,
        path=facts.path,
        base_start=0,
        base_count=0,
        head_start=0,
        head_count=0,
        section="",
        lines=(),
        added=facts.added,
        removed=facts.removed,
        note=note or notes(facts),
    )


def notes(facts: Facts) -> str:
    """What happened to a file besides its lines: 'renamed from a; mode changed 100644 → 100755', 'binary', …"""
    said = []
    if facts.status in ("renamed", "copied"):
        said.append(f"{facts.status} from {facts.base_path}")
    both = facts.base_path is not None and facts.head_path is not None
    if "160000" in (facts.base_mode, facts.head_mode):
        sides = (facts.base_oid if facts.base_path else "none", facts.head_oid if facts.head_path else "none")
        said.append(f"submodule {sides[0][:12]} → {sides[1][:12]}")
    elif both and facts.base_mode != facts.head_mode:
        said.append(f"mode changed {facts.base_mode} → {facts.head_mode}")
    if facts.binary:
        said.append("binary")
    if not said:
        said.append(f"empty file {facts.status}")
    return "; ".join(said)
