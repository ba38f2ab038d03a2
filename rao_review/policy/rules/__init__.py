"""The rules of the built-in reviewer: one file and one line each."""

from __future__ import annotations

from rao_review.policy.rules.abstract_method import AbstractMethod
from rao_review.policy.rules.async_mismatch import AsyncMismatch
from rao_review.policy.rules.circular_import import CircularImport
from rao_review.policy.rules.override_mismatch import OverrideMismatch
from rao_review.policy.rules.property_mismatch import PropertyMismatch
from rao_review.policy.rules.removed_symbol import RemovedSymbol
from rao_review.policy.rules.return_shape import ReturnShape
from rao_review.policy.rules.rule import Rule
from rao_review.policy.rules.stale_call import StaleCall
from rao_review.policy.rules.unresolved_import import UnresolvedImport

RULES: tuple[Rule, ...] = (
    RemovedSymbol(),
    StaleCall(),
    AsyncMismatch(),
    PropertyMismatch(),
    ReturnShape(),
    OverrideMismatch(),
    AbstractMethod(),
    UnresolvedImport(),
    CircularImport(),
)
