"""From what a model wrote to what the loop understands: selectors become hunks, placeholders become secrets again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rao_review.agent.protocol import (
    ChildSpec,
    Delegate,
    Look,
    Neighbours,
    Overview,
    ReadFile,
    ReadHunks,
    Search,
    Symbol,
    TryCheck,
)
from rao_review.graph.graph import Graph
from rao_review.policy.llm.actions import (
    CheckWritten,
    ChildWritten,
    ContextWritten,
    DecisionWritten,
    DelegateWritten,
    FindingWritten,
    NeighboursWritten,
    OverviewWritten,
    ReadFileWritten,
    ReadHunksWritten,
    SearchWritten,
    SymbolWritten,
    TryCheckWritten,
    UnfitError,
    Written,
)
from rao_review.policy.llm.masking import Masker
from rao_review.policy.llm.selectors import select
from rao_review.types import (
    Anchor,
    Check,
    Finding,
    HashCheck,
    Hunk,
    MergeDecision,
    RegexCheck,
    Related,
    Severity,
    SymbolCheck,
)

_SHOWN = 8


class Meaning:
    """Understands the actions of one node.

    Args:
        graph: the change.
        masker: puts masked secrets back.
        hunks: those of the node's task.
    """

    def __init__(self, graph: Graph, masker: Masker, hunks: Sequence[Hunk]) -> None:
        self._graph = graph
        self._masker = masker
        self._hunks = hunks

    def look(self, written: Written) -> Look:
        """Raises UnfitError."""
        text = self._masker.unmask
        match written:
            case OverviewWritten(under=under):
                return Look(Overview(under))
            case ReadHunksWritten(hunks=selectors):
                return Look(ReadHunks(self._any_hunks(selectors)))
            case ReadFileWritten(path=path, start=start, end=end, side=side):
                return Look(ReadFile(path, start, end, side))
            case SearchWritten(pattern=pattern, paths=paths, side=side):
                return Look(Search(text(pattern), tuple(paths), side))
            case SymbolWritten(name=name):
                return Look(Symbol(name))
            case NeighboursWritten(hunks=selectors):
                return Look(Neighbours(self._any_hunks(selectors)))
            case TryCheckWritten(check=check):
                return Look(TryCheck(self.check(check)))
        raise UnfitError(f"{type(written).__name__} reads nothing")

    def delegate(self, written: DelegateWritten, groups: Mapping[str, tuple[str, ...]]) -> Delegate:
        """Raises UnfitError when a child would get nothing, or a selector means nothing."""
        children = tuple(self._child(c, n, groups) for n, c in enumerate(written.children, start=1))
        keep, _ = select(written.keep, self._hunks, groups)
        return Delegate(children, written.rationale, keep)

    def finding(self, written: FindingWritten) -> Finding:
        quote = _unmarked(self._masker.unmask(written.quote))
        line = max(written.line, 0)
        return Finding(
            id="",
            anchor=Anchor(written.path, written.side, line, line + quote.count("\n"), quote),
            severity=Severity(written.severity),
            category=written.category.strip().lower().replace(" ", "-")[:60] or "correctness",
            title=" ".join(written.title.split())[:300],
            body=written.body.strip(),
            checks=tuple(map(self.check, written.checks)),
            suggestion=written.suggestion,
            symbol=written.symbol,
            related=tuple(Related(r.path, r.side, r.line, r.note) for r in written.related),
            hunks=tuple(h.id for h in self._hunks if h.path == written.path),
        )

    def decision(self, written: DecisionWritten) -> MergeDecision:
        check = self.check(written.check) if written.check is not None else None
        return MergeDecision(written.finding, written.decision, written.reason, written.into, check)

    def check(self, written: CheckWritten) -> Check:
        """Raises UnfitError for a check that lacks what its kind needs."""
        text = self._masker.unmask
        match written.kind:
            case "symbol":
                if not written.name:
                    raise UnfitError("a symbol check needs a name")
                return SymbolCheck(written.name, written.claim, written.path, written.line)
            case "hash":
                tree = self._graph.tree(written.side)
                entry = tree.entries().get(written.path or "")
                if entry is None:
                    raise UnfitError(
                        f"a hash check needs a path that is there; {written.path!r} is not in {written.side}"
                    )
                return HashCheck(entry.path, entry.oid, written.side)
            case "regex":
                if not written.pattern or not written.path:
                    raise UnfitError("a regex check needs a pattern and a path")
                return RegexCheck(
                    text(written.pattern), written.path, written.side, written.start, written.end, written.expect
                )

    def _child(self, child: ChildWritten, number: int, groups: Mapping[str, tuple[str, ...]]) -> ChildSpec:
        hunks, strangers = select(child.hunks, self._hunks, groups)
        if strangers:
            raise UnfitError(f"delegate: child {number}: nothing in this task is meant by {_listed(strangers)}")
        context = tuple(c for c in map(self._context, child.context) if c is not None)
        return ChildSpec(hunks, " ".join(child.instruction.split()) or "Review these hunks.", context)

    def _context(self, context: ContextWritten) -> Symbol | ReadFile | ReadHunks | None:
        if context.symbol:
            return Symbol(context.symbol)
        if context.path:
            return ReadFile(context.path, context.start, context.end, context.side)
        return ReadHunks(self._any_hunks(context.hunks)) if context.hunks else None

    def _any_hunks(self, selectors: Iterable[str]) -> tuple[str, ...]:
        """Hunks of the whole change: reading is free of tasks."""
        hunks, strangers = select(selectors, list(self._graph.change.hunks()), {})
        if strangers or not hunks:
            raise UnfitError(f"no such hunks: {_listed(strangers) or 'none are named'}")
        return hunks


def _unmarked(quote: str) -> str:
    """The quote without the marks of a diff, where every line has one."""
    lines = quote.strip("\n").split("\n")
    if all(line[:1] in "+-" for line in lines if line.strip()) and any(line.strip() for line in lines):
        return "\n".join(line[1:] for line in lines)
    return quote.strip("\n")


def _listed(texts: Sequence[str]) -> str:
    more = f", and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(repr(t) for t in texts[:_SHOWN]) + more
