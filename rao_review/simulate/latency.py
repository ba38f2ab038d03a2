"""How long an answer takes, in the manner of a server that works on prompt and answer at two fixed speeds.

seconds = base + uncached prompt tokens / prompt + completion tokens / completion
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from rao_review.errors import UsageError


@dataclass(frozen=True, slots=True)
class Latency:
    """`base` is seconds; `prompt` and `completion` are tokens a second, 0 for no delay."""

    base: float = 0.0
    prompt: float = 0.0
    completion: float = 0.0

    def before(self, uncached: int) -> float:
        """Seconds until the first token of an answer to a prompt with so many tokens that were not in the cache."""
        return self.base + (uncached / self.prompt if self.prompt else 0.0)

    def writing(self, tokens: float) -> float:
        """Seconds that so many tokens of an answer take."""
        return tokens / self.completion if self.completion else 0.0


def parse_latency(text: str) -> Latency:
    """Reads 'base=0.4,prompt=20000,completion=100'; what is not named stays 0. Raises UsageError."""
    latency = Latency()
    known = [field.name for field in fields(Latency)]
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name not in known or not 0 <= number < float("inf"):
            raise UsageError(f"--latency: {part!r} is not one of {', '.join(f'{n}=NUMBER' for n in known)}")
        latency = replace(latency, **{name: number})
    return latency
