"""Actions out of text, in every shape that models write. The expected values are written by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rao_review.policy.llm.actions import UnfitError, answer_schema, tools, written
from rao_review.policy.llm.parsing import MalformedError, arguments_of, calls_in, without_reasoning

SUBMIT = {"action": "submit", "findings": [{"path": "a.py", "quote": "x = 1", "title": "wrong"}]}
MEANT = (("submit", {"findings": [{"path": "a.py", "quote": "x = 1", "title": "wrong"}]}),)
PLAIN = json.dumps(SUBMIT)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```\nI hope this helps!",
        f"Here is my review:\n{PLAIN}\nLet me know {{if}} you need more.",
        f"<think>Should I submit? {{'action': 'delegate'}}</think>{PLAIN}",
        f"thinking without a beginning </think>\n{PLAIN}",
        str(SUBMIT),  # Python's quotes
        PLAIN[:-1] + ",}",
        PLAIN[:-3],  # cut short
        json.dumps({"name": "submit", "arguments": {"findings": SUBMIT["findings"]}}),
        json.dumps({"name": "submit", "arguments": json.dumps({"findings": SUBMIT["findings"]})}),
        json.dumps({"tool": "submit", "parameters": {"findings": SUBMIT["findings"]}}),
        json.dumps({"submit": {"findings": SUBMIT["findings"]}}),
        json.dumps({"findings": SUBMIT["findings"]}),
        json.dumps([SUBMIT]),
        json.dumps({"actions": [SUBMIT]}),
        json.dumps({"tool_calls": [{"function": {"name": "submit", "arguments": {"findings": SUBMIT["findings"]}}}]}),
        '<tool_call>\n{"name": "submit", "arguments": '
        + json.dumps({"findings": SUBMIT["findings"]})
        + "}\n</tool_call>",
        '[TOOL_CALLS] [{"name": "submit", "arguments": ' + json.dumps({"findings": SUBMIT["findings"]}) + "}]",
        'First I thought {"action": "overview"} but no:\n```json\n' + PLAIN + "\n```",
    ],
)
def test_an_action_is_found(text: str) -> None:
    assert calls_in(text) == MEANT


def test_several_calls_come_in_order() -> None:
    text = '<tool_call>{"name": "symbol", "arguments": {"name": "f"}}</tool_call><tool_call>{"name": "overview"}</tool_call>'
    assert calls_in(text) == (("symbol", {"name": "f"}), ("overview", {}))


def test_an_argument_called_name_is_no_tag() -> None:
    assert calls_in('{"action": "symbol", "name": "Order.total"}') == (("symbol", {"name": "Order.total"}),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the answer is empty"),
        ("<think>I will submit {} now", "only reasoning"),
        ("Looks good to me!", "no JSON object"),
        ('{"action": "approve"}', "no action 'approve'"),
        ('{"verdict": "fine"}', "no `action`"),
    ],
)
def test_what_is_no_action_is_told(text: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        calls_in(text)


@given(st.text(max_size=200))
def test_any_text_is_an_action_or_malformed(text: str) -> None:
    try:
        calls = calls_in(text)
    except MalformedError:
        return
    assert calls


@given(st.text(alphabet=st.characters(exclude_characters="<>"), max_size=80))
def test_reasoning_is_never_an_answer(thought: str) -> None:
    assert without_reasoning(f"<think>{thought}</think>{PLAIN}") == PLAIN


def test_arguments_are_an_object() -> None:
    assert arguments_of("") == {}
    assert arguments_of('{"name": "f"}') == {"name": "f"}
    with pytest.raises(MalformedError):
        arguments_of("[1, 2]")


def test_form_is_forgiven_and_meaning_is_not() -> None:
    finding = {"path": "a.py", "quote": "x", "title": "t", "severity": "MAJOR", "line": "12", "suggestion": None}
    action = written("submit", {"findings": finding, "decisions": None})
    assert (action.findings[0].severity, action.findings[0].line) == ("high", 12)  # type: ignore[union-attr]
    with pytest.raises(UnfitError, match=r"findings\.0\.quote"):
        written("submit", {"findings": [{"path": "a.py", "title": "t"}]})
    with pytest.raises(UnfitError, match=r"findings\.0\.severity"):
        written("submit", {"findings": [{**finding, "severity": "apocalyptic"}]})


def test_the_schemas_are_valid_and_have_no_references() -> None:
    for tool in tools(True):
        Draft202012Validator.check_schema(dict(tool.parameters))
        assert "$ref" not in json.dumps(tool.parameters)
    assert "delegate" not in [t.name for t in tools(False)]
    schema = dict(answer_schema(True))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(SUBMIT)
