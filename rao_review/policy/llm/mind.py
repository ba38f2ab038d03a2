"""The mind of a node that asks a language model. The model decides; this class only carries words back and forth.

A node is shown its hunks whole where they fit a share of the window, else their index, to delegate by; what can neither be shown
nor delegated (one giant hunk, the deepest level) is read in pages, each in a prompt of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from rao_review.agent.protocol import (
    Action,
    Briefing,
    ChildResults,
    ChildSpec,
    Delegate,
    FailedMindError,
    Look,
    Observation,
    Preview,
    Reading,
    Refusal,
    Rejected,
    Submit,
    Task,
)
from rao_review.errors import BudgetError, ModelError
from rao_review.models.wire import Message
from rao_review.policy.llm.actions import DelegateWritten, SubmitWritten, UnfitError
from rao_review.policy.llm.briefing import Writer
from rao_review.policy.llm.exchange import ENOUGH, AnswerError, Call, Exchange, WindowError
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.index import Index
from rao_review.policy.llm.meaning import Meaning
from rao_review.policy.llm.pages import Pages, Portion
from rao_review.policy.llm.shared import Shared
from rao_review.types import Finding, MergeDecision

_MOST_UNFIT = 4
_MOST_BLIND = 2  # a split and its preview
_SUMMARY = 2_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How a node works.

    facts      whether it is told what the graph says.
    delegates  whether it may split.
    forced     whether it gets the index also where its hunks would fit.
    pages      whether what does not fit is read in pages; if not, it is given up, loudly.
    """

    facts: bool = True
    delegates: bool = True
    forced: bool = False
    pages: bool = True


