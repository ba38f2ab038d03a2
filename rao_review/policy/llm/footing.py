"""What a node has learned of its endpoint. Children begin where their parent stood, so the tree is the same however it is timed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rao_review.models.tokens import Calibration

Protocol = Literal["tools", "json"]

_LEAST_OUTPUT = 256


@dataclass(frozen=True, slots=True)
class Footing:
    """How to talk to the model from here on.

    protocol    native tools, or one JSON object in the text.
    settled     whether the protocol is known to work (or was chosen by the user).
    schema      whether `response_format` with a JSON schema is still worth trying.
    window      tokens that prompt and answer may have together.
    max_output  tokens of an answer.
    calibration how far the token estimate is off.
    """

    protocol: Protocol
    settled: bool
    schema: bool
    window: int
    max_output: int
    calibration: Calibration

    def fallen_back(self) -> Footing:
        """From tools to text."""
        return replace(self, protocol="json", settled=True)

    def with_more_room(self) -> Footing:
        """For a model that spent its whole answer on reasoning, or was cut short."""
        return replace(self, max_output=min(self.max_output * 2, self.window // 2))

    def with_window(self, window: int) -> Footing:
        """For a server whose window turns out to be smaller than was thought; a larger one changes nothing."""
        if window >= self.window:
            return self
        return replace(self, window=window, max_output=min(self.max_output, max(window // 4, _LEAST_OUTPUT)))

    @property
    def prompt_room(self) -> int:
        """Tokens of the largest prompt that leaves room for an answer."""
        return self.window - self.max_output
