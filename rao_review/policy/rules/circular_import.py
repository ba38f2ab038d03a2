"""A new import that closes a cycle of module-level imports, in which some module asks for a name before it exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.facts import Import
from rao_review.graph.graph import Graph
from rao_review.policy.rules import evidence
from rao_review.policy.rules.paths import is_test
from rao_review.types import Finding, Hunk, RegexCheck, Related, Severity, Side

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
            reported: set[str] = set()
            for item, target in _needs(graph, path, "head"):
                hunk = graph.hunk_at(path, "head", item.line)
                if hunk is None or hunk.id not in mine or target in reported or is_test(path):
                    continue
                way = _way_back(graph, target, path)
                if way is None or _existed(graph, path, target):
                    continue
                reported.add(target)
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


def _needs(graph: Graph, path: str, side: Side) -> Iterator[tuple[Import, str]]:
    """The module-level imports of names that another file of the repository defines itself: (import, that file)."""
    facts = graph.facts(path, side)
    for item in facts.imports if facts else ():
        if (
            not item.name
            or item.name == "*"
            or "toplevel" not in item.flags
            or {"type_only", "guarded", "dynamic"} & set(item.flags)
        ):
            continue
        chain = graph.resolution(path, side, item).chain
        if not chain or len(chain[0].files) != 1 or chain[0].files[0] == path:
            continue
        target = chain[0].files[0]
        defined = graph.definitions(item.name, side, target)
        if chain[0].qualname == item.name and any(d.definition.qualname == item.name for d in defined):
            yield item, target


def _way_back(graph: Graph, start: str, goal: str) -> list[tuple[str, Import]] | None:
    """The shortest chain of needs from `start` to `goal`, where the last asks for a name that `goal` defines; None if there is none."""
    seen = {start}
    queue: list[tuple[str, list[tuple[str, Import]]]] = [(start, [])]
    while queue and len(seen) < _MAX_FILES:
        path, way = queue.pop(0)
        for item, target in _needs(graph, path, "head"):
            if target == goal:
                return [*way, (path, item)]
            if target not in seen and len(way) + 1 < _MAX_LENGTH:
                seen.add(target)
                queue.append((target, [*way, (path, item)]))
    return None


def _existed(graph: Graph, path: str, target: str) -> bool:
    """Whether base already had a cycle through these two files."""
    return any(t == target for _, t in _needs(graph, graph.base_path(path), "base"))
