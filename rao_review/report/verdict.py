"""The first line of a report: what was found, and in how much of the change. 'Not reviewed' never looks like 'clean'."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from rich.text import Text

from rao_review.report.contract import Fate, Report
from rao_review.report.style import SEVERITY_STYLE, Page, begin
from rao_review.report.words import count


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """What was not reviewed for one reason: changed lines, hunks, and the files in order."""

    fate: Fate
    reason: str
    lines: int
    hunks: int
    paths: tuple[str, ...]


def unreviewed(report: Report) -> list[Unreviewed]:
    """Grouped by fate and reason: failed before skipped, then most lines first."""
    lines: dict[tuple[Fate, str], int] = defaultdict(int)
    hunks: dict[tuple[Fate, str], int] = defaultdict(int)
    paths: dict[tuple[Fate, str], dict[str, None]] = defaultdict(dict)
    for part in report["coverage"]["unreviewed"]:
        key = part["fate"], part["reason"] or "no reason given"
        lines[key] += part["lines"]
        hunks[key] += 1
        paths[key][part["path"]] = None
    groups = [
        Unreviewed(fate, reason, lines[fate, reason], n, tuple(paths[fate, reason]))
        for (fate, reason), n in hunks.items()
    ]
    return sorted(groups, key=lambda group: (group.fate, -group.lines, -group.hunks, group.reason))


def verdict(page: Page, report: Report) -> list[Text]:
    """`✗ 3 high, 2 medium in 1,012 files — reviewed 98,112 of 100,041 changed lines, skipped 1,929 (lock file 1,900, …)`"""
    glyphs, coverage = page.glyphs, report["coverage"]
    found = _found(report)
    incomplete = report["run"]["outcome"] != "complete"
    files, alone = count(report["change"]["files"], "file"), _is_patch_alone(report)
    shown = f"what the patch shows of {files}" if alone else files
    line = begin()
    if incomplete:
        line.append(
            f"{glyphs.failed} {'failed' if report['run']['outcome'] == 'failed' else 'incomplete'}: ", style="bold red"
        )
    if not coverage["hunks"]["total"]:
        line.append(f"{glyphs.bullet} nothing to review", style="bold").append(
            f": no changes between {page.text(report['change']['base'])} and {page.text(report['change']['head'])}"
        )
        return page.wrap(line, indent=0, hanging=2, limit=page.width)
    if found:
        if not incomplete:
            line.append(f"{glyphs.failed} ", style="bold red" if _is_grave(report) else "bold yellow")
        line.append_text(found).append(f" in {shown}")
    elif not coverage["hunks"]["reviewed"]:
        line.append(f"{'' if incomplete else glyphs.bullet + ' '}nothing was reviewed", style="bold yellow").append(
            f" in {files}"
        )
    else:
        doubtful = alone or _is_mostly_too_large(report)
        style = "bold" if incomplete else "bold yellow" if doubtful else "bold green"
        mark = "" if incomplete else f"{glyphs.bullet if doubtful else glyphs.passed} "
        line.append(f"{mark}no findings", style=style).append(f" in {shown}")
    line.append(f" {glyphs.dash} {_read(page, report)}", style="dim")
    return page.wrap(line, indent=0, hanging=2, limit=page.width)


def _is_patch_alone(report: Report) -> bool:
    """Whether the change is a patch without its repository, which has no trees: most of each file was not there to be looked at."""
    return not (report["change"]["base_id"] or report["change"]["head_id"])


def _is_mostly_too_large(report: Report) -> bool:
    """Whether more changed lines were skipped for their number than were read."""
    coverage = report["coverage"]
    too_large = sum(row["lines"] for row in coverage["unreviewed"] if row["reason"].startswith("over-size"))
    return too_large > coverage["lines"]["reviewed"]


def _found(report: Report) -> Text | None:
    shown = [f for f in report["findings"] if "suppressed_by" not in f]
    if not shown:
        return None
    parts = []
    for level, style in SEVERITY_STYLE.items():
        if number := sum(1 for f in shown if f["severity"] == level):
            parts.append(begin(f"{number:,} {level}", style))
    return begin(", ").join(parts)


def _is_grave(report: Report) -> bool:
    return any(f["severity"] in ("critical", "high") for f in report["findings"] if "suppressed_by" not in f)


def _read(page: Page, report: Report) -> str:
    lines = report["coverage"]["lines"]
    if lines["reviewed"] == lines["total"]:
        words = f"reviewed all {count(lines['total'], 'changed line')}"
    else:
        words = f"reviewed {lines['reviewed']:,} of {count(lines['total'], 'changed line')}"
    for fate in ("failed", "skipped"):
        reasons = _amounts(report, fate)
        if reasons:
            more = f", {page.glyphs.cut}" if len(reasons) > 3 else ""
            total = f" {lines[fate]:,}" if lines[fate] else ""
            words += f", {fate}{total} ({page.text(', '.join(reasons[:3]))}{more})"
    if report["unknown"]:
        words += f", {count(len(report['unknown']), 'file')} not fully understood"
    if silenced := sum("suppressed_by" in finding for finding in report["findings"]):
        words += f", {count(silenced, 'finding')} silenced by a comment (-v shows)"
    return words


def _amounts(report: Report, fate: str) -> list[str]:
    """`lock file 1,900`, or `binary: 12 files` where there are no lines to count; by the reason's first words only."""
    lines: Counter[str] = Counter()
    paths: dict[str, set[str]] = defaultdict(set)
    for group in unreviewed(report):
        if group.fate == fate:
            reason = group.reason.partition(":")[0]
            lines[reason] += group.lines
            paths[reason].update(group.paths)
    return [
        f"{reason} {n:,}" if n else f"{reason}: {count(len(paths[reason]), 'file')}"
        for reason, n in lines.most_common()
    ]
