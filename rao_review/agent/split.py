"""A split, looked at before it runs: what each child gets, what is left over, which edges of the graph are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from rao_review.agent.protocol import ChildPreview, ChildSpec, Delegate, Preview
from rao_review.graph.model import Edge
from rao_review.types import Hunk

_SHOWN_EDGES = 20
_SHOWN_HUNKS = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """A split as the harness would run it: children with hunks of the task only, and what they leave over."""

    children: tuple[ChildSpec, ...]
    left_over: tuple[str, ...]
    preview: Preview


def propose(
    action: Delegate,
    hunks: Sequence[str],
    covered: Set[str],
    edges: Mapping[str, Sequence[Edge]],
    by_id: Mapping[str, Hunk],
) -> Proposal:
    """Makes a split sound and says what looks bad about it.

    Args:
        action: what the mind wants.
        hunks: the hunks of the node's task.
        covered: those that the node has been shown in whole, or that earlier children were given.
        edges: the graph's edges by source hunk.
        by_id: all hunks of the change.
    """
    task = frozenset(hunks)
    children = tuple(replace(c, hunks=tuple(h for h in dict.fromkeys(c.hunks) if h in task)) for c in action.children)
    given = frozenset(h for c in children for h in c.hunks)
    spoken_for = given | covered | frozenset(action.keep)
    left_over = tuple(h for h in hunks if h not in spoken_for)
    cut = _cut(hunks, children, given, edges)
    warnings = [*_misfits(action.children, task), *_lopsided(children, task), *_lost(left_over, cut)]
    sizes = tuple(_size(c.hunks, by_id) for c in children)
    preview = Preview(sizes, len(cut), tuple(cut[:_SHOWN_EDGES]), left_over, tuple(warnings))
    return Proposal(tuple(c for c in children if c.hunks), left_over, preview)


def _cut(
    hunks: Iterable[str], children: Sequence[ChildSpec], given: Set[str], edges: Mapping[str, Sequence[Edge]]
) -> list[Edge]:
    """The edges with an end in a child whose other end, also in the task, is not in that child."""
    homes: dict[str, set[int]] = defaultdict(set)
    for number, child in enumerate(children):
        for hunk in child.hunks:
            homes[hunk].add(number)
    task = frozenset(hunks)
    inside = (e for hunk in hunks for e in edges.get(hunk, ()) if e.target in task)
    touched = (e for e in inside if e.source in given or e.target in given)
    return [e for e in touched if homes.get(e.source, set()).isdisjoint(homes.get(e.target, ()))]


def _misfits(children: Sequence[ChildSpec], task: Set[str]) -> Iterable[str]:
    for number, child in enumerate(children, start=1):
        foreign = [h for h in child.hunks if h not in task]
        if foreign:
            yield f"child {number} asks for hunks that are not in this task, which are taken out: {_listed(foreign)}"
        if len(foreign) == len(child.hunks):
            yield f"child {number} has no hunks of this task and would not run"


def _lopsided(children: Sequence[ChildSpec], task: Set[str]) -> Iterable[str]:
    if any(task <= frozenset(c.hunks) for c in children):
        yield "one child gets everything: that is no smaller than this task"


def _lost(left_over: Sequence[str], cut: Sequence[Edge]) -> Iterable[str]:
    if left_over:
        yield f"{len(left_over)} hunks are in no child and would go to one more: {_listed(left_over)}"
    if cut:
        yield f"{len(cut)} dependencies are cut: no child would see both ends"


def _listed(hunks: Sequence[str]) -> str:
    more = f", and {len(hunks) - _SHOWN_HUNKS} more" if len(hunks) > _SHOWN_HUNKS else ""
    return ", ".join(hunks[:_SHOWN_HUNKS]) + more


def _size(hunks: Iterable[str], by_id: Mapping[str, Hunk]) -> ChildPreview:
    found = [by_id[h] for h in hunks]
    lines = sum(h.added + h.removed for h in found)
    return ChildPreview(len(found), lines, sum(sum(map(len, h.lines)) + len(h.lines) for h in found))


def shares(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`total` whole things shared out in proportion to the weights; the sum is `total`, the order decides ties."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    floors = [total * w // whole for w in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(floors)]:
        floors[index] += 1
    return tuple(floors)
