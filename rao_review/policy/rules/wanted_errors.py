"""Comments that say that a compiler of scripts is expected to refuse what stands below them."""

from __future__ import annotations

import re

from rao_review.graph.graph import Graph

_WANTED = re.compile(r"//\s*(?:\$ExpectError|@ts-expect-error|@ts-ignore)\b")


def is_wanted(graph: Graph, path: str, line: int, end_line: int = 0) -> bool:
    """Whether such a comment stands on a line of what goes from `line` to `end_line`, or on the one before."""
    lines = graph.lines(path, "head")[max(line - 2, 0) : max(end_line, line)]
    return any(map(_WANTED.search, lines))
