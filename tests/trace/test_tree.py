"""The tree of a run against a run written down by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rao_review.trace.events import (
    Event,
    Looked,
    Merged,
    NodeFailed,
    NodeReturned,
    NodeStarted,
    Reported,
    RunStarted,
    Split,
)
from rao_review.trace.journal import Record
from rao_review.trace.tree import fold
from rao_review.types import Anchor, Finding, MergeDecision, Severity

_ZERO = datetime(2026, 1, 1, tzinfo=UTC)
_FINDING = Finding("f1", Anchor("a.py", "head", 1, 1, "x"), Severity.HIGH, "correctness", "t", "b")


def _records(*timed: tuple[float, Event]) -> list[Record]:
    return [Record("r", _ZERO + timedelta(seconds=at), event) for at, event in timed]


def _started(node: str, parent: str, hunks: int) -> NodeStarted:
    return NodeStarted(node, parent, node.count("."), f"goal of {node}", tuple(map(str, range(hunks))), hunks * 10)


RUN = _records(
    (0, RunStarted("builtin", None, {})),
    (1, _started("0", "", 12)),
    (2, Split("0", "a first idea", (), 9, (), ("too small",), accepted=False)),
    (2, Split("0", "by connectivity", (("0.1", ("h",), "look"),), 2, ("h7",))),
    (3, _started("0.10", "0", 2)),
    (3, _started("0.9", "0", 9)),
    (3, _started("0.1", "0", 1)),
    (4, Looked("0.1", "read_hunks", {}, 100, ("h",))),
    (4, Looked("0.1", "symbol", {}, 100)),
    (5, Reported("0.1", _FINDING)),
    (5, Reported("0.1", _FINDING)),
    (6, NodeReturned("0.1", "fine", ("f1", "f2"), ("h",))),
    (7, NodeFailed("0.9", "deadline")),
    (8, Merged("0", (MergeDecision("f1", "keep"), MergeDecision("f2", "drop", "same")))),
    (9.5, NodeReturned("0", "done", ("f1",), ())),
)


def test_the_tree_of_a_run_by_hand() -> None:
    (root,) = fold(RUN)
    assert [child.id for child in root.children] == ["0.1", "0.9", "0.10"]
    assert (root.size, root.height, root.hunks, root.lines) == (4, 1, 12, 120)
    assert (root.seconds, root.outcome, root.findings, root.dropped) == (8.5, "returned", 1, 1)
    assert (root.cut_edges, root.left_over, root.rationale) == (2, 1, "by connectivity")
    first, second, third = root.children
    assert (first.looks, first.found, first.findings, first.seconds, first.detail) == (2, 2, 2, 3, "fine")
    assert (second.outcome, second.detail) == ("failed", "deadline")
    assert (third.outcome, third.seconds) == ("open", 6.5)


def test_a_run_cut_short_has_a_tree_at_every_moment() -> None:
    for length in range(len(RUN) + 1):
        roots = fold(RUN[:length])
        assert sum(root.size for root in roots) == sum(isinstance(r.event, NodeStarted) for r in RUN[:length])


def test_a_node_whose_parent_never_started_is_a_root() -> None:
    assert [root.id for root in fold(_records((0, _started("0.4", "0", 1))))] == ["0.4"]


def test_a_structural_pass_is_shown_and_not_counted() -> None:
    (root,) = fold(
        _records(
            (0, _started("0", "", 4)),
            (1, _started("0.0", "0", 4)),
            (2, _started("0.0.1", "0.0", 2)),
            (3, _started("0.0.1.1", "0.0.1", 1)),
            (4, _started("0.1", "0", 2)),
        )
    )
    assert [child.id for child in root.children] == ["0.0", "0.1"]
    assert (root.size, root.height) == (2, 1)
    assert (root.children[0].size, root.children[0].height) == (3, 2)
