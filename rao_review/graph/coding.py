"""Facts as bytes, for the pipe, the cache and memory: `decode` is the exact inverse of `encode`.

A large repository has a million uses, and a review looks at few of them. So definitions, uses and bindings are columns of small
integers into tables, in parts that are compressed one by one, and `decode_mentions`, `decode_lines` and `decode_scopes` inflate and
build only what is asked for. Nothing in here can run anything, whoever wrote the bytes.

Layout: header; then the parts, each with zlib at level 1:

    small        JSON: the language, exports, imports and the like, and the shapes of calls; the table of strings
    names        what is chosen by: the names of definitions, the names and lines of uses
    definitions  JSON and a table of texts that only definitions need; their other 14 columns
    uses         the other 6
    bindings     a table of their own strings; 4 columns

An item of a column has 16 or 32 bits, the same for all columns of a part.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, chain, compress, count, pairwise
from typing import Any, overload

from rao_review.graph.facts import (
    Arguments,
    Binding,
    Bindings,
    Columns,
    Definition,
    FileFacts,
    Import,
    Param,
    Use,
    filled,
    import_words,
)

_HEADER = struct.Struct("<8I")
"""The number of definitions, uses and bindings, and the bytes of each part."""
_TABLES = struct.Struct("<BII")
"""How a part begins: whether items are wide, the bytes of its JSON, and those of its table of texts."""
_SMALL, _NAMES, _DEFINITIONS, _USES, _BINDINGS = range(5)
_LARGEST = 1 << 28
_DAMAGE = (zlib.error, struct.error, TypeError, LookupError, RecursionError)
"""What reading bytes that are no facts may raise, beside ValueError."""
_CHOSEN_BY = ("name", "line")
"""The fields of uses that are in the part of names."""
_NUL = "\0"


def encode(facts: FileFacts) -> bytes:
    """The facts as bytes. Lines must fit in 32 bits."""
    return encode_columns(Columns.of(facts))


def encode_columns(facts: Columns) -> bytes:
    """`encode` for facts that are columns already."""
    strings, texts, tuples, params, lists, bound = (_numbers() for _ in range(6))
    shapes = _numbers(None)
    tables = dict.fromkeys(("flags", "bases", "decorators"), tuples) | {"params": lists, "arguments": shapes}
    tables |= dict.fromkeys(("signature", "digest", "body_digest"), texts)

    def numbered(kind: Any, columns: Sequence[Sequence[Any]]) -> dict[str, Iterable[int]]:
        named = dict(zip(kind._fields, columns, strict=False))
        own = bound if kind is Binding else strings
        return {name: [*_numbered(name, column, tables.get(name, own))] for name, column in named.items()}

    definitions, uses = numbered(Definition, facts.definitions), numbered(Use, facts.uses)
    bindings = numbered(Binding, facts.bindings)
    names = [definitions.pop("name", ()), *(uses.pop(name, ()) for name in _CHOSEN_BY)]
    listed = [None if one is None else [params[param] for param in one] for one in lists]
    rest = facts.rest
    small = [
        rest.language, rest.exports, rest.unknown, rest.package, rest.module_digest, rest.imports,
        [shape for shape in shapes if shape is not None],
    ]  # fmt: skip
    parts = [
        _part((), small, strings),
        _part(names),
        _part(definitions.values(), [list(tuples), list(params), listed], texts),
        _part(uses.values()),
        _part(bindings.values(), (), bound),
    ]
    lengths = (len(columns[0]) if columns else 0 for columns in (facts.definitions, facts.uses, facts.bindings))
    return b"".join((_HEADER.pack(*lengths, *map(len, parts)), *parts))


def _numbered(field: str, column: Sequence[Any], numbers: dict[Any, int]) -> Iterable[int]:
    """A column as numbers: lines as they are, other values by their place in a table."""
    if field in ("line", "start_line", "end_line"):
        return column
    if field == "arguments":  # mostly the same few objects, whose hash takes long
        known = {key: numbers[shape] for key, shape in dict(zip(map(id, column), column, strict=True)).items()}
        return map(known.__getitem__, map(id, column))
    return map(numbers.__getitem__, column)


def _part(columns: Iterable[Iterable[int]], tables: Sequence[Any] = (), texts: Collection[str] = ()) -> bytes:
    """A part: what is given as JSON, a table of texts, and columns of numbers."""
    numbers = [*chain.from_iterable(columns)]
    values = json.dumps(tables, separators=(",", ":")).encode() if tables else b""
    joined = _joined(texts)
    for wide in (False, True):
        with suppress(struct.error):
            items = struct.pack(f"<{len(numbers)}{_typecode(wide)}", *numbers)
            header = _TABLES.pack(wide, len(values), len(joined))
            return zlib.compress(b"".join((header, values, joined, items)), 1)
    raise ValueError("a line does not fit in 32 bits")


def _joined(texts: Collection[str]) -> bytes:
    """Texts with a NUL after each; as JSON, which does not end with one, when one of them has a NUL itself."""
    joined = "".join([text + _NUL for text in texts])
    if joined.count(_NUL) > len(texts):
        joined = json.dumps([*texts])
    return joined.encode("utf-8", "surrogatepass")


def _split(data: bytes) -> list[str]:
    """The inverse of `_joined`."""
    text = data.decode("utf-8", "surrogatepass")
    if not text.endswith(_NUL):
        listed: list[str] = json.loads(text)
        return listed
    texts = text.split(_NUL)
    texts.pop()
    return texts


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
        self._n_definitions, self._n_uses, self._n_bindings, *lengths = _HEADER.unpack_from(data)
        self._ends = [*accumulate(lengths, initial=_HEADER.size)]
        if self._ends[-1] != len(data):
            raise ValueError("facts are cut off or too long")
        (*self._small, self._imports, self._shapes), self._strings, _ = _inflated(self._part(_SMALL))

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
        return _bindings(*_binding_columns(self._part(_BINDINGS), self._n_bindings))

    def bindings_later(self) -> Sequence[Binding]:
        return _Late(self._part(_BINDINGS), self._n_bindings) if self._n_bindings else ()

    def _names(self) -> list[Sequence[int]]:
        """The names of all definitions, the names of all uses (both by their place in the table of strings), and their lines."""
        return _inflated(self._part(_NAMES), self._n_definitions, self._n_uses, self._n_uses)[2]

    def _definitions_at(self, rows: Sequence[int], names: Sequence[int]) -> tuple[Definition, ...]:
        """The definitions of these numbers."""
        if not rows:
            return ()
        lengths = [self._n_definitions] * (len(Definition._fields) - 1)
        (tuples, param_rows, lists), texts, columns = _inflated(self._part(_DEFINITIONS), *lengths)
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
        lengths = [self._n_uses] * (len(Use._fields) - len(_CHOSEN_BY))
        columns = _picked([names, lines, *_inflated(self._part(_USES), *lengths)[2]], rows, self._n_uses)
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


def _inflated(part: memoryview, *lengths: int) -> tuple[Any, list[str], list[Sequence[int]]]:
    """The JSON of a part, its table of texts, and its columns of these lengths."""
    stream = zlib.decompressobj()
    raw = stream.decompress(part, _LARGEST)
    if not stream.eof:
        raise ValueError("facts are cut off or too long")
    wide, values_length, texts_length = _TABLES.unpack_from(raw)
    texts_at = _TABLES.size + values_length
    items_at = texts_at + texts_length
    items = array(_typecode(wide))
    items.frombytes(memoryview(raw)[items_at:])
    if sys.byteorder == "big":
        items.byteswap()
    ends = [*accumulate(lengths, initial=0)]
    if len(items) != ends[-1]:
        raise ValueError("columns of facts are cut off")
    tables = json.loads(raw[_TABLES.size : texts_at]) if values_length else ()
    texts = _split(raw[texts_at:items_at]) if texts_length else []
    return tables, texts, [items[start:end] for start, end in pairwise(ends)]


def _binding_columns(part: memoryview, length: int) -> tuple[list[str], list[Sequence[int]]]:
    """The table of texts of the bindings and their columns, whose numbers are places in it (but for the lines)."""
    _, texts, columns = _inflated(part, *[length] * len(Binding._fields))
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


def _typecode(wide: int) -> str:
    return "I" if wide else "H"


def _numbers(*things: Any) -> dict[Any, int]:
    """Numbers things in the order of their first look-up, after those given."""
    known = zip(things, count(), strict=False)
    return defaultdict(count(len(things)).__next__, known)
