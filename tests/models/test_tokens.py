"""Counting tokens without a tokenizer, and what a server's report does to it."""

from __future__ import annotations

import base64
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rao_review.models.tokens import Calibration, Counter, estimate
from rao_review.models.wire import Message, Request, Tool, ToolCall

RANDOM = random.Random(3)
BYTES = RANDOM.randbytes(3000)
# Text → tokens of cl100k_base or o200k_base, whichever gives more; counted once with tiktoken 0.14.
COUNTED = {
    "code": ("def total(rows: list[Row]) -> float:\n    return sum(row.price * row.count for row in rows if not row.void)\n" * 20, 580),
    "hex": (BYTES.hex(), 3440),
    "base64": (base64.b64encode(BYTES).decode(), 2880),
    "spaces": (" " * 4000, 32),
    "chinese": ("代码审查需要仔细阅读每一行代码并且理解它的含义。" * 20, 520),
    "russian": ("Проверьте этот код внимательно, пожалуйста." * 20, 400),
    "emoji": ("😀🎉🚀" * 50, 400),
    "box": ("─│┌┐└┘" * 50, 500),
}  # fmt: skip


@pytest.mark.parametrize("kind", COUNTED)
def test_rather_too_many_and_never_far_too_few(kind: str) -> None:
    text, tokens = COUNTED[kind]
    assert 0.8 * tokens <= estimate(text) <= 2.2 * tokens


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_has_a_count(one: str, other: str) -> None:
    assert estimate(one) >= (1 if one else 0)
    # Joining two texts makes no token more than their seam can.
    assert estimate(one + other) <= (estimate(one) + estimate(other)) * 1.6 + 8


def test_fast_enough_for_large_changes() -> None:
    text = "    value = compute(first_argument, second=0x1F)  # why\n" * 40_000
    began = time.process_time()
    estimate(text)
    assert len(text) / (time.process_time() - began) > 5e6  # 20 MB/s on an idle core


def test_calibration_goes_to_what_the_server_says_and_stays_in_bounds() -> None:
    start = Calibration()
    once = start.learned(1000, 1400)
    assert 1 < once.ratio < 1.4
    for _ in range(20):
        once = once.learned(1000, 1400)
    assert once.ratio == pytest.approx(1.4, abs=0.01)
    assert start == Calibration(1.0)
    assert start.learned(0, 5) == start.learned(5, 0) == start


@given(st.lists(st.tuples(st.integers(-5, 10**9), st.integers(-5, 10**9))))
def test_calibration_is_bounded(reports: list[tuple[int, int]]) -> None:
    found = Calibration()
    for estimated, actual in reports:
        found = found.learned(estimated, actual)
        assert 0.5 <= found.ratio <= 3.0


def test_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    for name in ("o200k_base", "cl100k_base", "no such encoding"):
        counter = Counter(name)
        assert not counter.exact
        assert counter.count("a b c") == estimate("a b c")
    assert list(tmp_path.iterdir()) == []


def test_everything_in_a_request_counts() -> None:
    counter = Counter()
    bare = Request((Message("user", "x" * 400),))
    tool = Tool("look", "Looks at things.", {"type": "object", "properties": {"path": {"type": "string"}}})
    called = Message("assistant", "", (ToolCall("c", "look", '{"path": "' + "y" * 400 + '"}'),))
    sizes = [
        counter.request(bare),
        counter.request(Request(bare.messages, (tool,))),
        counter.request(Request(bare.messages, (tool,), {"type": "object"})),
        counter.request(Request((*bare.messages, called), (tool,), {"type": "object"})),
    ]
    assert sizes == sorted(set(sizes))
