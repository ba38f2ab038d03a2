"""`rao-review show RUN`"""

from __future__ import annotations

from typing import Annotated, cast

import typer

from rao_review.cli.deliver import Delivery, deliver
from rao_review.cli.options import Format, Output, Quiet, Repo, Verbose
from rao_review.cli.places import find_journal
from rao_review.errors import JournalError
from rao_review.report.contract import Report
from rao_review.trace.runs import load_run

_WHY = {"killed": "the run was killed", "running": "the run is still going on"}


def command(
    run: Annotated[str, typer.Argument(help="Id of a run, its beginning, or `last`.")] = "last",
    format_: Format = "terminal",
    output: Output = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    repo: Repo = None,
) -> int:
    """Print the report of a past run from its journal; neither the repository nor the commits are needed.

    Exits with 0, or with 2 when the run has no report because it was killed or failed.
    """
    delivery = Delivery.of(format_, output, quiet, verbose)
    past = load_run(find_journal(repo, run))
    if "findings" not in past.report:
        why = past.detail or past.report.get("error") or _WHY.get(past.outcome, f"the run {past.outcome}")
        more = f", `rao-review diff --resume {past.id}` goes on with it" if past.outcome == "killed" else ""
        raise JournalError(f"{past.id} has no report: {why}; `rao-review trace {past.id}` shows how far it came{more}")
    try:
        deliver(cast(Report, past.report), delivery)
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:  # what a journal has for a report may be anything
        raise JournalError(f"{past.id} has a report of another shape: {type(error).__name__}: {error}") from error
    return 0
