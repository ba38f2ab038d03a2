"""How a report is to look: decided once by the caller, the same for every format."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TextIO

_ENDLESS = 1_000_000


class Detail(IntEnum):
    """How much a report says: `-q`, nothing, `-v`."""

    QUIET = 0
    NORMAL = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Display:
    """`width` in columns, 40 to 200. `encoding` is what the output is written in: characters outside it are escaped."""

    width: int = 100
    color: bool = False
    encoding: str = "utf-8"
    detail: Detail = Detail.NORMAL

    @property
    def unicode(self) -> bool:
        """Whether the frame characters of a report can be written."""
        try:
            "✗✓─│▸·…".encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


def display_for(stream: TextIO, detail: Detail, environ: Mapping[str, str] = os.environ) -> Display:
    """What fits `stream`: colour on a terminal only, unless NO_COLOR or FORCE_COLOR say otherwise; 100 columns where there
    is no terminal to ask and no COLUMNS."""
    return Display(
        width=min(200, max(40, shutil.get_terminal_size((100, 40)).columns)),
        color=wants_color(stream.isatty(), environ),
        encoding=stream.encoding or "ascii",
        detail=detail,
    )


def listing_for(stream: TextIO) -> Display:
    """The same for listings of one line a row, which are cut where a terminal ends and nowhere else: a pipe gets whole lines."""
    display = display_for(stream, Detail.NORMAL)
    return display if stream.isatty() else replace(display, width=_ENDLESS)


def wants_color(is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """NO_COLOR (any value) wins, then FORCE_COLOR (any but '' and '0'), then whether it is a terminal that can."""
    if environ.get("NO_COLOR"):
        return False
    if "FORCE_COLOR" in environ:
        return environ["FORCE_COLOR"] not in ("", "0")
    return is_terminal and environ.get("TERM") != "dumb"
