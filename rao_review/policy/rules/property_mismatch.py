"""A method became a property, or the reverse, and a user did not follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.values import surely_no_function
from rao_review.types import Finding, Hunk, RegexCheck, Severity

_LEAVE_METHODS = frozenset({
    "abstractmethod", "cache", "classmethod", "contextmanager", "deprecated", "final", "lru_cache", "overload", "override",
    "staticmethod", "wraps",
})  # fmt: skip
"""Decorators whose result is still called."""
_HANDED_ON = frozenset({"argument", "assign", "write", "delete", "return", "guarded"})


class PropertyMismatch:
    id = "property-mismatch"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A method became a property (or the reverse) and is still used the old way."
    explanation = """\
The change turns a method into a property and some code still calls it: the call goes to the value. Or it turns a property into a method and
some code still reads it: the value is now a bound method, which is always true and compares equal to nothing.

    # after                          # elsewhere
    @property                        if order.is_paid():   # TypeError: 'bool' object is not callable
    def is_paid(self) -> bool: ...

Nothing is said when the value may be callable itself, as that of a class with `__call__`.

To silence it: change the use, or put `rao-review: ignore[property-mismatch]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind == "signature" and change.base is not None and change.head is not None:
                yield from self._mismatches(graph, change, change.base, change.head)

    def _mismatches(
        self, graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
    ) -> Iterator[Finding]:
        was, now = (r.definition.kind == "property" or "property" in r.definition.flags for r in (old, new))
        plain = {old.definition.kind, new.definition.kind} <= {"method", "property"}
        if was == now or not plain or (now and not surely_no_function(graph, old, new)):
            return
        if not now and any(
            decorator.rpartition(".")[2] not in _LEAVE_METHODS for decorator in new.definition.decorators
        ):
            return  # what another decorator makes of it may well be read like a property
        if not evidence.is_read_whole(graph, old, new):
            return
        for use in graph.uses_of(old):
            words = set(use.use.context.split())
            if use.confidence != "resolved" or words & {"write", "delete", "guarded"}:
                continue
            if now and use.use.kind == "call":
                what, advice = "is a property now but is still called here", "Drop the parentheses."
            elif not now and use.use.kind == "attribute" and not words & _HANDED_ON:
                what, advice = (
                    "is a method now but is read here without being called",
                    "Add the parentheses: a bound method is always true.",
                )
            else:
                continue
            name = new.definition.qualname
            yield evidence.finding(
                self,
                evidence.use_anchor(graph, use.path, use.use.line),
                f"`{name}` {what}",
                f"The change turns `{name}` ({new.path}) into a {'property' if now else 'method'}. {advice}",
                checks=[_proof(new), *evidence.at_line(graph, use.path, use.use.line, use.use.name)],
                related=[
                    evidence.related(new, "the definition is this now"),
                    evidence.related(old, "and was this before"),
                ],
                hunks=change.hunks[:1],
                symbol=name,
                severity=Severity.MEDIUM if is_test(use.path) else self.severity,
            )


def _proof(new: DefinitionRef) -> RegexCheck:
    """What makes it a property is there at head and not at base, or the reverse."""
    name = new.definition.name
    pattern = rf"@[\w.]*property\s+def\s+{name}\b|\b{name}\s*=\s*property\(|\bget\s+{name}\s*\("
    now = new.definition.kind == "property" or "property" in new.definition.flags
    return RegexCheck(pattern, new.path, "head", expect=now)
