"""What a simulated endpoint may be told, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rao_review.errors import UsageError
from rao_review.simulate.answer import STYLES
from rao_review.simulate.faults import check_rates
from rao_review.simulate.latency import Latency
from rao_review.simulate.planted import Planted
from rao_review.simulate.reviewer import Behaviour
from rao_review.simulate.wording import WORDINGS

_PORTS = 65536


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that decides how the endpoint answers. Raises UsageError when it makes no sense.

    host, port       where it listens; port 0 takes a free one.
    window           tokens of prompt and answer together.
    bytes_per_token  a token of this server is so many bytes, rounded up over the whole prompt.
    wording          how it says that a prompt does not fit (wording.WORDINGS); 'silent' cuts the prompt and says nothing.
    latency          how long an answer takes.
    slots            requests worked on at a time; the others wait.
    faults           how often each fault happens, 0..1 (faults.FAULTS); together at most 1.
    seed             decides which requests fail. The same seed and the same order of requests give the same faults.
    retry_after      seconds that a 429 with Retry-After asks for.
    hang_seconds     how long a request that hangs is held, and the longest that a dripping one takes.
    drip_seconds     the pause between two pieces of an answer that drips.
    behaviour        what kind of reviewer answers.
    style            how sloppy its JSON text is (answer.STYLES).
    planted          faults that it reports when their lines are in front of it.
    key              when set, requests must carry it as a bearer token.
    """

    host: str = "127.0.0.1"
    port: int = 0
    window: int = 32_768
    bytes_per_token: float = 4.0
    wording: str = "openai"
    latency: Latency = field(default_factory=Latency)
    slots: int = 256
    faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    retry_after: float = 1.0
    hang_seconds: float = 3600.0
    drip_seconds: float = 1.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    style: tuple[str, ...] = ()
    planted: tuple[Planted, ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.port < _PORTS:
            raise UsageError(f"--port: {self.port} is not a port; 0 takes a free one")
        for name, value in (("window", self.window), ("slots", self.slots), ("bytes-per-token", self.bytes_per_token)):
            if not value > 0:
                raise UsageError(f"--{name}: {value} is not above 0")
        for name, seconds in (
            ("retry-after", self.retry_after),
            ("hang-seconds", self.hang_seconds),
            ("drip-seconds", self.drip_seconds),
        ):
            if not seconds >= 0:
                raise UsageError(f"--{name}: {seconds} is below 0")
        if self.wording not in WORDINGS:
            raise UsageError(f"--wording: {self.wording!r} is not one of {', '.join(WORDINGS)}")
        strange = [style for style in self.style if style not in STYLES]
        if strange:
            raise UsageError(f"--style: {strange[0]!r} is not one of {', '.join(STYLES)}")
        check_rates(self.faults)
