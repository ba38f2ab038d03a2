"""The anchor check: a quote is believed where it stands, and nowhere else."""

from __future__ import annotations

import pytest
from changes import GraphOf

from rao_review.checks import Judge
from rao_review.graph.graph import Graph
from rao_review.types import Anchor, Finding, Severity, Side

BASE = (
    "import os\n\n\ndef load(path):\n    return open(path)\n\n\ndef save(path):\n    return open(path)\n"
    + "\n" * 20
    + "end()\n"
)
HEAD = BASE.replace("def save(path):\n    return open(path)", "def save(path, data):\n    return open(path)\n    # é\r")


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    return graph_of({"a.py": BASE, "gone.py": "old()\n"}, {"a.py": HEAD, "gone.py": None})


def anchored(
    graph: Graph, quote: str, line: int, path: str = "a.py", side: Side = "head", hunks: tuple[str, ...] = ()
) -> Finding:
    finding = Finding("", Anchor(path, side, line, line, quote), Severity.HIGH, "correctness", "t", "b", hunks=hunks)
    return Judge(graph).judge(finding)


@pytest.mark.parametrize(
    ("quote", "named", "found"),
    [
        ("import os", 1, (1, 1)),
        ("\timport os  ", 1, (1, 1)),
        ("open(path)", 5, (5, 5)),  # a part of a line, at the named line
        ("return open(path)", 9, (9, 9)),  # twice in the file, once at the named line
        ("def save(path, data):", 3, (8, 8)),  # unique elsewhere: the line is corrected
        ("def save(path, data):\n  return open(path)", 1, (8, 9)),  # several lines, whatever their indentation
        ("# é", 10, (10, 10)),  # a carriage return is white space
    ],
)
def test_found(graph: Graph, quote: str, named: int, found: tuple[int, int]) -> None:
    finding = anchored(graph, quote, named)
    assert finding.anchor_verdict is not None
    assert finding.anchor_verdict.status == "passed"
    assert (finding.anchor.line, finding.anchor.end_line) == found
    assert finding.status == "unverified"  # an anchor alone proves nothing


@pytest.mark.parametrize(
    ("quote", "named", "path", "side"),
    [
        ("return open(path)", 1, "a.py", "head"),  # twice, and neither named: no guess
        ("def save(path):", 8, "a.py", "head"),  # that is base
        ("import sys", 1, "a.py", "head"),
        ("", 1, "a.py", "head"),
        (" \n ", 3, "a.py", "head"),
        ("import os", 1, "../a.py", "head"),
        ("old()", 1, "gone.py", "head"),
        ("import os\nimport os", 1, "a.py", "head"),
    ],
)
def test_not_found(graph: Graph, quote: str, named: int, path: str, side: Side) -> None:
    finding = anchored(graph, quote, named, path, side)
    assert finding.status == "refuted"
    assert finding.anchor == Anchor(path, side, named, named, quote)


def test_the_named_hunk_settles_which_one_is_meant(graph_of: GraphOf) -> None:
    block = "def one():\n    done()\n"
    base = {"a.py": block + "\n" * 20 + "x = 1\n"}
    graph = graph_of(base, {"a.py": block + "\n" * 20 + block.replace("def one", "def two")})
    (hunk,) = graph.change.hunks()
    assert anchored(graph, "done()", 9).status == "refuted"  # in lines 2 and 24
    finding = anchored(graph, "done()", 9, hunks=(hunk.id, "h999"))
    assert finding.anchor.line == 24
    assert finding.hunks == (hunk.id,)  # hunks that do not exist are taken out


def test_the_base_side_of_a_deleted_file(graph: Graph) -> None:
    assert anchored(graph, "old()", 1, "gone.py", "base").status == "unverified"


def test_a_finding_belongs_to_the_hunk_around_its_anchor(graph: Graph) -> None:
    assert anchored(graph, "def save(path, data):", 8).hunks == (graph.hunk_at("a.py", "head", 8).id,)  # type: ignore[union-attr]
    assert anchored(graph, "import os", 1).hunks == ()
