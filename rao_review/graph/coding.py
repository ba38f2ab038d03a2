"""Facts as bytes, for the pipe, the cache and memory: `decode` is the exact inverse of `encode`.

A large repository has a million uses, and a review looks at few of them. So uses and bindings are columns of small integers into
a table of strings, and `decode_mentions`, `decode_lines` and `decode_scopes` build only what is asked for, up to ten times as fast
as `decode`. The rest is JSON; nothing in here can run anything, whoever wrote the bytes.

Layout (zlib, level 1): header; JSON of the small parts with the string table; JSON of the definitions; then the columns, 16 or
32 bits an item: the definitions' names, 8 columns of uses, 4 of bindings.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from rao_review.graph.facts import Arguments, Binding, Definition, FileFacts, Import, Param, Use

_HEADER = struct.Struct("<BIIIII")
_LARGEST = 1 << 28
_USE_COLUMNS = len(fields(Use))
_BINDING_COLUMNS = len(fields(Binding))
_USE_LINE = [f.name for f in fields(Use)].index("line")
_PARAMS = [f.name for f in fields(Definition)].index("params")
_definition_fields = attrgetter(*(f.name for f in fields(Definition)))
_param_fields = attrgetter(*(f.name for f in fields(Param)))
_import_fields = attrgetter(*(f.name for f in fields(Import)))


def encode(facts: FileFacts) -> bytes:
    """The facts as bytes. Lines must fit in 32 bits."""
    strings = _Numbers()
    shapes = _Numbers()
    columns = [
        [strings[d.name] for d in facts.definitions],
        [strings[u.name] for u in facts.uses],
        [strings[u.kind] for u in facts.uses],
        [u.line for u in facts.uses],
        [strings[u.receiver] for u in facts.uses],
        [strings[u.scope] for u in facts.uses],
        [0 if (a := u.arguments) is None else shapes[a] + 1 for u in facts.uses],
        [strings[u.context] for u in facts.uses],
        [u.end_line for u in facts.uses],
        [strings[b.name] for b in facts.bindings],
        [strings[b.value] for b in facts.bindings],
        [strings[b.scope] for b in facts.bindings],
        [b.line for b in facts.bindings],
    ]
    small = _json(
        facts.language,
        facts.exports,
        facts.unknown,
        facts.package,
        facts.module_digest,
        [_import_fields(item) for item in facts.imports],
        list(strings),
        [(a.positional, a.keywords, a.star, a.double_star) for a in shapes],
    )
    definitions = _json(*(_definition_row(d) for d in facts.definitions))
    wide = max((max(column, default=0) for column in columns), default=0) > 0xFFFF
    items = array(_typecode(wide), (item for column in columns for item in column))
    if sys.byteorder == "big":
        items.byteswap()
    counts = (len(facts.definitions), len(facts.uses), len(facts.bindings))
    header = _HEADER.pack(wide, len(small), len(definitions), *counts)
    return zlib.compress(b"".join((header, small, definitions, items.tobytes())), 1)


def decode(data: bytes) -> FileFacts:
    """All facts. Raises ValueError when `data` is not from `encode`."""
    return _guarded(data, _Choice())


def decode_scopes(data: bytes) -> FileFacts:
    """All facts but the uses, which are most of them. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(uses=False))


