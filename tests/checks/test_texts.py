"""How the lines of the two sides correspond, against what the lines themselves say."""

from __future__ import annotations

import pytest
from changes import GraphOf

from rao_review.checks.texts import Span, Texts
from rao_review.types import Side

# Every line is unique, so a line that is on both sides can be found by its text.
BASE = [f"line {n}" for n in range(1, 61)]
HEAD = ["new top", *BASE[:9], "nine and a half", *BASE[9:19], "twenty", "and more", *BASE[20:29], *BASE[33:58]]


@pytest.mark.parametrize("context", [0, 1, 3, 10])
def test_unchanged_lines_find_their_like_and_changed_ones_what_they_replace(graph_of: GraphOf, context: int) -> None:
    files = {"a.txt": "\n".join(BASE) + "\n"}, {"a.txt": "\n".join(HEAD) + "\n"}
    texts = Texts(graph_of(*files, patch=True, context=context))

    def across(side: Side, start: int, end: int) -> tuple[int, int]:
        found = texts.across(Span("a.txt", side, start, end))
        assert found is not None
        return found.start, found.end

    for side, mine, theirs in (("head", HEAD, BASE), ("base", BASE, HEAD)):
        for number, line in enumerate(mine, start=1):
            if line in theirs:
                like = theirs.index(line) + 1
                assert across(side, number, number) == (like, like), line  # type: ignore[arg-type]

    assert across("head", 1, 1) == (1, 0)  # the new top stands before everything
    assert across("head", 11, 11) == (10, 9)
    assert across("head", 22, 23) == (20, 20)  # two lines for `line 20`
    assert across("base", 20, 20) == (22, 23)
    assert across("base", 30, 33) == (33, 32)  # taken out
    assert across("base", 29, 34) == (32, 33)
    assert across("head", 10, 12) == (9, 10)
