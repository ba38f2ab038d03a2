"""The language model as the mind: recursive, and the two baselines that people use today, on the same loop."""

from __future__ import annotations

from rao_review.policy.llm.policies import FlatPolicy, LlmPolicy, MapReducePolicy
from rao_review.policy.llm.shared import Shared, Shares

__all__ = ["FlatPolicy", "LlmPolicy", "MapReducePolicy", "Shared", "Shares"]
