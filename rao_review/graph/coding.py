"""Facts as bytes, for the pipe, the cache and memory: `decode` is the exact inverse of `encode`.

A large repository has a million uses, and a review looks at few of them. So definitions, uses and bindings are columns of small
integers into tables, and `decode_mentions`, `decode_lines` and `decode_scopes` build only what is asked for. The tables are JSON;
nothing in here can run anything, whoever wrote the bytes.

Layout (zlib, level 1): header; JSON of the small parts with the table of strings; JSON of the tables that only definitions need;
then the columns, 16 or 32 bits an item: 15 of definitions, 8 of uses, 4 of bindings.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from itertools import chain, count
from operator import attrgetter
from typing import Any

from rao_review.graph.facts import (
    Arguments,
    Binding,
    Columns,
    Definition,
    FileFacts,
    Import,
    Param,
    Use,
    filled,
    import_words,
)

_HEADER = struct.Struct("<BIIIII")
_LARGEST = 1 << 28
_DEFINITION_COLUMNS = len(fields(Definition))
_USE_COLUMNS = len(fields(Use))
_BINDING_COLUMNS = len(fields(Binding))
_USE_LINE = [f.name for f in fields(Use)].index("line")
_param_fields = attrgetter(*(f.name for f in fields(Param)))
_import_fields = attrgetter(*(f.name for f in fields(Import)))


def encode(facts: FileFacts) -> bytes:
    """The facts as bytes. Lines must fit in 32 bits."""
    return encode_columns(Columns.of(facts))


def encode_columns(facts: Columns) -> bytes:
    """`encode` for facts that are columns already."""
    strings, texts, tuples, params, lists = (_numbers() for _ in range(5))
    shapes = _numbers(None)
    tables = dict.fromkeys(("flags", "bases", "decorators"), tuples) | {"params": lists, "arguments": shapes}
    tables |= dict.fromkeys(("signature", "digest", "body_digest"), texts)
    of_kinds = ((Definition, facts.definitions), (Use, facts.uses), (Binding, facts.bindings))
    named = chain.from_iterable(zip(_names(kind), columns, strict=False) for kind, columns in of_kinds)
    numbers = [*chain.from_iterable(_numbered(name, column, tables.get(name, strings)) for name, column in named)]
    rest = facts.rest
    small = _json(
        rest.language,
        rest.exports,
        rest.unknown,
        rest.package,
        rest.module_digest,
        [_import_fields(item) for item in rest.imports],
        list(strings),
        [(a.positional, a.keywords, a.star, a.double_star) for a in shapes if a is not None],
    )
    listed = [None if one is None else [params[param] for param in one] for one in lists]
    definitions = _json(list(texts), list(tuples), [_param_fields(param) for param in params], listed)
    wide, items = _packed(numbers)
    counts = (len(columns[0]) if columns else 0 for _, columns in of_kinds)
    header = _HEADER.pack(wide, len(small), len(definitions), *counts)
    return zlib.compress(b"".join((header, small, definitions, items)), 1)


def _numbered(field: str, column: Sequence[Any], numbers: dict[Any, int]) -> Iterable[int]:
    """A column as numbers: lines as they are, other values by their place in a table."""
    if field in ("line", "start_line", "end_line"):
        return column
    if field == "arguments":  # mostly the same few objects, whose hash takes long
        known = {key: numbers[shape] for key, shape in dict(zip(map(id, column), column, strict=True)).items()}
        return map(known.__getitem__, map(id, column))
    return map(numbers.__getitem__, column)


def _packed(numbers: Sequence[int]) -> tuple[bool, bytes]:
    """Whether a number needs 32 bits, and all of them in as many."""
    for wide in (False, True):
        with suppress(struct.error):
            return wide, struct.pack(f"<{len(numbers)}{_typecode(wide)}", *numbers)
    raise ValueError("a line does not fit in 32 bits")


def decode(data: bytes) -> FileFacts:
    """All facts. Raises ValueError when `data` is not from `encode`."""
    return _guarded(data, _Choice())


def decode_scopes(data: bytes, lines: Collection[int] = ()) -> FileFacts:
    """All facts but the uses, which are most of them; of the uses those on `lines`. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(lines=lines))


