"""The built-in mind in the real loop, on real changes, with rules of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from changes import GraphOf

from rao_review.agent import Limits, Outcome, review_change
from rao_review.agent.protocol import Briefing, Delegate, Look, ReadHunks, Refusal, Task
from rao_review.graph.graph import Graph
from rao_review.policy.builtin import BuiltinPolicy
from rao_review.policy.grouping import Leaf
from rao_review.policy.rules.rule import Rule
from rao_review.trace.events import Event, Merged, NodeStarted, Split
from rao_review.trace.journal import MemoryJournal
from rao_review.types import Anchor, Finding, Hunk, Severity


class Amounts:
    """Says that each added `amount` is a fault, and once more at the top of the first file."""

    id = "amounts"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "an amount"
    explanation = "An amount."

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for hunk in hunks:
            for number, text in hunk.added_lines():
                yield self._finding(hunk.path, number, text, hunk.id)
            yield self._finding("p0/f0.py", 1, "amount = 0", hunk.id)

    def _finding(self, path: str, line: int, text: str, hunk: str) -> Finding:
        anchor = Anchor(path, "head", line, line, text.strip())
        return Finding("", anchor, self.severity, self.category, "amount", "body", rule=self.id, hunks=(hunk,))


class Broken(Amounts):
    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        if any(h.path == "p1/f0.py" for h in hunks):
            raise KeyError("p1/f0.py")
        return super().check(graph, hunks)


class Values(Amounts):
    """The same of every hunk, under another name."""

    id = "values"

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        return [
            replace(f, category="tests", title="value") for h in hunks for f in super(Values, self).check(graph, [h])
        ]


SMALL = Leaf(hunks=4, lines=100)
PATHS = [f"p{p}/f{f}.py" for p in range(4) for f in range(5)]


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    """Twenty files in four directories, one hunk each."""
    base = {path: f"value = {n}\n" for n, path in enumerate(PATHS)}
    return graph_of(base, {path: text.replace("value", "amount") for path, text in base.items()})


def review(
    graph: Graph, rule: Rule, leaf: Leaf | None = SMALL, limits: Limits | None = None
) -> tuple[Outcome, list[Event]]:
    journal = MemoryJournal()
    policy = BuiltinPolicy(graph, (rule,), leaf=leaf)
    return asyncio.run(review_change(policy, graph, limits or Limits(), journal)), journal.events


def places(outcome: Outcome) -> list[tuple[str, int]]:
    return [(f.anchor.path, f.anchor.line) for f in outcome.findings]


def test_a_small_change_is_one_node(graph: Graph) -> None:
    outcome, _ = review(graph, Amounts(), leaf=None)
    assert outcome.usage.nodes == 1
    assert places(outcome) == [(path, 1) for path in PATHS]
    assert outcome.coverage.lines("reviewed") == 40


def test_a_large_change_is_split_and_gives_the_same_findings(graph: Graph) -> None:
    whole, _ = review(graph, Amounts(), leaf=None)
    split, events = review(graph, Amounts())
    assert split.usage.nodes > 5
    assert places(split) == places(whole)
    assert split.coverage == whole.coverage
    assert [f.fingerprint for f in split.findings] == [f.fingerprint for f in whole.findings]
    (decision,) = [e for e in events if isinstance(e, Split)]
    assert decision.left_over == ()
    assert "20 hunks with 40 changed lines are more than one node reads (4 hunks, 100 lines)" in decision.rationale
    assert all(instruction.startswith("Review ") for _, _, instruction in decision.children)
    (merged,) = [e for e in events if isinstance(e, Merged) and e.node == "0"]
    assert {d.decision for d in merged.decisions} == {"keep", "combine"}  # every leaf said p0/f0.py:1


@pytest.mark.parametrize(
    "limits",
    [
        Limits(depth=0),
        Limits(nodes=1),
        Limits(nodes=5),
        Limits(children=2, nodes=9),
        Limits(children=0),
        Limits(children=1),
        Limits(children=2),
        Limits(depth=1, children=2),
        Limits(characters=30),
    ],
)
def test_whatever_the_limits_everything_is_read(graph: Graph, limits: Limits) -> None:
    outcome, events = review(graph, Amounts(), limits=limits)
    assert outcome.coverage.hunks("reviewed") == 20
    assert places(outcome) == [(path, 1) for path in PATHS]
    started = [e for e in events if isinstance(e, NodeStarted)]
    assert len(started) <= limits.nodes
    assert max(e.depth for e in started) <= limits.depth


def test_a_refused_split_is_read_whole(graph: Graph) -> None:
    hunks = tuple(h.id for h in graph.change.hunks())
    task = Task("0", "go", hunks, nodes=9)
    mind = BuiltinPolicy(graph, (Amounts(),), leaf=SMALL).mind(task)
    split = asyncio.run(mind.act(Briefing(task, Limits())))
    assert isinstance(split, Delegate)
    assert asyncio.run(mind.act(Refusal("no"))) == Look(ReadHunks(hunks))


def test_a_broken_rule_loses_only_its_own_findings_on_its_leaf(graph: Graph) -> None:
    journal = MemoryJournal()
    policy = BuiltinPolicy(graph, (Broken(), Values()), leaf=SMALL)
    outcome = asyncio.run(review_change(policy, graph, Limits(), journal))
    assert outcome.coverage.complete
    found = {rule: {f.anchor.path for f in outcome.findings if f.rule == rule} for rule in ("amounts", "values")}
    assert found["values"] == set(PATHS)
    lost = set(PATHS) - found["amounts"]
    assert "p1/f0.py" in lost
    assert len(lost) <= 4
    assert policy.faults == (
        "rule amounts failed in 1 group of hunks (KeyError: 'p1/f0.py'): what it would find there is missing",
    )


def test_what_depends_on_each_other_is_read_together(graph_of: GraphOf) -> None:
    base, head = {}, {}
    for n in range(12):
        base[f"lib{n}/core.py"] = f"def helper{n}(a):\n    return a\n"
        head[f"lib{n}/core.py"] = f"def helper{n}(a, b):\n    return a\n"
        base[f"app{n}/use.py"] = f"from lib{n}.core import helper{n}\n\n\nhelper{n}(1)\n"
        head[f"app{n}/use.py"] = f"from lib{n}.core import helper{n}\n\n\nhelper{n}(1, 2)\n"
    graph = graph_of(base, head)
    _, events = review(graph, Amounts())
    leaves = [{graph.hunk(h).path for h in e.hunks} for e in events if isinstance(e, NodeStarted) and e.depth]
    for n in range(12):
        assert any({f"lib{n}/core.py", f"app{n}/use.py"} <= leaf for leaf in leaves)
    assert sum(e.cut_edges for e in events if isinstance(e, Split)) == 0


def test_twice_the_same(graph: Graph) -> None:
    first, second = review(graph, Amounts()), review(graph, Amounts())
    assert first == second
