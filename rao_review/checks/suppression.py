"""Comments that silence a finding: `rao-review: ignore[rule]` on its line, or alone on the line above.

A suppressed finding stays in the report with the place of the comment, so that nobody can hide one unseen: the comment may be
part of the very change under review.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rao_review.graph.graph import Graph
from rao_review.types import Finding

_COMMENT = re.compile(r"(?:#|//|--|/\*|<!--|;)\s*rao-review:\s*ignore(?:\[([\w\s,-]+)\])?")


def suppress(finding: Finding, graph: Graph) -> Finding:
    """The finding with `suppressed_by` set when a comment silences it."""
    anchor = finding.anchor
    lines = graph.lines(anchor.path, anchor.side)
    for number in (anchor.line, anchor.line - 1):
        text = lines[number - 1] if 0 < number <= len(lines) else ""
        match = _COMMENT.search(text)
        if match is None or (number != anchor.line and text[: match.start()].strip()):
            continue
        rules = {r.strip() for r in (match.group(1) or "").split(",") if r.strip()}
        if rules and finding.rule not in rules and finding.category not in rules:
            continue
        new = graph.hunk_at(anchor.path, anchor.side, number) is not None
        return replace(
            finding, suppressed_by=f"comment at {anchor.path}:{number}" + (", added by this change" if new else "")
        )
    return finding
