"""The loop: what the mind may decide, and what the harness does whatever the mind decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from changes import GraphOf

from rao_review.agent import Limits, Outcome, review_change
from rao_review.agent.protocol import (
    Action,
    Briefing,
    ChildResults,
    ChildSpec,
    Delegate,
    Look,
    Mind,
    Observation,
    Preview,
    ReadFile,
    ReadHunks,
    Reading,
    Refusal,
    Rejected,
    Submit,
    Symbol,
    Task,
)
from rao_review.graph.graph import Graph
from rao_review.policy.scripted import Script, ScriptedPolicy
from rao_review.trace.events import Event, Looked, Merged, NodeFailed, NodeStarted, Reported, Split
from rao_review.trace.journal import MemoryJournal
from rao_review.types import Anchor, Finding, MergeDecision, RegexCheck, Severity, SymbolCheck

FILES = {f"f{n}.py": f"value = {n}\n" for n in range(6)}
EVERY = tuple(f"h{n}" for n in range(1, 7))


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    """Six files with one hunk each: h1 … h6, two changed lines in each; and a lock file, which is skipped."""
    made = graph_of(FILES, {path: text.replace("value", "amount") for path, text in FILES.items()})
    assert tuple(h.id for h in made.change.hunks()) == EVERY
    return made


class Played:
    """What came of a scripted review."""

    def __init__(self, outcome: Outcome, events: list[Event], policy: ScriptedPolicy) -> None:
        self.outcome = outcome
        self.events = events
        self.seen = policy.seen
        self.fates = {f.hunk: (f.fate, f.reason) for f in outcome.coverage.fates}

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [event for event in self.events if isinstance(event, kind)]


def play(
    graph: Graph, scripts: dict[str, Script] | Callable[[Task], Script | None], limits: Limits | None = None
) -> Played:
    policy, journal = ScriptedPolicy(scripts), MemoryJournal()
    outcome = asyncio.run(review_change(policy, graph, limits or Limits(), journal))
    return Played(outcome, journal.events, policy)


def split(*groups: Sequence[str], keep: Sequence[str] = ()) -> Delegate:
    return Delegate(tuple(ChildSpec(tuple(g), f"look at {' '.join(g)}") for g in groups), "because", tuple(keep))


def fault(path: str = "f0.py", quote: str = "amount = 0", severity: Severity = Severity.HIGH) -> Finding:
    return Finding("", Anchor(path, "head", 1, 1, quote), severity, "correctness", f"fault in {path}", "body")


def ruled(path: str = "f0.py", quote: str = "amount = 0") -> Finding:
    return replace(fault(path, quote), rule="some-rule")


def reviewed(*hunks: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(hunks, ("reviewed", ""))


class TestReading:
    def test_what_is_read_and_submitted_is_reviewed(self, graph: Graph) -> None:
        played = play(graph, {})
        assert played.fates == reviewed(*EVERY)
        assert played.outcome.coverage.lines("reviewed") == graph.change.added + graph.change.removed == 12
        assert (played.outcome.usage.nodes, played.outcome.usage.depth) == (1, 0)

    def test_the_first_observation_is_the_task(self, graph: Graph) -> None:
        briefing = play(graph, {}).seen["0"][0]
        assert isinstance(briefing, Briefing)
        assert (briefing.task.node, briefing.task.hunks, briefing.task.depth) == ("0", EVERY, 0)

    def test_a_hunk_read_in_part_is_not_read(self, graph: Graph) -> None:
        one = Look(ReadHunks(("h1",)))
        played = play(graph, {"0": [one, Submit()], "0.1": [Submit()]}, Limits(characters=12))
        reading = played.seen["0"][1]
        assert isinstance(reading, Reading)
        assert reading.rest == ReadHunks(("h1",), reading.parts[0].end)
        assert played.fates["h1"] == ("failed", "not read: submitted without reading it")

    def test_pages_add_up(self, graph: Graph) -> None:
        played = play(graph, {}, Limits(characters=12))  # the default script reads on until nothing is missing
        assert played.fates == reviewed(*EVERY)
        shown = [event.shown for event in played.of(Looked)]
        assert [hunk for page in shown for hunk in page] == list(EVERY)

    def test_the_context_that_a_parent_gives_is_shown_first(self, graph: Graph) -> None:
        child = ChildSpec(("h1",), "look", (ReadFile("f5.py"), Symbol("amount"), ReadHunks(("h1", "h2"))))
        script = [Delegate((child,), "because", keep=EVERY[1:]), Look(ReadHunks(EVERY)), Submit()]
        played = play(graph, {"0": script, "0.1": [Submit()]})
        briefing = played.seen["0.1"][0]
        assert isinstance(briefing, Briefing)
        assert briefing.context[0].text == "1\tamount = 5"
        assert played.fates == reviewed(*EVERY)  # h1 was in the child's context, in whole


class TestDelegating:
    def test_children_get_fresh_minds_and_their_results_come_in_order(self, graph: Graph) -> None:
        played = play(graph, {"0": [split(EVERY[:3], EVERY[3:]), Submit()]})
        results = played.seen["0"][1]
        assert isinstance(results, ChildResults)
        assert [(r.node, r.hunks, r.failure) for r in results.children] == [
            ("0.1", EVERY[:3], ""),
            ("0.2", EVERY[3:], ""),
        ]
        assert played.fates == reviewed(*EVERY)
        assert [e.depth for e in played.of(NodeStarted)] == [0, 1, 1]

    def test_order_does_not_depend_on_who_is_first(self, graph: Graph) -> None:
        class Late(ScriptedPolicy):
            """The first child answers last."""

            def mind(self, task: Task) -> Mind:
                inner = super().mind(task)

                class Slow:
                    async def act(self, observation: Observation) -> Action:
                        for _ in range(50 if task.node == "0.1" else 0):
                            await asyncio.sleep(0)
                        return await inner.act(observation)

                return Slow()

        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), Submit()],
            "0.1": [Look(ReadHunks(EVERY[:3])), Submit((fault("f0.py"),))],
            "0.2": [Look(ReadHunks(EVERY[3:])), Submit((fault("f3.py", "amount = 3"),))],
        }
        policy = Late(scripts)
        outcome = asyncio.run(review_change(policy, graph, Limits(), MemoryJournal()))
        results = policy.seen["0"][1]
        assert isinstance(results, ChildResults)
        assert [r.node for r in results.children] == ["0.1", "0.2"]
        assert outcome == play(graph, scripts).outcome

    def test_what_is_left_over_goes_to_one_more_child(self, graph: Graph) -> None:
        action = split(EVERY[:2], EVERY[2:4])
        played = play(graph, {"0": [action, action, Submit()]})
        preview = played.seen["0"][1]
        assert isinstance(preview, Preview)
        assert preview.left_over == ("h5", "h6")
        assert [(c.hunks, c.lines) for c in preview.children] == [(2, 4), (2, 4)]
        first, second = played.of(Split)
        assert (first.accepted, second.accepted) == (False, True)
        assert second.left_over == ("h5", "h6")
        assert second.children[-1][:2] == ("0.3", ("h5", "h6"))
        assert played.fates == reviewed(*EVERY)

    def test_what_the_node_has_read_is_not_left_over(self, graph: Graph) -> None:
        played = play(graph, {"0": [Look(ReadHunks(EVERY[4:])), split(EVERY[:2], EVERY[2:4]), Submit()]})
        assert played.of(Split)[0].left_over == ()
        assert played.outcome.usage.nodes == 3
        assert played.fates == reviewed(*EVERY)

    def test_several_rounds(self, graph: Graph) -> None:
        rounds = [
            split(EVERY[:3], keep=EVERY[3:]),
            split(EVERY[3:5], keep=EVERY[5:]),
            Look(ReadHunks(("h6",))),
            Submit(),
        ]
        played = play(graph, {"0": rounds})
        assert [e.node for e in played.of(NodeStarted)] == ["0", "0.1", "0.2"]
        assert played.fates == reviewed(*EVERY)

    def test_what_is_kept_but_never_read_goes_to_one_more_child(self, graph: Graph) -> None:
        played = play(graph, {"0": [split(EVERY[:3], keep=EVERY[3:]), Submit()]})
        assert played.of(Split)[-1].left_over == EVERY[3:]
        assert played.fates == reviewed(*EVERY)

    def test_a_node_that_reads_nothing_does_not_make_it_clean(self, graph: Graph) -> None:
        played = play(graph, lambda task: [Submit(summary="looks good")])
        assert [e.node for e in played.of(NodeStarted)] == ["0", "0.1"]  # asked once more, not for ever
        assert played.outcome.coverage.hunks("failed") == 6
        assert set(played.fates.values()) == {("failed", "not read: submitted without reading it")}

    def test_foreign_hunks_are_taken_out(self, graph: Graph) -> None:
        inner = split(("h1",), ("h2", "h6", "h99"))
        played = play(graph, {"0": [split(EVERY[:2], EVERY[2:]), Submit()], "0.1": [inner, inner, Submit()]})
        preview = played.seen["0.1"][1]
        assert isinstance(preview, Preview)
        assert "child 2 asks for hunks that are not in this task, which are taken out: h6, h99" in preview.warnings
        assert {e.node: e.hunks for e in played.of(NodeStarted)}["0.1.2"] == ("h2",)

    def test_everything_to_one_child_is_pointed_out_once(self, graph: Graph) -> None:
        played = play(graph, {"0": [split(EVERY), split(EVERY), Submit()]})
        preview = played.seen["0"][1]
        assert isinstance(preview, Preview)
        assert preview.warnings == ("one child gets everything: that is no smaller than this task",)
        assert played.fates == reviewed(*EVERY)


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "reason"),
        [
            (Limits(depth=0), "no children here: depth 0 is the deepest allowed"),
            (Limits(children=2), "3 children are more than the 2 allowed in one split"),
            (Limits(nodes=3), "3 children are more than the 2 nodes left here"),
        ],
    )
    def test_refusing_is_an_observation(self, graph: Graph, limits: Limits, reason: str) -> None:
        three = split(EVERY[:2], EVERY[2:4], EVERY[4:])
        played = play(graph, {"0": [three, Look(ReadHunks(EVERY)), Submit()]}, limits)
        assert played.seen["0"][1] == Refusal(reason)
        assert played.fates == reviewed(*EVERY)

    def test_a_split_without_hunks_is_refused(self, graph: Graph) -> None:
        played = play(graph, {"0": [Delegate((), "why not"), Look(ReadHunks(EVERY)), Submit()]})
        assert played.seen["0"][1] == Refusal("no child has hunks of this task")

    def test_the_last_node_is_kept_for_what_is_left_over(self, graph: Graph) -> None:
        action = split(EVERY[:2], EVERY[2:4])
        played = play(graph, {"0": [action, Look(ReadHunks(EVERY)), Submit()]}, Limits(nodes=3))
        assert isinstance(played.seen["0"][1], Refusal)

    def test_never_more_nodes_than_allowed(self, graph: Graph) -> None:
        def greedy(task: Task) -> Script:
            halves = split(task.hunks[::2], task.hunks[1::2] or task.hunks)
            return [halves, lambda o: halves if isinstance(o, Preview) else Submit(), Submit()]

        for nodes in range(1, 12):
            played = play(graph, greedy, Limits(nodes=nodes))
            assert played.outcome.usage.nodes == len(played.of(NodeStarted)) <= nodes

    def test_rounds(self, graph: Graph) -> None:
        played = play(graph, {"0": [Look(ReadHunks(EVERY))] * 9}, Limits(rounds=3))
        assert played.of(NodeFailed)[0].reason == "no answer after 3 rounds"
        assert played.fates["h1"] == ("failed", "no answer after 3 rounds")


class TestFailing:
    def test_a_failed_child_is_a_value_and_its_siblings_go_on(self, graph: Graph) -> None:
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), Submit()],
            "0.1": [Look(ReadHunks(EVERY[:3])), ZeroDivisionError("one\ntwo")],
        }
        played = play(graph, scripts)
        results = played.seen["0"][1]
        assert isinstance(results, ChildResults)
        assert [r.failure for r in results.children] == ["ZeroDivisionError: one two", ""]
        assert played.fates["h1"] == (
            "failed",
            "ZeroDivisionError: one two",
        )  # it was shown, but nobody answered for it
        assert played.fates["h4"] == ("reviewed", "")
        assert not played.outcome.failure

    def test_the_parent_may_give_them_away_again(self, graph: Graph) -> None:
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), split(EVERY[:3]), Submit()],
            "0.1": [RuntimeError("once")],
        }
        assert play(graph, scripts).fates == reviewed(*EVERY)

    def test_findings_of_children_survive_their_parent(self, graph: Graph) -> None:
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), RuntimeError("down")],
            "0.1": [Look(ReadHunks(EVERY[:3])), Submit((fault(),))],
        }
        played = play(graph, scripts)
        assert [f.id for f in played.outcome.findings] == ["f0.1.1"]
        assert played.fates == reviewed(*EVERY)
        assert played.outcome.failure == "RuntimeError: down"

    def test_a_mind_that_cannot_be_made(self, graph: Graph) -> None:
        def broken(task: Task) -> Script:
            raise LookupError("no such script")

        assert play(graph, broken).outcome.failure == "LookupError: no such script"

    def test_cancelling_is_not_a_failure(self, graph: Graph) -> None:
        class Sleeper:
            name = "sleeper"

            def mind(self, task: Task) -> Mind:
                return self  # type: ignore[return-value]

            async def act(self, observation: Observation) -> Action:
                await asyncio.sleep(3600)
                return Submit()

        journal = MemoryJournal()

        async def cancelled() -> None:
            task = asyncio.create_task(review_change(Sleeper(), graph, Limits(), journal))
            await asyncio.sleep(0)
            task.cancel()
            await task

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(cancelled())
        assert not [e for e in journal.events if isinstance(e, NodeFailed)]

    def test_an_interrupt_gets_through(self, graph: Graph) -> None:
        def interrupted(observation: Observation) -> Action:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            play(graph, {"0": [split(EVERY[:3], EVERY[3:]), Submit()], "0.1": [interrupted]})


class TestFindings:
    def test_the_harness_says_what_only_it_may_say(self, graph: Graph) -> None:
        boast = replace(fault(), id="mine", status="verified", found_by=("9",), fingerprint="x", suppressed_by="me")
        played = play(graph, {"0": [Look(ReadHunks(EVERY)), Submit((boast, fault("f1.py", "amount = 1")))]})
        first, second = played.outcome.findings
        assert (first.id, first.status, first.found_by, first.suppressed_by) == ("f0.1", "unverified", ("0",), None)
        assert len(first.fingerprint) == 16
        assert (second.id, first.hunks, second.hunks) == ("f0.2", ("h1",), ("h2",))

    def test_checks_run_before_the_parent_sees_anything(self, graph: Graph) -> None:
        true = replace(fault(), checks=(RegexCheck("amount", "f0.py", "head", 1, 1),))
        false = replace(fault("f1.py", "amount = 1"), checks=(RegexCheck("value", "f1.py"),))
        nowhere = fault("f2.py", "price = 2")
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), Submit()],
            "0.1": [Look(ReadHunks(EVERY[:3])), Submit((true, false, nowhere))],
        }
        played = play(graph, scripts)
        results = played.seen["0"][1]
        assert isinstance(results, ChildResults)
        assert [(f.id, f.status) for f in results.children[0].findings] == [("f0.1.1", "verified")]
        assert [f.id for f in played.outcome.refuted] == ["f0.1.2", "f0.1.3"]
        assert [e.finding.status for e in played.of(Reported)] == ["verified", "refuted", "refuted"]

    def test_a_parent_accounts_for_every_child_finding(self, graph: Graph) -> None:
        found = tuple(fault(f"f{n}.py", f"amount = {n}") for n in range(4))
        decisions = (
            MergeDecision("f0.1.1", "keep"),
            MergeDecision("f0.1.2", "combine", "same cause", "f0.1.1"),
            MergeDecision("f0.1.3", "drop", "intended"),
        )
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:4], EVERY[4:]), Submit((), decisions)],
            "0.1": [Look(ReadHunks(EVERY[:4])), Submit(found)],
        }
        played = play(graph, scripts)
        assert [f.id for f in played.outcome.findings] == ["f0.1.1", "f0.1.4"]
        (merged,) = played.of(Merged)
        assert [d.decision for d in merged.decisions] == ["keep", "combine", "drop", "keep"]

    def test_the_same_fault_from_two_children_is_one(self, graph: Graph) -> None:
        scripts: dict[str, Script] = {
            "0": [split(EVERY[:3], EVERY[3:]), Submit()],
            "0.1": [Look(ReadHunks(EVERY[:3])), Submit((fault(),))],
            "0.2": [Look(ReadHunks(EVERY[3:])), Submit((fault(severity=Severity.LOW),))],
        }
        (finding,) = play(graph, scripts).outcome.findings
        assert (finding.severity, finding.found_by) == (Severity.HIGH, ("0.1", "0.2"))

    def test_a_structural_pass_comes_first_and_its_findings_reach_the_nodes_that_they_concern(
        self, graph: Graph
    ) -> None:
        rules = ScriptedPolicy({"0.0": [Look(ReadHunks(EVERY)), Submit((ruled(), ruled("f4.py", "amount = 4")))]})
        policy = ScriptedPolicy({"0": [split(EVERY[:3], EVERY[3:]), Submit()], "0.2": [RuntimeError("no model")]})
        outcome = asyncio.run(review_change(policy, graph, Limits(), MemoryJournal(), rules))
        tasks = [seen[0].task for _, seen in sorted(policy.seen.items()) if isinstance(seen[0], Briefing)]
        assert [[f.id for f in task.known] for task in tasks] == [["f0.0.1", "f0.0.2"], ["f0.0.1"], ["f0.0.2"]]
        assert [f.id for f in outcome.findings] == ["f0.0.1", "f0.0.2"]
        # What only the rules have read is not reviewed.
        assert {f.hunk for f in outcome.coverage.fates if f.fate == "reviewed"} == set(EVERY[:3])

    @pytest.mark.parametrize(
        ("check", "dropped"),
        [
            (None, False),
            (SymbolCheck("value", "not_defined"), False),  # the finding says the same
            (SymbolCheck("value", "defined"), False),  # fails: it is not there
            (SymbolCheck("amount", "used"), False),  # passes, and has nothing to do with it
            (SymbolCheck("amount", "not_used"), False),
            (SymbolCheck("amount", "defined"), True),
        ],
    )
    def test_a_structural_finding_is_dropped_only_with_a_check_that_refutes_it(
        self, graph: Graph, check: SymbolCheck | None, dropped: bool
    ) -> None:
        claim = replace(ruled(), checks=(SymbolCheck("amount", "not_defined", "f1.py.gone"),))
        rules = ScriptedPolicy({"0.0": [Submit((claim,))]})
        decision = MergeDecision("f0.0.1", "drop", "I know better", check=check)
        policy = ScriptedPolicy({"0": [Look(ReadHunks(EVERY)), Submit(decisions=(decision,))]})
        journal = MemoryJournal()
        outcome = asyncio.run(review_change(policy, graph, Limits(), journal, rules))
        assert bool(outcome.findings) is not dropped
        (merged,) = (e for e in journal.events if isinstance(e, Merged))
        assert merged.decisions[0].decision == ("drop" if dropped else "keep")

    @pytest.mark.parametrize(("path", "combined"), [("f0.py", True), ("f1.py", False)])
    def test_a_structural_finding_does_not_vanish_in_one_about_something_else(
        self, graph: Graph, path: str, combined: bool
    ) -> None:
        rules = ScriptedPolicy({"0.0": [Submit((ruled(),))]})
        decision = MergeDecision("f0.0.1", "combine", "the same", into="f0.1.1")
        child = Delegate((ChildSpec(EVERY, ""),), "")
        policy = ScriptedPolicy(
            {
                "0": [child, child, Submit(decisions=(decision,))],
                "0.1": [Look(ReadHunks(EVERY)), Submit((fault(path, f"amount = {path[1]}"),))],
            }
        )
        outcome = asyncio.run(review_change(policy, graph, Limits(), MemoryJournal(), rules))
        assert any(f.rule for f in outcome.findings) is not combined

    def test_findings_that_fail_go_back_once(self, graph: Graph) -> None:
        wrong, right = fault(quote="amount = 7"), fault("f1.py", "amount = 1")
        script: Script = [Look(ReadHunks(EVERY)), Submit((wrong, right)), Submit((fault(), wrong), summary="again")]
        played = play(graph, {"0": script}, Limits(repairs=1))
        (rejected,) = (o for o in played.seen["0"] if isinstance(o, Rejected))
        assert [(f.id, f.anchor_verdict and f.anchor_verdict.status) for f in rejected.findings] == [("f0.1", "failed")]
        assert {f.id for f in played.outcome.findings} == {"f0.2", "f0.3"}
        assert [f.id for f in played.outcome.refuted] == ["f0.1", "f0.4"]

    def test_what_never_reached_the_mind_is_not_reviewed(self, graph: Graph) -> None:
        submit = Submit(unread={"h2": "window: cut"})
        played = play(graph, {"0": [Look(ReadHunks(EVERY)), submit], "0.1": [RuntimeError("no luck")]})
        assert {h: f for h, f in played.fates.items() if f[0] != "reviewed"} == {
            "h2": ("failed", "RuntimeError: no luck")
        }

    @pytest.mark.parametrize("reason", ["budget: gone", "model: down"])
    def test_what_nobody_can_be_asked_about_is_not_asked_again(self, graph: Graph, reason: str) -> None:
        played = play(graph, {"0": [Look(ReadHunks(EVERY)), Submit(unread={"h2": reason})]})
        assert {h: f for h, f in played.fates.items() if f[0] != "reviewed"} == {"h2": ("failed", reason)}
        assert played.outcome.usage.nodes == 1


def test_skipped_files_are_in_no_task_and_in_the_ledger(graph_of: GraphOf) -> None:
    graph = graph_of({"a.py": "x = 1\n", "b.bin": b"\0\1"}, {"a.py": "x = 2\n", "b.bin": b"\0\2\3"})
    played = play(graph, {})
    fates = {f.path: (f.fate, f.reason) for f in played.outcome.coverage.fates}
    assert fates["a.py"] == ("reviewed", "")
    assert all(f.fate == "skipped" for f in played.outcome.coverage.fates if f.path == "b.bin")
    assert played.outcome.coverage.complete


def test_nothing_to_review_starts_no_node(graph_of: GraphOf) -> None:
    graph = graph_of({"b.bin": b"\0\1"}, {"b.bin": b"\0\2\3"})
    played = play(graph, {})
    assert not played.events
    assert played.outcome.usage.nodes == 0
