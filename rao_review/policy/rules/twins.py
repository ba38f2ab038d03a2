"""Functions that were copies of each other at base, found without comparing all with all.

Two bodies of n lines count as copies when at most n/10 lines differ. Cut into n//10 + 1 pieces, such bodies agree in at least one whole
piece, so an index of pieces finds every copy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import ref

from rao_review.graph.facts import Definition
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules.edits import COMMENT_STARTS, Edit, shape
from rao_review.policy.rules.hunk_evidence import base_path_of, per_graph, read_ahead
from rao_review.policy.rules.paths import is_product
from rao_review.policy.rules.siblings import Copy, files_with, occurrences
from rao_review.types import Side

Piece = tuple[int, int, int]
_LEAST_LINES = 6
_MOST_LINES = 200
_MOST_FILES = 12
_KEPT_FILES = 32
_FUNCTIONS = frozenset({"function", "method"})
_MARKS = frozenset(start[0] for start in COMMENT_STARTS)


@dataclass(frozen=True, slots=True)
class Body:
    """The lines of a function below its header: numbers, and stripped texts without comments and blank lines."""

    reference: DefinitionRef
    numbers: tuple[int, ...]
    texts: tuple[str, ...]

    def pieces(self) -> list[Piece]:
        return _pieces(self.texts)


def _pieces(texts: tuple[str, ...]) -> list[Piece]:
    total = len(texts)
    count = total // 10 + 1
    return [(total, i, hash(texts[i * total // count : (i + 1) * total // count])) for i in range(count)]


def twins_of(graph: Graph, edit: Edit, *, everywhere: bool) -> Iterator[Copy]:
    """Untouched functions that were copies of the one inside which `edit` is.

    Args:
        everywhere: also look into files that the change does not touch.
    """
    base_path = base_path_of(graph, edit.hunk)
    own = graph.enclosing(base_path, "base", edit.base_line)
    mine = body_of(_code(graph, own), own) if own is not None else None
    if own is None or mine is None:
        return
    for other in _candidates(graph, edit, mine, everywhere):
        line = _counterpart(edit, mine, other)
        path = _untouched(graph, other.reference, line) if line else None
        if path is not None:
            yield Copy(*path, other.reference.definition.qualname)


def _candidates(graph: Graph, edit: Edit, mine: Body, everywhere: bool) -> Iterator[Body]:
    """Other functions, each once, in files of the same ending, that share a piece with this one or may do so."""
    own = mine.reference
    index = _index(graph)
    seen = {(own.path, own.definition.qualname)}
    for reference in [one for piece in mine.pieces() for one in index.get(piece, ())]:
        key = (reference.path, reference.definition.qualname)
        if key not in seen and _ending(own.path) == _ending(reference.path):
            seen.add(key)
            body = body_of(_code(graph, reference), reference)
            if body is not None:
                yield body
    for body in _elsewhere(graph, edit, mine) if everywhere else ():
        key = (body.reference.path, body.reference.definition.qualname)
        if key not in seen and _ending(own.path) == _ending(key[0]):
            seen.add(key)
            yield body


def _ending(path: str) -> str:
    return path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Code:
    """The lines of a file without comments and blank ones: numbers, and stripped texts."""

    numbers: Sequence[int]
    texts: tuple[str, ...]

    def body(self, definition: Definition) -> tuple[int, int]:
        """From where to where the body of a function is in it that is long enough to have copies; nowhere for anything else."""
        extent = definition.end_line - definition.line
        if definition.kind not in _FUNCTIONS or not _LEAST_LINES <= extent <= _MOST_LINES:
            return 0, 0
        start = bisect_right(self.numbers, definition.line)
        end = bisect_right(self.numbers, definition.end_line, start)
        return (start, end) if end - start >= _LEAST_LINES else (0, 0)


def _code(graph: Graph, reference: DefinitionRef) -> Code:
    return _read_codes(graph)(reference.path, reference.side)


@per_graph
def _read_codes(graph: Graph) -> Callable[[str, Side], Code]:
    """Reads the code of files; the last few are kept."""
    alone = ref(graph)

    @lru_cache(maxsize=_KEPT_FILES)
    def read(path: str, side: Side) -> Code:
        subject = alone()
        assert subject is not None  # whoever asks has it
        texts = [*map(str.strip, subject.lines(path, side))]
        kept = [
            n for n, text in enumerate(texts) if text and (text[0] not in _MARKS or not text.startswith(COMMENT_STARTS))
        ]
        return Code([n + 1 for n in kept], tuple([texts[n] for n in kept]))

    return read


def body_of(code: Code, reference: DefinitionRef) -> Body | None:
    """The body of a function that is long enough to have copies; None for anything else."""
    start, end = code.body(reference.definition)
    return Body(reference, tuple(code.numbers[start:end]), code.texts[start:end]) if end else None


@per_graph
def _index(graph: Graph) -> Mapping[Piece, list[DefinitionRef]]:
    """The functions of the changed product files at base, by the pieces of their bodies."""
    index: dict[Piece, list[DefinitionRef]] = defaultdict(list)
    files = (f for f in graph.change.files if f.base_path and f.head_path and not f.skip)
    for path in read_ahead(graph, [f.base_path for f in files if f.base_path and is_product(f.base_path)], "base"):
        facts = graph.scope_facts(path, "base")
        code = _read_codes(graph)(path, "base") if facts else Code((), ())
        for definition in facts.definitions if facts else ():
            start, end = code.body(definition)
            if end:
                reference = DefinitionRef(path, "base", definition)
                for piece in _pieces(code.texts[start:end]):
                    index[piece].append(reference)
    return index


def _bodies(graph: Graph, path: str, side: Side) -> Iterator[Body]:
    facts = graph.scope_facts(path, side)
    references = [DefinitionRef(path, side, d) for d in facts.definitions if d.kind in _FUNCTIONS] if facts else []
    for reference in references:
        body = body_of(_code(graph, reference), reference)
        if body is not None:
            yield body


def _elsewhere(graph: Graph, edit: Edit, mine: Body) -> Iterator[Body]:
    """Functions of the same length in unchanged files that hold the edited lines to the letter."""
    sample = edit.removed
    changed = {f.head_path for f in graph.change.files}
    for path in files_with(graph, sample, _MOST_FILES) if sample else ():
        if (
            path in changed
            or not is_product(path)
            or not any(True for _ in occurrences(graph.lines(path, "head"), sample[:1]))
        ):
            continue
        yield from (b for b in _bodies(graph, path, "head") if len(b.texts) == len(mine.texts))


def _counterpart(edit: Edit, mine: Body, other: Body) -> int:
    """The line of `other` that stands where `edit` changes `mine`; 0 when they are no copies, or differ at that place."""
    if len(mine.texts) != len(other.texts):
        return 0
    different = [i for i, (a, b) in enumerate(zip(mine.texts, other.texts, strict=True)) if a != b]
    if len(different) > len(mine.texts) // 10 or any(shape(mine.texts[i]) != shape(other.texts[i]) for i in different):
        return 0
    touched = [i for i, n in enumerate(mine.numbers) if edit.base_line <= n <= edit.base_end]
    if not touched or any(i in different for i in touched):
        return 0
    return other.numbers[touched[0]]


def _untouched(graph: Graph, reference: DefinitionRef, line: int) -> tuple[str, int] | None:
    """Where a function's line is at head when the change left the whole function alone."""
    definition = reference.definition
    if reference.side == "head":
        return reference.path, line
    if graph.is_touched(reference.path, "base", definition.start_line, definition.end_line):
        return None
    at = graph.other_line(reference.path, "base", line)
    top, bottom = (graph.other_line(reference.path, "base", n) for n in (definition.line, definition.end_line))
    if at is None or top is None or bottom is None or bottom[1] - top[1] != definition.end_line - definition.line:
        return None
    return at
