"""What may stand for hunks."""

from __future__ import annotations

import pytest

from rao_review.policy.llm.selectors import select
from rao_review.types import Hunk

HUNKS = [
    Hunk(f"h{n}", path, 1, 1, 1, 1, "", ("+x",), 1, 0)
    for n, path in enumerate(["src/a.py", "src/a.py", "src/core/b.py", "docs/c.md", "g2", "web/[id]/d.ts"], start=1)
]
GROUPS = {"g1": ("h1", "h3"), "g2": ("h4",)}


@pytest.mark.parametrize(
    ("selector", "meant"),
    [
        ("h2", ["h2"]),
        (" `h2` ", ["h2"]),
        ("h2-h4", ["h2", "h3", "h4"]),
        ("h4..h2", ["h2", "h3", "h4"]),
        ("g1", ["h1", "h3"]),
        ("g2", ["h5"]),  # a file of that name comes before a group
        ("src/a.py", ["h1", "h2"]),
        ("src/", ["h1", "h2", "h3"]),
        ("src", ["h1", "h2", "h3"]),
        ("*.md", ["h4"]),
        ("*", ["h1", "h2", "h3", "h4", "h5", "h6"]),
        ("web/[id]/d.ts", ["h6"]),
    ],
)
def test_selectors(selector: str, meant: list[str]) -> None:
    assert select([selector], HUNKS, GROUPS) == (tuple(meant), ())


def test_what_means_nothing_is_named() -> None:
    assert select(["h9", "src/a.py", "../etc"], HUNKS, GROUPS) == (("h1", "h2"), ("h9", "../etc"))
