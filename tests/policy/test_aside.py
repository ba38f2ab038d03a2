"""The second process for the line rules, on a real change that is large enough for it, with rules that tell where they ran."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Repository

from rao_review.diff.source import Loaded, Source, load
from rao_review.graph.graph import Graph
from rao_review.graph.store import Store
from rao_review.policy.aside import WORTH_LINES, Aside
from rao_review.policy.line_findings import LineFindings, line_findings
from rao_review.policy.rules import LINE_RULES
from rao_review.policy.rules.rule import Rule
from rao_review.types import Anchor, Finding, Hunk, Severity

FILES = 40
LINES = WORTH_LINES // FILES + 1


class WhereItRan:
    """One finding a hunk, whose body is the process that made it."""

    id = "where-it-ran"
    severity = Severity.INFO
    category = "correctness"
    summary = "where"
    explanation = "Where."

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for hunk in hunks:
            anchor = Anchor(hunk.path, "head", 1, 1, "")
            yield Finding(
                "", anchor, self.severity, self.category, "where", str(os.getpid()), rule=self.id, hunks=(hunk.id,)
            )


class EndsElsewhere(WhereItRan):
    """Ends every process but the one that made it."""

    def __init__(self) -> None:
        self.home = os.getpid()

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        if os.getpid() != self.home:
            os._exit(9)
        return super().check(graph, hunks)


class SleepsElsewhere(EndsElsewhere):
    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        if os.getpid() != self.home:
            time.sleep(3600)
        return super().check(graph, hunks)


class BreaksIn(WhereItRan):
    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        if hunks[0].path == "m7.py":
            raise KeyError("m7")
        return super().check(graph, hunks)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Two changes: a large one with a fault of the line rules in every tenth file, and a small one."""
    repository = Repository(tmp_path_factory.mktemp("large"))
    repository.commit({f"m{n}.py": "value = 0\n" for n in range(FILES)})
    lines = "".join(f"value_{n} = {n}\n" for n in range(LINES))
    fault = "def total(items=[]):\n    return items.append(1)\n"
    repository.commit({f"m{n}.py": lines + (fault if n % 10 == 0 else "") for n in range(FILES)})
    repository.commit({"m0.py": "value = 1\n"})
    return repository


@pytest.fixture
def large(repository: Repository) -> Iterator[Loaded]:
    with load(Source("HEAD~2..HEAD~1", repo=repository.path)) as loaded:
        yield loaded


def findings(
    loaded: Loaded, rules: Sequence[Rule], cache: Path | None, processes: int = 2, begins: bool = True
) -> LineFindings:
    with Store(cache, workers=1) as store, Aside(rules, loaded.change, processes) as aside:
        graph = Graph(loaded.change, loaded.base, loaded.head, store)
        if begins:
            aside.begin(graph, store)
        return asyncio.run(aside.findings(graph))


def processes(found: LineFindings) -> set[int]:
    return {int(finding.body) for each in found.found.values() for finding in each}


def test_the_other_process_finds_what_this_one_would(large: Loaded, tmp_path: Path) -> None:
    there = findings(large, (*LINE_RULES, WhereItRan()), tmp_path / "facts.sqlite")
    with Store(None, workers=1) as store:
        here = line_findings(Graph(large.change, large.base, large.head, store), LINE_RULES)
    ours = {h: [f for f in found if f.rule != WhereItRan.id] for h, found in there.found.items()}
    assert {h: found for h, found in ours.items() if found} == here.found
    assert len(here.found) == FILES // 10
    elsewhere = {int(f.body) for found in there.found.values() for f in found if f.rule == WhereItRan.id}
    assert len(elsewhere) == 1
    assert os.getpid() not in elsewhere


def test_what_broke_there_is_told_here(large: Loaded, tmp_path: Path) -> None:
    there = findings(large, [BreaksIn()], tmp_path / "facts.sqlite")
    assert there.broken == {BreaksIn.id: ["KeyError: 'm7'"]}
    assert len(there.found) == FILES - 1
    assert os.getpid() not in processes(there)


def test_a_process_that_dies_costs_nothing_but_time(large: Loaded, tmp_path: Path) -> None:
    found = findings(large, [EndsElsewhere()], tmp_path / "facts.sqlite")
    assert len(found.found) == FILES
    assert processes(found) == {os.getpid()}


@pytest.mark.parametrize("case", ["one process", "no cache", "a cache that cannot be made", "not begun"])
def test_without_it_the_work_is_done_here(large: Loaded, tmp_path: Path, case: str) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = {"no cache": None, "a cache that cannot be made": tmp_path / "file" / "facts.sqlite"}
    found = findings(
        large,
        [WhereItRan()],
        cache.get(case, tmp_path / "facts.sqlite"),
        processes=1 if case == "one process" else 2,
        begins=case != "not begun",
    )
    assert len(found.found) == FILES
    assert processes(found) == {os.getpid()}


def test_a_small_change_is_looked_at_here(repository: Repository, tmp_path: Path) -> None:
    with load(Source("HEAD", repo=repository.path, paths=("m0.py",))) as small:
        found = findings(small, [WhereItRan()], tmp_path / "facts.sqlite")
    assert processes(found) == {os.getpid()}


def test_what_nobody_asks_for_is_given_up_at_the_end(large: Loaded, tmp_path: Path) -> None:
    with Store(tmp_path / "facts.sqlite", workers=1) as store, Aside([SleepsElsewhere()], large.change, 2) as aside:
        graph = Graph(large.change, large.base, large.head, store)
        aside.begin(graph, store)
