"""A whole review: the root node over everything that is not skipped, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rao_review.agent.coverage import coverage
from rao_review.agent.desk import Desk
from rao_review.agent.loop import run_node
from rao_review.agent.node import Run
from rao_review.agent.protocol import Limits, NodeResult, Policy, Task
from rao_review.checks import Judge
from rao_review.graph.graph import Graph
from rao_review.merge.account import settle
from rao_review.merge.cluster import combinations, repetitions
from rao_review.merge.rank import rank
from rao_review.trace.events import Merged
from rao_review.trace.journal import Recorder
from rao_review.types import ChangeSet, Coverage, Finding, Usage

ROOT = "0"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a review came to. `failure` is '' or why the root failed; its children's findings are here all the same."""

    # asyncio.run takes the repr of a finished task's result: it must not be a megabyte.
    findings: tuple[Finding, ...] = field(repr=False)
    refuted: tuple[Finding, ...] = field(repr=False)
    coverage: Coverage = field(repr=False)
    usage: Usage
    summary: str
    failure: str


async def review_change(
    policy: Policy, graph: Graph, limits: Limits, recorder: Recorder, structural: Policy | None = None
) -> Outcome:
    """Reviews the change of a graph.

    Args:
        policy: makes the mind of each node.
        graph: the change, its trees and its dependencies.
        limits: what the recursion may not exceed.
        recorder: gets every event as it happens.
        structural: a policy that goes over the whole change first, as the root's first child. Its findings are the root's to
            decide on and are told to the nodes that they concern; what it read does not count as reviewed.

    Returns:
        ranked findings, no fault twice; refuted ones aside; one fate for every hunk of the change.
    """
    change = graph.change
    hunks = tuple(h.id for h in change.reviewable())
    if not hunks:
        return Outcome((), (), coverage(change, frozenset(), {}), Usage(0, 0), "", "")
    judge = Judge(graph)
    run = Run(policy, Desk(graph, judge, limits.characters), judge, recorder, limits)
    before = () if structural is None else (await _structural_pass(run, structural, graph, hunks),)
    # What only rules have read is not reviewed, and their nodes are none of those that the limits are for.
    given = tuple(replace(r, reviewed=frozenset(), unread={}, nodes=0, depth=0) for r in before)
    known = tuple(f for r in given for f in r.findings)
    result = await run_node(run, Task(ROOT, _goal(change), hunks, nodes=limits.nodes - 1, known=known), given)
    return Outcome(
        findings=_united(result, recorder),
        refuted=rank(result.refuted),
        coverage=coverage(change, result.reviewed, result.unread),
        usage=Usage(result.nodes, result.depth, structural=sum(r.nodes for r in before)),
        summary=result.summary,
        failure=result.failure,
    )


async def _structural_pass(run: Run, policy: Policy, graph: Graph, hunks: tuple[str, ...]) -> NodeResult:
    """The first child of the root, with limits of its own."""
    limits = Limits()
    own = replace(run, policy=policy, desk=Desk(graph, run.judge, limits.characters), limits=limits)
    task = Task(
        f"{ROOT}.0", "Find what the dependency graph shows to be broken.", hunks, depth=1, nodes=limits.nodes - 1
    )
    return await run_node(own, task)


def _goal(change: ChangeSet) -> str:
    files = f"{len(change.files)} file{'' if len(change.files) == 1 else 's'}"
    return f"Review {change.base} → {change.head}: {files}, +{change.added} -{change.removed}."


def _united(result: NodeResult, recorder: Recorder) -> tuple[Finding, ...]:
    """The findings with every fault once, and no name told over and over: what no parent noticed to be the same is combined here."""
    findings = result.findings
    for decide in (combinations, repetitions):
        decisions = decide(findings)
        combined = tuple(d for d in decisions if d.decision == "combine")
        if combined:
            recorder.record(Merged("", combined))
        findings = settle(decisions, findings)
    return rank(findings)
