"""One answer of the model, whatever it takes: protocol fallbacks, smaller prompts, more room, another try with the exact error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rao_review.agent.protocol import FailedMindError
from rao_review.errors import OverflowingError, UnsupportedError
from rao_review.models.wire import Message, Reply
from rao_review.policy.llm.actions import UnfitError, Written, written
from rao_review.policy.llm.conversation import Conversation
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.parsing import MalformedError, arguments_of, calls_in
from rao_review.policy.llm.shared import Shared

ENOUGH = "The budget is nearly gone: submit what you have now."

_TRIES = 4  # the first, with the error, afresh, with the error
_SHRINKS = 16
_ROOMIER = 2
_LEAST_CUT, _FAR_FEWER = 1_000, 0.5
_LESS = 0.9  # of a prompt with its answer that was refused, where the server does not say how large its window is


class AnswerError(FailedMindError):
    """The model's answers could not be read or carried out, also when it was asked again."""


class WindowError(FailedMindError):
    """Not even the smallest prompt fits the model's window."""


@dataclass(frozen=True, slots=True)
class _Count:
    """Tokens of one prompt, as we and as the server count them."""

    ours: int = 0
    theirs: int = 0

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours if self.ours else 0.0

    def is_like(self, other: _Count) -> bool:
        """Whether both prompts were counted in the same proportion."""
        return abs(self.ratio - other.ratio) <= other.ratio * 0.2


@dataclass(frozen=True, slots=True)
class Call:
    """One action of an answer. `id` is that of a native call, '' for one in the text."""

    id: str
    action: Written


