"""A report on its way out: how it looks, where it goes, and what the exit code says of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rao_review.cli.output import check_output, complain, emit, write_report
from rao_review.errors import UsageError
from rao_review.report.contract import Report, counts_at_least
from rao_review.report.display import Detail, Display, display_for
from rao_review.report.formats import load_format
from rao_review.settings import FailOn

_ANY_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the user asked for. `output` is None for standard output."""

    format: str
    output: Path | None
    detail: Detail

    @classmethod
    def of(cls, format_: str, output: Path | None, quiet: bool, verbose: bool) -> Delivery:
        """Checked before the review runs. Raises UsageError."""
        if quiet and verbose:
            raise UsageError("-q and -v exclude each other")
        if output is not None and str(output) == "-":
            output = None
        if output is not None:
            check_output(output)
        return cls(format_, output, Detail.QUIET if quiet else Detail.FULL if verbose else Detail.NORMAL)


def deliver(report: Report, delivery: Delivery) -> None:
    """Render and print, or write to the file. Raises UsageError when the file cannot be written after all."""
    form = load_format(delivery.format)
    if delivery.output is None:
        emit(form.render(report, display_for(sys.stdout, delivery.detail)))
    else:
        write_report(delivery.output, form.render(report, Display(detail=delivery.detail)))
        if delivery.detail is not Detail.QUIET:
            complain(f"{_verdict(report)}; the report is in {delivery.output}")


def _verdict(report: Report) -> str:
    """The verdict in one line, which is how the quiet report for terminals begins."""
    display = Display(width=_ANY_WIDTH, encoding=sys.stderr.encoding or "ascii", detail=Detail.QUIET)
    return load_format("terminal").render(report, display).partition("\n")[0]


def exit_code(report: Report, fail_on: FailOn) -> int:
    """2 when the review is incomplete; else 1 when a finding is at or above `fail_on`; else 0."""
    if report["run"]["outcome"] != "complete":
        return 2
    return 1 if fail_on != "never" and counts_at_least(report, fail_on) else 0
