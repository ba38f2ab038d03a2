"""The symbol check: a name is defined, or used, or not, by the graph; repo-wide unless a path is given."""

from __future__ import annotations

from collections.abc import Iterable

from rao_review.checks.texts import Span, Texts
from rao_review.graph.graph import Graph
from rao_review.types import Side, SymbolCheck, Verdict


def check_symbol(check: SymbolCheck, texts: Texts, graph: Graph) -> Verdict:
    """What the graph says of the claim at head; discriminates when base answers otherwise.

    A name that is found is found. A name that is not found may hide in a file that could not be read, or outside a partial
    tree: then the answer is 'unknown', never 'absent'.
    """
    claims_presence = check.claim in ("defined", "used")
    span = Span(check.path, "head", check.line or 0, check.line or 0) if check.path else None
    present = _present(check, "head", span, graph, texts)
    where = f"{check.path}:{check.line}" if check.path and check.line else check.path or "the whole repository"
    if present is None:
        return Verdict("unknown", None, f"`{check.name}`: not all of {where} could be read at head")
    across = texts.across(span) if span else None
    if span is not None and across is None:
        # The file is only at head: at base the name was not in it.
        before: bool | None = None if texts.tree("base").partial else False
        if not texts.exists(span.path, "head"):
            before = _present(check, "base", Span(span.path, "base", span.start, span.end), graph, texts)
    else:
        before = _present(check, "base", across, graph, texts)
    word = "defined" if check.claim in ("defined", "not_defined") else "used"
    detail = f"`{check.name}` is {'' if present else 'not '}{word} in {where} at head" + _at_base(before, word)
    return Verdict(
        "passed" if present == claims_presence else "failed", None if before is None else before != present, detail
    )


def _at_base(before: bool | None, word: str) -> str:
    if before is None:
        return "; at base unknown"
    return f"; at base it is {'' if before else 'not '}{word}"


def _present(check: SymbolCheck, side: Side, span: Span | None, graph: Graph, texts: Texts) -> bool | None:
    """Whether the name is there; None when it was not found and not everything could be read."""
    path = span.path if span else None
    if check.claim in ("defined", "not_defined"):
        extents: Iterable[tuple[int, int]] = (
            (r.definition.start_line, r.definition.end_line)
            for r in graph.definitions(check.name, side, path)
            if path is None or r.definition.qualname == check.name
        )
    else:
        mentions = graph.mentions(check.name.rpartition(".")[2], side, path)
        extents = ((m.line, getattr(m, "end_line", 0) or m.line) for _, m in mentions)
    if any(_overlaps(span, start, end) for start, end in extents):
        return True
    return None if _hidden(check.name.rpartition(".")[2], side, path, graph, texts) else False


def _overlaps(span: Span | None, start: int, end: int) -> bool:
    """Whether lines `start..end` meet the span; a span without lines is the whole file."""
    if span is None or (not span.start and not span.end):
        return True
    return start <= span.end and span.start <= end


def _hidden(name: str, side: Side, path: str | None, graph: Graph, texts: Texts) -> bool:
    """Whether `name` may be in a place that the graph could not read."""
    if texts.tree(side).partial:
        return True
    if path is not None:
        if not texts.exists(path, side):
            return False
        facts = graph.facts(path, side)
        return facts is None or bool(facts.unknown)
    return any(_unreadable(p, side, name, graph, texts) for p in _candidates(name, side, graph, texts))


def _candidates(name: str, side: Side, graph: Graph, texts: Texts) -> Iterable[str]:
    """The files of a side that may contain `name`: the text search of head, and for base its changed files."""
    holding = graph.search(name, "head")
    if side == "head":
        return holding
    unchanged = [p for p in holding if texts.same(p, "head")]
    return (*unchanged, *(f.base_path for f in graph.change.files if f.base_path))


def _unreadable(path: str, side: Side, name: str, graph: Graph, texts: Texts) -> bool:
    facts = graph.facts(path, side)
    if facts is None or not facts.unknown:
        return False
    return side == "head" or any(name in line for line in texts.lines(path, side))
