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
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from rao_review.graph.coded_part import packed
from rao_review.graph.facts import (
    Binding,
    Columns,
    Definition,
    FileFacts,
    Use,
)

HEADER = struct.Struct("<8I")
"""The number of definitions, uses and bindings, and the bytes of each part."""
SMALL, NAMES, DEFINITIONS, USES, BINDINGS = range(5)
CHOSEN_BY = ("name", "line")
"""The fields of uses that are in the part of names."""


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
    names = [definitions.pop("name", ()), *(uses.pop(name, ()) for name in CHOSEN_BY)]
    listed = [None if one is None else [params[param] for param in one] for one in lists]
    rest = facts.rest
    small = [
        rest.language, rest.exports, rest.unknown, rest.package, rest.module_digest, rest.imports,
        [shape for shape in shapes if shape is not None],
    ]  # fmt: skip
    parts = [
        packed((), small, strings),
        packed(names),
        packed(definitions.values(), [list(tuples), list(params), listed], texts),
        packed(uses.values()),
        packed(bindings.values(), (), bound),
    ]
    lengths = (len(columns[0]) if columns else 0 for columns in (facts.definitions, facts.uses, facts.bindings))
    return b"".join((HEADER.pack(*lengths, *map(len, parts)), *parts))


def _numbered(field: str, column: Sequence[Any], numbers: dict[Any, int]) -> Iterable[int]:
    """A column as numbers: lines as they are, other values by their place in a table."""
    if field in ("line", "start_line", "end_line"):
        return column
    if field == "arguments":  # mostly the same few objects, whose hash takes long
        known = {key: numbers[shape] for key, shape in dict(zip(map(id, column), column, strict=True)).items()}
        return map(known.__getitem__, map(id, column))
    return map(numbers.__getitem__, column)


def _numbers(*things: Any) -> dict[Any, int]:
    """Numbers things in the order of their first look-up, after those given."""
    known = zip(things, count(), strict=False)
    return defaultdict(count(len(things)).__next__, known)
