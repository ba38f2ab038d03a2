"""Writes the opening of a node: who it is, what it knows, and its hunks or their index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rao_review.agent.protocol import (
    Briefing,
    ChildResults,
    NodeResult,
    Preview,
    Query,
    ReadFile,
    Reading,
    Rejected,
)
from rao_review.merge.rank import rank_key
from rao_review.models.wire import Message
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.index import Index
from rao_review.policy.llm.pages import Portion
from rao_review.policy.llm.shared import Shared
from rao_review.types import Finding

_ROOT = "0"
_LINE = 240
_KNOWN = 60


class Writer:
    """Writes what one node is told.

    Args:
        shared: the run's prompts, masker and measures.
        briefing: the node's task.
        facts: whether the graph has a say (not for the baselines).
    """

    def __init__(self, shared: Shared, briefing: Briefing, facts: bool) -> None:
        self._shared = shared
        self._briefing = briefing
        self._with_facts = facts

    def opening(
        self,
        footing: Footing,
        may_delegate: bool,
        *,
        portion: Portion | None = None,
        index: Index | None = None,
        found: Sequence[Finding] = (),
    ) -> tuple[Message, ...]:
        """The system message and the briefing, with a portion of the hunks or with their index."""
        shared, task, limits = self._shared, self._briefing.task, self._briefing.limits
        change = shared.graph.change
        first_page = portion is None or portion.page == 1
        briefing = shared.prompts.briefing(
            change=_one_line(
                f"{change.base} → {change.head}: {len(change.files)} files, +{change.added} -{change.removed} lines"
            ),
            node=task.node,
            role="root" if task.node == _ROOT else "leaf" if portion else "inner",
            protocol=footing.protocol,
            may_delegate=may_delegate,
            depth=task.depth,
            most_depth=limits.depth,
            most_children=limits.children,
            nodes=task.nodes,
            window=footing.window,
            goal=self._safe(_one_line(task.goal)),
            page=portion.page if portion else 1,
            more_pages=portion.more if portion else False,
            known=self._safe(_listed(self._known(portion))),
            found=self._safe(_listed(found)),
            facts=self._safe(self._facts(portion, footing)),
            context="\n".join(map(self._context, self._briefing.context)) if first_page else "",
            hunks=self._safe(portion.text) if portion else "",
            index=self._safe(index.text) if index else "",
            hunk_count=len(task.hunks),
            tokens=shared.size(task.hunks, footing),
            leaf=shared.inline(footing),
        )
        return Message("system", shared.prompts.system(footing.protocol)), Message("user", briefing)

    def _known(self, portion: Portion | None) -> tuple[Finding, ...]:
        """The known findings about the hunks shown; all of the task's where only an index is."""
        if portion is None:
            return tuple(sorted(self._briefing.task.known, key=rank_key))
        shown = frozenset(portion.hunks)
        return tuple(f for f in sorted(self._briefing.task.known, key=rank_key) if not shown.isdisjoint(f.hunks))

    def _facts(self, portion: Portion | None, footing: Footing) -> str:
        if portion is None or not self._with_facts:
            return ""
        return self._shared.told(portion.hunks, footing)

    def _context(self, reading: Reading) -> str:
        return f"{_query(reading.query)}:\n{self._text(reading)}"

    def _text(self, reading: Reading) -> str:
        path = reading.query.path if isinstance(reading.query, ReadFile) else ""
        return self._shared.masker.mask(reading.text, path)

    def _safe(self, text: str) -> str:
        return self._shared.masker.mask(text)

    # ── later ────────────────────────────────────────────────────────────────────────────────────────────

    def children(self, results: ChildResults, room: int) -> str:
        """What the children brought back, as far as it fits in `room` tokens; the gravest findings of each first."""
        count = self._shared.counter.count
        children, hidden = [], 0
        for child in results.children:
            lines = []
            for finding in sorted(child.findings, key=rank_key):
                line = self._safe(_line(finding, body=True))
                room -= count(line) + 1
                if room < 0:
                    hidden += 1
                else:
                    lines.append(line)
            children.append(
                {
                    "node": child.node,
                    "hunks": len(child.hunks),
                    "failure": self._safe(_one_line(child.failure)),
                    "unread": _reasons(child),
                    "summary": self._safe(_one_line(child.summary)),
                    "findings": lines,
                }
            )
        contradictions = [self._safe(line) for line in _contradictions(results.children)]
        return self._shared.prompts.children(children=children, hidden=hidden, contradictions=contradictions)

    def reading(self, reading: Reading) -> str:
        text = self._shared.prompts.fenced("reading", self._text(reading))
        return text if reading.rest is None else f"{text}\n(cut here; what follows: {_query(reading.rest)})"

    def preview(self, preview: Preview) -> str:
        """What a split would do, and that saying it again runs it."""
        cut = [f"{e.source} {e.kind} {e.name} in {e.target}" for e in preview.cut]
        sizes = [f"child {n}: {c.hunks} hunks, {c.lines} lines" for n, c in enumerate(preview.children, start=1)]
        text = self._safe("\n".join([*preview.warnings, *sizes, *cut]))
        return f"## Preview\n{self._shared.prompts.fenced('preview', text)}\nDelegate again, the same or better, and it runs."

    def rejected(self, rejected: Rejected) -> str:
        return self._shared.prompts.rejected(findings=[self._safe(line) for line in map(_failure, rejected.findings)])


