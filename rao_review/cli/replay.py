"""`rao-review replay RUN`"""

from __future__ import annotations

from typing import Annotated

import typer

from rao_review.cli.deliver import Delivery
from rao_review.cli.options import FailOn, Format, Output, Quiet, Repo, Verbose
from rao_review.cli.past import load_past
from rao_review.cli.places import find_journal
from rao_review.cli.review import Given, run_review


def command(
    run: Annotated[str, typer.Argument(help="Id of a run, its beginning, or `last`.")] = "last",
    format_: Format = "terminal",
    output: Output = None,
    fail_on: FailOn = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    repo: Repo = None,
) -> int:
    """Do a review again from its journal: the same change, with the replies that the model gave then. Asks no endpoint.

    Everything else is done anew: graph, tree, checks, merging. The report is the same, byte for byte, or something is wrong.
    The commits must still be there; `show` prints a report without them.
    """
    delivery = Delivery.of(format_, output, quiet, verbose)
    again = load_past(find_journal(repo, run), complete=True)
    return run_review(again.source, Given.of(fail_on=fail_on), delivery, past=again)
