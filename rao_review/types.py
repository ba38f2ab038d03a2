"""The nouns of a review, as frozen values. Every package speaks in these.

    ChangeSet ── FileChange ── Hunk          what changed          (made by diff/)
    Tree                                     one side, read-only   (made by diff/)
    Finding ── Anchor, Check, Verdict        what was found        (made by policy/, judged by checks/)
    Coverage                                 what was read         (kept by agent/)
    Review                                   the whole result      (made by pipeline, printed by report/)

Lines are 1-based everywhere. Text from the change is `str` decoded as UTF-8 with `surrogateescape`, so that
every byte survives; it must be made safe before it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

Side = Literal["base", "head"]


# ── trees ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree. `oid` is the blob id (hex), the submodule's commit for a `submodule`."""

    path: str
    oid: str
    kind: Literal["file", "executable", "symlink", "submodule"]


class Tree(Protocol):
    """One immutable side of the change. Never touches the working tree.

    `partial` is true when only fragments are known (a patch without its repository): absence then proves nothing.
    """

    @property
    def partial(self) -> bool: ...

    def entries(self) -> Mapping[str, Entry]:
        """All paths of the tree. Cheap after the first call."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, a symlink's target as bytes, or None when there is no such file (or a submodule)."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """`read` for many paths in one sweep, in the order given."""

    def size(self, path: str) -> int | None:
        """The bytes that `read` would give, told without reading them; None when that cannot be known cheaply."""


# ── the change ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Hunk:
    """One contiguous edit, or a change of a file that has no lines (then `lines` is empty and `note` says what).

    `lines` keep their one-character mark (' ', '+', '-'; '\\' for a missing newline) and have no line ending '\n';
    a '\r' before it stays. `base_start`/`head_start` are 1-based; 0 when that side is empty.
    """

    id: str
    path: str
    base_start: int
    base_count: int
    head_start: int
    head_count: int
    section: str
    lines: tuple[str, ...]
    added: int
    removed: int
    note: str = ""

    def added_lines(self) -> Iterator[tuple[int, str]]:
        """(head line number, text without mark) of each added line."""
        number = self.head_start
        for line in self.lines:
            mark = line[:1]
            if mark == "+":
                yield number, line[1:]
            if mark in "+ ":
                number += 1

    def removed_lines(self) -> Iterator[tuple[int, str]]:
        """(base line number, text without mark) of each removed line."""
        number = self.base_start
        for line in self.lines:
            mark = line[:1]
            if mark == "-":
                yield number, line[1:]
            if mark in "- ":
                number += 1

    def touches(self, side: Side, start: int, end: int) -> bool:
        """Whether an added (head) or removed (base) line lies in `start..end`.

        A pure insertion touches the base lines around it in neither sense: it has no removed lines.
        """
        numbers = self.added_lines() if side == "head" else self.removed_lines()
        return any(start <= number <= end for number, _ in numbers)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed path. `path` is the head path, or the base path of a deleted file.

    `skip` is empty for a file to be reviewed, else the reason ('binary', 'generated', 'lock file', …). Skipped files keep
    their hunks and line counts: they are marked, never dropped.
    """

    path: str
    base_path: str | None
    head_path: str | None
    status: Literal["added", "deleted", "modified", "renamed", "copied", "typechanged"]
    base: Entry | None
    head: Entry | None
    binary: bool
    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    skip: str = ""

    @property
    def changed(self) -> int:
        """Changed lines: added plus removed."""
        return self.added + self.removed


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change between two trees.

    `base` and `head` are what the user would call the sides ('main', 'v1.2', 'index'); `base_id`/`head_id` the
    tree ids, empty for a bare patch. `notes` are one-line facts that the report must repeat.
    """

    base: str
    head: str
    base_id: str
    head_id: str
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        return sum(f.added for f in self.files)

    @property
    def removed(self) -> int:
        return sum(f.removed for f in self.files)

    def hunks(self) -> Iterator[Hunk]:
        """All hunks of all files, skipped ones too, in order."""
        for changed in self.files:
            yield from changed.hunks

    def reviewable(self) -> Iterator[Hunk]:
        """The hunks of the files that are not skipped."""
        for changed in self.files:
            if not changed.skip:
                yield from changed.hunks


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical … 4 for info."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        return self.rank <= other.rank


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a finding shows. `quote` is the text of lines `line..end_line`, stripped of surrounding white space."""

    path: str
    side: Side
    line: int
    end_line: int
    quote: str


