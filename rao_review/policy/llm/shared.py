"""What all minds of a run share: the change, the model, the prompts, and how large things are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rao_review.graph.graph import Graph
from rao_review.models.model import Model
from rao_review.models.tokens import Counter
from rao_review.models.wire import Message
from rao_review.policy.llm.conversation import Conversation
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
# Tokens of hunks that a node is shown at least.
_LEAST_INLINE = 256
# The share of a prompt that tools and schema may take before text alone is the better protocol.
_TOO_MUCH = 0.4


@dataclass(frozen=True, slots=True)
class Shares:
    """How a window is shared out.

    inline  of the window: hunks up to this are shown whole; above, a node recurses (`recurse_above`).
    room    of what a prompt has beside its fixed parts: the most that hunks may take, so that facts and looks have the rest.
    facts   of the inline hunks: tokens for what the graph says about them, at least `least_facts`.
    stale   of the inline hunks: the same where uses that may be stale need more.
    free    of what hunks leave of a prompt: what facts take at most, but `least_free` of it all is theirs in a small window too;
            known findings, context and turns have the rest.
    """

    inline: float = 0.5
    room: float = 0.7
    facts: float = 0.5
    stale: float = 1.0
    least_facts: int = 1_000
    free: float = 0.6
    least_free: float = 0.2


@dataclass
class Shared:
    """One run's.

    first     how a root begins to talk to the model.
    low       whether the budget was nearly gone when this node had its last answer: no more splits, and submissions are wanted now.
    """

    graph: Graph
    model: Model
    counter: Counter
    prompts: Prompts
    masker: Masker
    first: Footing
    shares: Shares = field(default_factory=Shares)
    low: Callable[[str], bool] = lambda node: False
    _footings: dict[str, Footing] = field(default_factory=dict)
    _fixed: dict[tuple[str, bool], int] = field(default_factory=dict)

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
    def indexer(self) -> Indexer:
        return Indexer(self.graph, self.tokens)

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
            min(int(footing.window * self.shares.inline), int((footing.prompt_room - fixed) * self.shares.room)),
            _LEAST_INLINE,
        )

    def told(self, hunks: Sequence[str], footing: Footing) -> str:
        """What the graph says about these hunks, in as many tokens as it may take beside them."""
        size = min(self.size(hunks, footing), self.inline(footing))
        room = footing.prompt_room - self.fixed(footing)
        free = max(int(max((room - size) * self.shares.free, room * self.shares.least_free)), 0)
        usual, most = (
            min(max(int(size * share), self.shares.least_facts), free)
            for share in (self.shares.facts, self.shares.stale)
        )
        ratio = footing.calibration.ratio
        return self.facts.text(tuple(hunks), int(usual / ratio), self.counter.count, int(most / ratio))

    def fixed(self, footing: Footing) -> int:
        """Tokens of a prompt before anything of the change is in it."""
        key = (footing.protocol, footing.schema)
        if key not in self._fixed:
            self._fixed[key] = fixed_tokens(self.prompts, self.counter, footing)
        return int(self._fixed[key] * footing.calibration.ratio)

    def thrifty(self, footing: Footing) -> Footing:
        """The footing, without tools and schema where they would take too much of a small window."""
        if self.fixed(footing) <= footing.prompt_room * _TOO_MUCH:
            return footing
        return replace(footing, protocol="json", schema=False)


def fixed_tokens(prompts: Prompts, counter: Counter, footing: Footing) -> int:
    """Estimated tokens of a prompt before anything of the change is in it."""
    system = Message("system", prompts.system(footing.protocol))
    return counter.request(Conversation((system,), True).request(footing)) + _BRIEFING


def lacks(prompts: Prompts, counter: Counter, footing: Footing) -> int:
    """Tokens that the window lacks for a prompt with the least that a node is shown; 0 when it does not."""
    return max(fixed_tokens(prompts, counter, footing) + _LEAST_INLINE - footing.prompt_room, 0)
