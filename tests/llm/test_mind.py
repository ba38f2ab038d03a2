"""The mind of a node, with a model that plays scripts: what it is shown, and what becomes of its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from changes import GraphOf

from rao_review.agent import Limits, Outcome, review_change
from rao_review.errors import BudgetError, OverflowingError, UnavailableError, UnsupportedError
from rao_review.graph.graph import Graph
from rao_review.models.scripted import Answers, ScriptedModel
from rao_review.models.tokens import Calibration, Counter
from rao_review.models.wire import Reply, Request, TokenUsage, ToolCall
from rao_review.policy.llm import FlatPolicy, LlmPolicy, MapReducePolicy, Shared, Shares
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.masking import Masker
from rao_review.policy.llm.prompts import Prompts
from rao_review.trace.events import NodeFailed, Split
from rao_review.trace.journal import MemoryJournal

FILES = {f"pkg{n % 3}/f{n}.py": f"value_{n} = {n}\n" for n in range(6)}
FENCE = "0123456789abcdef"
SUBMIT = '{"action": "submit"}'


@pytest.fixture(scope="module")
def small(graph_of: GraphOf) -> Graph:
    """Six files of one line each, all changed: h1 … h6."""
    return graph_of(FILES, {path: text.replace("value", "amount") for path, text in FILES.items()})


@pytest.fixture(scope="module")
def large(graph_of: GraphOf) -> Graph:
    """Six files that together are several times a window of 6,000 tokens."""
    body = {path: "".join(f"{path[:4]}_{n} = 'line {n} of {path}'\n" for n in range(150)) for path in FILES}
    return graph_of({"keep.py": "x = 1\n"}, {"keep.py": "x = 1\n", **body})


class Played:
    def __init__(self, outcome: Outcome, journal: MemoryJournal, model: ScriptedModel) -> None:
        self.outcome = outcome
        self.events = journal.events
        self.asked = model.asked
        self.fates = {f.hunk: (f.fate, f.reason) for f in outcome.coverage.fates}

    def prompt(self, number: int) -> str:
        """All that was said in a call, system message left out."""
        return "\n".join(m.text for m in self.asked[number][1].messages[1:])

    @property
    def reviewed(self) -> set[str]:
        return {hunk for hunk, (fate, _) in self.fates.items() if fate == "reviewed"}


def play(
    graph: Graph,
    scripts: Mapping[str, Answers],
    *,
    window: int = 32_768,
    protocol: str = "json",
    settled: bool = True,
    kind: str = "auto",
    otherwise: Reply | str = SUBMIT,
    low: bool = False,
    limits: Limits | None = None,
) -> Played:
    model = ScriptedModel(scripts, otherwise)
    footing = Footing(protocol, settled, True, window, min(1024, window // 8), Calibration())  # type: ignore[arg-type]
    shares = Shares(inline=1.0, room=0.9) if kind == "flat" else Shares()
    shared = Shared(graph, model, Counter(), Prompts(FENCE), Masker("seed"), footing, shares, low=lambda node: low)
    policy = {"auto": LlmPolicy(shared), "recursive": LlmPolicy(shared, forced=True), "flat": FlatPolicy(shared)}.get(
        kind, MapReducePolicy(shared)
    )
    journal = MemoryJournal()
    bounds = limits or Limits(characters=int(window * 0.6), repairs=1, children=2000 if kind == "mapreduce" else 32)
    outcome = asyncio.run(review_change(policy, graph, bounds, journal))
    return Played(outcome, journal, model)


def say(action: str, **fields: object) -> str:
    return json.dumps({"action": action, **fields})


def call(action: str, call_id: str = "c1", **arguments: object) -> ToolCall:
    return ToolCall(call_id, action, json.dumps(arguments))


def calls(*wanted: ToolCall) -> Reply:
    return Reply("", wanted, "tool_calls", TokenUsage(estimated=True))


FAULT = {"path": "pkg0/f0.py", "quote": "amount_0 = 0", "title": "renamed", "severity": "high"}


class TestWhatItIsShown:
    def test_what_fits_is_shown_whole_in_one_prompt(self, small: Graph) -> None:
        played = play(small, {"0": [say("submit", findings=[FAULT], summary="one fault")]})
        assert len(played.asked) == 1
        assert all(f"+amount_{n} = {n}" in played.prompt(0) for n in range(6))
        assert len(played.reviewed) == 6
        (finding,) = played.outcome.findings
        assert (finding.anchor.line, finding.status, finding.found_by) == (1, "unverified", ("0",))

    def test_what_does_not_fit_is_an_index_to_delegate_by(self, large: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["g1"], "instruction": "first"}, {"hunks": ["pkg1/", "pkg2/"]}])
        played = play(large, {"0": [split, split]}, window=6_000)
        assert "## Index" in played.prompt(0)
        assert "may delegate: yes" in played.prompt(0)
        assert "+pkg0_1 =" not in played.prompt(0)
        assert len(played.reviewed) == 6

    def test_the_deepest_level_reads_in_pages(self, large: Graph) -> None:
        played = play(large, {}, window=6_000, limits=Limits(depth=0, characters=3_600))
        assert len(played.reviewed) == 6
        assert len(played.asked) > 3
        assert "page: 1, more follow" in played.prompt(0)
        assert "the last" in played.prompt(len(played.asked) - 1)
        seen = "\n".join(played.prompt(n) for n in range(len(played.asked)))
        assert all(f"'line {n} of pkg1/f4.py'" in seen for n in range(150))

    def test_findings_of_earlier_pages_are_kept_and_told(self, large: Graph) -> None:
        first = {"path": "pkg0/f0.py", "quote": "pkg0_1 = 'line 1 of pkg0/f0.py'", "title": "odd first line"}
        script = [say("submit", findings=[first]), *[SUBMIT] * 20]
        played = play(large, {"0": script}, window=6_000, limits=Limits(depth=0, characters=3_600))
        assert [f.title for f in played.outcome.findings] == ["odd first line"]
        assert "odd first line" in played.prompt(1)

    def test_text_of_the_change_stands_between_fences(self, small: Graph) -> None:
        prompt = play(small, {}).prompt(0)
        before, _, after = prompt.partition(f"<<< hunks {FENCE}\n")
        assert "amount_0" not in before
        assert "amount_5" in after.partition(f">>> {FENCE}")[0]


class TestWhatItSays:
    def test_looks_are_answered_and_several_at_once(self, small: Graph) -> None:
        script = [
            calls(call("symbol", "a", name="amount_1"), call("read_file", "b", path="pkg0/f0.py")),
            calls(call("submit")),
        ]
        played = play(small, {"0": script}, protocol="tools")
        answers = {m.answers: m.text for m in played.asked[1][1].messages if m.role == "tool"}
        assert "defines variable amount_1" in answers["a"] or "amount_1" in answers["a"]
        assert "1\tamount_0 = 0" in answers["b"]
        assert len(played.reviewed) == 6

    @pytest.mark.parametrize("path", ["../../../etc/passwd", "/etc/passwd", "no/such.py"])
    def test_there_is_nothing_outside_the_trees(self, small: Graph, path: str) -> None:
        played = play(small, {"0": [say("read_file", path=path), SUBMIT]})
        assert "Not carried out" in played.prompt(1)
        assert "root:" not in played.prompt(1)

    def test_submitting_unread_hunks_has_them_reviewed_anyway(self, large: Graph) -> None:
        played = play(large, {"0": [SUBMIT]}, window=6_000)
        assert len(played.reviewed) == 6
        assert [e.left_over for e in played.events if isinstance(e, Split) and e.node == "0"] == [
            tuple(sorted(played.fates))
        ]

    def test_hunks_left_out_of_a_split_are_reviewed_anyway(self, large: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["pkg0/"]}])
        played = play(large, {"0": [split, split, SUBMIT]}, window=6_000)
        assert "## Preview" in played.prompt(1)
        assert len(played.reviewed) == 6

    def test_a_selector_that_means_nothing_is_told(self, large: Graph) -> None:
        played = play(large, {"0": [say("delegate", children=[{"hunks": ["h99"]}]), SUBMIT]}, window=6_000)
        assert "nothing in this task is meant by 'h99'" in played.prompt(1)

    def test_a_child_may_not_delegate_what_it_can_read(self, small: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["h1"]}, {"hunks": ["h2-h6"]}])
        played = play(small, {"0": [split, SUBMIT]}, kind="recursive")
        assert {node for node, _ in played.asked} == {"0", "0.1", "0.2"}
        assert len(played.reviewed) == 6

    def test_a_finding_that_fails_goes_back_with_what_was_found(self, small: Graph) -> None:
        wrong = {**FAULT, "quote": "amount_0 = 77"}
        played = play(small, {"0": [say("submit", findings=[wrong]), say("submit", findings=[FAULT])]})
        assert "the quote is in head 0 times" in played.prompt(1)
        assert [f.anchor.quote for f in played.outcome.findings] == ["amount_0 = 0"]
        assert [f.anchor.quote for f in played.outcome.refuted] == ["amount_0 = 77"]

    def test_children_are_decided_on_by_id_and_contradictions_are_shown(self, small: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["h1", "h2"]}, {"hunks": ["h3-h6"]}])
        low = {**FAULT, "severity": "low", "title": "harmless"}
        merge = say("submit", decisions=[{"finding": "f0.2.1", "decision": "drop", "reason": "wrong"}])
        scripts = {
            "0": [split, merge],
            "0.1": [say("submit", findings=[FAULT])],
            "0.2": [say("submit", findings=[low])],
        }
        played = play(small, scripts, kind="recursive")
        assert "contradiction: f0.1.1, f0.2.1 speak of line 1" in played.prompt(3)
        assert [f.id for f in played.outcome.findings] == ["f0.1.1"]


class TestBadAnswers:
    def test_the_exact_error_is_told_and_the_answer_asked_for_again(self, small: Graph) -> None:
        played = play(
            small, {"0": ['{"action": "submit", "findings": [{"path": "a"}]}', say("submit", summary="better")]}
        )
        assert "findings.0.quote: Field required" in played.prompt(1)
        assert played.outcome.summary == "better"

    def test_four_bad_answers_are_a_failure_in_plain_words(self, small: Graph) -> None:
        played = play(small, {"0": ["LGTM"] * 4})
        assert not played.reviewed
        (failed,) = (e for e in played.events if isinstance(e, NodeFailed))
        assert failed.reason.startswith("answer: the model's answer could not be read")

    def test_calls_as_text_are_calls_and_text_is_spoken_from_then_on(self, large: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["g1"]}, {"hunks": ["*"]}])
        played = play(large, {"0": [split, split]}, window=6_000, protocol="tools", settled=False)
        assert played.asked[0][1].tools
        assert not any(request.tools for _, request in played.asked[1:])
        assert len(played.reviewed) == 6

    def test_an_endpoint_without_tools_and_schemas(self, small: Graph) -> None:
        refusals = [UnsupportedError("no tools", 400, "tools"), UnsupportedError("what schema?", 400, "schema"), SUBMIT]
        played = play(small, {"0": refusals}, protocol="tools", settled=False)
        kinds = [(bool(r.tools), r.schema is not None) for _, r in played.asked]
        assert kinds == [(True, False), (False, True), (False, False)]
        assert len(played.reviewed) == 6

    def test_an_answer_of_reasoning_alone_gets_more_room(self, small: Graph) -> None:
        thinking = Reply("", (), "length", TokenUsage(estimated=True), reasoning="hm " * 400)
        played = play(small, {"0": [thinking, thinking, SUBMIT]})
        assert [r.max_output for _, r in played.asked] == [1024, 2048, 4096]
        assert len(played.reviewed) == 6


class TestWindows:
    def test_a_prompt_that_overflows_is_made_smaller_and_nothing_is_lost(self, large: Graph) -> None:
        """The server's window is a quarter of what we were told."""

        def server(request: Request) -> Reply | Exception | str:
            prompt = sum(len(m.text) for m in request.messages) // 3
            if prompt > 5_000:
                return OverflowingError("too long", 400, 5_500, prompt)
            return SUBMIT

        played = play(large, {"0": server}, window=22_000, limits=Limits(depth=0, characters=12_000))
        assert len(played.reviewed) == 6
        seen = "\n".join(m.text for _, r in played.asked for m in r.messages[1:])
        assert all(f"'line {n} of pkg2/f5.py'" in seen for n in range(150))

    def test_a_window_that_is_too_small_for_anything_is_said(self, small: Graph) -> None:
        played = play(small, {}, window=600)
        assert {reason.partition(":")[0] for _, reason in played.fates.values()} == {"window"}

    def test_flat_fails_loudly_for_what_does_not_fit(self, large: Graph) -> None:
        played = play(large, {}, window=12_000, kind="flat", limits=Limits(depth=0, characters=7_200))
        assert len(played.asked) == 1
        assert 0 < len(played.reviewed) < 6
        assert {r for _, r in played.fates.values() if r} == {"window: does not fit one prompt"}

    def test_mapreduce_splits_by_file_and_reads_all(self, large: Graph) -> None:
        played = play(large, {}, window=6_000, kind="mapreduce")
        assert len(played.reviewed) == 6
        assert "0" not in {node for node, _ in played.asked}


