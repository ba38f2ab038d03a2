"""The command line: parse, call, render, exit code."""

from __future__ import annotations

from rao_review.cli.app import main

__all__ = ["main"]
