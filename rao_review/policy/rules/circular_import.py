"""A new import that closes a cycle of module-level imports, in which some module asks for a name before it exists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rao_review.graph.facts import Import
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.paths import is_test
from rao_review.types import Finding, Hunk, RegexCheck, Related, Severity

_Way = tuple[tuple[str, Import], ...]
_MAX_LENGTH = 5
_MAX_FILES = 400


class CircularImport:
    id = "circular-import"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A new module-level import closes a cycle in which a name is needed before it is defined."
    explanation = """\
Python runs a module's top level once, in order. When `a` imports a name from `b` at the top, and `b` imports a name from `a` at its top,
whichever is loaded first finds the other half-made: ImportError (most likely due to a circular import).

    # orders.py                       # pricing.py, the change adds:
    from pricing import net           from orders import Order
    class Order: ...

Only cycles made of `from module import name`, where each name is defined by the module itself, and that did not exist before are reported.
Imports inside functions, under TYPE_CHECKING, or in `try` blocks do not count.

To silence it: import inside the function that needs it, or put `rao-review: ignore[circular-import]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        mine = {h.id for h in hunks}
        for path in sorted({h.path for h in hunks if h.path.endswith(".py")}):
            if is_test(path):
                continue
            reported: set[str] = set()
            facts = graph.scope_facts(path, "head")
            for item in facts.imports if facts else ():
                hunk = graph.hunk_at(path, "head", item.line)
                needed = graph.need(path, "head", item) if hunk is not None and hunk.id in mine else None
                if (
                    hunk is None
                    or needed is None
                    or needed.path in reported
                    or _existed(graph, path, item, needed.path)
                ):
                    continue
                way = _way_back(graph, item, needed, path)
                if way is None:
                    continue
                reported.add(needed.path)
                yield self._finding(graph, path, item, [(path, item), *way], hunk.id)

    def _finding(self, graph: Graph, path: str, item: Import, cycle: list[tuple[str, Import]], hunk: str) -> Finding:
        names = " → ".join(p for p, _ in cycle) + f" → {path}"
        quote = evidence.quote(graph, path, "head", item.line)
        return evidence.finding(
            self,
            evidence.use_anchor(graph, path, item.line),
            f"Import of `{item.name}` closes an import cycle: {names}",
            "Each of these modules imports a name from the next at module level, before that name is defined "
            "when another of them is loaded first. Import it inside the function that needs it, or move the shared part to a third module.",
            checks=[
                RegexCheck(rf"(?m)^{evidence.line_pattern(quote)}", path),
                *evidence.at_line(graph, path, item.line, item.name),
                *(RegexCheck(evidence.line_pattern(i.name), p, "head", i.line, i.line) for p, i in cycle[1:]),
            ],
            related=[Related(p, "head", i.line, "and this one leads back") for p, i in cycle[1:]],
            hunks=[hunk],
            symbol=item.name,
        )


def _way_back(graph: Graph, first: Import, needed: DefinitionRef, goal: str) -> list[tuple[str, Import]] | None:
    """The shortest way of needs from the imported file back to `goal`, in which every module asks for its name too early; None
    if there is none.

    A module asks too early when the name is defined below the import through which its own module goes on along the cycle:
    then there is no order of loading that works.
    """
    seen = {needed.path}
    level: list[tuple[DefinitionRef, _Way]] = [(needed, ())]
    for length in range(1, _MAX_LENGTH + 1):
        graph.read_needed((asked.path for asked, _ in level), "head")
        farther: list[tuple[DefinitionRef, _Way]] = []
        for asked, way in level:
            if len(seen) >= _MAX_FILES:
                return None
            for path, needs in graph.needs(asked.path, "head").items():
                if path in seen or (length == _MAX_LENGTH and path != goal):
                    continue
                for item, following in needs:
                    if item.line > asked.definition.line:
                        continue  # the name is there before this import runs
                    if path != goal:
                        seen.add(path)
                        farther.append((following, (*way, (asked.path, item))))
                        break
                    if first.line <= following.definition.line:
                        return [*way, (asked.path, item)]
        level = farther
    return None


def _existed(graph: Graph, path: str, item: Import, target: str) -> bool:
    """Whether base already had this edge: by the same import, which is a cheap question, or by another one."""
    before = graph.base_path(path)
    facts = graph.scope_facts(before, "base")
    if facts is None:
        return False
    same = (one for one in facts.imports if (one.module, one.name) == (item.module, item.name))
    if any(needed.path == target for one in same if (needed := graph.need(before, "base", one))):
        return True
    graph.read_needed([before], "base")
    return target in graph.needs(before, "base")
