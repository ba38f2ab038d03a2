"""The paths of one tree by their last part, and what describes projects in it: the ground that the module rules of languages share."""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property


class TreeNames:
    """The paths of a tree.

    Args:
        paths: every path of the tree.
        read: the bytes at a path.
    """

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self.paths = frozenset(paths)
        self.read = read

    @cached_property
    def named(self) -> Mapping[str, Sequence[str]]:
        """Last part of a path → the paths that end with it, sorted."""
        grouped: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.paths):
            grouped[posixpath.basename(path)].append(path)
        return grouped


_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def json_object(data: bytes | None) -> dict[str, object]:
    """A JSON object, comments and trailing commas allowed; {} for anything else."""
    if not data or len(data) > 1_000_000:
        return {}
    text = data.decode("utf-8", "replace")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", _COMMENTS.sub(lambda m: m.group(1) or "", text))):
        try:
            value = json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else {}
    return {}
