"""The laws of the books, whatever a mind does: every hunk has one fate, the lines add up, nothing found is lost."""

from __future__ import annotations

import asyncio
import random

import pytest
from changes import GraphOf
from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.agent import Limits, review_change
from rao_review.agent.coverage import Shown, coverage
from rao_review.agent.protocol import (
    Action,
    ChildResults,
    ChildSpec,
    Delegate,
    Look,
    Mind,
    Observation,
    Part,
    ReadHunks,
    Submit,
    Task,
)
from rao_review.agent.split import shares
from rao_review.graph.graph import Graph
from rao_review.trace.events import Merged, NodeReturned, NodeStarted, Reported
from rao_review.trace.journal import MemoryJournal
from rao_review.types import Anchor, Finding, MergeDecision, Severity


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    """A change with several hunks in a file, a rename, a deletion, a mode-less note, a lock file and a binary."""
    long = "".join(f"line{n} = {n}\n" for n in range(60))
    base = {"a.py": long, "b/old.py": long, "c.py": "x = 1\n", "d.bin": b"\0", "yarn.lock": "x\n", "b/e.txt": "no end"}
    head = {
        "a.py": long.replace("line5 ", "l5 ").replace("line30 ", "l30 ").replace("line55 ", "l55 "),
        "b/old.py": None,
        "b/new.py": long.replace("line9 ", "l9 "),
        "c.py": None,
        "d.bin": b"\0\1",
        "yarn.lock": "y\n",
        "b/e.txt": "an end\n",
        "empty.py": "",
    }
    return graph_of(base, head)


class Drunk:
    """Does anything that an action can say, in any order; the seed decides."""

    name = "drunk"

    def __init__(self, seed: int, hunks: tuple[str, ...]) -> None:
        self._seed = seed
        self._hunks = hunks

    def mind(self, task: Task) -> Mind:
        return _DrunkMind(random.Random(f"{self._seed} {task.node}"), task, self._hunks)


class _DrunkMind:
    def __init__(self, dice: random.Random, task: Task, every: tuple[str, ...]) -> None:
        self._dice = dice
        self._task = task
        self._every = every
        self._ids: list[str] = ["f9.9.9"]

    def _some(self) -> tuple[str, ...]:
        pool = self._task.hunks if self._dice.random() < 0.8 else self._every
        return tuple(self._dice.choices(pool, k=self._dice.randint(0, 6))) if pool else ()

    async def act(self, observation: Observation) -> Action:
        if isinstance(observation, ChildResults):
            self._ids += [f.id for child in observation.children for f in child.findings]
        roll = self._dice.random()
        if roll < 0.05:
            raise RuntimeError("lost")
        if roll < 0.35:
            return Look(ReadHunks(self._some(), self._dice.choice([0, 0, 0, 5, 10_000])))
        if roll < 0.7:
            children = tuple(ChildSpec(self._some(), "go") for _ in range(self._dice.randint(0, 4)))
            return Delegate(children, "why not", keep=self._some() if self._dice.random() < 0.3 else ())
        found = tuple(
            Finding("", Anchor("a.py", "head", n, n, f"line{n - 1} = {n - 1}"), Severity.LOW, "correctness", "t", "b")
            for n in self._dice.choices([2, 3, 4, 90], k=self._dice.randint(0, 3))
        )
        decisions = tuple(
            MergeDecision(
                self._dice.choice(self._ids),
                self._dice.choice(["keep", "combine", "drop"]),
                self._dice.choice(["", "reason"]),
                self._dice.choice([None, *self._ids]),
            )
            for _ in range(self._dice.randint(0, 5))
        )
        return Submit(found, decisions, "hic")


limits = st.builds(
    Limits,
    depth=st.integers(0, 3),
    children=st.integers(1, 4),
    nodes=st.integers(1, 30),
    rounds=st.integers(1, 8),
    characters=st.sampled_from([1, 40, 100_000]),
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), limits)
def test_the_books_balance_whatever_a_mind_does(graph: Graph, seed: int, allowed: Limits) -> None:
    change, journal = graph.change, MemoryJournal()
    every = tuple(h.id for h in change.hunks())
    outcome = asyncio.run(review_change(Drunk(seed, (*every, "h999")), graph, allowed, journal))

    fates = outcome.coverage.fates
    assert [f.hunk for f in fates] == list(every)  # a partition: each hunk once, in the order of the change
    assert outcome.coverage.lines() == change.added + change.removed
    assert {f.hunk for f in fates if f.fate == "skipped"} == set(every) - {h.id for h in change.reviewable()}
    assert all(bool(f.reason) == (f.fate != "reviewed") for f in fates)

    returned = [e for e in journal.events if isinstance(e, NodeReturned)]
    assert {f.hunk for f in fates if f.fate == "reviewed"} == {h for e in returned for h in e.reviewed}

    started = [e for e in journal.events if isinstance(e, NodeStarted)]
    assert len(started) == len({e.node for e in started}) == outcome.usage.nodes <= allowed.nodes
    assert max(e.depth for e in started) == outcome.usage.depth <= allowed.depth

    reported = {e.finding.id: e.finding for e in journal.events if isinstance(e, Reported)}
    merged = {
        d.finding: d for e in journal.events if isinstance(e, Merged) for d in e.decisions if d.finding in reported
    }
    shown = {f.id for f in outcome.findings} | {f.id for f in outcome.refuted}
    for name in reported.keys() - shown:
        assert merged[name].decision in ("combine", "drop")
        assert merged[name].decision == "combine" or merged[name].reason
    assert shown <= reported.keys()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_mind_does_the_same(graph: Graph, seed: int) -> None:
    def once() -> tuple[object, list[object]]:
        journal = MemoryJournal()
        every = tuple(h.id for h in graph.change.hunks())
        return asyncio.run(review_change(Drunk(seed, every), graph, Limits(depth=2), journal)), list(journal.events)

    assert once() == once()


def test_a_forgotten_hunk_fails_as_such(graph: Graph) -> None:
    ledger = coverage(graph.change, frozenset(), {})
    assert {f.reason for f in ledger.fates if f.fate == "failed"} == {"not read: no node was given it"}
    assert not ledger.complete


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_a_hunk_is_shown_when_every_character_was(length: int, spans: list[tuple[int, int]]) -> None:
    shown = Shown()
    seen: set[int] = set()
    for one, two in spans:
        start, end = sorted((min(one, length), min(two, length)))
        seen |= set(range(start, end))
        completed = shown.add([Part("h1", start, end, length)])
        assert (shown.whole == {"h1"}) == (seen == set(range(length)))
        assert bool(completed) == bool(shown.whole)


def test_a_hunk_without_text_is_shown_by_its_title() -> None:
    assert Shown().add([Part("h1", 0, 0, 0)]) == ("h1",)


@given(st.integers(0, 100), st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_shares_add_up_and_are_fair(total: int, weights: list[int]) -> None:
    parts = shares(total, weights)
    assert sum(parts) == total
    whole = sum(weights) or len(weights)
    fair = [total * (w if sum(weights) else 1) / whole for w in weights]
    assert all(abs(part - exact) < 1 for part, exact in zip(parts, fair, strict=True))
