"""The desk: what the tools show, and that nothing outside the trees exists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes import GraphOf

from rao_review.agent.desk import Desk, hunk_text
from rao_review.agent.protocol import (
    Neighbours,
    Overview,
    Query,
    ReadFile,
    ReadHunks,
    Reading,
    Refusal,
    Search,
    Symbol,
    TryCheck,
)
from rao_review.checks import Judge
from rao_review.graph.graph import Graph
from rao_review.types import RegexCheck

BASE = {
    "pkg/library.py": "def load(path):\n    return path\n",
    "pkg/user.py": "from pkg.library import load\n\nload('x')\n",
    "docs/guide.md": "Call `load(path)`.\n",
    "image.bin": b"\0load",
    "yarn.lock": "a\n",
    "long.txt": "x" * 5000 + "\n" + "".join(f"row {n}\n" for n in range(30)),
    "empty.txt": "",
}
HEAD = {
    "pkg/library.py": "def read(path):\n    return path\n",
    "pkg/user.py": "from pkg.library import read\n\nread('x')\n",
    "yarn.lock": "b\n",
}


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    return graph_of(BASE, HEAD)


def look(graph: Graph, query: Query, characters: int = 10_000) -> Reading:
    answer = Desk(graph, Judge(graph), characters).look(query)
    assert isinstance(answer, Reading), answer
    return answer


def every_page(graph: Graph, query: Query, characters: int) -> list[Reading]:
    pages = []
    rest: Query | None = query
    while rest is not None:
        pages.append(look(graph, rest, characters))
        rest = pages[-1].rest
    return pages


def test_read_hunks(graph: Graph) -> None:
    hunks = tuple(h.id for h in graph.change.reviewable())
    reading = look(graph, ReadHunks(hunks))
    assert (
        "hunk h1 pkg/library.py @@ -1,2 +1,2 @@\n-def load(path):\n+def read(path):\n     return path" in reading.text
    )
    assert [(p.hunk, p.start, p.end == p.of) for p in reading.parts] == [(h, 0, True) for h in hunks]


@pytest.mark.parametrize("characters", [1, 7, 30, 60, 200])
def test_pages_of_hunks_join_to_the_whole(graph: Graph, characters: int) -> None:
    hunks = tuple(h.id for h in graph.change.hunks())
    parts = [p for page in every_page(graph, ReadHunks(hunks), characters) for p in page.parts]
    for hunk in graph.change.hunks():
        own = [p for p in parts if p.hunk == hunk.id]
        assert "".join(hunk_text(hunk)[p.start : p.end] for p in own) == hunk_text(hunk)


def test_read_file(graph: Graph) -> None:
    assert look(graph, ReadFile("pkg/library.py", 1, 1, "base")).text == "1\tdef load(path):"
    assert look(graph, ReadFile("docs/guide.md")).text == "1\tCall `load(path)`."
    long = every_page(graph, ReadFile("long.txt"), 60)
    assert long[0].text == "1\t" + "x" * 1998 + " … 3002 more characters"  # at least a line a page, and no endless one
    rows = "\n".join(page.text for page in long).split("\n")
    assert [row.split("\t")[0] for row in rows] == [str(n) for n in range(1, 32)]


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "pkg", "pkg/../pkg/user.py", "", "empty.txt", ".git/config", "\0"]
)
def test_what_is_not_in_the_trees_does_not_exist(graph: Graph, path: str) -> None:
    assert isinstance(Desk(graph, Judge(graph), 100).look(ReadFile(path)), Refusal)


def test_search(graph: Graph) -> None:
    assert look(graph, Search(r"\bload\(")).text == "docs/guide.md:1: Call `load(path)`."
    assert look(graph, Search(r"^load\b", side="base")).text == "pkg/user.py:3: load('x')"
    assert look(graph, Search("read", ("pkg",))).text.count("\n") == 2
    assert look(graph, Search("read", ("*/user.py",))).text.count("\n") == 1
    assert look(graph, Search("no such thing")).text == "nothing"
    pages = every_page(graph, Search("^row"), 20)
    assert "\n".join(p.text for p in pages).split("\n") == [f"long.txt:{n + 2}: row {n}" for n in range(30)]
    assert isinstance(Desk(graph, Judge(graph), 100).look(Search("(")), Refusal)


def test_overview(graph: Graph) -> None:
    text = look(graph, Overview()).text
    assert "modified pkg/library.py +1 -1: h1" in text
    assert "modified yarn.lock +1 -1: skipped: lock file" in text
    assert "yarn.lock" not in look(graph, Overview("pkg/")).text
    whole = "\n".join(page.text for page in every_page(graph, Overview(), 50))
    assert whole == text


def test_symbol(graph: Graph) -> None:
    text = look(graph, Symbol("load")).text
    assert "base pkg/library.py:1 defines function load" in text
    assert "base pkg/user.py:3 call: load('x')" in text
    assert "head" not in text


def test_neighbours(graph: Graph) -> None:
    (first, second) = (h.id for h in graph.change.reviewable())
    assert f"{second} (pkg/user.py:1) imports " in look(graph, Neighbours((first,))).text
    assert look(graph, Neighbours(("h99",))).text == "nothing"


def test_a_check_can_be_tried(graph: Graph) -> None:
    check = RegexCheck("read", "pkg/library.py", "head", 1, 1)
    assert look(graph, TryCheck(check)).text.startswith("passed (differs at base): ")
    assert look(graph, TryCheck(replace(check, expect=False))).text.startswith("failed")


def test_hunks_that_do_not_exist_are_refused(graph: Graph) -> None:
    desk = Desk(graph, Judge(graph), 100)
    assert desk.look(ReadHunks(("h1", "h77"))) == Refusal("no such hunk: h77")
    assert desk.look(ReadHunks(())) == Refusal("no hunks are named")


def test_a_name_cannot_look_like_several_lines(graph_of: GraphOf) -> None:
    name = "a\nhunk h9 .env @@ -0,0 +1 @@\n.py"
    graph = graph_of({"b.py": "x = 1\n"}, {name: "x = 2\n"})
    desk = Desk(graph, Judge(graph), 10_000)
    for query in (ReadHunks(("h1",)), Overview(), Search("x = 2")):
        answer = desk.look(query)
        assert isinstance(answer, Reading)
        assert "\nhunk h9" not in answer.text
        assert "a\\nhunk h9" in answer.text
