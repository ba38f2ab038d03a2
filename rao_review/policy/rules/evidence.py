"""How rules prove what they say: anchors, related places and checks built from graph facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rao_review.graph.graph import Graph
from rao_review.graph.languages import language_of
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.graph.modules import FOLLOWED
from rao_review.graph.script_modules import SCRIPT_SUFFIXES
from rao_review.types import Anchor, Check, Finding, HashCheck, RegexCheck, Related, Severity, Side, SymbolCheck

if TYPE_CHECKING:
    from rao_review.policy.rules.rule import Rule


def quote(graph: Graph, path: str, side: Side, line: int) -> str:
    """The text of one line, stripped; '' when there is no such line."""
    lines = graph.lines(path, side)
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def line_pattern(text: str) -> str:
    """An RE2 pattern that finds `text` whatever the white space around and inside it."""
    return r"\s*".join(_escape(part) for part in text.split())


def _escape(text: str) -> str:
    return "".join(c if c.isalnum() or c == "_" or ord(c) > 127 else "\\" + c for c in text)


def at_line(graph: Graph, path: str, line: int, name: str) -> tuple[Check, ...]:
    """The use is there: `name` stands in that line of head, in a file that is byte for byte this one."""
    no_name = r"\w$" if path.endswith(SCRIPT_SUFFIXES) else r"\w"
    checks: list[Check] = [RegexCheck(rf"(^|[^{no_name}]){_escape(name)}([^{no_name}]|$)", path, "head", line, line)]
    entry = graph.head.entries().get(path)
    if entry is not None and entry.oid:
        checks.append(HashCheck(path, entry.oid))
    return tuple(checks)


def gone(reference: DefinitionRef) -> SymbolCheck:
    """The definition is no longer in its file."""
    return SymbolCheck(reference.definition.qualname, "not_defined", reference.path)


def header(reference: DefinitionRef) -> RegexCheck:
    """The definition has this header now. Says something about the change when base had another."""
    definition = reference.definition
    first = definition.signature or definition.name
    return RegexCheck(line_pattern(first), reference.path, reference.side, definition.start_line, definition.end_line)


def related(reference: DefinitionRef, note: str) -> Related:
    return Related(reference.path, reference.side, reference.definition.line, note)


def finding(
    rule: Rule,
    anchor: Anchor,
    title: str,
    body: str,
    *,
    checks: Sequence[Check],
    related: Sequence[Related] = (),
    hunks: Sequence[str] = (),
    symbol: str = "",
    severity: Severity | None = None,
    suggestion: str | None = None,
) -> Finding:
    """A finding of `rule`, without the fields that the harness fills in."""
    return Finding(
        id="",
        anchor=anchor,
        severity=severity or rule.severity,
        category=rule.category,
        title=title,
        body=body,
        checks=tuple(checks),
        rule=rule.id,
        suggestion=suggestion,
        symbol=symbol,
        related=tuple(related),
        hunks=tuple(hunks),
    )


def at_most_a_hint(path: str, severity: Severity) -> Severity:
    """*info* in a file of a language whose imports and types are not followed: what a name means there is only likely."""
    return severity if language_of(path) in FOLLOWED else Severity.INFO


def use_anchor(graph: Graph, path: str, line: int) -> Anchor:
    """An anchor at one line of head."""
    return Anchor(path, "head", line, line, quote(graph, path, "head", line))


def is_read_whole(graph: Graph, *references: DefinitionRef) -> bool:
    """Whether the files of definitions were read without errors: next to one a `return` or a decorator may be missing."""
    facts = (graph.scope_facts(one.path, one.side) for one in references)
    return all(one is not None and not one.unknown for one in facts)


def cause(change: DefinitionChange) -> str:
    """The hunk that a finding about this definition belongs to; '' when none is known."""
    return change.hunks[0] if change.hunks else ""


def names_in(text: str) -> set[str]:
    """The identifiers of a piece of text."""
    return set(re.findall(r"[A-Za-z_$][\w$]*", text))