def _listed(findings: Iterable[Finding]) -> str:
    lines = [_line(f) for f in findings]
    more = [f"… and {len(lines) - _KNOWN} more"] if len(lines) > _KNOWN else []
    return "\n".join([*lines[:_KNOWN], *more])


def _line(finding: Finding, body: bool = False) -> str:
    """`f0.1.2 verified high src/a.py:12 title`, for a rule's finding with its rule."""
    rule = f" (rule {finding.rule})" if finding.rule else ""
    place = f"{finding.anchor.path}:{finding.anchor.line}"
    text = f"{finding.id} {finding.status} {finding.severity} {place} {_one_line(finding.title)}{rule}"
    return f"{text} | {_one_line(finding.body)}" if body and finding.body and not finding.rule else text


def _failure(finding: Finding) -> str:
    """A finding that failed, and what the harness found instead."""
    verdicts = [v for v in (finding.anchor_verdict, *finding.verdicts) if v is not None and v.status == "failed"]
    why = "; ".join(v.detail for v in verdicts)
    quote = _one_line(finding.anchor.quote)
    return (
        f"{finding.id} {finding.anchor.path}:{finding.anchor.line} {_one_line(finding.title)} | quote: {quote} | {why}"
    )


def _reasons(child: NodeResult) -> str:
    reasons = sorted({reason for reason in child.unread.values() if reason != child.failure})
    return _one_line(f"{len(child.unread)} hunks: {'; '.join(reasons)}") if reasons else ""


def _contradictions(children: Sequence[NodeResult]) -> list[str]:
    """Findings of different children about the same line or name that do not say the same."""
    places: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
    for child in children:
        for finding in child.findings:
            anchor = finding.anchor
            places.setdefault((anchor.path, f"line {anchor.line}"), []).append((child.node, finding))
            if finding.symbol:
                places.setdefault((finding.symbol, "the same name"), []).append((child.node, finding))
    lines = {}
    for (_, what), found in places.items():
        told = {(f.severity, f.category, f.status) for _, f in found}
        if len({node for node, _ in found}) > 1 and len(told) > 1:
            ids = tuple(sorted(f.id for _, f in found))
            lines[ids] = f"{', '.join(ids)} speak of {what} and differ in severity, category or verdict"
    return list(lines.values())[:20]


def _query(query: Query) -> str:
    """A query as a model would write it: `read_file path=a.py start=40`."""
    fields = {name: value for name, value in asdict(query).items() if name != "tool" and value not in ("", 0, ())}
    return _one_line(f"{query.tool} {' '.join(f'{n}={_value(v)}' for n, v in fields.items())}")


def _value(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LINE]
