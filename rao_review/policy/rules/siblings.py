"""Where a block that a change edits stands once more, untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rao_review.graph.graph import Graph
from rao_review.policy.rules.edits import Edit, has_substance, indent, is_code, is_comment, shape
from rao_review.policy.rules.hunk_evidence import base_path_of
from rao_review.policy.rules.paths import is_product

Surroundings = tuple[tuple[str, ...], tuple[str, ...]]
_NAME = re.compile(r"[A-Za-z_]\w{3,}")
_FIELD = re.compile(r"[\w.'\"-]+(\s*(:|=>|=)\s.*)?,$")
_CONTEXT = 3
_REACH = 16
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
    literals = _literals(graph, edits)
    suffix = first.hunk.path.rpartition(".")[2]
    found: list[Copy] = []
    for path in files_with(graph, first.removed):
        if not path.endswith(f".{suffix}") or not is_product(path):
            continue
        lines = graph.lines(path, "head")
        for line in occurrences(lines, first.removed):
            last = line + len(first.removed) - 1
            beside = int(first.inserted)  # where the very same was inserted, the lines beside it stand untouched
            if graph.is_touched(path, "head", line - beside, last + beside):
                continue
            if literals and _opener(lines, line) not in literals:
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
    """The nearest lines of code before `start` and after `end`, nearest first. Where the block ends that they stand in, an empty line."""
    before = (lines[n - 1].strip() for n in range(start - 1, max(0, start - _REACH), -1))
    return tuple(islice(filter(is_code, before), _CONTEXT)), tuple(islice(_following(lines, start, end), _CONTEXT))


def _following(lines: Sequence[str], start: int, end: int) -> Iterator[str]:
    own = indent(lines[start - 1]) if start <= len(lines) else 0
    for line in lines[end : end + _REACH]:
        text = line.strip()
        if text and not is_comment(text) and indent(line) < own:
            yield ""
            return
        if is_code(text):
            yield text


def _literals(graph: Graph, edits: Sequence[Edit]) -> set[str]:
    """Of edits that only add fields to literals: how these begin, for a literal of another type has fields of its own. Empty for others."""
    gained = [text for text in edits[0].added if text not in edits[0].removed]
    if not edits[0].inserted or not all(_FIELD.match(text) or is_comment(text) for text in gained):
        return set()
    return {_opener(graph.lines(base_path_of(graph, e.hunk), "base"), e.base_line) for e in edits}


def _opener(lines: Sequence[str], line: int) -> str:
    """The nearest line of code before `line` that is indented less."""
    own = indent(lines[line - 1]) if line <= len(lines) else 0
    above = (lines[n - 1] for n in range(line - 1, max(0, line - 4 * _REACH), -1))
    return next((text.strip() for text in above if is_code(text) and indent(text) < own), "")


def _agree(one: Surroundings, other: Surroundings, equal: int) -> bool:
    """Whether the lines around two blocks of `equal` equal lines are those of copies.

    Most must have the same structure, place by place, among them the line that follows, and some the same words.
    """
    if one[1] and other[1] and shape(one[1][0]) != shape(other[1][0]):
        return False
    pairs = [(a, b) for mine, theirs in zip(one, other, strict=True) for a, b in zip(mine, theirs, strict=False)]
    same = sum(a == b for a, b in pairs)
    words = sum(a == b and len(a) > _TRIVIAL for a, b in pairs)
    alike = sum(a != b and len(a) > _TRIVIAL and shape(a) == shape(b) for a, b in pairs)
    return words >= 1 and words + equal >= _LEAST_WORDS and same + alike >= _LEAST_CONTEXT


def _copy(graph: Graph, path: str, line: int) -> Copy:
    enclosing = graph.enclosing(path, "head", line)
    return Copy(path, line, enclosing.definition.qualname if enclosing else "")
