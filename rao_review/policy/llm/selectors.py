"""What a model may write where hunks are meant: ids, ranges, suggested groups, files, folders, globs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from rao_review.types import Hunk

_ID = re.compile(r"h\d+")
_RANGE = re.compile(r"h(\d+)\s*(?:-|–|\.\.|to)\s*h?(\d+)")


def select(
    selectors: Iterable[str], hunks: Sequence[Hunk], groups: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hunks of a task that the selectors mean, in the order of the task, and the selectors that mean none.

    A selector is `h12`, `h12-h40`, a group of the index (`g3`), a path, a folder, a glob, or `*` for all.
    """
    wanted: set[str] = set()
    strangers = []
    for selector in selectors:
        found = _meant(selector.strip().strip("`'\""), hunks, groups)
        wanted |= found
        if not found:
            strangers.append(selector)
    return tuple(h.id for h in hunks if h.id in wanted), tuple(strangers)


def _meant(selector: str, hunks: Sequence[Hunk], groups: Mapping[str, Sequence[str]]) -> set[str]:
    by_path = {h.id for h in hunks if h.path == selector}
    if by_path:
        return by_path
    if selector in groups:
        return set(groups[selector])
    if _ID.fullmatch(selector):
        return {h.id for h in hunks if h.id == selector}
    if between := _RANGE.fullmatch(selector):
        first, last = sorted((int(between[1]), int(between[2])))
        return {h.id for h in hunks if first <= int(h.id[1:]) <= last}
    folder = selector.rstrip("/") + "/"
    inside = {h.id for h in hunks if h.path.startswith(folder)}
    return inside or {h.id for h in hunks if fnmatchcase(h.path, selector)}
