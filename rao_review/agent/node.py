"""The books of one node: what it was shown, what its children brought, what it hands to its parent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from rao_review.agent.coverage import Shown
from rao_review.agent.desk import Desk
from rao_review.agent.protocol import (
    Briefing,
    ChildResults,
    ChildSpec,
    Delegate,
    Limits,
    Look,
    NodeResult,
    Policy,
    Preview,
    Query,
    Reading,
    Refusal,
    Rejected,
    Submit,
    Task,
)
from rao_review.agent.refutation import guarded
from rao_review.agent.split import Proposal, propose, shares
from rao_review.checks import Judge
from rao_review.merge.account import account, settle
from rao_review.merge.fingerprint import fingerprint
from rao_review.trace.events import Looked, Merged, NodeFailed, NodeReturned, NodeStarted, Reported, Split
from rao_review.trace.journal import Recorder
from rao_review.types import Finding, MergeDecision

_LEFT_OVER = "Review what the split left over."
_UNREAD = "Review what was submitted without being read."
# Reasons of what was not read for which asking again would be in vain.
_NOT_AGAIN = ("budget:", "model:")


@dataclass(frozen=True, slots=True)
class Run:
    """What all nodes of a run share."""

    policy: Policy
    desk: Desk
    judge: Judge
    recorder: Recorder
    limits: Limits


class Node:
    """One node while it lives. The loop asks it to carry out each action; it answers with the next observation."""

    def __init__(self, run: Run, task: Task, given: Sequence[NodeResult] = ()) -> None:
        self._run = run
        self._task = task
        self._shown = Shown()
        self._given: set[str] = set()
        self._results: list[NodeResult] = list(given)
        self._own: list[Finding] = []
        self._submitted = Submit()
        self._repairs = run.limits.repairs
        self._withheld: dict[str, str] = {}
        self._started = 0
        self._nodes = task.nodes
        self._warned = False
        self._rounds = run.limits.rounds
        self._unseen = frozenset(task.hunks)
        parent = task.node.rpartition(".")[0]
        lines = sum(h.added + h.removed for h in map(run.desk.hunks.__getitem__, task.hunks))
        run.recorder.record(NodeStarted(task.node, parent, task.depth, task.goal, task.hunks, lines))

    def goes_on(self) -> bool:
        """Whether there may be another round. One that shows more of the node's own hunks costs none: their text has an end."""
        self._rounds -= 1
        return self._rounds >= 0

    # ── look ─────────────────────────────────────────────────────────────────────────────────────────────

    def brief(self) -> Briefing:
        """The first observation, with what the parent wanted this node to have read."""
        readings: list[Reading] = []
        room = self._run.limits.characters
        for query in self._task.context:
            answer = self._read(query)
            if isinstance(answer, Reading):
                readings.append(answer)
                room -= len(answer.text)
            if room <= 0:
                break
        return Briefing(self._task, self._run.limits, tuple(readings))

    def look(self, action: Look) -> Reading | Refusal:
        return self._read(action.query)

    def _read(self, query: Query) -> Reading | Refusal:
        answer = self._run.desk.look(query)
        if isinstance(answer, Reading):
            before = self._shown.size(self._unseen)
            whole = self._shown.add(answer.parts)
            self._rounds += self._shown.size(self._unseen) > before
            arguments = asdict(query)
            tool = arguments.pop("tool")
            self._run.recorder.record(Looked(self._task.node, tool, arguments, len(answer.text), whole))
        return answer

    # ── delegate ─────────────────────────────────────────────────────────────────────────────────────────

    def plan(self, action: Delegate) -> tuple[Task, ...] | Preview | Refusal:
        """The children's tasks; or the preview of a split that looks bad, once; or why it cannot be."""
        desk = self._run.desk
        proposal = propose(action, self._task.hunks, self._shown.whole | self._given, desk.edges, desk.hunks)
        refusal = self._forbidden(proposal)
        if refusal:
            return Refusal(refusal)
        specs = proposal.children
        if proposal.left_over:
            specs = (*specs, ChildSpec(proposal.left_over, _LEFT_OVER))
        preview = proposal.preview
        accepted = self._warned or not preview.warnings
        tasks = self._tasks(specs, complements=1 if proposal.left_over else 0)
        self._record_split(action.rationale, tasks, preview, accepted)
        if not accepted:
            self._warned = True
            return preview
        self._commit(tasks)
        return tasks

    def _forbidden(self, proposal: Proposal) -> str:
        """Why a split cannot run; '' when it can."""
        limits = self._run.limits
        if self._task.depth >= limits.depth:
            return f"no children here: depth {self._task.depth} is the deepest allowed"
        if not proposal.children:
            return "no child has hunks of this task"
        if len(proposal.children) > limits.children:
            return f"{len(proposal.children)} children are more than the {limits.children} allowed in one split"
        needed = len(proposal.children) + bool(proposal.left_over)
        if needed > self._nodes:
            return f"{needed} children are more than the {self._nodes} nodes left here"
        return ""

    def _tasks(self, specs: Sequence[ChildSpec], complements: int) -> tuple[Task, ...]:
        """Tasks for children; the last `complements` are the harness's own. What is left of the node allowance is shared out
        by changed lines, so that it does not matter who is quick."""
        hunks = self._run.desk.hunks
        weights = [sum(hunks[h].added + hunks[h].removed for h in spec.hunks) for spec in specs]
        # One stays here, for what this node may submit unread.
        spare = max(self._nodes - len(specs) - 1, 0)
        return tuple(
            Task(
                node=f"{self._task.node}.{self._started + number}",
                goal=spec.instruction,
                hunks=spec.hunks,
                context=spec.context,
                depth=self._task.depth + 1,
                nodes=share,
                known=tuple(f for f in self._task.known if not frozenset(f.hunks).isdisjoint(spec.hunks)),
                complement=number > len(specs) - complements,
            )
            for number, (spec, share) in enumerate(zip(specs, shares(spare, weights), strict=True), start=1)
        )

    def _record_split(self, rationale: str, tasks: Iterable[Task], preview: Preview, accepted: bool) -> None:
        children = tuple((t.node, t.hunks, t.goal) for t in tasks)
        event = Split(
            self._task.node, rationale, children, preview.cut_edges, preview.left_over, preview.warnings, accepted
        )
        self._run.recorder.record(event)

    def _commit(self, tasks: Sequence[Task]) -> None:
        self._started += len(tasks)
        self._nodes -= len(tasks) + sum(t.nodes for t in tasks)
        self._given.update(h for t in tasks for h in t.hunks)

    def receive(self, results: Sequence[NodeResult], tasks: Sequence[Task]) -> ChildResults:
        """Takes what the children brought; what they did not use of their node allowance comes back."""
        self._results.extend(results)
        self._nodes += sum(t.nodes + 1 - r.nodes for t, r in zip(tasks, results, strict=True))
        return ChildResults(tuple(results))

    # ── return ───────────────────────────────────────────────────────────────────────────────────────────

    def complement(self) -> tuple[Task, ...]:
        """A task for what is about to be submitted without having been read; () when there is nothing or limits forbid.

        A node that the harness made gets none: a mind that does not read would be asked for ever.
        """
        unread = self._unread()
        limits = self._run.limits
        if not unread or self._task.complement or self._task.depth >= limits.depth or self._nodes < 1:
            return ()
        tasks = self._tasks((ChildSpec(unread, _UNREAD),), complements=1)
        self._record_split("", tasks, Preview((), 0, (), unread, ()), accepted=True)
        self._commit(tasks)
        return tasks

    def _unread(self) -> tuple[str, ...]:
        return tuple(
            h
            for h in self._task.hunks
            if h not in self._shown.whole
            and h not in self._given
            and not self._withheld.get(h, "").startswith(_NOT_AGAIN)
        )

    def examine(self, action: Submit) -> Rejected | None:
        """Takes what the mind submits and judges its findings. Those that failed go back once, as far as limits allow."""
        start = len(self._own) + 1
        judged = [self._report(f, n) for n, f in enumerate(action.findings, start=start)]
        self._own.extend(judged)
        self._shown.retract(action.unread)
        self._withheld.update(action.unread)
        before = self._submitted
        self._submitted = replace(
            action, decisions=action.decisions or before.decisions, summary=action.summary or before.summary
        )
        refuted = tuple(f for f in judged if f.status == "refuted")
        if not refuted or self._repairs < 1:
            return None
        self._repairs -= 1
        return Rejected(refuted)

    def submit(self) -> NodeResult:
        """Settles the children's findings as the mind decided, and closes the node's books."""
        inherited = [f for r in self._results for f in r.findings]
        decisions = self._decide(self._submitted.decisions, inherited)
        live = (*settle(decisions, inherited), *(f for f in self._own if f.status != "refuted"))
        refuted = tuple(f for f in self._own if f.status == "refuted")
        read = tuple(h for h in self._task.hunks if h in self._shown.whole)
        summary = self._submitted.summary
        self._run.recorder.record(NodeReturned(self._task.node, summary, tuple(f.id for f in live), read))
        return self._result(live, refuted, read, "not read: submitted without reading it", summary=summary)

    def fail(self, reason: str) -> NodeResult:
        """Closes the books of a node whose mind broke or never ended. What was found by then goes up all the same."""
        self._run.recorder.record(NodeFailed(self._task.node, reason))
        inherited = tuple(f for r in self._results for f in r.findings)
        own = tuple(f for f in self._own if f.status != "refuted")
        refuted = tuple(f for f in self._own if f.status == "refuted")
        return self._result((*inherited, *own), refuted, (), reason, failure=reason)

    def _decide(self, decisions: Iterable[MergeDecision], inherited: Sequence[Finding]) -> tuple[MergeDecision, ...]:
        sound = account(guarded(decisions, inherited, self._run.judge), inherited)
        if sound:
            self._run.recorder.record(Merged(self._task.node, sound))
        return sound

    def _report(self, finding: Finding, number: int) -> Finding:
        """A finding of this node, with everything that only the harness may say filled in."""
        node = self._task.node
        claimed = replace(finding, id=f"f{node}.{number}", found_by=(node,))
        judged = self._run.judge.judge(claimed)
        named = replace(judged, fingerprint=fingerprint(judged, self._run.judge.occurrence(judged.anchor)))
        self._run.recorder.record(Reported(node, named))
        return named

    def _result(
        self,
        findings: tuple[Finding, ...],
        refuted: tuple[Finding, ...],
        read: tuple[str, ...],
        why_not: str,
        *,
        summary: str = "",
        failure: str = "",
    ) -> NodeResult:
        reviewed = frozenset(read).union(*(r.reviewed for r in self._results))
        reasons = self._withheld | dict(self._reasons())
        return NodeResult(
            node=self._task.node,
            hunks=self._task.hunks,
            summary=summary,
            findings=findings,
            refuted=(*(f for r in self._results for f in r.refuted), *refuted),
            reviewed=reviewed,
            unread={h: reasons.get(h, why_not) for h in self._task.hunks if h not in reviewed},
            failure=failure,
            nodes=1 + sum(r.nodes for r in self._results),
            depth=max((self._task.depth, *(r.depth for r in self._results))),
        )

    def _reasons(self) -> Iterator[tuple[str, str]]:
        for result in self._results:
            yield from result.unread.items()
