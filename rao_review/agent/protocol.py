"""What a mind sees and says. All of it is plain data: the model's tools and JSON schemas are made from these classes.

Policy.mind(task) ── one Mind per node, a fresh context
Mind.act(observation) → action

observation = Briefing | Reading | Preview | ChildResults | Rejected | Refusal     the first is always the Briefing
action      = Look | Delegate | Submit                                  Submit ends the node
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rao_review.graph.model import Edge
from rao_review.types import Check, Finding, MergeDecision, Side

# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Limits:
    """What the harness allows, whatever a mind asks for.

    depth       levels below the root.
    children    children in one split; the harness's own child for what is left over comes on top.
    nodes       nodes in the whole run, the root included.
    rounds      actions of one node.
    characters  text in one observation; what does not fit can be read on.
    repairs     how often a node is told which of its findings failed their checks, before its answer is final.
    """

    depth: int = 6
    children: int = 32
    nodes: int = 2000
    rounds: int = 64
    characters: int = 200_000
    repairs: int = 0


# ── looks ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Overview:
    """The change at large: totals, files with their hunks, skipped files; `under` narrows it to a folder or file."""

    under: str = ""
    start: int = 0
    tool: Literal["overview"] = "overview"


@dataclass(frozen=True, slots=True)
class ReadHunks:
    """The whole text of hunks. `start` is the character of the first hunk's text at which to read on."""

    hunks: tuple[str, ...]
    start: int = 0
    tool: Literal["read_hunks"] = "read_hunks"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Lines `start..end` of a file, numbered; `end` 0 reads to its end."""

    path: str
    start: int = 1
    end: int = 0
    side: Side = "head"
    tool: Literal["read_file"] = "read_file"


@dataclass(frozen=True, slots=True)
class Search:
    """The lines that an RE2 pattern matches; `paths` are files, folders or globs, none means all. `start` skips matches."""

    pattern: str
    paths: tuple[str, ...] = ()
    side: Side = "head"
    start: int = 0
    tool: Literal["search"] = "search"


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where a name is defined and used, on both sides, in the whole repository."""

    name: str
    start: int = 0
    tool: Literal["symbol"] = "symbol"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The graph's edges at these hunks: what they need, and what needs them."""

    hunks: tuple[str, ...]
    start: int = 0
    tool: Literal["neighbours"] = "neighbours"


@dataclass(frozen=True, slots=True)
class TryCheck:
    """The verdict that a check would get."""

    check: Check
    tool: Literal["check"] = "check"


Query = Overview | ReadHunks | ReadFile | Search | Symbol | Neighbours | TryCheck


# ── actions ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Look:
    """Read something. Looks have no side effects and mean the same at every depth."""

    query: Query
    action: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One child: the hunks it is to review, what to look for, and what it should have read before it starts."""

    hunks: tuple[str, ...]
    instruction: str
    context: tuple[Symbol | ReadFile | ReadHunks, ...] = ()


@dataclass(frozen=True, slots=True)
class Delegate:
    """Give hunks to children, which run in parallel. May be done several times.

    `keep` are hunks that this node reads itself or gives away in a later round; every other hunk of the task that no child
    gets and that this node has not been shown goes to one more child.
    """

    children: tuple[ChildSpec, ...]
    rationale: str
    keep: tuple[str, ...] = ()
    action: Literal["delegate"] = "delegate"


@dataclass(frozen=True, slots=True)
class Submit:
    """The end of a node: its own findings, what becomes of its children's, and what to tell its parent.

    `unread` are hunks whose text was looked up and never reached the mind (its budget was gone), each with the reason: they do
    not count as reviewed.
    """

    findings: tuple[Finding, ...] = ()
    decisions: tuple[MergeDecision, ...] = ()
    summary: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)
    action: Literal["submit"] = "submit"


Action = Look | Delegate | Submit


# ── tasks and results ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Task:
    """What a node is asked to do.

    nodes       how many nodes it may start below itself, all levels together.
    known       findings that already exist about its hunks, not its own: what a structural pass said.
    complement  whether the harness made it, of hunks that no mind asked for.
    """

    node: str
    goal: str
    hunks: tuple[str, ...]
    context: tuple[Symbol | ReadFile | ReadHunks, ...] = ()
    depth: int = 0
    nodes: int = 0
    known: tuple[Finding, ...] = ()
    complement: bool = False


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What came of a node and everything below it.

    hunks     its task; each is either in `reviewed` or has its reason in `unread`.
    findings  judged and merged, none refuted; those of its children too when the node itself failed.
    failure   '' or why it failed.
    nodes     nodes in this subtree, itself included; `depth` is the deepest one's.
    """

    node: str
    hunks: tuple[str, ...]
    summary: str
    findings: tuple[Finding, ...]
    refuted: tuple[Finding, ...]
    reviewed: frozenset[str]
    unread: Mapping[str, str]
    failure: str
    nodes: int
    depth: int


# ── observations ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start..end` of a hunk's text, which has `of`."""

    hunk: str
    start: int
    end: int
    of: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look shows. `rest` is the query that reads on where the text was cut, None when nothing is missing."""

    query: Query
    text: str
    parts: tuple[Part, ...] = ()
    rest: Query | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """The first observation: the task, the limits, and what the parent wanted the node to have read."""

    task: Task
    limits: Limits
    context: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class ChildPreview:
    """How large a child would be. `lines` are changed lines, `characters` the text of its hunks."""

    hunks: int
    lines: int
    characters: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a split would do, shown once before a split that looks bad. Delegating again runs it.

    cut       edges between hunks of the task that no child would see both ends of (the first ones; `cut_edges` counts all).
    left_over hunks that would go to a child of the harness's own.
    warnings  why it looks bad, one sentence each.
    """

    children: tuple[ChildPreview, ...]
    cut_edges: int
    cut: tuple[Edge, ...]
    left_over: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildResults:
    """What the children of one split brought back, in the order of the split. A failed child is one with a `failure`."""

    children: tuple[NodeResult, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Findings of this node that failed their anchor or a check, with the verdicts. What is submitted next is final; findings that
    held need not be repeated."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The action was not carried out, and why. The node goes on."""

    reason: str


Observation = Briefing | Reading | Preview | ChildResults | Rejected | Refusal


# ── minds ────────────────────────────────────────────────────────────────────────────────────────────────


class FailedMindError(Exception):
    """A mind cannot go on. The message is the reason as the report gives it: 'budget: …', 'model: …', 'window: …'."""


class Mind(Protocol):
    """Decides for one node. Whatever it raises fails this node and no other."""

    async def act(self, observation: Observation) -> Action: ...


class Policy(Protocol):
    """Makes the minds of a run. `name` is what the report calls it."""

    @property
    def name(self) -> str: ...

    def mind(self, task: Task) -> Mind:
        """A fresh mind for a node."""
