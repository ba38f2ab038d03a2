"""The ledger: how every hunk of the change ended, and what a node has really been shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from rao_review.agent.protocol import Part
from rao_review.types import ChangeSet, Coverage, HunkFate


class Shown:
    """What one node has been shown of hunks, part by part. A hunk counts when its whole text was in an observation."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._whole: set[str] = set()

    def add(self, parts: Iterable[Part]) -> tuple[str, ...]:
        """Takes note of the parts; returns the hunks among them that are now shown in whole."""
        completed = []
        for part in parts:
            if part.hunk not in self._whole:
                spans = _joined([*self._spans[part.hunk], (part.start, part.end)])
                self._spans[part.hunk] = spans
                if spans[0] != (0, part.of):
                    continue
                self._whole.add(part.hunk)
            completed.append(part.hunk)
        return tuple(completed)

    def size(self, hunks: Set[str]) -> int:
        """Characters that have been shown of these hunks."""
        return sum(end - start for hunk in hunks & self._spans.keys() for start, end in self._spans[hunk])

    def retract(self, hunks: Iterable[str]) -> None:
        """These were not seen after all."""
        for hunk in hunks:
            self._whole.discard(hunk)
            self._spans.pop(hunk, None)

    @property
    def whole(self) -> Set[str]:
        return self._whole


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The union of half-open spans, ascending."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def coverage(change: ChangeSet, reviewed: Set[str], unread: Mapping[str, str]) -> Coverage:
    """One fate per hunk, in the order of the change.

    Args:
        change: what there was to review, with skipped files marked.
        reviewed: hunks whose whole text was shown to a node that returned.
        unread: hunk → why it was not reviewed. A hunk that is in neither was forgotten, and fails as such.
    """
    fates = []
    for changed in change.files:
        for hunk in changed.hunks:
            lines = hunk.added + hunk.removed
            if changed.skip:
                fates.append(HunkFate(hunk.id, hunk.path, lines, "skipped", changed.skip))
            elif hunk.id in reviewed:
                fates.append(HunkFate(hunk.id, hunk.path, lines, "reviewed"))
            else:
                reason = unread.get(hunk.id, "not read: no node was given it")
                fates.append(HunkFate(hunk.id, hunk.path, lines, "failed", reason))
    return Coverage(tuple(fates))