class TestBudgets:
    def test_what_is_gone_is_said_and_what_was_found_is_kept(self, large: Graph) -> None:
        first = {"path": "pkg0/f0.py", "quote": "pkg0_1 = 'line 1 of pkg0/f0.py'", "title": "odd first line"}
        script = [say("submit", findings=[first]), BudgetError("all gone", "max-tokens")]
        played = play(large, {"0": script}, window=6_000, limits=Limits(depth=0, characters=3_600))
        assert [f.title for f in played.outcome.findings] == ["odd first line"]
        assert {r.partition(":")[0] for f, r in played.fates.values() if f == "failed"} == {"budget"}
        assert len(played.reviewed) < 6

    def test_children_are_kept_when_their_parent_can_ask_no_more(self, small: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["h1", "h2"]}, {"hunks": ["h3-h6"]}])
        scripts = {"0": [split, UnavailableError("it is down")], "0.1": [say("submit", findings=[FAULT])]}
        played = play(small, scripts, kind="recursive")
        assert [f.id for f in played.outcome.findings] == ["f0.1.1"]
        assert len(played.reviewed) == 6
        assert "it is down" in played.outcome.summary

    def test_when_it_is_low_nodes_are_told_to_finish_and_do_not_split(self, large: Graph) -> None:
        split = say("delegate", children=[{"hunks": ["g1"]}, {"hunks": ["*"]}])
        played = play(large, {"0": [split, SUBMIT]}, window=6_000, low=True)
        assert "The budget is nearly gone" in played.prompt(1)


def test_the_prompts_of_a_run_are_the_same_whatever_the_order_of_answers(large: Graph) -> None:
    split = say("delegate", children=[{"hunks": ["pkg0/"]}, {"hunks": ["pkg1/"]}, {"hunks": ["pkg2/"]}])
    asked = [sorted(map(repr, play(large, {"0": [split, split]}, window=6_000).asked)) for _ in range(2)]
    assert asked[0] == asked[1]


def test_what_the_endpoint_counts_goes_down_the_tree(large: Graph) -> None:
    split = say("delegate", children=[{"hunks": ["g1"]}, {"hunks": ["*"]}])

    def root(request: Request) -> Reply:
        return Reply(split, (), "stop", TokenUsage(prompt=2 * Counter().request(request), completion=10))

    calm = play(large, {"0": [split, split]}, window=9_000)
    dear = play(large, {"0": root}, window=9_000, limits=replace(Limits(characters=5_400, repairs=1), rounds=3))
    assert len(dear.asked) > len(calm.asked)
