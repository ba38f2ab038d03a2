"""Which mind a node gets, by strategy.

auto        the root is shown the change whole where it fits a share of the window, else it recurses
recursive   the root splits even what would fit
flat        one prompt for everything; what does not fit is failed, loudly (a baseline: no graph facts)
mapreduce   split by file, then by size, by a fixed rule; merged by a fixed rule (a baseline: no graph facts)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rao_review.agent.protocol import Mind, Task
from rao_review.policy.llm.mind import LlmMind, Manner
from rao_review.policy.llm.shared import Shared
from rao_review.policy.splitting import SplittingMind

ROOT = "0"
_LEAF = 0.85


class LlmPolicy:
    """The model groups the hunks and tells each child what to do, at every level.

    Args:
        shared: the run's model, prompts and measures.
        forced: whether the root splits even what would fit one prompt.
    """

    name = "llm"

    def __init__(self, shared: Shared, forced: bool = False) -> None:
        self._shared = shared
        self._forced = forced

    def mind(self, task: Task) -> Mind:
        shared, footing = self._shared, self._shared.footing(task.node)
        inline = shared.inline(footing)
        if task.complement and task.nodes > 1 and len(task.hunks) > 1 and shared.size(task.hunks, footing) > inline:
            # Nobody asked for these hunks, so nobody is asked how to split them: left-overs must not be left over again.
            return SplittingMind(
                partial(self._groups, task.hunks, int(inline * _LEAF)), "left over, more than a prompt"
            )
        return LlmMind(shared, task, Manner(forced=self._forced and task.node == ROOT))

    def _groups(self, hunks: Sequence[str], leaf: int, most: int) -> list[list[str]]:
        groups = self._shared.indexer.groups([self._shared.hunks[h] for h in hunks], leaf, most)
        return [[h.id for h in g] for g in groups]


class FlatPolicy:
    """Everything in one node and one prompt."""

    name = "flat"

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def mind(self, task: Task) -> Mind:
        return LlmMind(self._shared, task, Manner(facts=False, delegates=False, pages=False))


class MapReducePolicy:
    """A hand-written splitter: whole files in the order of the change, as many as fit one prompt; a larger file by its hunks."""

    name = "mapreduce"

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def mind(self, task: Task) -> Mind:
        if task.node == ROOT:
            groups = self._groups(task.hunks)
            if len(groups) > 1:
                return SplittingMind(lambda most: groups, "by file, then by size")
        return LlmMind(self._shared, task, Manner(facts=False, delegates=False))

    def _groups(self, hunks: Sequence[str]) -> list[list[str]]:
        footing = self._shared.footing(ROOT)
        capacity = self._shared.inline(footing) * _LEAF
        groups: list[list[str]] = []
        filled = 0.0
        for file in self._files(hunks):
            whole = self._shared.size(file, footing)
            pieces = [file] if whole <= capacity else [[h] for h in file]
            for piece in pieces:
                size = self._shared.size(piece, footing)
                if groups and filled + size <= capacity:
                    groups[-1].extend(piece)
                    filled += size
                else:
                    groups.append(list(piece))
                    filled = size
        return groups

    def _files(self, hunks: Sequence[str]) -> list[list[str]]:
        files: dict[str, list[str]] = {}
        for hunk in hunks:
            files.setdefault(self._shared.hunks[hunk].path, []).append(hunk)
        return list(files.values())
