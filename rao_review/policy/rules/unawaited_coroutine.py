"""A coroutine that is made and thrown away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rao_review.graph.facts import Definition
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, new_spots
from rao_review.policy.rules.paths import is_fixture
from rao_review.types import Finding, Hunk, Severity

_CALL = re.compile(
    r"^\s*(?!(?:await|return|yield|raise|assert|del|if|while|for|with|elif|print|super)\b)[A-Za-z_][\w.\[\]'\"]*\("
)
_HARMLESS_DECORATORS = frozenset({
    "staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod", "override", "typing.override", "final", "typing.final",
    "functools.wraps", "wraps",
})  # fmt: skip


class UnawaitedCoroutine:
    id = "unawaited-coroutine"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A coroutine is made and thrown away: the call is not awaited."
    explanation = """\
Calling an `async def` runs nothing; it gives back a coroutine. As a statement of its own the call does nothing but warn that it was never
awaited.

    async def save(order): ...

    async def checkout(order):
        save(order)             # nothing is saved
        await save(order)       # what was meant

Only calls that surely lead to an `async def` of the repository are reported.

To silence it: put `rao-review: ignore[unawaited-coroutine]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        by_file: dict[str, dict[int, Spot]] = {}
        for spot in new_spots(graph, hunks, _CALL.search, ("(",), ("python",)):
            if not is_fixture(spot.path):
                by_file.setdefault(spot.path, {})[spot.line] = spot
        if not by_file or not graph.search("async", "head"):
            return
        for path, spots in by_file.items():
            for use in graph.uses_on(path, "head", spots):
                context = use.context.split()
                if use.kind != "call" or "discard" not in context or "await" in context:
                    continue
                found = graph.resolve(path, "head", use)
                if not found or not all(_is_coroutine(r.definition) for r in found) or _just_became(graph, found[0]):
                    continue
                yield at_spot(
                    graph,
                    self,
                    spots[use.line],
                    f"The coroutine `{use.name}()` is never awaited",
                    f"`{found[0].definition.qualname}` in `{found[0].path}` is an `async def`: calling it runs nothing until the "
                    "result is awaited, and here the result is thrown away. Put `await` before the call, or schedule it as a task.",
                    symbol=use.name,
                    related=(evidence.related(found[0], "it is async"),),
                )


def _is_coroutine(definition: Definition) -> bool:
    flags = definition.flags
    if "async" not in flags or "generator" in flags or "overload" in flags:
        return False
    return definition.kind in ("function", "method") and _HARMLESS_DECORATORS.issuperset(definition.decorators)


def _just_became(graph: Graph, reference: DefinitionRef) -> bool:
    """Whether this change made the function async: then the calls that are left behind belong to another rule."""
    changed = [c for c in graph.changes() if c.head == reference and c.base is not None]
    return any("async" not in c.base.definition.flags for c in changed if c.base is not None)
