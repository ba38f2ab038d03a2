"""Pages: whatever the sizes, every piece of text that was read is shown once, or said to be abandoned."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.agent.protocol import Part, ReadHunks, Reading
from rao_review.policy.llm.pages import Pages

HUNKS = st.lists(st.integers(1, 400), min_size=1, max_size=12)


def read_all(sizes: list[int], cap: int) -> dict[str, Reading]:
    """The readings that a desk with `cap` characters would give: one hunk each, giant ones in several."""
    readings = {}
    ids = [f"h{n}" for n in range(len(sizes))]
    for n, size in enumerate(sizes):
        for start in range(0, size, cap):
            end = min(start + cap, size)
            text = "".join(f"{ids[n]}:{i};" for i in range(start, end))
            last = end == size
            rest = ReadHunks(tuple(ids[n + 1 :]) if last else tuple(ids[n:]), 0 if last else end)
            over = last and n == len(sizes) - 1
            query = ReadHunks(tuple(ids[n:]), start)
            readings[repr(query)] = Reading(query, text, (Part(ids[n], start, end, size),), None if over else rest)
    return readings


@settings(deadline=None)  # how long an example takes is up to the machine
@given(HUNKS, st.integers(1, 120), st.integers(20, 3000), st.integers(0, 3))
def test_everything_is_shown_once(sizes: list[int], cap: int, room: int, lessenings: int) -> None:
    readings = read_all(sizes, cap)
    pages = Pages([f"h{n}" for n in range(len(sizes))], len)
    shown: list[str] = []
    while pages.more:
        while (query := pages.next_look(room)) is not None:
            pages.take(readings[repr(query)])
        portion = pages.portion(room)
        for _ in range(lessenings):
            portion = pages.lessen() or portion
        shown.append(portion.text.replace("\n", ""))
    expected = "".join(r.text for r in readings.values())
    assert "".join(shown) == expected


@settings(deadline=None)
@given(HUNKS, st.integers(20, 500))
def test_what_is_abandoned_has_not_been_shown_whole(sizes: list[int], room: int) -> None:
    ids = [f"h{n}" for n in range(len(sizes))]
    readings = read_all(sizes, 1000)
    pages = Pages(ids, len)
    while (query := pages.next_look(room)) is not None:
        pages.take(readings[repr(query)])
    portion = pages.portion(room)
    assert sorted({*portion.hunks, *pages.abandon()}) == sorted(ids)
    assert not pages.more