HERE_TOO = "here too"
"""The note of a place that a finding speaks for beside its own."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding: usually the changed definition that causes it."""

    path: str
    side: Side
    line: int
    note: str
    end_line: int = 0


@dataclass(frozen=True, slots=True)
class RegexCheck:
    """`pattern` (RE2 syntax) is found (or, with `expect` false, not found) in lines `start..end` of a file."""

    pattern: str
    path: str
    side: Side = "head"
    start: int = 0
    end: int = 0
    expect: bool = True
    kind: Literal["regex"] = "regex"


@dataclass(frozen=True, slots=True)
class HashCheck:
    """The file is byte for byte the one the finding speaks of. `oid` is its git blob id."""

    path: str
    oid: str
    side: Side = "head"
    kind: Literal["hash"] = "hash"


@dataclass(frozen=True, slots=True)
class SymbolCheck:
    """A claim about a name, by the graph. `path` narrows it to one file, `line` to one line of it.

    The claim is about the head side; what it says of base gives `discriminates`. `name` may be qualified ('Class.method');
    a definition in a given file is named in full, so that a method does not pass for a function of the same name.
    """

    name: str
    claim: Literal["defined", "not_defined", "used", "not_used"]
    path: str | None = None
    line: int | None = None
    kind: Literal["symbol"] = "symbol"


Check = RegexCheck | HashCheck | SymbolCheck


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the harness found when it ran a check.

    `discriminates`: True when the check answers differently on base and head, False when the same, None when
    it has no meaning or could not be told.
    """

    status: Literal["passed", "failed", "unknown"]
    discriminates: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. A policy makes it without `verdicts` and `status`; the harness fills them in.

    `verdicts` has one entry per check, in order, with the anchor's own verdict in `anchor_verdict`.
    `id` is unique in a run; `fingerprint` is stable across runs and line moves.
    """

    id: str
    anchor: Anchor
    severity: Severity
    category: str
    title: str
    body: str
    checks: tuple[Check, ...] = ()
    rule: str | None = None
    suggestion: str | None = None
    symbol: str = ""
    related: tuple[Related, ...] = ()
    hunks: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    fingerprint: str = ""
    status: Literal["verified", "unverified", "refuted"] = "unverified"
    anchor_verdict: Verdict | None = None
    verdicts: tuple[Verdict, ...] = ()
    suppressed_by: str | None = None


@dataclass(frozen=True, slots=True)
class MergeDecision:
    """What a parent did with a child's finding. `into` is the id it was combined into; `check` is what refutes a dropped one."""

    finding: str
    decision: Literal["keep", "combine", "drop"]
    reason: str = ""
    into: str | None = None
    check: Check | None = None


# ── coverage and the result ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class HunkFate:
    """How a hunk ended. `lines` = added + removed."""

    hunk: str
    path: str
    lines: int
    fate: Literal["reviewed", "skipped", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The ledger: one fate per hunk of the change, in the order of the change."""

    fates: tuple[HunkFate, ...]

    def lines(self, fate: str | None = None) -> int:
        return sum(f.lines for f in self.fates if fate is None or f.fate == fate)

    def hunks(self, fate: str | None = None) -> int:
        return sum(1 for f in self.fates if fate is None or f.fate == fate)

    @property
    def complete(self) -> bool:
        """True when nothing failed. Skipped is complete: it has a reason that the user can change."""
        return all(f.fate != "failed" for f in self.fates)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run took. `nodes` and `depth` are those that limits hold for; `structural` the nodes of the pass that went over the
    change before them. `calls` were answered."""

    nodes: int
    depth: int
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    structural: int = 0


@dataclass(frozen=True, slots=True)
class Impact:
    """A changed definition and its uses outside the diff: what a reviewer should look at though nothing there changed."""

    name: str
    path: str
    line: int
    uses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The whole result of a run; what every report prints. `excerpts` are keyed (path, side): numbered source lines
    around each finding and related place, read from the trees so that reports need no repository."""

    run: str
    policy: str
    model: str | None
    outcome: Literal["complete", "partial", "failed"]
    seconds: float
    change: ChangeSet
    findings: tuple[Finding, ...]
    refuted: tuple[Finding, ...]
    coverage: Coverage
    usage: Usage
    notes: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    excerpts: Mapping[tuple[str, Side], Mapping[int, str]] = field(default_factory=dict)
