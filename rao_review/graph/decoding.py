"""Facts from bytes: all of them, or only what is asked for, which is what a review lives on. See `coding`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, compress, count
from typing import Any, overload

from rao_review.graph.coded_part import inflated
from rao_review.graph.coding import BINDINGS, CHOSEN_BY, DEFINITIONS, HEADER, NAMES, SMALL, USES
from rao_review.graph.facts import (
    Arguments,
    Binding,
    Bindings,
    Definition,
    FileFacts,
    Import,
    Param,
    Use,
    filled,
    import_words,
)

_DAMAGE = (zlib.error, struct.error, TypeError, LookupError, RecursionError)
"""What reading bytes that are no facts may raise, beside ValueError."""


def decode(data: bytes) -> FileFacts:
    """All facts. Raises ValueError when `data` is not from `encode`."""
    return _guarded(data, lambda parts: parts.facts(parts.definitions(), parts.uses(), parts.bindings()))


def decode_scopes(data: bytes, lines: Collection[int] = ()) -> FileFacts:
    """All facts but the uses, which are most of them; of the uses those on `lines`. The bindings are read when one looks at them.
    Raises ValueError like `decode`."""
    return _guarded(data, lambda parts: parts.facts(parts.definitions(), parts.uses_on(lines), parts.bindings_later()))


def decode_lines(data: bytes, lines: Collection[int]) -> FileFacts:
    """The uses on these lines and the imports, nothing else. Raises ValueError like `decode`."""
    return _guarded(data, lambda parts: parts.facts((), parts.uses_on(lines), ()))


def decode_mentions(data: bytes, names: Collection[str]) -> FileFacts:
    """Facts with only those definitions, uses and imports that speak of `names`: by their name, or by a local name that an
    import gave to one of them; and without bindings. Raises ValueError like `decode`."""
    return _guarded(data, lambda parts: parts.mentioning(frozenset(names)))


def _guarded(data: bytes, read: Callable[[_Parts], FileFacts]) -> FileFacts:
    try:
        return read(_Parts(data))
    except _DAMAGE as error:
        raise ValueError(f"not facts: {error}") from error


class _Parts:
    """Encoded facts, of which each part is inflated when it is asked for."""

    __slots__ = (
        "_data",
        "_ends",
        "_imports",
        "_n_bindings",
        "_n_definitions",
        "_n_uses",
        "_shapes",
        "_small",
        "_strings",
    )

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._n_definitions, self._n_uses, self._n_bindings, *lengths = HEADER.unpack_from(data)
        self._ends = [*accumulate(lengths, initial=HEADER.size)]
        if self._ends[-1] != len(data):
            raise ValueError("facts are cut off or too long")
        (*self._small, self._imports, self._shapes), self._strings, _ = inflated(self._part(SMALL))

    def facts(
        self, definitions: tuple[Definition, ...], uses: tuple[Use, ...], bindings: Sequence[Binding]
    ) -> FileFacts:
        language, exports, unknown, package, module_digest = self._small
        exported = None if exports is None else tuple(exports)
        imports = _imports(self._imports)
        return FileFacts(language, definitions, uses, imports, bindings, exported, unknown, package, module_digest)

    def mentioning(self, names: frozenset[str]) -> FileFacts:
        """See `decode_mentions`."""
        local = names.union(alias for _, name, alias, _, _ in self._imports if name in names)
        self._imports = [row for row in self._imports if not names.isdisjoint(import_words(*row[:3]))]
        wanted = [*map(local.__contains__, self._strings)]
        if True not in wanted:
            return self.facts((), (), ())
        defined, used, lines = self._names()
        definitions = [*compress(count(), map(wanted.__getitem__, defined))]
        uses = [*compress(count(), map(wanted.__getitem__, used))]
        return self.facts(self._definitions_at(definitions, defined), self._uses_at(uses, used, lines), ())

    def definitions(self) -> tuple[Definition, ...]:
        return self._definitions_at(range(self._n_definitions), self._names()[0])

    def uses(self) -> tuple[Use, ...]:
        return self._uses_at(range(self._n_uses), *self._names()[1:])

    def uses_on(self, wanted: Collection[int]) -> tuple[Use, ...]:
        """The uses on these lines."""
        if not wanted:
            return ()
        _, names, lines = self._names()
        return self._uses_at([*compress(count(), map(wanted.__contains__, lines))], names, lines)

    def bindings(self) -> tuple[Binding, ...]:
        return _bindings(*_binding_columns(self._part(BINDINGS), self._n_bindings))

    def bindings_later(self) -> Sequence[Binding]:
        return _Late(self._part(BINDINGS), self._n_bindings) if self._n_bindings else ()

    def _names(self) -> list[Sequence[int]]:
        """The names of all definitions, the names of all uses (both by their place in the table of strings), and their lines."""
        return inflated(self._part(NAMES), self._n_definitions, self._n_uses, self._n_uses)[2]

    def _definitions_at(self, rows: Sequence[int], names: Sequence[int]) -> tuple[Definition, ...]:
        """The definitions of these numbers."""
        if not rows:
            return ()
        lengths = [self._n_definitions] * (len(Definition._fields) - 1)
        (tuples, param_rows, lists), texts, columns = inflated(self._part(DEFINITIONS), *lengths)
        columns = _picked([names, *columns], rows, self._n_definitions)
        params = filled(Param, param_rows)
        listed = [None if one is None else tuple([params[number] for number in one]) for one in lists]
        text, several, long = self._strings.__getitem__, [*map(tuple, tuples)].__getitem__, texts.__getitem__
        names, qualnames, kinds, lines, starts, ends, given, flags, bases, decorators, *rest = columns
        returns, annotations, signatures, digests, body_digests = rest
        rows_built = zip(
            map(text, names),
            map(text, qualnames),
            map(text, kinds),
            lines,
            starts,
            ends,
            map(listed.__getitem__, given),
            map(several, flags),
            map(several, bases),
            map(several, decorators),
            map(text, returns),
            map(text, annotations),
            map(long, signatures),
            map(long, digests),
            map(long, body_digests),
            strict=True,
        )
        return filled(Definition, rows_built)

    def _uses_at(self, rows: Sequence[int], names: Sequence[int], lines: Sequence[int]) -> tuple[Use, ...]:
        """The uses of these numbers."""
        if not rows:
            return ()
        lengths = [self._n_uses] * (len(Use._fields) - len(CHOSEN_BY))
        columns = _picked([names, lines, *inflated(self._part(USES), *lengths)[2]], rows, self._n_uses)
        names, lines, kinds, receivers, scopes, arguments, contexts, ends = columns
        text, shape = self._strings.__getitem__, [None, *_arguments(self._shapes)].__getitem__
        rows_built = zip(
            map(text, names),
            map(text, kinds),
            lines,
            map(text, receivers),
            map(text, scopes),
            map(shape, arguments),
            map(text, contexts),
            ends,
            strict=True,
        )
        return filled(Use, rows_built)

    def _part(self, number: int) -> memoryview:
        return memoryview(self._data)[self._ends[number] : self._ends[number + 1]]


def _binding_columns(part: memoryview, length: int) -> tuple[list[str], list[Sequence[int]]]:
    """The table of texts of the bindings and their columns, whose numbers are places in it (but for the lines)."""
    _, texts, columns = inflated(part, *[length] * len(Binding._fields))
    if any(max(column, default=0) >= len(texts) for column in columns[:-1] if length):
        raise ValueError("columns of facts lead nowhere")
    return texts, columns


def _bindings(texts: Sequence[str], columns: Sequence[Sequence[int]]) -> tuple[Binding, ...]:
    text = texts.__getitem__
    names, values, scopes, lines = columns
    return filled(Binding, zip(map(text, names), map(text, values), map(text, scopes), lines, strict=True))


def _picked(columns: list[Sequence[int]], rows: Sequence[int], count: int) -> list[Sequence[int]]:
    """Of columns of `count` items those with these numbers."""
    return columns if len(rows) == count else [[*map(column.__getitem__, rows)] for column in columns]


def _imports(rows: Sequence[Any]) -> tuple[Import, ...]:
    if not rows:
        return ()
    modules, names, aliases, lines, flags = zip(*rows, strict=True)
    return filled(Import, zip(modules, names, aliases, lines, map(tuple, flags), strict=True))


def _arguments(rows: Sequence[Any]) -> tuple[Arguments, ...]:
    if not rows:
        return ()
    counts, keywords, stars, double_stars = zip(*rows, strict=True)
    return filled(Arguments, zip(counts, map(tuple, keywords), stars, double_stars, strict=True))


class _Late(Bindings):
    """The bindings in some facts, read when one looks at them, and made into objects only when one asks for all."""

    __slots__ = ("_length", "_numbers", "_part", "_read")

    def __init__(self, part: memoryview, length: int) -> None:
        self._part = part
        self._length = length
        self._read: tuple[list[str], list[Sequence[int]]] | None = None
        self._numbers: dict[str, int] = {}

    def of(self, name: str) -> list[tuple[str, str]]:
        texts, (names, values, scopes, _) = self._columns()
        wanted = self._numbers.get(name)
        if wanted is None:
            return []
        rows = compress(count(), map(wanted.__eq__, names))
        return [(texts[values[row]], texts[scopes[row]]) for row in rows]

    def _columns(self) -> tuple[list[str], list[Sequence[int]]]:
        if self._read is None:
            self._read = [], [(), (), (), ()]  # of bytes that are damaged here and not in the other parts
            with suppress(ValueError, *_DAMAGE):
                texts, columns = _binding_columns(self._part, self._length)
                self._read = texts, columns
                self._numbers = dict(zip(texts, count(), strict=False))
        return self._read

    def _all(self) -> tuple[Binding, ...]:
        return _bindings(*self._columns())

    def __len__(self) -> int:
        return len(self._columns()[1][0])

    @overload
    def __getitem__(self, index: int) -> Binding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Binding]: ...

    def __getitem__(self, index: int | slice) -> Binding | Sequence[Binding]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Binding]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, _Late) else other)

    def __hash__(self) -> int:
        return hash(self._all())
