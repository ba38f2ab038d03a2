"""The store: each blob is worked out once, and what it cannot tell it says."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from rao_review.graph.languages import extract
from rao_review.graph.runner import Limits
from rao_review.graph.store import Store
from rao_review.types import Entry, Tree

GO = b"package a\n\nfunc Load(path string) error {\n\treturn Open(path)\n}\n"
BOMB = b"package bomb\n\nvar load = " + b"(" * 200_000


class Recorded(Tree, Protocol):
    """A tree that remembers what was read of it, and whose files can be changed behind its back."""

    files: dict[str, bytes]
    reads: list[str]


class TreeMaker(Protocol):
    def __call__(
        self, files: Mapping[str, bytes], *, named: bool = True, odd: Mapping[str, Entry] | None = None
    ) -> Recorded: ...


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as made:
        yield made
    assert made.notes == []


def many_files(count: int = 60) -> dict[str, bytes]:
    return {
        f"pkg/f{n}.go": b"package pkg\n\nfunc Name%d() int { return Other%d() }\n" % (n, n % 7) for n in range(count)
    }


def test_survey_finds_names_in_all_texts_and_facts_in_sources(store: Store, memory_tree: TreeMaker) -> None:
    tree = memory_tree(
        {
            "a.go": GO,
            "b.go": b"package b\n",
            "docs/x.md": b"see `Load`",
            "conf.yaml": b"run: Load --fast\n",
            "z.bin": b"\0Load",
        }
    )
    survey = store.survey(tree, ["Load", "--fast", "nowhere"])
    assert survey.containing == {
        "a.go": {"Load"},
        "docs/x.md": {"Load"},
        "conf.yaml": {"Load", "--fast"},
    }
    assert dict(survey.facts) == {"a.go": extract("go", GO)}
    mentioning = survey.facts.mentioning("a.go", survey.containing["a.go"])
    assert mentioning is not None
    assert [d.name for d in mentioning.definitions] == ["Load"]
    assert mentioning.uses == ()
    assert survey.unsearched == {}


def test_a_survey_reads_every_blob_once_and_a_second_run_none(path: Path, memory_tree: TreeMaker) -> None:
    files = many_files() | {"copy.go": many_files()["pkg/f1.go"]}
    names = [f"Other{n}" for n in range(7)]
    tree = memory_tree(files)
    with Store(path) as store:
        first = store.survey(tree, names)
        store.survey(tree, ["Name3"])
    assert sorted(tree.reads) == sorted(set(files) - {"copy.go"})
    again = memory_tree(files)
    with Store(path) as store:
        second = store.survey(again, names)
        assert dict(second.facts) == dict(first.facts)
        assert second.containing == first.containing
    assert again.reads == []


def test_a_survey_reads_nothing_again_whose_facts_are_known(path: Path, memory_tree: TreeMaker) -> None:
    tree = memory_tree(many_files())
    with Store(path) as store:
        facts = store.facts(tree, ["pkg/f1.go", "pkg/f8.go"], searched=True)
        survey = store.survey(tree, ["Other1"])
        assert {path: survey.facts[path] for path in facts} == dict(facts)
    assert sorted(tree.reads) == sorted(many_files())


def test_a_survey_works_no_facts_out_again(path: Path, memory_tree: TreeMaker) -> None:
    """A file of which only the facts are known is read for its tokens alone: what changes behind its blob id shows in these only."""
    tree = memory_tree({"a.go": GO})
    with Store(path) as store:
        before = dict(store.facts(tree, ["a.go"]))
        tree.files["a.go"] = GO.replace(b"Load", b"Other")
        assert dict(store.survey(tree, ["Other"]).facts) == before


def test_a_changed_tree_reads_only_what_is_new(path: Path, memory_tree: TreeMaker) -> None:
    with Store(path) as store:
        store.survey(memory_tree(many_files()), ["Other1"])
    files = many_files() | {"pkg/f1.go": b"package pkg\n\nvar x = Other1()\n"}
    tree = memory_tree(files)
    with Store(path) as store:
        assert "pkg/f1.go" in store.survey(tree, ["Other1"]).facts
    assert tree.reads == ["pkg/f1.go"]


def test_results_do_not_depend_on_workers_cache_or_order(path: Path, memory_tree: TreeMaker) -> None:
    files = many_files(200)
    results = []
    for workers, cache, seed in ((1, None, 1), (2, None, 2), (3, path, 3), (2, path, 4)):
        order = list(files)
        random.Random(seed).shuffle(order)
        with Store(cache, workers=workers) as store:
            survey = store.survey(memory_tree({name: files[name] for name in order}), ["Other1", "Name5"])
            results.append((dict(survey.containing), dict(survey.facts)))
    assert all(result == results[0] for result in results)


def test_facts_leave_out_what_is_no_source_or_no_file(store: Store, memory_tree: TreeMaker) -> None:
    tree = memory_tree(
        {"a.go": GO, "README.md": b"# Load", "run": b"#!/usr/bin/env python3\nLoad()\n", "LICENSE": b"text"}
    )
    facts = store.facts(tree, ["a.go", "README.md", "missing.go", "run", "LICENSE"])
    assert list(facts) == ["a.go", "run"]
    assert facts["run"].language == "python"
    assert "missing.go" not in facts
    assert facts.get("missing.go") is None
    assert len(facts) == 2


def test_symbolic_links_and_submodules_are_not_read(store: Store, memory_tree: TreeMaker) -> None:
    odd = {"link.go": Entry("link.go", "1" * 40, "symlink"), "sub.go": Entry("sub.go", "2" * 40, "submodule")}
    tree = memory_tree({"a.go": GO, "link.go": GO}, odd=odd)
    assert list(store.survey(tree, ["Load"]).facts) == ["a.go"]
    assert list(store.facts(tree, ["link.go", "sub.go"])) == []


def test_files_over_the_limits_are_unknown_with_a_reason_and_not_read(path: Path, memory_tree: TreeMaker) -> None:
    limits = Limits(parse_bytes=1000, search_bytes=5000)
    big, huge = GO + b"//" + b"x" * 2000, GO + b"//" + b"x" * 6000
    tree = memory_tree({"a.go": GO, "big.go": big, "huge.go": huge})
    with Store(path, limits=limits) as store:
        survey = store.survey(tree, ["Load"])
        facts = store.facts(tree, tree.entries())
    assert set(survey.containing) == {"a.go", "big.go"}
    assert survey.unsearched == {"huge.go": "over 0.005 MB"}
    assert survey.facts["big.go"].unknown == facts["huge.go"].unknown == "over 0.001 MB"
    assert sorted(tree.reads) == ["a.go", "big.go"]


def test_a_parser_bomb_is_searched_but_unknown_now_and_later(path: Path, memory_tree: TreeMaker) -> None:
    files = many_files() | {"bomb.go": BOMB}
    for reads in (len(files), 0):
        tree = memory_tree(files)
        with Store(path, limits=Limits(parse_seconds=0.3)) as store:
            survey = store.survey(tree, ["load", "Other1"])
        assert survey.containing["bomb.go"] == {"load"}
        assert survey.facts["bomb.go"].unknown == "parser timed out"
        assert sum(1 for facts in survey.facts.values() if facts.unknown) == 1
        assert len(tree.reads) == reads


def test_a_patch_without_blob_ids_is_worked_out_each_time(store: Store, memory_tree: TreeMaker) -> None:
    base, head = (memory_tree({"a.go": text}, named=False) for text in (GO, GO.replace(b"Load", b"Read")))
    assert [d.name for d in store.facts(base, ["a.go"])["a.go"].definitions] == ["Load"]
    assert [d.name for d in store.facts(head, ["a.go"])["a.go"].definitions] == ["Read"]
    assert store.containing(base, ["Load"]) == {"a.go": {"Load"}}
    assert store.containing(head, ["Load"]) == {}


def test_one_blob_under_names_of_two_languages(store: Store, memory_tree: TreeMaker) -> None:
    tree = memory_tree({"a.go": GO, "a.py": GO})
    survey = store.survey(tree, ["Load"])
    assert {path: facts.language for path, facts in survey.facts.items()} == {"a.go": "go", "a.py": "python"}


def test_a_damaged_cache_changes_no_result(path: Path, memory_tree: TreeMaker) -> None:
    tree = memory_tree(many_files())
    with Store(path) as store:
        expected = store.survey(tree, ["Other1", "Other2"])
        facts = dict(expected.facts)
    data = path.read_bytes()
    for seed in range(6):
        chance = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 30, 1000])):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(damaged)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        with Store(path) as store:
            survey = store.survey(tree, ["Other1", "Other2"])
            assert survey.containing == expected.containing
            assert dict(survey.facts) == facts


def test_no_process_is_left_after_close(memory_tree: TreeMaker, children: Callable[[int], list[int]]) -> None:
    with Store(None) as store:
        store.facts(memory_tree({"a.go": GO}), ["a.go"])
        assert children(os.getpid())
    assert children(os.getpid()) == []
    assert store.notes == []


def test_workers_that_have_grown_rest_and_start_again(
    memory_tree: TreeMaker, children: Callable[[int], list[int]]
) -> None:
    before = children(os.getpid())
    with Store(None, workers=2, limits=Limits(grown_bytes=8)) as store:
        assert store.facts(memory_tree({"a.py": b"def a(): ...\n"}), ["a.py"])
        store.rest()
        assert children(os.getpid()) == before
        assert store.facts(memory_tree({"b.py": b"def b(): ...\n"}), ["b.py"])["b.py"].definitions


def test_nothing_is_started_when_the_cache_knows_it_all(
    path: Path, memory_tree: TreeMaker, children: Callable[[int], list[int]]
) -> None:
    for warm in (False, True):
        with Store(path) as store:
            store.survey(memory_tree(many_files()), ["Other1"])
            assert bool(children(os.getpid())) is not warm


def test_an_unusable_cache_is_noted_once_and_changes_nothing(tmp_path: Path, memory_tree: TreeMaker) -> None:
    (tmp_path / "file").write_text("")
    with Store(tmp_path / "file" / "graph.sqlite") as store:
        assert list(store.survey(memory_tree({"a.go": GO}), ["Load"]).facts) == ["a.go"]
    assert len(store.notes) == 1
    assert store.notes[0].startswith("no graph cache (")