class Exchange:
    """The talk of one node with the model.

    Args:
        shared: the run's model and measures.
        node: whose talk it is.
    """

    def __init__(self, shared: Shared, node: str) -> None:
        self._shared = shared
        self._node = node
        self.footing = shared.footing(node)
        shared.stand(node, self.footing)

    def begin(
        self, opening: Callable[[Footing], Sequence[Message]], lessen: Callable[[], bool], may_delegate: bool
    ) -> None:
        """A new talk.

        Args:
            opening: writes the first messages for a footing.
            lessen: makes what the opening shows smaller, if it can.
            may_delegate: whether the node may split.
        """
        self._opening = opening
        self._lessen = lessen
        self.talk = Conversation(opening(self.footing), may_delegate)

    async def ask(self) -> tuple[Call, ...]:
        """The actions of the next answer. Raises AnswerError, WindowError, ModelError."""
        start = self.talk.turns
        tries = roomier = 0
        while True:
            reply = await self._reply()
            try:
                calls = _calls(reply)
            except (MalformedError, UnfitError) as error:
                if reply.finish == "length" and roomier < _ROOMIER:
                    roomier += 1
                    self._stand(self.footing.with_more_room())
                    continue
                tries += 1
                if tries >= _TRIES:
                    raise AnswerError(f"answer: the model's answer could not be read: {error}") from None
                self._repair(reply, error, start, tries)
                continue
            if reply.calls and self.footing.protocol == "tools" and not self.footing.settled:
                self._stand(replace(self.footing, settled=True))
            elif not reply.calls and self.footing.protocol == "tools" and not self.footing.settled:
                self._fall_back()  # it writes calls as text: the answer counts, and from here on text is the protocol
            self.talk.said(reply)
            return calls

    def _repair(self, reply: Reply, error: Exception, start: int, tries: int) -> None:
        """Prepares the next try: with the exact error, every second time from where the trouble began."""
        if self.footing.protocol == "tools" and not self.footing.settled and not reply.calls:
            self._fall_back()
            return
        self.talk.rewind(start)
        if tries % 2:
            self.talk.said(replace(reply, text=reply.text[:4_000] or "(nothing)", calls=()))
            how = "Call one of the functions" if self.footing.protocol == "tools" else "Answer with one JSON object"
            self.talk.answer("", f"That answer could not be read: {error}. {how}, with all the fields that it needs.")

    async def _reply(self) -> Reply:
        """One reply; a prompt that does not fit is made smaller, what the endpoint cannot do is left out."""
        shared = self._shared
        doubted = _Count()
        for _ in range(_SHRINKS):
            request = self.talk.request(self.footing)
            measured = shared.counter.request(request)
            if self.footing.calibration.ratio * measured > self.footing.prompt_room:
                self._shrink()
                continue
            try:
                reply = await shared.model.complete(request, self._node)
            except OverflowingError as error:
                self._overflowed(error, measured)
                self._shrink()
                continue
            except UnsupportedError as error:
                if not self._without(error.feature):
                    raise
                continue
            if reply.usage.estimated:
                return reply
            count = _Count(measured, reply.usage.prompt)
            if self._is_cut(count) and not count.is_like(doubted):
                doubted = count
                self._shrink()
                continue
            self._learn(count, doubted)
            return reply
        raise WindowError(f"window: no prompt was small enough for {self.footing.window} tokens")

    def _is_cut(self, count: _Count) -> bool:
        """Whether a server seems to have cut the prompt and said nothing, as Ollama does: it counts far fewer tokens than were sent."""
        return count.ours > _LEAST_CUT and count.ratio < self.footing.calibration.ratio * _FAR_FEWER

    def _learn(self, count: _Count, doubted: _Count) -> None:
        """From the server's count of a prompt. A smaller prompt that was counted in full tells where the one in doubt was cut."""
        footing = self.footing
        if doubted.theirs and not count.is_like(doubted):
            footing = footing.with_window(doubted.theirs + footing.max_output)
        self._stand(replace(footing, calibration=footing.calibration.learned(count.ours, count.theirs)))

    def _overflowed(self, error: OverflowingError, measured: int) -> None:
        """What a refusal says of the window and of our counting. A server that gives no numbers still says that this was too much."""
        footing = self.footing
        prompt = error.prompt or int(measured * footing.calibration.ratio)
        window = error.window or int((prompt + footing.max_output) * _LESS)
        footing = replace(footing.with_window(window), calibration=footing.calibration.learned(measured, prompt))
        self._stand(footing if self.talk.turns else self._shared.thrifty(footing))

    def _shrink(self) -> None:
        """A smaller prompt: forget old answers, then show less of the hunks, then cut what was said last. Raises WindowError."""
        if self.talk.forget():
            return
        if self.talk.turns:
            self._lessen()
            if not self.talk.cut():
                raise WindowError(f"window: {self.footing.window} tokens are too few to go on")
        elif self._lessen():
            self.talk.reopen(self._opening(self.footing))
        elif self.footing.protocol == "tools" or self.footing.schema:
            # Tools and schema may take more of a small window than all that is said.
            self._stand(replace(self.footing.fallen_back(), schema=False))
            self.talk.reopen(self._opening(self.footing))
        else:
            raise WindowError(f"window: {self.footing.window} tokens are too few for any of it")

    def _without(self, feature: str) -> bool:
        """Whether there is another way when the endpoint cannot do something."""
        if feature == "schema" and self.footing.schema:
            self._stand(replace(self.footing, schema=False))
        elif feature == "tools" and self.footing.protocol == "tools":
            self._fall_back()
        else:
            return False
        return True

    def _fall_back(self) -> None:
        self._stand(self.footing.fallen_back())
        self.talk.reopen(self._opening(self.footing))

    def _stand(self, footing: Footing) -> None:
        self.footing = footing
        self._shared.stand(self._node, footing)


def _calls(reply: Reply) -> tuple[Call, ...]:
    """The validated actions of a reply. Raises MalformedError, UnfitError."""
    if reply.calls:
        return tuple(Call(c.id, written(c.name, arguments_of(c.arguments))) for c in reply.calls)
    return tuple(Call("", written(name, arguments)) for name, arguments in calls_in(reply.text))
