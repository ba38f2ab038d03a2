"""What the listing tools say, line by line, as far as anybody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from rao_review.graph.facts import Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import Edge
from rao_review.types import FileChange, Hunk, Side, Tree

_SIDES: tuple[Side, Side] = ("base", "head")
_LARGEST_SEARCHED = 2_000_000
_BINARY_PROBE = 8_000


def overview(graph: Graph, under: str) -> Iterator[str]:
    """Totals, files with their hunks and skips, changed definitions, uses outside the diff; all, or below `under`."""
    change = graph.change
    hunks = sum(len(f.hunks) for f in change.files)
    yield f"{change.base} → {change.head}: {len(change.files)} files, {hunks} hunks, +{change.added} -{change.removed}"
    yield from change.notes
    for changed in change.files:
        if _below(changed.path, under):
            yield _file_line(changed)
    for definition in graph.changes():
        reference = definition.head or definition.base
        if reference is not None and _below(reference.path, under):
            yield f"{definition.kind} {reference.definition.qualname} {reference.path}:{reference.definition.line}"
    for impact in graph.impacts():
        if _below(impact.path, under):
            places = ", ".join(f"{path}:{line}" for path, line in impact.uses)
            yield f"{impact.name} {impact.path}:{impact.line} is used outside the diff: {places}"


def symbol(graph: Graph, name: str) -> Iterator[str]:
    """Definitions, then mentions, of both sides, then the files that may hide more."""
    bare = name.rpartition(".")[2]
    for side in _SIDES:
        for reference in graph.definitions(name, side):
            definition = reference.definition
            place = f"{reference.path}:{definition.line}"
            yield f"{side} {place} defines {definition.kind} {definition.qualname}: {definition.signature}"
    for side in _SIDES:
        for path, mention in graph.mentions(bare, side):
            lines = graph.lines(path, side)
            text = lines[mention.line - 1].strip() if 0 < mention.line <= len(lines) else ""
            yield f"{side} {path}:{mention.line} {_how(mention)}: {text}"
    unknown = graph.unknown
    for path in graph.search(bare, "head"):
        if path in unknown:
            yield f"head {path} contains the name but is not fully known: {unknown[path]}"


def neighbours(hunks: Mapping[str, Hunk], edges: Mapping[str, Sequence[Edge]], wanted: Iterable[str]) -> Iterator[str]:
    """The edges that touch any of the wanted hunks, in the order of the graph."""
    named = frozenset(wanted)
    for source, outgoing in edges.items():
        for edge in outgoing:
            if source in named or edge.target in named:
                yield f"{_place(hunks[source])} {edge.kind} {edge.name} {_place(hunks[edge.target])}"


def matches(tree: Tree, pattern: Any, paths: Sequence[str]) -> Iterator[str]:
    """`path:line: text` of each line that a compiled pattern matches in text files of at most 2 MB."""
    wanted = [
        path
        for path, entry in tree.entries().items()
        if entry.kind in ("file", "executable") and (not paths or any(_matches(path, p) for p in paths))
    ]
    for path, data in tree.read_many(wanted):
        if not data or b"\0" in data[:_BINARY_PROBE]:
            continue
        if len(data) > _LARGEST_SEARCHED:
            yield f"{path} is larger than {_LARGEST_SEARCHED} bytes and was not searched"
        elif pattern.search(data):
            for number, line in enumerate(data.split(b"\n"), start=1):
                if pattern.search(line):
                    yield f"{path}:{number}: {line.decode('utf-8', 'surrogateescape')}"


def _below(path: str, under: str) -> bool:
    return not under or _matches(path, under)


def _matches(path: str, wanted: str) -> bool:
    """Whether a path is the wanted file, in the wanted folder, or fits the wanted glob."""
    return path == wanted or path.startswith(wanted.rstrip("/") + "/") or fnmatchcase(path, wanted)


def _file_line(changed: FileChange) -> str:
    was = f" (was {changed.base_path})" if changed.status in ("renamed", "copied") else ""
    content = f"skipped: {changed.skip}" if changed.skip else " ".join(h.id for h in changed.hunks)
    return f"{changed.status} {changed.path}{was} +{changed.added} -{changed.removed}: {content}"


def _how(mention: Use | Import) -> str:
    return "import" if isinstance(mention, Import) else mention.kind


def _place(hunk: Hunk) -> str:
    return f"{hunk.id} ({hunk.path}:{hunk.head_start or hunk.base_start})"
