"""`rao-review trace` and `rao-review runs` on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from rao_review.report.display import Display
from rao_review.report.style import Page, begin, page_for, to_text
from rao_review.report.words import count
from rao_review.trace.events import StageFinished
from rao_review.trace.runs import Run
from rao_review.trace.tree import Node
from rao_review.trace.usage import CallCount

_OUTCOME_STYLE = {
    "complete": "green",
    "running": "blue",
    "partial": "yellow",
    "killed": "yellow",
    "failed": "red",
    "unreadable": "red",
}
_CLEAN = "no findings"


def render_tree(
    run: Run, roots: Sequence[Node], stages: Sequence[StageFinished], calls: CallCount, display: Display
) -> str:
    """The tree of one run: node, goal, hunks, lines, time, calls, findings; split decisions below the node that made them."""
    page = page_for(display)
    lines = _head(page, run)
    for stage in stages:
        row = begin(f"  {stage.stage:10}", "bold").append(f"{stage.seconds:>8.2f} s  ", style="cyan")
        lines.append(page.cut(row.append_text(page.text(stage.detail, "dim")), page.width))
    if not roots:
        lines += [begin(), begin("  no node has started", "dim")]
    for root in roots:
        lines += [begin(), *_branch(page, root, "", "")]
        totals = f"{count(root.size, 'node')}, {count(root.height + 1, 'level')}, {count(root.findings, 'finding')}, {root.seconds:.2f} s"
        lines += [begin(), begin(totals, "dim")]
    if calls.calls:
        lines.append(begin(_bill(calls), "dim"))
    return to_text(lines, display)


def _bill(calls: CallCount) -> str:
    """What the model cost, in tokens; how much of the prompts the endpoint had in its prefix cache, as it says."""
    cached = f", {calls.cached / calls.prompt:.0%} of it from the endpoint's prefix cache" if calls.cached else ""
    retried = f"; {count(calls.retries, 'attempt')} repeated" if calls.retries else ""
    counted = "; counted by us where the endpoint does not say" if calls.estimated else ""
    return (
        f"{count(calls.calls, 'call')}, {calls.prompt:,} prompt tokens{cached}, {calls.completion:,} completion tokens"
        f"{retried}{counted}"
    )


def _head(page: Page, run: Run) -> list[Text]:
    head = begin(f"run {run.id}", "bold").append("  ")
    head.append(run.outcome, style=_OUTCOME_STYLE[run.outcome]).append("  ")
    head.append_text(_change(page, run))
    return [head]


def _change(page: Page, run: Run) -> Text:
    if not run.change:
        return page.text(run.detail, "dim")
    return page.text(f"{run.change.get('base', '?')} {page.glyphs.arrow} {run.change.get('head', '?')}")


def _branch(page: Page, node: Node, lead: str, below: str) -> list[Text]:
    """`lead` is drawn before the node itself, `below` before everything under it."""
    row = begin(lead, "dim").append(node.id, style="bold cyan").append("  ")
    row.append(f"{count(node.hunks, 'hunk')}, {count(node.lines, 'line')}").append(
        f"  {node.seconds:.2f} s", style="cyan"
    )
    if node.calls:
        row.append(f"  {count(node.calls, 'call')}, {node.tokens:,} tokens", style="magenta")
    if node.findings or node.found:
        row.append(f"  {count(node.findings, 'finding')}", style="bold yellow")
    if node.dropped:
        row.append(f"  {node.dropped} dropped", style="dim")
    if node.outcome != "returned":
        row.append(f"  {'failed: ' if node.outcome == 'failed' else 'never ended'}", style="bold red")
        row.append_text(page.text(node.detail, "red"))
    row.append("  ").append_text(page.text(node.goal, "dim"))
    rows = [page.cut(row, page.width)]
    inner = below + (f"{page.glyphs.bar}  " if node.children else "   ")
    if node.children:
        split = f"split into {len(node.children)}, {count(node.cut_edges, 'link')} between them"
        split += f", {count(node.left_over, 'hunk')} left over and reviewed anyway" if node.left_over else ""
        text = begin(inner, "dim").append_text(page.text(f"{split}: {node.rationale}", "italic dim"))
        rows.append(page.cut(text, page.width))
    for child in node.children:
        last = child is node.children[-1]
        fork = page.glyphs.elbow if last else page.glyphs.tee
        rows += _branch(page, child, f"{below}{fork} ", below + ("   " if last else f"{page.glyphs.bar}  "))
    return rows


def render_runs(runs: Sequence[Run], display: Display) -> str:
    """One line a run: id, outcome, findings, seconds, change. What a narrow terminal cuts off is what matters least."""
    page = page_for(display)
    told = [_told(run) for run in runs]
    widest = max((len(words) for words in told), default=0)
    lines = []
    for run, words in zip(runs, told, strict=True):
        row = begin(run.id, "bold").append(f"  {run.outcome:8}", style=_OUTCOME_STYLE[run.outcome])
        row.append("  ").append_text(page.text(words, "green" if words == _CLEAN else "bold yellow"))
        row.append(" " * (widest - len(words)))
        seconds = _seconds(run)
        row.append(f"{'':>8}    " if seconds is None else f"{seconds:>8.1f} s  ", style="cyan")
        row.append_text(_change(page, run))
        if isinstance(files := run.change.get("files"), int):
            row.append(f"  {count(files, 'file')}", style="dim")
        lines.append(page.cut(row, page.width))
    return to_text(lines, display)


def _told(run: Run) -> str:
    """What a run found, '' where its journal has no report."""
    levels = _levels(run)
    if levels is None:
        return ""
    return _findings(levels) if levels or run.outcome == "complete" else "no findings in what was read"


# One bad journal must not hide the others, so nothing is taken for granted of what a report in it looks like.
def _seconds(run: Run) -> float | None:
    """How long the run took, None where its journal does not say."""
    part = run.report.get("run")
    seconds = part.get("seconds") if isinstance(part, dict) else None
    return seconds if isinstance(seconds, int | float) else None


def _levels(run: Run) -> Counter[str] | None:
    """Findings by severity, silenced ones left out; None where the journal has no report."""
    findings = run.report.get("findings")
    if not isinstance(findings, list) or not all(isinstance(f, dict) for f in findings):
        return None
    return Counter(str(f.get("severity")) for f in findings if "suppressed_by" not in f)


def _findings(levels: Counter[str]) -> str:
    order = ("critical", "high", "medium", "low", "info")
    return ", ".join(f"{levels[level]} {level}" for level in order if levels[level]) or _CLEAN
