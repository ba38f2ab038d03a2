"""The text search: a file never hides a name that it contains."""

from __future__ import annotations

import re
import subprocess
import sys
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rao_review.graph.tokens import Wanted, tokenize

NAME = re.compile(r"(?<!\w)[^\W\d]\w*")
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
gaps = st.text(
    st.sampled_from(" \n\t.,()[]{}=+*/<>'\"`:;#@%^&|~!?-–—«»“”…\u00a0\u2028\ufeff漢é"), min_size=1, max_size=3
)


def found(source: str | bytes, *wanted: str) -> set[str]:
    data = source.encode("utf-8", "surrogateescape") if isinstance(source, str) else source
    return set(Wanted(wanted).found_in(tokenize(data)))


@given(st.lists(st.tuples(gaps, names), max_size=30), st.lists(names, max_size=15))
def test_every_name_of_a_text_is_found(parts: list[tuple[str, str]], others: list[str]) -> None:
    text = "".join(gap + name for gap, name in parts)
    contained = {name for _, name in parts}
    hashes = {crc32(name.encode()) for name in contained}
    asked = {*contained, *others}
    result = found(text, *asked)
    assert contained <= result
    alone = set(re.findall(r"[A-Za-z0-9_]+", text))
    assert {name for name in result if name not in alone and crc32(name.encode()) not in hashes} == set()


@given(st.text(max_size=60))
def test_every_identifier_of_any_text_is_found(text: str) -> None:
    wanted = set(NAME.findall(text)) if "\0" not in text else set()
    ascii_wanted = {name for name in wanted if name.isascii()}
    assert ascii_wanted <= found(text, *wanted)


@given(st.binary(max_size=200))
def test_any_bytes_are_tokenized_to_sorted_distinct_items(source: bytes) -> None:
    items = memoryview(tokenize(source)).cast("I")
    assert list(items) == sorted(set(items))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("класс имя = 1", "имя"),
        ("print(«имя»)", "имя"),
        ("$scope.x = 1", "$scope"),
        ("echo $name;", "name"),
        ("`${count}`", "count"),
        ('"10$unit"', "$unit"),
        ("0€total", "total"),
        ("a\u00a0=\u00a0b", "b"),
        ("\ufeffimport os", "import"),
        ("it’s foo—bar", "bar"),
        ("parser.add_argument('--dry-run')", "--dry-run"),
        ("git --no-pager--x", "--no-pager--x"),
        ("Config.load()", "Config.load"),
        ("list.empty?", "empty?"),
        ("my-function arg", "my-function"),
        ("x", "x"),
        ("caf\udce9 = 1", "caf\udce9"),
        ("r#type", "type"),
    ],
)
def test_names_of_many_kinds(source: str, name: str) -> None:
    assert found(source, name, "absent") == {name}


def test_a_name_of_several_words_needs_all_of_them() -> None:
    assert found("load the Conf", "Config.load") == set()


def test_what_is_no_name_is_found_nowhere() -> None:
    assert found("a + b -- c 123", "+", "", "123", "--") == set()


def test_binary_files_contain_nothing() -> None:
    assert tokenize(b"name\0name") == b""
    assert found(b"\x00name", "name") == set()


def test_a_long_file_loses_no_name_where_it_is_cut() -> None:
    text = " ".join(f"name_{number}" for number in range(120_000))
    wanted = {f"name_{number}" for number in range(0, 120_000, 7)}
    assert found(text, *wanted) == wanted
    assert found("x" * 3_000_000 + " end", "end") == {"end"}


def test_few_and_many_names_are_looked_up_alike() -> None:
    tokens = tokenize(b"one two three four five")
    many = [f"absent{number}" for number in range(50)]
    for name in ("one", "three", "six"):
        assert Wanted([name]).found_in(tokens) == Wanted([name, *many]).found_in(tokens)


def test_tokens_are_the_same_under_any_hash_seed() -> None:
    code = (
        "import sys; from rao_review.graph.tokens import tokenize; print(tokenize('$a b_c «d» --e-f'.encode()).hex())"
    )
    path = [place for place in sys.path if place]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:] = {path!r}; {code}"],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