class LlmMind:
    """Decides for one node by asking the model."""

    def __init__(self, shared: Shared, task: Task, manner: Manner) -> None:
        self._shared = shared
        self._task = task
        self._manner = manner
        self._exchange = Exchange(shared, task.node)
        self._meaning = Meaning(shared.graph, shared.masker, [shared.hunks[h] for h in task.hunks])
        self._pages = Pages(task.hunks, shared.counter.count)
        self._portion: Portion | None = None
        self._index: Index | None = None
        self._reading = False
        self._may_delegate = False
        self._asked = ""
        self._waiting: deque[tuple[str, Look]] = deque()
        self._unsent: list[str] = []
        self._unfit = 0
        self._blind = 0
        self._split = False
        self._submitted = False
        self._findings: list[Finding] = []
        self._decisions: list[MergeDecision] = []
        self._summaries: list[str] = []
        self._unread: dict[str, str] = {}

    async def act(self, observation: Observation) -> Action:
        try:
            return await self._next(observation)
        except BudgetError as error:
            return self._give_in(f"budget: {error.limit}: {error}")
        except ModelError as error:
            return self._give_in(f"model: {error}")
        except WindowError as error:
            return self._split_blindly(str(error)) or self._give_in(str(error))
        except FailedMindError as error:
            return self._give_in(str(error))

    async def _next(self, observation: Observation) -> Action:
        if isinstance(observation, Briefing):
            return await self._begin(observation)
        if self._reading:
            return await self._read_on(observation)
        self._tell(observation)
        if self._waiting:
            self._asked, look = self._waiting.popleft()
            return look
        if self._shared.low(self._task.node):
            self._exchange.talk.answer("", ENOUGH)
        return await self._turn()

    # ── its own hunks ────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self, briefing: Briefing) -> Action:
        """Decides how the node sees its hunks."""
        shared, task, limits, footing = self._shared, self._task, briefing.limits, self._exchange.footing
        self._writer = Writer(shared, briefing, self._manner.facts)
        inline = shared.inline(footing)
        fits = shared.size(task.hunks, footing) <= inline
        several = task.nodes > 1 and len(task.hunks) > 1
        self._may_delegate = self._manner.delegates and task.depth < limits.depth and several
        if self._may_delegate and (self._manner.forced or not fits):
            self._most = max(min(limits.children, task.nodes - 1), 1)
            self._index = self._indexed(int((footing.prompt_room - shared.fixed(footing)) * 0.4))
            self._open()
            return await self._turn()
        self._reading = True
        return await self._read_on(None)

    async def _read_on(self, observation: Observation | None) -> Action:
        """Reads until there is a page, then asks about it."""
        if isinstance(observation, Reading):
            self._pages.take(observation)
        elif observation is not None:
            raise AnswerError(f"answer: a node's own hunks could not be read: {observation}")
        query = self._pages.next_look(self._room)
        if query is not None:
            return Look(query)
        self._reading = False
        self._portion = self._pages.portion(self._room)
        self._open()
        return await self._turn()

    @property
    def _room(self) -> int:
        """Tokens of hunks in one prompt, as we count. A little more than decides about splitting: no page for a few lines."""
        footing = self._exchange.footing
        return int(self._shared.inline(footing) * 1.1 / footing.calibration.ratio)

    def _indexed(self, room: int) -> Index:
        shared, footing = self._shared, self._exchange.footing
        leaf = int(shared.inline(footing) * 0.85 / footing.calibration.ratio)
        return shared.indexer.index(self._task.hunks, leaf, self._most, room, shared.counter.count)

    def _open(self) -> None:
        self._exchange.begin(self._opening, self._lessen, self._may_delegate)

    def _opening(self, footing: Footing) -> Sequence[Message]:
        return self._writer.opening(
            footing, self._may_delegate, portion=self._portion, index=self._index, found=self._findings
        )

    def _lessen(self) -> bool:
        """Shows less, because the prompt is too large. What is cut from an answer to a look has not been read."""
        if self._exchange.talk.turns:
            self._unread |= dict.fromkeys(self._unsent, "window: did not fit the prompt")
            return False
        if self._index is not None:
            before, count = self._index.text, self._shared.counter.count
            self._index = self._indexed(count(before) // 2)
            return count(self._index.text) < count(before)
        smaller = self._pages.lessen() if self._portion is not None else None
        self._portion = smaller or self._portion
        return smaller is not None

    # ── what the loop answers ────────────────────────────────────────────────────────────────────────────

    def _tell(self, observation: Observation) -> None:
        """Puts an observation into words."""
        talk = self._exchange.talk
        match observation:
            case Reading():
                shown = frozenset(self._portion.hunks if self._portion else ())
                self._unsent.extend(p.hunk for p in observation.parts if p.hunk not in shown)
                talk.answer(self._asked, self._writer.reading(observation))
            case Refusal(reason=reason):
                talk.answer(self._asked, f"Not carried out: {reason}")
            case Preview():
                talk.answer(self._asked, self._writer.preview(observation))
            case ChildResults():
                self._split = True
                footing = self._exchange.footing
                room = (footing.prompt_room - self._shared.fixed(footing)) // 3
                talk.answer(self._asked, self._writer.children(observation, room))
            case Rejected():
                self._findings.clear()
                self._decisions.clear()
                talk.answer("", self._writer.rejected(observation))

    # ── what the model answers ───────────────────────────────────────────────────────────────────────────

    async def _turn(self) -> Action:
        """Asks until an answer can be carried out."""
        while True:
            calls = await self._exchange.ask()
            self._unsent.clear()
            try:
                return await self._carry_out(calls)
            except UnfitError as error:
                self._exchange.talk.answer(self._asked, f"Not carried out: {error}")
                self._unfit += 1
                if self._unfit >= _MOST_UNFIT:
                    raise AnswerError(f"answer: the model's answers could not be carried out: {error}") from None

    async def _carry_out(self, calls: Sequence[Call]) -> Action:
        """The action that an answer asks for. An end comes before looks, a split before a submission. Raises UnfitError."""
        splits = [c for c in calls if isinstance(c.action, DelegateWritten)]
        submits = [c for c in calls if isinstance(c.action, SubmitWritten)]
        ends = splits[:1] or submits
        if not ends:
            return self._look(calls)
        self._asked = ends[0].id
        for call in calls:
            if call.id and call is not ends[0]:
                told = "Taken." if call in ends else "Not carried out: the other call comes first."
                self._exchange.talk.answer(call.id, told)
        if splits:
            return self._delegate(splits[0])
        return await self._submit([c.action for c in submits if isinstance(c.action, SubmitWritten)])

    def _look(self, calls: Sequence[Call]) -> Look:
        """The first of several looks; the others wait. One that makes no sense is answered at once."""
        for call in calls:
            self._asked = call.id
            try:
                self._waiting.append((call.id, self._meaning.look(call.action)))
            except UnfitError as error:
                if call is calls[-1] and not self._waiting:
                    raise
                self._exchange.talk.answer(call.id, f"Not carried out: {error}")
        self._asked, look = self._waiting.popleft()
        return look

    def _delegate(self, call: Call) -> Delegate:
        assert isinstance(call.action, DelegateWritten)
        if not self._may_delegate:
            raise UnfitError("you may not delegate here: review your hunks and submit")
        if self._shared.low(self._task.node):
            raise UnfitError(ENOUGH)
        return self._meaning.delegate(call.action, self._index.groups if self._index else {})

    async def _submit(self, submits: Sequence[SubmitWritten]) -> Action:
        """The answer, or the next page when there is one. Raises UnfitError."""
        findings = [self._meaning.finding(f) for s in submits for f in s.findings]
        self._decisions.extend([self._meaning.decision(d) for s in submits for d in s.decisions])
        self._findings.extend(findings)
        self._summaries.extend(" ".join(s.summary.split()) for s in submits if s.summary.strip())
        self._unfit = 0
        if self._portion is not None and self._pages.more:
            if self._manner.pages:
                self._reading = True
                return await self._read_on(None)
            self._unread |= dict.fromkeys(self._pages.abandon(), "window: does not fit one prompt")
        if self._asked:
            self._exchange.talk.answer(self._asked, "Taken.")
            self._asked = ""
        return self._submission()

    def _submission(self) -> Submit:
        self._submitted = True
        summary = " ".join(self._summaries)[:_SUMMARY]
        return Submit(tuple(self._findings), tuple(self._decisions), summary, dict(self._unread))

    # ── when it cannot be asked ──────────────────────────────────────────────────────────────────────────

    def _split_blindly(self, reason: str) -> Delegate | None:
        """The suggested groups as a split, where the window has no room to ask for one; None when there is nothing to split."""
        groups = self._index.groups if self._index is not None and not self._split else {}
        self._blind += 1
        if len(groups) < 2 or self._blind > _MOST_BLIND:
            return None
        return Delegate(tuple(ChildSpec(g, "Review these hunks.") for g in groups.values()), reason)

    def _give_in(self, reason: str) -> Submit:
        """Submits what there is when no more can be asked. Raises FailedMindError when there is nothing."""
        pages = self._portion is not None and self._portion.page > 1
        if not (self._findings or self._split or self._submitted or pages):
            raise FailedMindError(reason)
        shown = self._portion.hunks if self._portion is not None and not self._submitted else ()
        self._unread |= dict.fromkeys((*shown, *self._unsent, *self._pages.abandon()), reason)
        self._summaries.append(f"({reason})")
        return self._submission()
