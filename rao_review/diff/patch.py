"""Patch files: whatever git, `diff -u` or a mail made of a change → files and hunks, or an error with its line.

The exact reader is `scanner`. Its hunks are then counted a second time by unidiff, and both must agree: a patch file has no numstat
to be held against.
"""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass

from rao_review.diff.patchfile import PatchFile
from rao_review.diff.paths import guessed_level
from rao_review.diff.scanner import Scanner
from rao_review.errors import PatchError

MAX_BYTES = 256 << 20
"""A longer patch is refused: give git the range instead."""


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
        raise PatchError(
            f"the patch has more than {MAX_BYTES >> 20} MiB: review the range in its repository instead", origin, 1
        )
    text = _to_utf8(data, origin)
    scanner = Scanner(text.decode("utf-8", "surrogateescape").split("\n"), origin)
    files = scanner.scan()
    if not text.strip():
        # As `git apply` does: what wrote it has most likely failed, and nothing reviewed must not look like all well.
        raise PatchError("the patch is empty: did the command that wrote it fail?", origin, 1)
    if not files:
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
    from unidiff.errors import UnidiffParseError  # noqa: PLC0415 - only patch files need it
    from unidiff.patch import PatchSet  # noqa: PLC0415

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
