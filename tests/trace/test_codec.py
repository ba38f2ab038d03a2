"""Every value of a run comes back from JSON exactly as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, findings, merge_decisions, texts

from rao_review.trace.codec import decode, encode
from rao_review.trace.events import (
    Event,
    Looked,
    Merged,
    NodeFailed,
    NodeReturned,
    NodeStarted,
    Reported,
    RunFinished,
    RunStarted,
    Split,
    StageFinished,
)
from rao_review.types import Check, Finding, HashCheck, RegexCheck, SymbolCheck, Usage

_node = st.sampled_from(["0", "0.1", "0.12.3"])
_ids = st.lists(texts(), max_size=3).map(tuple)
_json = st.dictionaries(texts(), st.none() | st.integers() | texts() | st.lists(texts(), max_size=2), max_size=3)
events: st.SearchStrategy[Any] = st.one_of(
    st.builds(RunStarted, texts(), st.none() | texts(), _json, _json),
    st.builds(StageFinished, texts(), st.floats(0, 9e9), texts()),
    st.builds(NodeStarted, _node, _node, st.integers(0, 9), texts(), _ids, st.integers(0, 10**9)),
    st.builds(Looked, _node, texts(), _json, st.integers(0, 9), _ids),
    st.builds(
        Split, _node, texts(), st.lists(st.tuples(_node, _ids, texts()), max_size=2).map(tuple), st.just(3), _ids
    ),
    st.builds(Reported, _node, findings()),
    st.builds(Merged, _node, st.lists(merge_decisions, max_size=2).map(tuple)),
    st.builds(NodeReturned, _node, texts(), _ids, _ids),
    st.builds(NodeFailed, _node, texts()),
    st.builds(RunFinished, texts(), _json),
)


@examples(100)
@given(events)
def test_events_survive_json(event: Any) -> None:
    assert decode(Event, json.loads(json.dumps(encode(event)))) == event


@examples(60)
@given(findings())
def test_findings_survive_json_in_both_directions(finding: Finding) -> None:
    data = json.loads(json.dumps(encode(finding)))
    assert decode(Finding, data) == finding
    assert encode(decode(Finding, data)) == data


def test_the_tag_chooses_among_classes_with_the_same_fields() -> None:
    check = {"kind": "symbol", "name": "a", "claim": "used"}
    assert decode(Check, check) == SymbolCheck("a", "used")
    assert decode(Check, {"kind": "hash", "path": "a", "oid": "b"}) == HashCheck("a", "b")
    assert decode(Check, {"kind": "regex", "pattern": "a", "path": "b"}) == RegexCheck("a", "b")


def test_absent_fields_take_defaults_and_unknown_ones_are_ignored() -> None:
    assert decode(Usage, {"nodes": 1, "depth": 2, "novelty": 3}) == Usage(1, 2)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"nodes": 1}, "Usage lacks depth"),
        ({"nodes": "1", "depth": 0}, "Usage.nodes: expected int, got str"),
        ({"nodes": True, "depth": 0}, "Usage.nodes: expected int, got bool"),
        ([1, 2], "expected an object, got list"),
    ],
)
def test_what_does_not_fit_is_a_value_error_that_names_the_field(data: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        decode(Usage, data)
