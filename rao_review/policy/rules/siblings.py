"""Where a block that a change edits stands once more, untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rao_review.graph.graph import Graph
from rao_review.policy.rules.edits import Edit, has_substance, shape
from rao_review.policy.rules.hunk_evidence import base_path_of
from rao_review.policy.rules.paths import is_product

Surroundings = tuple[tuple[str, ...], tuple[str, ...]]
_NAME = re.compile(r"[A-Za-z_]\w{3,}")
_CONTEXT = 3
_LEAST_CONTEXT = 4
_LEAST_WORDS = 2
_TRIVIAL = 4
_MOST_FILES = 60
_MOST_CONTEXTS = 20


@dataclass(frozen=True, slots=True)
class Copy:
    """An untouched copy at head: its first line, and the definition around it ('' at module level)."""

    path: str
    line: int
    symbol: str


def copies_of(graph: Graph, edits: Sequence[Edit]) -> list[Copy]:
    """Untouched copies at head of the lines that all these edits replace, with the same code around them.

    None when there are more of them than edits: then the edit is the exception.

    Args:
        edits: at least one; all remove the same lines.
    """
    first = edits[0]
    if not has_substance(first.removed):
        return []
    around = (
        _around(graph.lines(base_path_of(graph, e.hunk), "base"), e.base_line, e.base_end)
        for e in edits[:_MOST_CONTEXTS]
    )
    contexts = list(dict.fromkeys(around))
    suffix = first.hunk.path.rpartition(".")[2]
    found: list[Copy] = []
    for path in files_with(graph, first.removed):
        if not path.endswith(f".{suffix}") or not is_product(path):
            continue
        lines = graph.lines(path, "head")
        for line in occurrences(lines, first.removed):
            last = line + len(first.removed) - 1
            if graph.is_touched(path, "head", line, last):
                continue
            here = _around(lines, line, last)
            if any(_agree(here, context, len(first.removed)) for context in contexts):
                found.append(_copy(graph, path, line))
                if len(found) > len(edits):
                    return []
    return found


def files_with(graph: Graph, texts: Sequence[str], most: int = _MOST_FILES) -> Sequence[str]:
    """The files of head that contain the longest name of some lines; () when that name is in too many to tell anything."""
    name = telling_name(texts)
    paths = graph.search(name, "head") if name else ()
    return paths if len(paths) <= most else ()


def telling_name(texts: Sequence[str]) -> str:
    """The longest name of some lines, '' when they have none worth a search."""
    return min(set(_NAME.findall(" ".join(texts))), key=lambda name: (-len(name), name), default="")


def occurrences(lines: Sequence[str], wanted: Sequence[str]) -> Iterator[int]:
    """The 1-based numbers of the lines at which these stripped lines stand one after the other."""
    for number in range(1, len(lines) - len(wanted) + 2):
        if lines[number - 1].strip() == wanted[0] and all(
            lines[number - 1 + i].strip() == text for i, text in enumerate(wanted)
        ):
            yield number


def _around(lines: Sequence[str], start: int, end: int) -> Surroundings:
    """The nearest lines with text before `start` and after `end`, nearest first."""
    before = [t for n in range(start - 1, max(0, start - 12), -1) if (t := lines[n - 1].strip())]
    after = [t for n in range(end + 1, min(len(lines), end + 12) + 1) if (t := lines[n - 1].strip())]
    return tuple(before[:_CONTEXT]), tuple(after[:_CONTEXT])


def _agree(one: Surroundings, other: Surroundings, equal: int) -> bool:
    """Whether the lines around two blocks of `equal` equal lines are those of copies.

    Most must have the same structure, place by place, and some the same words.
    """
    pairs = [(a, b) for mine, theirs in zip(one, other, strict=True) for a, b in zip(mine, theirs, strict=False)]
    same = sum(a == b for a, b in pairs)
    words = sum(a == b and len(a) > _TRIVIAL for a, b in pairs)
    alike = sum(a != b and len(a) > _TRIVIAL and shape(a) == shape(b) for a, b in pairs)
    return words >= 1 and words + equal >= _LEAST_WORDS and same + alike >= _LEAST_CONTEXT


def _copy(graph: Graph, path: str, line: int) -> Copy:
    enclosing = graph.enclosing(path, "head", line)
    return Copy(path, line, enclosing.definition.qualname if enclosing else "")
