"""The report formats: one file and one line each.

Loaded by name when asked for: a terminal report needs rich and pygments, `--version` and `--format json` need neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from rao_review.report.contract import Report
from rao_review.report.display import Display

FORMATS = {
    "terminal": "rao_review.report.terminal",
    "json": "rao_review.report.json_format",
}


class Format(Protocol):
    """What a format module has."""

    def render(self, report: Report, display: Display) -> str:
        """The whole report as text, with a newline at the end."""


def load_format(name: str) -> Format:
    """The format called `name`; a KeyError when there is none (the command line has checked)."""
    return cast(Format, import_module(FORMATS[name]))