def decode_lines(data: bytes, lines: Container[int]) -> FileFacts:
    """The uses on these lines and the imports, nothing else. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(lines=lines))


def decode_mentions(data: bytes, names: frozenset[str]) -> FileFacts:
    """Facts with only those definitions and uses whose name is in `names`, or is a local name that an import gave to one of
    `names`; and without bindings. Raises ValueError like `decode`."""
    return _guarded(data, _Choice(names))


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which part to build: all, what speaks of `names`, the uses on `lines`, or no uses."""

    names: frozenset[str] | None = None
    lines: Container[int] | None = None
    uses: bool = True


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
    items.frombytes(raw[columns_at:])
    if sys.byteorder == "big":
        items.byteswap()
    if len(items) != n_definitions + _USE_COLUMNS * n_uses + _BINDING_COLUMNS * n_bindings:
        raise ValueError("columns of facts are cut off")
    small = json.loads(raw[_HEADER.size : definitions_at])
    language, exports, unknown, package, module_digest, import_rows, strings, shapes = small
    imports = tuple(Import(module, name, alias, line, tuple(flags)) for module, name, alias, line, flags in import_rows)
    definition_rows: Iterable[int] = range(n_definitions)
    use_rows: Iterable[int] = range(n_uses if choice.uses else 0)
    bindings: tuple[Binding, ...] = ()
    uses_at = n_definitions
    if choice.lines is not None:
        lines_at = uses_at + _USE_LINE * n_uses
        use_rows = [row for row, line in enumerate(items[lines_at : lines_at + n_uses]) if line in choice.lines]
        definition_rows = ()
    elif choice.names is not None:
        local = choice.names.union(item.alias for item in imports if item.name in choice.names)
        wanted = {number for number, text in enumerate(strings) if text in local}
        definition_rows = [row for row, name in enumerate(items[:uses_at]) if name in wanted]
        use_rows = [row for row, name in enumerate(items[uses_at : uses_at + n_uses]) if name in wanted]
    else:
        bindings = _bindings(_columns(items, uses_at + _USE_COLUMNS * n_uses, n_bindings, _BINDING_COLUMNS), strings)
    uses = _uses(_columns(items, uses_at, n_uses, _USE_COLUMNS), use_rows, strings, shapes) if use_rows else ()
    definitions = _definitions(raw[definitions_at:columns_at], definition_rows) if definition_rows else ()
    exported = None if exports is None else tuple(exports)
    return FileFacts(language, definitions, uses, imports, bindings, exported, unknown, package, module_digest)


def _columns(items: array[int], start: int, length: int, count: int) -> list[array[int]]:
    return [items[start + column * length : start + (column + 1) * length] for column in range(count)]


def _uses(
    columns: Sequence[array[int]], rows: Iterable[int], strings: Sequence[Any], shapes: Sequence[Any]
) -> tuple[Use, ...]:
    names, kinds, lines, receivers, scopes, arguments, contexts, ends = columns
    known = [None, *(Arguments(count, tuple(keywords), star, double) for count, keywords, star, double in shapes)]
    return tuple(
        Use(
            strings[names[row]],
            strings[kinds[row]],
            lines[row],
            strings[receivers[row]],
            strings[scopes[row]],
            known[arguments[row]],
            strings[contexts[row]],
            ends[row],
        )
        for row in rows
    )


def _bindings(columns: Sequence[array[int]], strings: Sequence[Any]) -> tuple[Binding, ...]:
    return tuple(
        Binding(strings[name], strings[value], strings[scope], line)
        for name, value, scope, line in zip(*columns, strict=True)
    )


def _definitions(text: bytes, rows: Iterable[int]) -> tuple[Definition, ...]:
    everything = json.loads(text)
    return tuple(_definition(everything[row]) for row in rows)


def _definition(row: list[Any]) -> Definition:
    name, qualname, kind, line, start, end, params, flags, bases, decorators, *rest = row
    shapes = None if params is None else tuple(Param(*p) for p in params)
    return Definition(
        name, qualname, kind, line, start, end, shapes, tuple(flags), tuple(bases), tuple(decorators), *rest
    )


def _definition_row(definition: Definition) -> list[Any]:
    row = list(_definition_fields(definition))
    if definition.params is not None:
        row[_PARAMS] = [_param_fields(param) for param in definition.params]
    return row


def _json(*parts: Any) -> bytes:
    return json.dumps(parts, separators=(",", ":")).encode()


def _typecode(wide: int) -> str:
    return "I" if wide else "H"


class _Numbers(dict[Any, int]):
    """Numbers things in the order of their first look-up."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = number = len(self)
        return number
