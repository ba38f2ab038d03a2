"""What all minds of a run share: the change, the model, the prompts, and how large things are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rao_review.graph.graph import Graph
from rao_review.graph.model import Edge
from rao_review.models.model import Model
from rao_review.models.tokens import Counter
from rao_review.models.wire import Message, Request
from rao_review.policy.llm.actions import tools
from rao_review.policy.llm.facts import FactFinder
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.index import Indexer
from rao_review.policy.llm.masking import Masker
from rao_review.policy.llm.prompts import Prompts
from rao_review.types import Hunk

# A hunk's title line and its share of what joins hunks.
_TITLE = 24
# The facts of a briefing without anything of the change.
_BRIEFING = 250


@dataclass(frozen=True, slots=True)
class Shares:
    """How a window is shared out.

    inline  of the window: hunks up to this are shown whole; above, a node recurses (`recurse_above`).
    room    of what a prompt has beside its fixed parts: the most that hunks may take, so that facts and looks have the rest.
    facts   of the inline hunks: tokens for what the graph says about them, at least `least_facts`.
    """

    inline: float = 0.5
    room: float = 0.7
    facts: float = 0.5
    least_facts: int = 1_000


@dataclass
class Shared:
    """One run's.

    first     how a root begins to talk to the model.
    low       whether the budget is nearly gone: no more splits, and answers are wanted now.
    """

    graph: Graph
    model: Model
    counter: Counter
    prompts: Prompts
    masker: Masker
    first: Footing
    shares: Shares = field(default_factory=Shares)
    low: Callable[[], bool] = lambda: False
    _footings: dict[str, Footing] = field(default_factory=dict)
    _fixed: dict[str, int] = field(default_factory=dict)

    def footing(self, node: str) -> Footing:
        """How this node, or the nearest one above it, last talked to the model."""
        while node:
            if node in self._footings:
                return self._footings[node]
            node = node.rpartition(".")[0]
        return self.first

    def stand(self, node: str, footing: Footing) -> None:
        self._footings[node] = footing

    @cached_property
    def hunks(self) -> Mapping[str, Hunk]:
        return {h.id: h for h in self.graph.change.hunks()}

    @cached_property
    def tokens(self) -> Mapping[str, int]:
        """Estimated tokens of each reviewable hunk's text, title included."""
        return {h.id: self.counter.count("\n".join(h.lines) or h.note) + _TITLE for h in self.graph.change.reviewable()}

    @cached_property
    def edges(self) -> Mapping[str, Sequence[Edge]]:
        found: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.graph.edges():
            found[edge.source].append(edge)
        return found

    @cached_property
    def indexer(self) -> Indexer:
        return Indexer(self.graph, self.tokens, self.edges)

    @cached_property
    def facts(self) -> FactFinder:
        return FactFinder(self.graph)

    def size(self, hunks: Iterable[str], footing: Footing) -> int:
        """Tokens of hunks, as far as this node's endpoint counts differently from us."""
        return int(sum(self.tokens[h] for h in hunks) * footing.calibration.ratio)

    def inline(self, footing: Footing) -> int:
        """Tokens of hunks that a node is shown whole."""
        fixed = self.fixed(footing)
        return max(
            min(int(footing.window * self.shares.inline), int((footing.prompt_room - fixed) * self.shares.room)), 256
        )

    def fixed(self, footing: Footing) -> int:
        """Tokens of a prompt before anything of the change is in it."""
        if footing.protocol not in self._fixed:
            system = Message("system", self.prompts.system(footing.protocol))
            bare = Request((system,), tools(True) if footing.protocol == "tools" else ())
            self._fixed[footing.protocol] = self.counter.request(bare) + _BRIEFING
        return int(self._fixed[footing.protocol] * footing.calibration.ratio)
