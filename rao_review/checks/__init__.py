"""Checks: what the harness runs on every finding, at every level. A kind is one file and one line of `KINDS`."""

from __future__ import annotations

from rao_review.checks.judge import KINDS, Judge, judge

__all__ = ["KINDS", "Judge", "judge"]
