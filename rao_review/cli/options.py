"""Options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rao_review.report.formats import FORMATS
from rao_review.types import Severity


def known_format(value: str) -> str:
    if value not in FORMATS:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(FORMATS)}")
    return value


def known_level(value: str | None) -> str | None:
    levels = [*Severity, "never"]
    if value is not None and value not in levels:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(levels)}")
    return value


Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="|".join(FORMATS),
        callback=known_format,
        help="How to print the report; `rao-review schema` prints the JSON Schema of json.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the report to FILE, in one step; the verdict goes to standard error, unless -q.",
    ),
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="LEVEL",
        callback=known_level,
        help="Exit with 1 when there are findings of this severity or above: critical, high, medium, low, info or never. "
        "Default: high. An incomplete review exits with 2 whatever this says.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="The verdict, and one line a finding.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Everything in full, and progress as plain lines.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", min=0, max=1024, help="Parsing processes. Default: one a core."),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep facts of earlier runs.")]
Repo = Annotated[Path | None, typer.Option("--repo", metavar="DIR", help="The repository. Default: where you stand.")]
