"""Which hunks belong together: groups by dependency, of balanced size, the same every time.

Three steps, each near-linear: the hunks of a file form pieces; pieces are joined along the heaviest edges first while they fit in
a group (so a giant component is cut where it hangs together least); what is still small is packed by directory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from rao_review.graph.model import Edge
from rao_review.types import Hunk

Weight = Callable[[Hunk], int]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one node reads itself: at most this many hunks and changed lines (one hunk may have more)."""

    hunks: int = 40
    lines: int = 1_500

    def holds(self, hunks: Sequence[Hunk]) -> bool:
        return len(hunks) <= 1 or (len(hunks) <= self.hunks and sum(h.added + h.removed for h in hunks) <= self.lines)

    def weight(self, hunk: Hunk) -> int:
        """A size such that hunks of `lines` weight in sum fit in a leaf by both measures."""
        return max(hunk.added + hunk.removed, -(-self.lines // self.hunks))

    def scaled(self, hunks: Sequence[Hunk], leaves: int) -> Leaf:
        """This leaf, or a larger one of which `leaves` hold all the hunks."""
        needed = sum(map(self.weight, hunks)) / self.lines
        factor = max(1.0, needed / max(leaves, 1))
        return Leaf(ceil(self.hunks * factor), ceil(self.lines * factor))


@dataclass(slots=True)
class _Piece:
    """Hunks that stay together. `order` is their place in the change: the first hunk's."""

    order: int
    directory: tuple[str, ...]
    weight: int
    hunks: list[Hunk]

    def absorb(self, other: _Piece) -> None:
        shared = 0
        for one, two in zip(self.directory, other.directory, strict=False):
            if one != two:
                break
            shared += 1
        self.order = min(self.order, other.order)
        self.directory = self.directory[:shared]
        self.weight += other.weight
        self.hunks.extend(other.hunks)


def group(
    hunks: Sequence[Hunk], edges: Mapping[str, Sequence[Edge]], weight: Weight, capacity: int, most: int
) -> tuple[tuple[Hunk, ...], ...]:
    """Groups of hunks, each about a leaf; where that would be more than `most` groups, fewer and equal ones, such that their
    own groups will be full leaves.

    Args:
        hunks: what to group, in the order of the change.
        edges: the graph's edges by source hunk.
        weight: the size of a hunk (`Leaf.weight`, or its tokens).
        capacity: what a node can read itself, by the same measure.
        most: the largest number of groups wanted, at least 1.

    Returns:
        every hunk in exactly one group; groups and hunks in the order of the change.
    """
    pieces = _grouped(hunks, edges, weight, capacity)
    if len(pieces) > most:
        fewer = min(most, -(-len(pieces) // most))
        share = -(-sum(map(weight, hunks)) // fewer)
        pieces = _grouped(hunks, edges, weight, share)
        _lessen(pieces, fewer)
    order = {h.id: n for n, h in enumerate(hunks)}
    return tuple(tuple(sorted(p.hunks, key=lambda h: order[h.id])) for p in pieces)


def _grouped(hunks: Sequence[Hunk], edges: Mapping[str, Sequence[Edge]], weight: Weight, capacity: int) -> list[_Piece]:
    """Pieces of at most `capacity`, or of one hunk, in the order of the change."""
    pieces = _pack(_join(_pieces(hunks, weight, capacity), edges, capacity), capacity)
    return sorted(pieces, key=lambda p: p.order)


def _pieces(hunks: Sequence[Hunk], weight: Weight, capacity: int) -> list[_Piece]:
    """One piece a file; a file that does not fit is cut into runs of hunks that do."""
    pieces: dict[str, list[_Piece]] = defaultdict(list)
    for order, hunk in enumerate(hunks):
        size = weight(hunk)
        of_file = pieces[hunk.path]
        if of_file and of_file[-1].weight + size <= capacity:
            of_file[-1].hunks.append(hunk)
            of_file[-1].weight += size
        else:
            of_file.append(_Piece(order, tuple(hunk.path.split("/")[:-1]), size, [hunk]))
    return [piece for of_file in pieces.values() for piece in of_file]


def _join(pieces: list[_Piece], edges: Mapping[str, Sequence[Edge]], capacity: int) -> list[_Piece]:
    """Joins pieces along edges, most edges first, as long as the result fits."""
    home = {h.id: index for index, piece in enumerate(pieces) for h in piece.hunks}
    between: Counter[tuple[int, int]] = Counter()
    for hunk, source in home.items():
        for edge in edges.get(hunk, ()):
            target = home.get(edge.target)
            if target is not None and target != source:
                between[min(source, target), max(source, target)] += 1
    parent = list(range(len(pieces)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, two in sorted(between, key=lambda pair: (-between[pair], pair)):
        first, second = sorted((root(one), root(two)))
        if first != second and pieces[first].weight + pieces[second].weight <= capacity:
            parent[second] = first
            pieces[first].absorb(pieces[second])
    return [piece for index, piece in enumerate(pieces) if parent[index] == index]


def _pack(pieces: Iterable[_Piece], capacity: int) -> list[_Piece]:
    """Packs pieces of one directory together, deepest directories first; a group less than half full moves up to the parent."""
    waiting: dict[tuple[str, ...], list[_Piece]] = defaultdict(list)
    for piece in pieces:
        waiting[piece.directory].append(piece)
    packed: list[_Piece] = []
    while waiting:
        deepest = max(map(len, waiting))
        for directory in sorted(d for d in waiting if len(d) == deepest):
            for piece in _fill(waiting.pop(directory), capacity):
                if directory and piece.weight * 2 < capacity:
                    waiting[directory[:-1]].append(piece)
                else:
                    packed.append(piece)
    return packed


def _fill(pieces: list[_Piece], capacity: int) -> list[_Piece]:
    """Next fit, in the order of the change: neighbours by name stay neighbours."""
    filled: list[_Piece] = []
    for piece in sorted(pieces, key=lambda p: p.order):
        if filled and filled[-1].weight + piece.weight <= capacity:
            filled[-1].absorb(piece)
        else:
            filled.append(piece)
    return filled


def _lessen(pieces: list[_Piece], most: int) -> None:
    """Joins the lightest neighbours until no more than `most` pieces are left. Packing leaves only a few too many."""
    while len(pieces) > most:
        sums = [one.weight + two.weight for one, two in pairwise(pieces)]
        lightest = sums.index(min(sums))
        pieces[lightest].absorb(pieces.pop(lightest + 1))
