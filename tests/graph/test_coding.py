"""Facts as bytes and back."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rao_review.graph.coding import encode
from rao_review.graph.decoding import decode, decode_lines, decode_mentions, decode_scopes
from rao_review.graph.facts import Arguments, Binding, Definition, FileFacts, Import, Param, Use

words = st.sampled_from(["f", "g", "Base", "self.x", "", "имя", "bad\udcff", "a\0b", "\0", "[", 'a"b\\', "line\u2028"])
word_tuples = st.lists(words, max_size=3).map(tuple)
lines = st.integers(0, 0xFFFFFFFF) | st.integers(1, 300)
params = st.builds(Param, words, st.sampled_from(["positional", "variadic"]), st.booleans(), words)
definitions = st.builds(
    Definition,
    words,
    words,
    st.sampled_from(["function", "class"]),
    lines,
    lines,
    lines,
    st.none() | st.lists(params, max_size=3).map(tuple),
    word_tuples,
    word_tuples,
    word_tuples,
    words,
    words,
    words,
    words,
    words,
)
arguments = st.builds(Arguments, st.integers(0, 5), word_tuples, st.booleans(), st.booleans())
uses = st.builds(
    Use, words, st.sampled_from(["call", "name"]), lines, words, words, st.none() | arguments, words, lines
)
imports = st.builds(Import, words, words, words, lines, word_tuples)
bindings = st.builds(Binding, words, words, words, lines)
file_facts = st.builds(
    FileFacts,
    words,
    st.lists(definitions, max_size=4).map(tuple),
    st.lists(uses, max_size=6).map(tuple),
    st.lists(imports, max_size=4).map(tuple),
    st.lists(bindings, max_size=4).map(tuple),
    st.none() | word_tuples,
    words,
    words,
    words,
)


@given(file_facts)
@example(FileFacts("python"))
def test_decode_is_the_inverse_of_encode(facts: FileFacts) -> None:
    assert decode(encode(facts)) == facts


@given(file_facts, st.frozensets(words, max_size=3))
def test_mentions_are_what_speaks_of_the_names(facts: FileFacts, names: frozenset[str]) -> None:
    local = names | {item.alias for item in facts.imports if item.name in names}
    expected = replace(
        facts,
        definitions=tuple(d for d in facts.definitions if d.name in local),
        uses=tuple(u for u in facts.uses if u.name in local),
        imports=tuple(i for i in facts.imports if i.words & names),
        bindings=(),
    )
    assert decode_mentions(encode(facts), names) == expected


@given(file_facts, st.sets(st.integers(0, 300), max_size=20))
def test_scopes_and_lines_hold_the_uses_on_the_lines(facts: FileFacts, lines: set[int]) -> None:
    uses = tuple(u for u in facts.uses if u.line in lines)
    assert decode_scopes(encode(facts), lines) == replace(facts, uses=uses)
    assert decode_lines(encode(facts), lines) == replace(facts, uses=uses, definitions=(), bindings=())


SOME = encode(
    FileFacts(
        "python",
        (Definition("f", "f", "function", 1, 1, 2, (Param("a"),)),),
        (Use("g", "call", 2, "", "f", Arguments(1)),),
        (Import("m", "g", "g", 1),),
        (Binding("a", "", "f", 1),),
    )
)


HEADER = struct.Struct("<8I")


def put_together(counts: Sequence[int], parts: Sequence[bytes]) -> bytes:
    return b"".join((HEADER.pack(*counts, *map(len, parts)), *parts))


def taken_apart(data: bytes) -> tuple[Sequence[int], list[bytes]]:
    """The counts in the header, and the parts, still compressed."""
    n_definitions, n_uses, n_bindings, *lengths = HEADER.unpack_from(data)
    ends = [*accumulate(lengths, initial=HEADER.size)]
    return (n_definitions, n_uses, n_bindings), [data[start:end] for start, end in pairwise(ends)]


@given(st.data())
def test_damaged_bytes_are_a_value_error_or_other_facts(data: st.DataObject) -> None:
    counts, parts = taken_apart(SOME)
    number = data.draw(st.integers(0, len(parts) - 1))
    raw = bytearray(zlib.decompress(parts[number]))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    for part in (zlib.compress(raw), zlib.compress(raw[: data.draw(st.integers(0, len(raw)))]), bytes(raw)):
        damaged = put_together(counts, [*parts[:number], part, *parts[number + 1 :]])
        for read in (decode, decode_scopes, partial(decode_lines, lines={2}), partial(decode_mentions, names={"g"})):
            try:
                assert all(isinstance(binding, Binding) for binding in read(damaged).bindings)
            except ValueError:
                continue


@given(st.data())
def test_a_damaged_header_is_a_value_error(data: st.DataObject) -> None:
    raw = bytearray(SOME)
    place = data.draw(st.integers(0, HEADER.size - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="facts"):
        decode(bytes(raw))


def test_bindings_that_are_damaged_alone_are_none() -> None:
    counts, parts = taken_apart(SOME)
    facts = decode_scopes(put_together(counts, [*parts[:-1], b"damaged"]))
    assert (facts.definitions, [*facts.bindings]) == (decode(SOME).definitions, [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        SOME[:-1],
        SOME + b"x",
        put_together([1, 1, 1], [zlib.compress(b"[]")] * 5),
        put_together([1, 1, 1], [zlib.compress(b"\0" * (300 << 20), 9)] * 5),
    ],
    ids=range(6),
)
def test_what_is_not_facts_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"facts|decode"):
        decode(data)
