"""One finding on a terminal: in full, as one line, or as a line for other programs."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from rao_review.report.contract import FindingPart, RelatedPart, Report
from rao_review.report.excerpt import Pointed, excerpt
from rao_review.report.proof import proof
from rao_review.report.style import MARK_STYLE, PROSE, SEVERITY_STYLE, Page, begin
from rao_review.report.words import count
from rao_review.types import HERE_TOO

Excerpts = Mapping[tuple[str, str], Mapping[int, str]]
Place = tuple[str, str, int]

_AROUND = 3
_MOST_NAMED = 12


def excerpts_of(report: Report) -> Excerpts:
    """The report's excerpts by (path, side)."""
    return {(e["path"], e["side"]): {line["line"]: line["text"] for line in e["lines"]} for e in report["excerpts"]}


def full(page: Page, finding: FindingPart, excerpts: Excerpts, seen: set[Place]) -> list[Text]:
    """Title, place, the code there, each related place with its code, the body, the checks.

    `seen` are the related places whose code was shown before: it is not shown again, and this finding's are added.
    """
    style = MARK_STYLE[finding["severity"]]
    title = begin(f"{page.glyphs.bullet} ", style).append_text(page.prose(finding["title"], "bold"))
    title.append_text(_tags(page, finding))
    rows = page.wrap(title, indent=0, hanging=2, limit=page.width)
    rows.append(begin("  ").append_text(_place(page, finding["path"], finding["side"], finding["line"], "bold blue")))
    pointed = Pointed(finding["line"], finding["end_line"], _word(finding), style, page.glyphs.mark)
    rows += excerpt(page, finding["path"], _around(excerpts, finding["path"], finding["side"], pointed), pointed)
    for place in (p for p in finding["related"] if p["note"] != HERE_TOO):
        key = place["path"], place["side"], place["line"]
        rows += _related(page, finding, place, {} if key in seen else excerpts)
        seen.add(key)
    rows += _here_too(page, finding)
    if body := finding["body"].strip("\n"):
        rows.append(begin())
        for line in body.split("\n"):
            rows += page.wrap(page.prose(line), indent=2)
    if suggestion := finding.get("suggestion"):
        rows.append(begin("  suggestion", "green"))
        rows += [begin("  + ", "green").append_text(page.text(line)) for line in suggestion.split("\n")]
    rows += page.wrap(proof(page, finding), indent=2, hanging=2, limit=max(PROSE, page.width))
    return rows


def _tags(page: Page, finding: FindingPart) -> Text:
    tags = begin()
    if rule := finding.get("rule"):
        tags.append("  ").append_text(page.text(f"[{rule}]", "dim"))
    if finding["status"] != "verified":
        tags.append(f"  {finding['status']}", style="yellow")
    if reason := finding.get("suppressed_by"):
        tags.append_text(page.text(f"  silenced by {reason}", "dim"))
    return tags


def _place(page: Page, path: str, side: str, line: int, style: str) -> Text:
    """`path:line`, as plain text that terminals and editors can open."""
    place = page.text(f"{path}:{line}" if line else path, style)
    if side == "base":
        place.append(" (before the change)", style="dim")
    return place


def _word(finding: FindingPart) -> str:
    """The name to point at: the last part of the finding's symbol."""
    return finding.get("symbol", "").rsplit(".", 1)[-1]


def _around(excerpts: Excerpts, path: str, side: str, pointed: Pointed) -> dict[int, str]:
    lines = excerpts.get((path, side), {})
    first, last = pointed.line - _AROUND, max(pointed.line, pointed.end_line) + _AROUND
    return {number: text for number, text in lines.items() if first <= number <= last}


def _here_too(page: Page, finding: FindingPart) -> list[Text]:
    """The other places that the finding speaks for: `and 4 more lines: 31, 40, 52, 77`, with the path where that is another one."""
    others = [place for place in finding["related"] if place["note"] == HERE_TOO]
    if not others:
        return []
    named = [str(p["line"]) if p["path"] == finding["path"] else f"{p['path']}:{p['line']}" for p in others]
    cut = f" {page.glyphs.cut}" if len(named) > _MOST_NAMED else ""
    row = begin("  ").append(f"{page.glyphs.elbow} ", style="dim")
    row.append_text(page.text(f"and {count(len(named), 'more line')}: {', '.join(named[:_MOST_NAMED])}{cut}"))
    return page.wrap(row, indent=0, hanging=5, limit=page.width)


def _related(page: Page, finding: FindingPart, place: RelatedPart, excerpts: Excerpts) -> list[Text]:
    row = begin("  ").append(f"{page.glyphs.elbow} ", style="dim")
    row.append_text(_place(page, place["path"], place["side"], place["line"], "blue"))
    if place["note"]:
        row.append(f" {page.glyphs.dash} ", style="dim").append_text(page.prose(place["note"]))
    sign, style = ("-", "red") if place["side"] == "base" else (page.glyphs.mark, "blue")
    pointed = Pointed(place["line"], place["end_line"], _word(finding), style, sign)
    lines = _around(excerpts, place["path"], place["side"], pointed)
    # The definition itself says most: its line and what follows, not what happens to stand above it.
    below = {number: text for number, text in lines.items() if number >= place["line"] - 1}
    return [*page.wrap(row, indent=0, hanging=5, limit=page.width), *excerpt(page, place["path"], below, pointed)]


def compact(page: Page, finding: FindingPart) -> list[Text]:
    """`● src/a.py:41  title  [rule]`"""
    row = begin(f"{page.glyphs.bullet} ", MARK_STYLE[finding["severity"]])
    row.append_text(_place(page, finding["path"], finding["side"], finding["line"], "blue")).append("  ")
    row.append_text(page.prose(finding["title"])).append_text(_tags(page, finding))
    return page.wrap(row, indent=0, hanging=4, limit=page.width)


def greppable(page: Page, finding: FindingPart) -> Text:
    """`path:line: severity: title [rule]`, the form of compilers and linters."""
    row = _place(page, finding["path"], "head", finding["line"], "")
    row.append(": ").append(finding["severity"], style=SEVERITY_STYLE[finding["severity"]]).append(": ")
    row.append_text(page.text(finding["title"]))
    if rule := finding.get("rule"):
        row.append_text(page.text(f" [{rule}]", "dim"))
    return row
