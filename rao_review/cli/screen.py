"""A terminal that is drawn on while other threads work."""

from __future__ import annotations

import os
from typing import TextIO

from rao_review.report.escape import visible


class Screen:
    """Writes past the text layer of a stream: its lock could be held by a thread that a signal has stopped."""

    def __init__(self, stream: TextIO) -> None:
        self._descriptor = stream.fileno()
        self._encoding = stream.encoding or "ascii"

    def fitting(self, text: str) -> str:
        """One harmless line, cut at the width of the terminal."""
        return visible(" ".join(text.split("\n")), self._encoding)[: self._columns() - 1]

    def write(self, text: str) -> bool:
        """False when the terminal is gone."""
        try:
            os.write(self._descriptor, text.encode(self._encoding, "replace"))
        except OSError:
            return False
        return True

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._descriptor).columns or 80
        except OSError:
            return 80
