"""The built-in reviewer's mind: it splits along the dependency graph and reads leaves with rules. No model, no network, no chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from posixpath import commonpath

from rao_review.agent.protocol import (
    Action,
    Briefing,
    ChildResults,
    ChildSpec,
    Delegate,
    Limits,
    Look,
    Mind,
    Observation,
    Preview,
    ReadHunks,
    Reading,
    Refusal,
    Submit,
    Task,
)
from rao_review.graph.graph import Graph
from rao_review.merge.cluster import combinations
from rao_review.policy.grouping import Leaf, group
from rao_review.policy.line_findings import LineFindings, no_line_findings
from rao_review.policy.rules.rule import Rule
from rao_review.types import Finding, Hunk

_NAMED = 3
_FEWEST_GROUPS = 2


class BuiltinPolicy:
    """Makes the minds of the built-in reviewer.

    Args:
        graph: what the rules and the grouping look at.
        rules: what each leaf is checked for.
        line_findings: asked at each leaf for what the line rules say of the whole change; there may be an answer only later.
        leaf: how much a node reads itself before it splits.
    """

    name = "builtin"

    def __init__(
        self,
        graph: Graph,
        rules: Sequence[Rule],
        line_findings: Callable[[], Awaitable[LineFindings]] = no_line_findings,
        leaf: Leaf | None = None,
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.leaf = leaf or Leaf()
        self._ask_line_findings = line_findings
        self._line_findings = LineFindings()
        self._broken: dict[str, list[str]] = defaultdict(list)

    @property
    def faults(self) -> tuple[str, ...]:
        """One line for each rule that broke, and so may have missed something."""
        places = [(rule, _count(len(r), "group") + " of hunks", r[0]) for rule, r in self._broken.items()]
        places += [(rule, _count(len(r), "file"), r[0]) for rule, r in self._line_findings.broken.items()]
        return tuple(
            f"rule {rule} failed in {where} ({reason}): what it would find there is missing"
            for rule, where, reason in sorted(places)
        )

    async def findings(self, hunks: Sequence[Hunk]) -> tuple[Finding, ...]:
        """What the rules say. A rule that breaks says nothing about these hunks, and costs no more than that."""
        found: list[Finding] = []
        for rule in self.rules:
            try:
                found += list(rule.check(self.graph, hunks))
            except Exception as error:  # the fault of one rule must not hide what the others find
                self._broken[rule.id].append(f"{type(error).__name__}: {error}")
        self._line_findings = await self._ask_line_findings()
        return (*found, *self._line_findings.of(hunks))

    def mind(self, task: Task) -> Mind:
        return _BuiltinMind(self, task)


class _BuiltinMind:
    """Splits when there is more than a leaf; else reads everything and submits what the rules say."""

    def __init__(self, policy: BuiltinPolicy, task: Task) -> None:
        self._policy = policy
        self._task = task
        self._hunks = [policy.graph.hunk(h) for h in task.hunks]
        self._split: Delegate | None = None

    async def act(self, observation: Observation) -> Action:
        match observation:
            case Briefing(limits=limits):
                self._split = self._plan(limits)
                return self._split or Look(ReadHunks(self._task.hunks))
            case Preview() if self._split is not None:
                return self._split  # the groups are the best we know: the cuts that the preview names are the lightest
            case ChildResults(children=children):
                return self._gather([f for child in children for f in child.findings], len(children))
            case Reading(rest=rest) if rest is not None:
                return Look(rest)
            case Refusal() if self._split is not None:
                self._split = None
                return Look(ReadHunks(self._task.hunks))
        return await self._review()

    def _plan(self, limits: Limits) -> Delegate | None:
        """How to split; None when this node should read everything itself."""
        policy, task = self._policy, self._task
        most = min(limits.children, task.nodes - 1)
        if task.depth >= limits.depth or most < _FEWEST_GROUPS or policy.leaf.holds(self._hunks):
            return None
        # Half of the nodes for leaves, the rest for what stands between: leaves grow when the change is very large.
        leaf = policy.leaf.scaled(self._hunks, leaves=task.nodes // 2)
        groups = group(self._hunks, policy.graph.edges_by_source, leaf.weight, leaf.lines, most)
        if len(groups) < _FEWEST_GROUPS:
            return None
        edges = [e for h in self._hunks for e in policy.graph.edges_by_source.get(h.id, ())]
        home = {h.id: number for number, hunks in enumerate(groups) for h in hunks}
        inside: dict[int, Counter[str]] = defaultdict(Counter)
        for edge in edges:
            if home.get(edge.target) == home[edge.source]:
                inside[home[edge.source]][edge.name] += 1
        kept = sum(names.total() for names in inside.values())
        among = sum(edge.target in home for edge in edges)
        lines = sum(h.added + h.removed for h in self._hunks)
        rationale = (
            f"{len(self._hunks)} hunks with {lines} changed lines are more than one node reads "
            f"({leaf.hunks} hunks, {leaf.lines} lines): {len(groups)} groups along dependencies, "
            f"{kept} of {among} of them inside a group"
        )
        children = (
            ChildSpec(tuple(h.id for h in hunks), _instruction(hunks, inside[number]))
            for number, hunks in enumerate(groups)
        )
        return Delegate(tuple(children), rationale)

    async def _review(self) -> Submit:
        findings = await self._policy.findings(self._hunks)
        return Submit(findings, summary=f"{_count(len(self._hunks), 'hunk')} read, {_count(len(findings), 'finding')}")

    def _gather(self, findings: Sequence[Finding], children: int) -> Submit:
        decisions = combinations(findings)
        kept = sum(d.decision == "keep" for d in decisions)
        return Submit(decisions=decisions, summary=f"{_count(children, 'group')} reviewed, {_count(kept, 'finding')}")


def _instruction(hunks: Sequence[Hunk], names: Counter[str]) -> str:
    """What a group is about: where it lies, and the names that hold it together."""
    paths = {h.path for h in hunks}
    directory = commonpath([path.rpartition("/")[0] or "." for path in paths]) if len(paths) > 1 else next(iter(paths))
    files = _count(len(paths), "file")
    place = "" if directory in ("", ".") else f" {'under' if len(paths) > 1 else 'in'} {directory}"
    common = sorted(names, key=lambda name: (-names[name], name))[:_NAMED]
    around = f", around {', '.join(common)}" if common else ""
    return f"Review {_count(len(hunks), 'hunk')} of {files}{place}{around}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
