"""The end of a report: what was read and what was not, what the graph could not know, notes, and the bill."""

from __future__ import annotations

from collections import defaultdict

from rich.cells import cell_len
from rich.text import Text

from rao_review.report.contract import Report
from rao_review.report.display import Detail
from rao_review.report.style import Page, begin, joined
from rao_review.report.verdict import unreviewed
from rao_review.report.words import count

_FATE_STYLE = {"reviewed": "green", "skipped": "yellow", "failed": "bold red"}


def coverage(page: Page, report: Report) -> list[Text]:
    """One row a fate and reason, with its lines and hunks and the first files."""
    lines, hunks = report["coverage"]["lines"], report["coverage"]["hunks"]
    if not hunks["total"]:
        return []
    groups = unreviewed(report)
    rows: list[tuple[str, str, int, int, tuple[str, ...]]] = [
        ("reviewed", "", lines["reviewed"], hunks["reviewed"], ())
    ]
    rows += [(g.fate, g.reason, g.lines, g.hunks, g.paths) for g in groups]
    widest = max(len(f"{lines['total']:,}"), 5), max(len(f"{hunks['total']:,}"), 5)
    head = begin(f"  {'':8}  {'lines':>{widest[0]}}  {'hunks':>{widest[1]}}", "dim")
    output = [page.heading("Coverage", "bold", _share(page, report)), head]
    for fate, reason, changed, edits, paths in rows:
        row = begin(f"  {fate:8}", _FATE_STYLE[fate])
        row.append(f"  {changed:>{widest[0]},}  {edits:>{widest[1]},}", style="")
        if reason:
            row.append("  ", style="").append_text(page.text(reason, ""))
            row.append("  ").append_text(_paths(page, paths, page.width - row.cell_len - 2))
        output.append(row)
    if len(rows) > 1:
        output.append(begin(f"  {'total':8}  {lines['total']:>{widest[0]},}  {hunks['total']:>{widest[1]},}", "dim"))
    return output


def _share(page: Page, report: Report) -> str:
    lines = report["coverage"]["lines"]
    if not lines["total"]:
        return ""
    # Rounded down: 99.99% must not read as all of it.
    share = int(1000 * lines["reviewed"] / lines["total"]) / 10
    return f"{share:g}% of the changed lines reviewed"


def _paths(page: Page, paths: tuple[str, ...], room: int) -> Text:
    """As many paths as fit, all of them with -v."""
    if page.display.detail is Detail.FULL:
        return page.text(", ".join(paths), "dim")
    shown: list[str] = []
    for path in paths:
        left = len(paths) - len(shown) - 1
        more = f" and {left:,} more" if left else ""
        if cell_len(", ".join([*shown, path])) + len(more) > room:
            break
        shown.append(path)
    left = len(paths) - len(shown)
    words = ", ".join(shown) if not left else f"{', '.join(shown)} and {left:,} more" if shown else count(left, "file")
    return page.text(words, "dim")


def unknown(page: Page, report: Report) -> list[Text]:
    """Files whose dependency facts are missing, by reason."""
    if not report["unknown"]:
        return []
    by_reason: dict[str, list[str]] = defaultdict(list)
    for part in report["unknown"]:
        by_reason[part["reason"]].append(part["path"])
    note = "no finding there does not mean no fault"
    output = [page.heading(f"Not fully understood: {count(len(report['unknown']), 'file')}", "bold", note)]
    for reason, paths in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        row = begin(f"  {len(paths):>5,}  ", "yellow").append_text(page.text(reason)).append("  ")
        output.append(row.append_text(_paths(page, tuple(paths), page.width - row.cell_len - 2)))
    return output


def notes(page: Page, report: Report) -> list[Text]:
    output: list[Text] = []
    for note in report["notes"]:
        line = begin(f"{page.glyphs.dot} ", "yellow").append_text(page.text(note))
        output += page.wrap(line, indent=2, hanging=4)
    return [page.heading("Notes", "bold"), *output] if output else []


def summary(page: Page, report: Report) -> list[Text]:
    """`main → feature · +60,041 −40,000 · 12 nodes, depth 2 · run 2026… · 3.2 s`"""
    change, run, usage = report["change"], report["run"], report["usage"]
    minus = "\N{MINUS SIGN}" if page.display.unicode else "-"
    parts = [
        f"{change['base']} {page.glyphs.arrow} {change['head']}",
        f"+{change['added']:,} {minus}{change['removed']:,}",
        f"{_who(report)}: {count(usage['nodes'], 'node')}, depth {usage['depth']}",
    ]
    if usage["calls"]:
        tokens = usage["prompt_tokens"] + usage["completion_tokens"]
        cost = f", ${usage['cost']:.2f}" if "cost" in usage else ""
        parts.append(f"{count(usage['calls'], 'call')}, {count(tokens, 'token')}{cost}")
    parts += [f"run {run['id']}", f"{run['seconds']:.1f} s"]
    return page.wrap(joined([page.text(p, "dim") for p in parts], f" {page.glyphs.dot} "), 0, 2, page.width)


def _who(report: Report) -> str:
    run = report["run"]
    return (
        f"model {run['model']}"
        if run["model"]
        else "built-in reviewer"
        if run["policy"] == "builtin"
        else run["policy"]
    )
