"""Files that repeat another one as a whole: a generated copy for another platform, a bundle."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from weakref import ref

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import per_graph

_LEAST_LINES = 20
_LEAST_SHARE = 0.95
_TRIVIAL = 4
_FILES_KEPT = 32
_IMPORT = re.compile(r"(import|from|use|using|package|#include|export\b.*\bfrom)\b|.*\brequire\(")


@per_graph
def mirrored(graph: Graph) -> Callable[[str, str], bool]:
    """Tells of two paths whether, at base, nearly every line of the smaller file stands in the other too.

    Lines are compared once each, without those that are too short to tell anything and without imports, which mirrors rewrite.
    """
    alone = ref(graph)

    @lru_cache(maxsize=_FILES_KEPT)
    def substance(path: str) -> frozenset[str]:
        subject = alone()
        assert subject is not None  # whoever asks has it
        stripped = map(str.strip, subject.lines(path, "base"))
        return frozenset(text for text in stripped if len(text) > _TRIVIAL and not _IMPORT.match(text))

    @cache
    def compare(one: str, other: str) -> bool:
        smaller, larger = sorted((substance(one), substance(other)), key=len)
        return len(smaller) >= _LEAST_LINES and len(smaller & larger) >= _LEAST_SHARE * len(smaller)

    return lambda one, other: one != other and compare(*sorted((one, other)))
