"""What the server counts, so that a client's books can be held against the other side of the wire."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from rao_review.simulate.planted import Planted, stands

_RECORDS = 20_000
_DIGESTS = 200_000
_NODES = 16


@dataclass(slots=True)
class Record:
    """One chat request.

    digest  of its body.
    status  of the response, 0 when nothing was sent.
    done    whether the whole of an answer was sent.
    """

    number: int
    digest: str = ""
    node: str = ""
    action: str = ""
    fault: str = ""
    status: int = 0
    stream: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    messages: int = 0
    seconds: float = 0.0
    done: bool = False


@dataclass(slots=True)
class Seen:
    """What became of a planted fault. `both` is whether a single request had both of its lines: the evidence for it.

    `nodes` are the first nodes that had both.
    """

    definition: bool = False
    use: bool = False
    both: bool = False
    reported: int = 0
    nodes: list[str] = field(default_factory=list)


class Stats:
    """Counts of one endpoint. A request is begun, perhaps worked on, and finished, in this order."""

    def __init__(self, planted: Iterable[Planted] = ()) -> None:
        self.totals: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.actions: Counter[str] = Counter()
        self._faults = tuple(planted)
        self.planted = {fault.id: Seen() for fault in self._faults}
        self._records: deque[Record] = deque(maxlen=_RECORDS)
        self._digests: OrderedDict[str, bool] = OrderedDict()
        self.in_flight = 0
        self.max_in_flight = 0

    def begin(self, digest: str) -> Record:
        """A chat request has arrived."""
        self.totals["requests"] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        if digest in self._digests:
            self.totals["repeated"] += 1
            self.totals["repeated_answered"] += self._digests[digest]
        self._digests.setdefault(digest, False)
        self._digests.move_to_end(digest)
        if len(self._digests) > _DIGESTS:
            self._digests.popitem(last=False)
        record = Record(self.totals["requests"], digest)
        self._records.append(record)
        return record

    def evidence(self, record: Record, texts: frozenset[str], reported: Iterable[str]) -> None:
        """Which lines of planted faults the request had, and what the reviewer said of them."""
        for fault in self._faults:
            seen = self.planted[fault.id]
            definition, use = stands(fault.definition, texts), stands(fault.use, texts)
            seen.definition |= definition
            seen.use |= use
            if definition and use:
                seen.both = True
                if record.node not in seen.nodes and len(seen.nodes) < _NODES:
                    seen.nodes.append(record.node)
        for name in reported:
            self.planted[name].reported += 1

    def finish(self, record: Record, seconds: float) -> None:
        """The request has ended, one way or another."""
        record.seconds = round(seconds, 4)
        self.in_flight -= 1
        self.statuses[record.status] += 1
        if record.fault:
            self.faults[record.fault] += 1
        if record.action:
            self.actions[record.action] += 1
        if record.done and not record.fault:
            self.totals["answered"] += 1
            if record.digest in self._digests:
                self._digests[record.digest] = True
        for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):
            self.totals[name] += getattr(record, name)

    def summary(self) -> dict[str, Any]:
        """The body of GET /stats. `answered` are whole answers without a fault; `repeated` had the body of an earlier request, and
        `repeated_answered` that of one that was answered: a client that pays twice.
        """
        names = ("requests", "answered", "repeated", "repeated_answered")
        sizes = ("prompt_tokens", "cached_tokens", "completion_tokens")
        return {
            "simulated": True,
            **{name: self.totals[name] for name in (*names, *sizes)},
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "faults": dict(self.faults),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "actions": dict(self.actions),
        }

    def log(self) -> dict[str, Any]:
        """The body of GET /log: the last 20,000 requests, and the planted faults."""
        return {
            "simulated": True,
            "requests": [asdict(record) for record in self._records],
            "planted": {name: asdict(seen) for name, seen in self.planted.items()},
        }