def decode_lines(data: bytes, lines: Collection[int]) -> FileFacts:
    """The uses on these lines and the imports, nothing else. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(lines=lines, scopes=False))


def decode_mentions(data: bytes, names: Collection[str]) -> FileFacts:
    """Facts with only those definitions, uses and imports that speak of `names`: by their name, or by a local name that an
    import gave to one of them; and without bindings. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(names=frozenset(names)))


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which part to build: all; or only what speaks of `names`; or of the uses those on `lines`, and nothing that has a scope."""

    names: frozenset[str] | None = None
    lines: Collection[int] | None = None
    scopes: bool = True


def _guarded(data: bytes, choice: _Choice) -> FileFacts:
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(data, _LARGEST)
        if not stream.eof:
            raise ValueError("facts are cut off or too long")
        return _read(raw, choice)
    except (zlib.error, struct.error, TypeError, LookupError, RecursionError) as error:
        raise ValueError(f"not facts: {error}") from error


def _read(raw: bytes, choice: _Choice) -> FileFacts:
    wide, small_length, definitions_length, n_definitions, n_uses, n_bindings = _HEADER.unpack_from(raw)
    definitions_at = _HEADER.size + small_length
    columns_at = definitions_at + definitions_length
    items = array(_typecode(wide))
    items.frombytes(memoryview(raw)[columns_at:])
    if sys.byteorder == "big":
        items.byteswap()
    uses_at = _DEFINITION_COLUMNS * n_definitions
    bindings_at = uses_at + _USE_COLUMNS * n_uses
    if len(items) != bindings_at + _BINDING_COLUMNS * n_bindings:
        raise ValueError("columns of facts are cut off")
    small = json.loads(raw[_HEADER.size : definitions_at])
    language, exports, unknown, package, module_digest, import_rows, strings, shapes = small
    definition_columns = _columns(items, 0, n_definitions if choice.scopes else 0, _DEFINITION_COLUMNS)
    use_columns = _columns(items, uses_at, n_uses if choice.lines is None or choice.lines else 0, _USE_COLUMNS)
    bindings: tuple[Binding, ...] = ()
    if choice.names is not None:
        local = choice.names.union(alias for _, name, alias, _, _ in import_rows if name in choice.names)
        import_rows = [row for row in import_rows if not choice.names.isdisjoint(import_words(*row[:3]))]
        wanted = [text in local for text in strings]
        definition_columns = _selected(definition_columns, map(wanted.__getitem__, definition_columns[0]))
        use_columns = _selected(use_columns, map(wanted.__getitem__, use_columns[0]))
    elif choice.scopes:
        bindings = _bindings(_columns(items, bindings_at, n_bindings, _BINDING_COLUMNS), strings)
    if choice.lines:
        use_columns = _selected(use_columns, map(choice.lines.__contains__, use_columns[_USE_LINE]))
    imports = _imports(import_rows)
    uses = _uses(use_columns, strings, shapes)
    definitions = _definitions(definition_columns, strings, raw[definitions_at:columns_at])
    exported = None if exports is None else tuple(exports)
    return FileFacts(language, definitions, uses, imports, bindings, exported, unknown, package, module_digest)


def _imports(rows: Sequence[Any]) -> tuple[Import, ...]:
    if not rows:
        return ()
    modules, names, aliases, lines, flags = zip(*rows, strict=True)
    return filled(Import, len(rows), (modules, names, aliases, lines, map(tuple, flags)))


def _columns(items: array[int], start: int, length: int, count: int) -> list[Sequence[int]]:
    return [items[start + column * length : start + (column + 1) * length] for column in range(count)]


def _selected(columns: list[Sequence[int]], rows: Iterable[bool]) -> list[Sequence[int]]:
    """The columns with only the rows that are marked."""
    chosen = [number for number, taken in enumerate(rows) if taken]
    return [[column[number] for number in chosen] for column in columns]


def _uses(columns: Sequence[Sequence[int]], strings: Sequence[Any], shapes: Sequence[Any]) -> tuple[Use, ...]:
    if not columns[0]:
        return ()
    names, kinds, lines, receivers, scopes, arguments, contexts, ends = columns
    known = [None, *(Arguments(count, tuple(keywords), star, double) for count, keywords, star, double in shapes)]
    text, shape = strings.__getitem__, known.__getitem__
    built = (
        map(text, names),
        map(text, kinds),
        lines,
        map(text, receivers),
        map(text, scopes),
        map(shape, arguments),
        map(text, contexts),
        ends,
    )
    return filled(Use, len(names), built)


def _bindings(columns: Sequence[Sequence[int]], strings: Sequence[Any]) -> tuple[Binding, ...]:
    names, values, scopes, lines = columns
    text = strings.__getitem__
    return filled(Binding, len(names), (map(text, names), map(text, values), map(text, scopes), lines))


def _definitions(columns: Sequence[Sequence[int]], strings: Sequence[Any], tables: bytes) -> tuple[Definition, ...]:
    if not columns or not columns[0]:
        return ()
    texts, rows, param_rows, lists = json.loads(tables)
    params = [Param(*row) for row in param_rows]
    listed = [None if one is None else tuple([params[number] for number in one]) for one in lists]
    text, several, long = strings.__getitem__, [tuple(row) for row in rows].__getitem__, texts.__getitem__
    names, qualnames, kinds, lines, starts, ends, given, flags, bases, decorators, *rest = columns
    returns, annotations, signatures, digests, body_digests = rest
    built = (
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
    )
    return filled(Definition, len(names), built)


def _json(*parts: Any) -> bytes:
    return json.dumps(parts, separators=(",", ":")).encode()


def _typecode(wide: int) -> str:
    return "I" if wide else "H"


def _numbers(*things: Any) -> dict[Any, int]:
    """Numbers things in the order of their first look-up, after those given."""
    known = zip(things, count(), strict=False)
    return defaultdict(count(len(things)).__next__, known)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
