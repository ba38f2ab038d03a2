"""The rules of the built-in reviewer: one file and one line each, by what they start from."""

from __future__ import annotations

from rao_review.policy.rules.abstract_method import AbstractMethod
from rao_review.policy.rules.assert_tuple import AssertTuple
from rao_review.policy.rules.async_mismatch import AsyncMismatch
from rao_review.policy.rules.circular_import import CircularImport
from rao_review.policy.rules.conflict_marker import ConflictMarker
from rao_review.policy.rules.debugger import Debugger
from rao_review.policy.rules.except_order import ExceptOrder
from rao_review.policy.rules.mutable_default import MutableDefault
from rao_review.policy.rules.override_mismatch import OverrideMismatch
from rao_review.policy.rules.property_mismatch import PropertyMismatch
from rao_review.policy.rules.removed_symbol import RemovedSymbol
from rao_review.policy.rules.renamed_key import RenamedKey
from rao_review.policy.rules.return_shape import ReturnShape
from rao_review.policy.rules.rule import Rule
from rao_review.policy.rules.secret import Secret
from rao_review.policy.rules.self_comparison import SelfComparison
from rao_review.policy.rules.sibling_edit import SiblingEdit
from rao_review.policy.rules.stale_call import StaleCall
from rao_review.policy.rules.unawaited_coroutine import UnawaitedCoroutine
from rao_review.policy.rules.unreachable_code import UnreachableCode
from rao_review.policy.rules.unresolved_import import UnresolvedImport
from rao_review.policy.rules.weakened_test import WeakenedTest

DEFINITION_RULES: tuple[Rule, ...] = (
    RemovedSymbol(),
    StaleCall(),
    AsyncMismatch(),
    PropertyMismatch(),
    ReturnShape(),
    OverrideMismatch(),
    AbstractMethod(),
    UnresolvedImport(),
    WeakenedTest(),
)
"""Rules that start from changed definitions: each leaf of a review is checked by them as it is read."""

LINE_RULES: tuple[Rule, ...] = (
    CircularImport(),
    RenamedKey(),
    SiblingEdit(),
    ConflictMarker(),
    Secret(),
    Debugger(),
    AssertTuple(),
    ExceptOrder(),
    SelfComparison(),
    UnreachableCode(),
    MutableDefault(),
    UnawaitedCoroutine(),
)
"""Rules that start from changed lines, a file at a time, so that they need not wait for what changed elsewhere."""

RULES = (*DEFINITION_RULES, *LINE_RULES)
