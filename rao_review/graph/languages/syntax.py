"""What the languages share: the parser, the text of nodes, token digests, and putting the facts of a file together.

A language module walks the tree once, collects `Draft`s (definitions with byte offsets), uses, imports and bindings, notes
comments, literals and block ends in a `Layout`, and hands it all to `assemble`.

Offsets of the parser are bytes. `Source.text` has one character per byte (latin-1), so that it can be sliced by them at the
price of a `str` slice; `assemble` puts characters outside ASCII right at the end, in the few files that have any.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from itertools import accumulate, count
from operator import add, attrgetter, itemgetter
from typing import Any, TypeVar

from tree_sitter import Language, Node, Parser, Tree

from rao_review.graph.facts import (
    Arguments,
    Columns,
    DefinitionKind,
    FileFacts,
    Import,
    Param,
    UseKind,
)
from rao_review.graph.languages.digests import Digests, Layout

SIGNATURE_LENGTH = 400
ERROR = 0xFFFF
"""The `kind_id` of ERROR nodes in every grammar."""

_AnyFact = TypeVar("_AnyFact")


# ── parsing ──────────────────────────────────────────────────────────────────────────────────────────────


@cache
def grammar(module: str, entry: str = "language") -> Language:
    """The grammar of a wheel: `grammar('tree_sitter_python')`. Loaded once in a process."""
    return Language(getattr(import_module(module), entry)())


@cache
def parser(module: str, entry: str = "language") -> Parser:
    return Parser(grammar(module, entry))


def parse(source: bytes, module: str, entry: str = "language") -> Tree:
    return parser(module, entry).parse(source)


def descendants(node: Node) -> Iterator[Node]:
    """The named nodes below and including `node`, in source order, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.named_children))


class Source:
    """The bytes of a file, its text with one character per byte, and its line numbers."""

    __slots__ = ("raw", "starts", "text")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.text = raw.decode("latin-1")
        self.starts = [0, *map(add, accumulate(map(len, raw.split(b"\n")[:-1])), count(1))]

    def of(self, node: Node) -> str:
        """The text of a node (still one character per byte)."""
        return self.text[node.start_byte : node.end_byte]

    def folded(self, start: int, end: int) -> str:
        """The text of a byte range with white space folded."""
        return " ".join(self.text[start:end].split())

    def line(self, offset: int) -> int:
        """The 1-based line of a byte offset."""
        return bisect_right(self.starts, offset)


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Draft:
    """A definition while it is being read. Offsets are bytes: `at` of the name, `start`..`end` of the whole extent (with
    decorators), `header`..`header_end` of what the signature shows."""

    name: str
    qualname: str
    kind: DefinitionKind
    at: int
    start: int
    end: int
    header: int
    header_end: int
    params: tuple[Param, ...] | None = None
    flags: set[str] = field(default_factory=set)
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    returns: str = ""
    annotation: str = ""


UseRow = tuple[str, UseKind, int, str, str, Arguments | None, str, int]


@dataclass(slots=True)
class Collected:
    """What a walk found, in any order. Uses and bindings are the fields of `Use` and `Binding` as tuples, which cost a tenth."""

    drafts: list[Draft] = field(default_factory=list)
    uses: list[UseRow] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    bindings: list[tuple[str, str, str, int]] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)
    exports: tuple[str, ...] | None = None
    package: str = ""


def assemble(language: str, source: Source, root: Node, found: Collected) -> Columns:
    """The facts of a file from what a walk of its tree found: digests made, all in the order of lines."""
    _trim(source, found)
    drafts = sorted(found.drafts, key=attrgetter("start", "at"))
    digests = Digests(source.raw, found.layout, [cut for draft in drafts for cut in (draft.start, draft.end)])
    rest = FileFacts(
        language=language,
        imports=tuple(sorted(found.imports, key=attrgetter("line"))),
        exports=found.exports,
        unknown="syntax errors" if root.has_error else "",
        package=found.package,
        module_digest=digests.whole(),
    )
    columns = Columns(
        rest,
        definitions=[*zip(*[_definition(source, draft, digests) for draft in drafts], strict=True)],
        uses=[*zip(*sorted(found.uses, key=itemgetter(2)), strict=True)],
        bindings=[*zip(*sorted(found.bindings, key=itemgetter(3)), strict=True)],
    )
    return columns if source.raw.isascii() else _restored_columns(columns)


def _trim(source: Source, found: Collected) -> None:
    """Takes comments and white space off the ends of definitions, which some grammars let into a block."""
    text = source.text
    # A comment inside another may end with it, and queries give nodes in no sure order: the outer one counts.
    comments = {end: start for start, end in sorted(found.layout.comments, reverse=True)}
    for draft in found.drafts:
        end = draft.end
        while end > draft.start and (end in comments or text[end - 1].isspace()):
            end = comments.get(end, end - 1)
        draft.end = max(end, draft.at)


def _definition(source: Source, draft: Draft, digests: Digests) -> tuple[Any, ...]:
    """The fields of a `Definition`."""
    last = max(draft.start, draft.end - 1)  # the end of an extent is exclusive and may be the start of the next line
    return (
        draft.name,
        draft.qualname,
        draft.kind,
        source.line(draft.at),
        source.line(draft.start),
        source.line(last),
        draft.params,
        tuple(sorted(draft.flags)),
        draft.bases,
        draft.decorators,
        draft.returns,
        draft.annotation,
        source.folded(draft.header, draft.header_end)[:SIGNATURE_LENGTH],
        digests.of(draft.start, draft.end),
        digests.of(draft.start, draft.end, draft.name),
    )


def _restored_columns(columns: Columns) -> Columns:
    return Columns(
        restored(columns.rest),
        *([_restored_column(column) for column in of] for of in (columns.definitions, columns.uses, columns.bindings)),
    )


def _restored_column(column: Sequence[Any]) -> list[Any]:
    known = {value: restored(value) for value in set(column)}
    return [known[value] for value in column]


def restored(fact: _AnyFact) -> _AnyFact:
    """The same fact with all text from one character per byte back to UTF-8 (bytes that are not UTF-8 as surrogate escapes)."""
    result: Any = fact
    if isinstance(fact, str):
        return fact if fact.isascii() else fact.encode("latin-1").decode("utf-8", "surrogateescape")  # type: ignore[return-value]
    if isinstance(fact, tuple):
        parts = [restored(part) for part in fact]
        if any(new is not old for new, old in zip(parts, fact, strict=True)):
            result = tuple.__new__(type(fact), parts)  # of a plain tuple as of a named one
    elif is_dataclass(fact) and not isinstance(fact, type):
        old = {one.name: getattr(fact, one.name) for one in fields(fact)}
        new = {name: restored(value) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value is not old[name]}
        result = replace(fact, **changed) if changed else fact
    final: _AnyFact = result
    return final


def returns_shape(shapes: Sequence[str]) -> str:
    """The `returns` of a definition from the shapes of its return statements, each 'none', 'value', 'tuple:N', 'list', 'dict'
    or '' for one that cannot be told; no statement at all means 'none'."""
    kinds_seen = set(shapes) or {"none"}
    if len(kinds_seen) == 1:
        return kinds_seen.pop()
    if "none" in kinds_seen or sum(shape.startswith("tuple:") for shape in kinds_seen) > 1:
        return "mixed"
    return "value"
