"""An assertion on a tuple, which is always true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import at_spot, new_spots
from rao_review.policy.rules.paths import is_fixture
from rao_review.policy.rules.syntax import enclosing, first_line, source
from rao_review.types import Finding, Hunk, Severity

_ASSERT = re.compile(r"\bassert\s*\(")


class AssertTuple:
    id = "assert-tuple"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "An assertion on a tuple can never fail."
    explanation = """\
`assert (condition, message)` asserts a tuple of two values, and a tuple that is not empty is always true.

    assert (total == 3, "wrong total")    # never fails
    assert total == 3, "wrong total"      # what was meant

To silence it: put `rao-review: ignore[assert-tuple]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for spot in new_spots(graph, hunks, _suspect, ("assert",), ("python",)):
            parsed = None if is_fixture(spot.path) else source(graph, spot.path)
            for match in _ASSERT.finditer(spot.text) if parsed else ():
                node = parsed.node_at(spot.line, match.start(), spot.text) if parsed else None
                statement = enclosing(node, "assert_statement", "string", "comment")
                if statement is None or statement.type != "assert_statement" or first_line(statement) != spot.line:
                    continue
                values = [c for c in statement.named_children if c.type != "comment"]
                if len(values) != 1 or values[0].type != "tuple" or not values[0].named_children:
                    continue
                yield at_spot(
                    graph,
                    self,
                    spot,
                    "This assertion on a tuple can never fail",
                    f"`assert` is followed by a tuple of {sum(c.type != 'comment' for c in values[0].named_children)}, which is "
                    "always true whatever its values are. Remove the parentheses around the condition and its message.",
                )
                break


def _suspect(text: str) -> bool:
    """Whether a line may assert a tuple: not when its parentheses close before its end, or have no comma in them."""
    return any(_may_hold_tuple(text, match.end() - 1) for match in _ASSERT.finditer(text))


def _may_hold_tuple(text: str, start: int) -> bool:
    if "'" in text or '"' in text:
        return True  # a parenthesis may stand in a string
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if not depth:
            return "," in text[start:at] and text[at + 1 :].lstrip()[:1] in ("", "#", ";")
    return True
