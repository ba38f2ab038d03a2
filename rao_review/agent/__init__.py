"""The recursive agent: the mind decides, the harness keeps the books."""

from __future__ import annotations

from rao_review.agent.protocol import Limits
from rao_review.agent.review import Outcome, review_change

__all__ = ["Limits", "Outcome", "review_change"]
