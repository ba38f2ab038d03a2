"""An `except` clause behind one that catches everything it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tree_sitter import Node

from rao_review.graph.graph import Graph
from rao_review.policy.rules import evidence
from rao_review.policy.rules.exceptions import lineage
from rao_review.policy.rules.hunk_evidence import Spot, line_checks, new_spots
from rao_review.policy.rules.paths import is_fixture
from rao_review.policy.rules.syntax import Source, enclosing, first_line, source
from rao_review.types import Finding, Hunk, Related, Severity

_EXCEPT = re.compile(r"^\s*except\b")
_MOST_CLAUSES = 50
_NAME = re.compile(r"^[A-Za-z_][\w.]*$")


class ExceptOrder:
    id = "except-order"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "An `except` clause can never run: an earlier one catches all of it."
    explanation = """\
Python runs the first clause that fits. A clause for a subclass after one for its base class is dead code.

    try:                         try:
        load()                       load()
    except OSError:              except FileNotFoundError:   # the narrow one first
        retry()                      create()
    except FileNotFoundError:    except OSError:
        create()  # never            retry()

Builtin exceptions, well-known ones of the standard library and classes of the repository are understood; nothing is said of others.

To silence it: put `rao-review: ignore[except-order]` in a comment on the dead clause.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        seen: set[tuple[str, int]] = set()
        ids = {hunk.id for hunk in hunks}
        for spot in new_spots(graph, hunks, _EXCEPT.search, ("except",), ("python",)):
            parsed = None if is_fixture(spot.path) else source(graph, spot.path)
            if parsed is None:
                continue
            column = len(spot.text) - len(spot.text.lstrip())
            clause = enclosing(parsed.node_at(spot.line, column, spot.text), "except_clause", "string", "comment")
            if clause is None or clause.type != "except_clause" or clause.parent is None:
                continue
            statement = (spot.path, first_line(clause.parent))
            if statement in seen:
                continue
            seen.add(statement)
            for clauses in shadowed(graph, parsed, spot.path, clause.parent):
                adder = next(
                    (h for c in reversed(clauses) if (h := graph.hunk_at(spot.path, "head", first_line(c)))), None
                )
                if adder is not None and adder.id in ids:
                    yield self._finding(graph, parsed, Spot(adder, spot.line, spot.text), clauses)

    def _finding(self, graph: Graph, parsed: Source, spot: Spot, clauses: tuple[Node, Node]) -> Finding:
        broad, narrow = (
            (parsed.text(c).partition(":")[0].removeprefix("except").partition(" as ")[0].strip(), first_line(c))
            for c in clauses
        )
        checks = line_checks(graph, spot.path, narrow[1])
        if spot.hunk.touches("head", broad[1], broad[1]):
            checks += line_checks(graph, spot.path, broad[1])[:1]
        return evidence.finding(
            self,
            evidence.use_anchor(graph, spot.path, narrow[1]),
            f"`except {narrow[0]}` is never reached: `except {broad[0]}` in line {broad[1]} catches it first",
            f"The first clause that fits runs, and `{broad[0]}` includes every `{narrow[0]}`. The code of this clause is dead. "
            "Move it before the broader clause.",
            checks=checks,
            related=(Related(spot.path, "head", broad[1], "this clause catches it"),),
            hunks=(spot.hunk.id,),
            symbol=narrow[0],
        )


def shadowed(graph: Graph, parsed: Source, path: str, statement: Node) -> Iterator[tuple[Node, Node]]:
    """The pairs of clauses of a `try` of which the first catches everything that the second is for."""
    earlier: list[tuple[Node, set[str]]] = []
    for clause in [c for c in statement.named_children if c.type == "except_clause"][:_MOST_CLAUSES]:
        names = caught(parsed, clause)
        if not names:
            continue
        families = [lineage(graph, path, name, first_line(clause)) for name in names]
        for broad, catching in earlier:
            if all(family and not catching.isdisjoint(family) for family in families):
                yield broad, clause
                break
        earlier.append((clause, {family[0] for family in families if family}))


def caught(parsed: Source, clause: Node) -> list[str]:
    """The names in the header of an `except` clause; [] when it has none or something else than names stands there."""
    header = next((c for c in clause.named_children if c.type not in ("comment", "block")), None)
    if header is not None and header.type == "as_pattern":
        header = header.named_children[0]
    if header is None:
        return []
    parts = [c for c in header.named_children if c.type != "comment"] if header.type == "tuple" else [header]
    names = [parsed.text(p) for p in parts]
    return names if all(_NAME.match(name) for name in names) else []
