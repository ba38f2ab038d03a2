"""`--format terminal`: the verdict first, then the findings, then the books."""

from __future__ import annotations

from rich.text import Text

from rao_review.report.contract import FindingPart, Report
from rao_review.report.display import Detail, Display
from rao_review.report.finding_view import Place, compact, excerpts_of, full, greppable
from rao_review.report.ledger import coverage, notes, summary, unknown
from rao_review.report.style import SEVERITY_STYLE, Page, begin, page_for, to_text
from rao_review.report.verdict import verdict
from rao_review.report.words import count

# Less severe ones are one line each, unless -v.
_IN_FULL = ("critical", "high", "medium")


def render(report: Report, display: Display) -> str:
    """The report for people: at most `display.width` columns (but paths stay whole), no control character of the change."""
    page = page_for(display)
    if display.detail is Detail.QUIET:
        shown = [f for f in report["findings"] if "suppressed_by" not in f]
        return to_text([*verdict(page, report), *(greppable(page, f) for f in shown)], display)
    blocks = [[*verdict(page, report), *_whose(page, report)], *_findings(page, report), *_refuted(page, report)]
    blocks += [coverage(page, report), unknown(page, report), notes(page, report), summary(page, report)]
    lines: list[Text] = []
    for block in blocks:
        if block:
            lines += [*([begin()] if lines else []), *block]
    return to_text(lines, display)


def _whose(page: Page, report: Report) -> list[Text]:
    """Whose findings these are where the model that was asked has read nothing: what there is, is mostly not its own."""
    found = [f for f in report["findings"] if "suppressed_by" not in f]
    if report["run"]["model"] is None or report["coverage"]["hunks"]["reviewed"] or not found:
        return []
    built_in = sum("rule" in f for f in found)
    told = "all findings are" if built_in == len(found) else f"{built_in:,} of {count(len(found), 'finding')} are"
    return page.wrap(begin(f"the model read nothing: {told} the built-in reviewer's"), 2, limit=page.width)


def _findings(page: Page, report: Report) -> list[list[Text]]:
    """One block a finding shown in full, one for the one-liners of a severity; the heading joins the first."""
    everything = page.display.detail is Detail.FULL
    excerpts = excerpts_of(report)
    seen: set[Place] = set()
    blocks: list[list[Text]] = []
    for level, style in SEVERITY_STYLE.items():
        some = [f for f in report["findings"] if f["severity"] == level and (everything or "suppressed_by" not in f)]
        if not some:
            continue
        if everything or level in _IN_FULL:
            part = [full(page, finding, excerpts, seen) for finding in some]
        else:
            part = [[line for finding in some for line in compact(page, finding)]]
        heading = page.heading(
            f" {level.upper()} " if level == "critical" else level.upper(), style, count(len(some), "finding")
        )
        blocks += [[heading, *([begin()] if everything or level in _IN_FULL else []), *part[0]], *part[1:]]
    return blocks


def _refuted(page: Page, report: Report) -> list[list[Text]]:
    """Only with -v: what was thought and did not hold."""
    if page.display.detail is not Detail.FULL or not report["refuted"]:
        return []
    rows = [page.heading("Dropped", "bold", "thought to be faults, but a check showed otherwise")]
    for finding in report["refuted"]:
        rows += compact(page, finding)
        rows += page.wrap(page.text(_why(finding), "dim"), indent=4)
    return [rows]


def _why(finding: FindingPart) -> str:
    failed = [f"{c['kind']}: {c['verdict']['detail']}" for c in finding["checks"] if c["verdict"]["status"] == "failed"]
    return "; ".join(failed) or "a check failed"
