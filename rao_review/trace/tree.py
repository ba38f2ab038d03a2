"""The tree of a run, folded from its journal: who looked at what, for how long, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rao_review.trace.events import CallFinished, Looked, Merged, NodeFailed, NodeReturned, NodeStarted, Reported, Split
from rao_review.trace.journal import Record


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the recursion with everything below it.

    calls        that it made itself, and their `tokens`, prompts and answers.
    seconds      from its start to its end, children included; up to the journal's last event when it never ended.
    findings     how many it gave to its parent; `found` how many it reported itself; `dropped` how many of its children's
                 it dropped.
    cut_edges    graph edges that its accepted splits cut; `left_over` hunks that no child had been given.
    """

    id: str
    parent: str
    depth: int
    goal: str
    hunks: int
    lines: int
    seconds: float
    outcome: Literal["returned", "failed", "open"]
    detail: str
    looks: int
    calls: int
    tokens: int
    found: int
    findings: int
    dropped: int
    cut_edges: int
    left_over: int
    rationale: str
    children: tuple[Node, ...]

    @property
    def is_structural(self) -> bool:
        """Whether rules went over the whole change here, before the node above began: no node of its own split."""
        return bool(self.parent) and self.id == f"{self.parent}.0"

    @property
    def height(self) -> int:
        """Levels below this node, without a structural pass: 0 for a leaf."""
        return max((1 + child.height for child in self.children if not child.is_structural), default=0)

    @property
    def size(self) -> int:
        """Nodes in this subtree, itself included and without a structural pass: those that limits hold for."""
        return 1 + sum(child.size for child in self.children if not child.is_structural)


@dataclass(slots=True)
class _Sketch:
    """A node while the journal is being read."""

    started: NodeStarted
    at: datetime
    end: datetime | None = None
    outcome: Literal["returned", "failed", "open"] = "open"
    detail: str = ""
    looks: int = 0
    calls: int = 0
    tokens: int = 0
    found: int = 0
    findings: int = 0
    dropped: int = 0
    cut_edges: int = 0
    left_over: int = 0
    rationale: str = ""


def fold(records: Iterable[Record]) -> tuple[Node, ...]:
    """The roots of the run's tree in the order of their ids; normally one, none when no node ever started."""
    sketches: dict[str, _Sketch] = {}
    last: datetime | None = None
    for record in records:
        last = record.at
        if isinstance(record.event, NodeStarted):
            sketches[record.event.node] = _Sketch(record.event, record.at)
        elif sketch := sketches.get(record.event.node):
            _note(sketch, record)
    children: dict[str, list[str]] = {}
    for node in sorted(sketches, key=_order):
        parent = sketches[node].started.parent
        children.setdefault(parent if parent in sketches and parent != node else "", []).append(node)
    return tuple(_node(node, sketches, children, last) for node in children.get("", ()))


def _note(sketch: _Sketch, record: Record) -> None:
    match record.event:
        case Looked():
            sketch.looks += 1
        case CallFinished(reply=reply):
            usage = reply.get("usage") or {}
            sketch.calls += 1
            sketch.tokens += usage.get("prompt", 0) + usage.get("completion", 0)
        case Reported():
            sketch.found += 1
        case Merged(decisions=decisions):
            sketch.dropped += sum(1 for d in decisions if d.decision == "drop")
        case Split() as split if split.accepted:
            sketch.cut_edges += split.cut_edges
            sketch.left_over += len(split.left_over)
            sketch.rationale = split.rationale
        case NodeReturned() as returned:
            sketch.end, sketch.outcome, sketch.detail = record.at, "returned", returned.summary
            sketch.findings = len(returned.findings)
        case NodeFailed() as failed:
            sketch.end, sketch.outcome, sketch.detail = record.at, "failed", failed.reason


def _order(node: str) -> list[tuple[int, str]]:
    """'0.10' after '0.9'."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in node.split(".")]


def _node(node: str, sketches: dict[str, _Sketch], children: dict[str, list[str]], last: datetime | None) -> Node:
    sketch = sketches[node]
    return Node(
        id=node,
        parent=sketch.started.parent,
        depth=sketch.started.depth,
        goal=sketch.started.goal,
        hunks=len(sketch.started.hunks),
        lines=sketch.started.lines,
        seconds=((sketch.end or last or sketch.at) - sketch.at).total_seconds(),
        outcome=sketch.outcome,
        detail=sketch.detail,
        looks=sketch.looks,
        calls=sketch.calls,
        tokens=sketch.tokens,
        found=sketch.found,
        findings=sketch.findings,
        dropped=sketch.dropped,
        cut_edges=sketch.cut_edges,
        left_over=sketch.left_over,
        rationale=sketch.rationale,
        children=tuple(_node(child, sketches, children, last) for child in children.get(node, ())),
    )
