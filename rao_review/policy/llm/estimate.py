"""What a review would take, without calling anything: the tree that the suggested groups make, prompt by prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rao_review.agent.protocol import Limits
from rao_review.policy.llm.shared import Shared

# Tokens of an answer: a submission, and one child of a split. Measured on answers of small and large open models: few are longer.
_SUBMISSION = 500
_CHILD = 80
_RESULT = 150


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected figures of a run; `diff` are the tokens of the change itself."""

    diff: int
    nodes: int
    depth: int
    calls: int
    prompt_tokens: int
    completion_tokens: int

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(slots=True)
class _Tally:
    nodes: int = 0
    depth: int = 0
    calls: int = 0
    prompt: int = 0
    completion: int = 0


def estimate(shared: Shared, limits: Limits, hunks: Sequence[str], forced: bool = False) -> Estimate:
    """The tree if the model takes the groups that are suggested, reads nothing more, and answers as briefly as most do."""
    tally = _Tally()
    if hunks:
        _node(shared, limits, hunks, 0, forced, tally)
    diff = shared.size(hunks, shared.first)
    return Estimate(diff, tally.nodes, tally.depth, tally.calls, tally.prompt, tally.completion)


def _node(shared: Shared, limits: Limits, hunks: Sequence[str], depth: int, forced: bool, tally: _Tally) -> None:
    footing = shared.first
    inline, fixed = shared.inline(footing), shared.fixed(footing)
    tally.nodes += 1
    tally.depth = max(tally.depth, depth)
    size = shared.size(hunks, footing)
    splits = depth < limits.depth and len(hunks) > 1 and (forced or size > inline)
    if splits:
        leaf = int(inline * 0.85)
        index = shared.indexer.index(hunks, leaf, limits.children, int(footing.prompt_room * 0.4), shared.counter.count)
        if len(index.groups) > 1:
            answer = _SUBMISSION + _CHILD * len(index.groups)
            first = fixed + shared.counter.count(index.text)
            tally.calls += 2
            tally.prompt += first + (first + answer + _RESULT * len(index.groups))
            tally.completion += answer + _SUBMISSION
            for group in index.groups.values():
                _node(shared, limits, group, depth + 1, False, tally)
            return
    pages = max(-(-size // max(inline, 1)), 1)
    told = shared.counter.count(shared.told(hunks, footing))
    tally.calls += pages
    tally.prompt += size + told + fixed * pages
    tally.completion += _SUBMISSION * pages
