"""Grouping: a partition that keeps together what depends on each other, in balance, the same every time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.graph.model import Edge
from rao_review.policy.grouping import Leaf, group
from rao_review.types import Hunk

LEAF = Leaf(hunks=4, lines=40)


def hunk(number: int, path: str, lines: int = 1) -> Hunk:
    return Hunk(f"h{number}", path, 1, 0, 1, lines, "", ("+x",) * lines, lines, 0)


def by_source(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[Edge]]:
    found: dict[str, list[Edge]] = defaultdict(list)
    for source, target in pairs:
        found[source].append(Edge(source, target, "calls", "name"))
    return found


def names(groups: Iterable[Iterable[Hunk]]) -> list[list[str]]:
    return [[h.id for h in g] for g in groups]


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Hunk], list[tuple[str, str]]]:
    paths = sorted(draw(st.lists(st.sampled_from([f"d{d}/f{f}.py" for d in range(4) for f in range(4)]), max_size=30)))
    hunks = [hunk(n, path, draw(st.sampled_from([0, 1, 12, 30, 90]))) for n, path in enumerate(paths)]
    ends = st.sampled_from([h.id for h in hunks]) if hunks else st.nothing()
    return hunks, draw(st.lists(st.tuples(ends, ends), max_size=20)) if hunks else []


@settings(max_examples=60, deadline=None)
@given(changes(), st.integers(1, 9))
def test_a_partition_of_bounded_groups(change: tuple[list[Hunk], list[tuple[str, str]]], most: int) -> None:
    hunks, pairs = change
    groups = group(hunks, by_source(pairs), LEAF.weight, LEAF.lines, most)
    assert sorted(h for g in names(groups) for h in g) == sorted(h.id for h in hunks)
    assert all(groups)
    assert len(groups) <= most
    order = [h.id for h in hunks]
    assert all(g == sorted(g, key=order.index) for g in names(groups))


@settings(max_examples=60, deadline=None)
@given(changes())
def test_groups_fit_in_a_leaf_when_there_may_be_many(change: tuple[list[Hunk], list[tuple[str, str]]]) -> None:
    hunks, pairs = change
    groups = group(hunks, by_source(pairs), LEAF.weight, LEAF.lines, 1000)
    assert all(LEAF.holds(g) for g in groups)
    # Two groups that would fit together in a leaf are only left apart when they lie in different directories.
    assert (
        len(groups)
        <= 2 * sum(map(LEAF.weight, hunks)) / LEAF.lines + 2 * len({h.path.split("/")[0] for h in hunks}) + 1
    )


@settings(max_examples=60, deadline=None)
@given(changes(), st.integers(1, 9), st.randoms())
def test_the_order_of_edges_does_not_matter(
    change: tuple[list[Hunk], list[tuple[str, str]]], most: int, random: object
) -> None:
    hunks, pairs = change
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group(hunks, by_source(pairs), LEAF.weight, LEAF.lines, most) == group(
        hunks, by_source(shuffled), LEAF.weight, LEAF.lines, most
    )


def test_what_depends_on_each_other_stays_together() -> None:
    hunks = [hunk(n, f"{directory}/f{n}.py", 10) for n, directory in enumerate("aabbccdd")]
    pairs = [("h0", "h7"), ("h2", "h5"), ("h4", "h2")]
    groups = [set(g) for g in names(group(hunks, by_source(pairs), LEAF.weight, LEAF.lines, 1000))]
    assert any({"h0", "h7"} <= g for g in groups)
    assert any({"h2", "h4", "h5"} <= g for g in groups)


def test_a_giant_component_is_cut_where_it_hangs_together_least() -> None:
    hunks = [hunk(n, f"f{n}.py", 10) for n in range(8)]
    dense = [(f"h{a}", f"h{b}") for half in (range(0, 8, 2), range(1, 8, 2)) for a in half for b in half if a < b]
    bridge = [("h0", "h1")]
    assert names(group(hunks, by_source([*bridge, *dense, *dense]), LEAF.weight, LEAF.lines, 1000)) == [
        ["h0", "h2", "h4", "h6"],
        ["h1", "h3", "h5", "h7"],
    ]


def test_a_file_stays_together_and_directories_are_packed() -> None:
    hunks = [hunk(n, path) for n, path in enumerate(["a/x.py"] * 3 + ["a/y.py"] + ["b/c/z.py", "b/v.py", "b/w.py"])]
    assert names(group(hunks, {}, LEAF.weight, LEAF.lines, 1000)) == [["h0", "h1", "h2", "h3"], ["h4", "h5", "h6"]]


def test_few_groups_are_equal_shares() -> None:
    hunks = [hunk(n, f"d{n // 100}/f{n}.py", 10) for n in range(400)]
    sizes = [len(g) for g in group(hunks, {}, LEAF.weight, LEAF.lines, 8)]
    assert len(sizes) == 8
    assert max(sizes) <= 2 * min(sizes)


def test_a_leaf_grows_with_the_change() -> None:
    hunks = [hunk(n, f"f{n}.py", 10) for n in range(400)]
    assert LEAF.scaled(hunks[:8], leaves=10) == LEAF
    larger = LEAF.scaled(hunks, leaves=10)
    assert larger == Leaf(40, 400)
    assert len(group(hunks, {}, larger.weight, larger.lines, 1000)) == 10
