"""The laws behind the look-ups that keep the rules fast: pieces find every near copy, jumps show by their layout, tokens by their sum."""

from __future__ import annotations

import hashlib
import zlib

from goldens import SECRETS
from hypothesis import given
from hypothesis import strategies as st

from rao_review.graph.facts import Definition
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules.conflict_marker import blocks
from rao_review.policy.rules.twins import Body
from rao_review.policy.rules.unreachable_code import suspects
from rao_review.policy.secrets import crc_matches, entropy, tokens_in

_REFERENCE = DefinitionRef("a.py", "base", Definition("f", "f", "function", 1, 1, 300))


def _body(texts: list[str]) -> Body:
    return Body(_REFERENCE, tuple(range(2, len(texts) + 2)), tuple(texts))


@given(st.integers(6, 120), st.data())
def test_near_copies_share_a_piece(count: int, data: st.DataObject) -> None:
    original = [f"line {i}" for i in range(count)]
    changed = data.draw(st.sets(st.integers(0, count - 1), max_size=count // 10))
    copy = [f"other {i}" if i in changed else text for i, text in enumerate(original)]
    assert set(_body(original).pieces()) & set(_body(copy).pieces())


@given(st.integers(6, 60))
def test_different_bodies_share_none(count: int) -> None:
    assert not set(_body([f"a{i}" for i in range(count)]).pieces()) & set(
        _body([f"b{i}" for i in range(count)]).pieces()
    )


def test_suspects_follow_the_layout() -> None:
    lines = [
        "def f(x):",
        "    if x:",
        "        return g(",
        "            x,",
        "        )",
        "        h()",
        "    return 1",
        "",
        "    i()",
    ]
    assert list(suspects(lines, set(range(1, 10)))) == [(3, 6), (7, 9)]
    assert list(suspects(lines, {9})) == [(7, 9)]
    assert list(suspects(lines, {1, 2})) == []


@given(st.lists(st.sampled_from(["<<<<<<< a", "||||||| b", "=======", ">>>>>>> c", "text", "====", "======= x"])))
def test_conflict_blocks_are_complete_and_apart(lines: list[str]) -> None:
    found = list(blocks(lines))
    for block in found:
        kinds = "".join(lines[n - 1][0] for n in block)
        assert kinds in ("<=>", "<|=>")
    assert [n for block in found for n in block] == sorted({n for block in found for n in block})


def test_a_changed_character_breaks_a_checksum() -> None:
    token = SECRETS["%%github-token%%"]
    assert zlib.crc32(token[4:34].encode()) and crc_matches(token)
    for at in range(4, 34):
        assert not crc_matches(token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :])


@given(st.integers(1, 64))
def test_entropy_of_equally_many_characters(count: int) -> None:
    assert abs(entropy("".join(chr(97 + i) for i in range(count)) * 3) - count.bit_length() + 1) <= 1
    assert entropy("a" * count) == 0


@given(st.text(alphabet="abcdef0123456789-_.AKIxogh", max_size=200))
def test_prose_has_no_tokens(text: str) -> None:
    assert not list(tokens_in(text))
    assert not list(tokens_in(hashlib.sha256(text.encode()).hexdigest()))
