"""What the graph reads, and what it leaves alone."""

from __future__ import annotations

import pytest
from changes import GraphOf
from changes import graph_of as graph_of

USER = "package shop\n\nfunc total( { lib.Total(\n"


@pytest.mark.parametrize(
    ("path", "looked_at"), [("lib/lib.go", {"shop/shop.go"}), ("vendor/acme.org/lib/lib.go", set())]
)
def test_nothing_is_searched_for_what_is_skipped(graph_of: GraphOf, path: str, looked_at: set[str]) -> None:
    """The user is broken, so that a look at it leaves a trace."""
    graph = graph_of({path: "package lib\n\nfunc Total() {}\n", "shop/shop.go": USER}, {path: "package lib\n"})
    assert [(change.kind, change.name) for change in graph.changes()] == [("removed", "Total")]
    assert graph.unknown.keys() == looked_at
