"""A mind that splits by a fixed rule and merges by fixed rules: for what no model needs to be asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rao_review.agent.protocol import Action, Briefing, ChildResults, ChildSpec, Delegate, Observation, Refusal, Submit
from rao_review.merge.cluster import combinations

Grouper = Callable[[int], Sequence[Sequence[str]]]


class SplittingMind:
    """Delegates groups, keeps what the children find and combines what is the same.

    Args:
        groups: hunks of each child, for the largest number of children.
        rationale: why it splits so.
    """

    def __init__(self, groups: Grouper, rationale: str) -> None:
        self._groups = groups
        self._rationale = rationale
        self._split = Delegate((), rationale)

    async def act(self, observation: Observation) -> Action:
        match observation:
            case Briefing(task=task, limits=limits):
                groups = self._groups(max(min(limits.children, task.nodes - 1), 1))
                self._split = Delegate(
                    tuple(ChildSpec(tuple(g), "Review these hunks.") for g in groups), self._rationale
                )
            case ChildResults(children=children):
                findings = [f for child in children for f in child.findings]
                return Submit(decisions=combinations(findings), summary=f"{len(children)} groups reviewed")
            case Refusal(reason=reason):
                raise ValueError(f"the split was refused: {reason}")
        return self._split  # also after a preview: these are the groups that there are
