"""What a change did to definitions that stand in several files."""

from __future__ import annotations

from changes import GraphOf
from changes import graph_of as graph_of

from rao_review.graph.graph import Graph


def moves(graph: Graph) -> set[tuple[str, str, str]]:
    """(kind, name, head path) of all that went from where it was."""
    gone = (c for c in graph.changes() if c.kind in ("removed", "moved"))
    return {(c.kind, c.name, c.head.path if c.head else "") for c in gone}


def test_a_tiny_body_moves_only_where_an_import_follows(graph_of: GraphOf) -> None:
    base = {
        "shop/types.py": 'T = TypeVar("T")\nLIMIT = 3\n\ndef total(items):\n    found = sum(items)\n    return found\n',
        "shop/cart.py": "from shop.types import LIMIT\n",
    }
    head = {
        "shop/types.py": "other = 1\n",
        "shop/adapter.py": 'T = TypeVar("T")\n\ndef total(items):\n    found = sum(items)\n    return found\n',
        "shop/limits/__init__.py": "LIMIT = 3\n",
        "shop/cart.py": "from shop.limits import LIMIT\n",
    }
    assert moves(graph_of(base, head)) == {
        ("removed", "T", ""),
        ("moved", "LIMIT", "shop/limits/__init__.py"),
        ("moved", "total", "shop/adapter.py"),
    }


def test_a_tiny_body_moves_with_its_file(graph_of: GraphOf) -> None:
    body = 'T = TypeVar("T")\n' + "".join(f"name_{n} = {n}\n" for n in range(20))
    graph = graph_of({"types.py": body}, {"types.py": None, "kinds.py": body + "more = 1\n"})
    assert ("moved", "T", "kinds.py") in moves(graph)
