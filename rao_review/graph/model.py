"""The graph's own nouns: which definitions changed, where names are used, and how hunks depend on each other."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rao_review.graph.facts import Definition, Use
from rao_review.types import Side

Confidence = Literal["resolved", "unique", "ambiguous"]
ChangeKind = Literal["added", "removed", "renamed", "moved", "signature", "body"]
EdgeKind = Literal["calls", "imports", "inherits", "uses", "same_definition", "moved"]


class DefinitionRef(NamedTuple):
    """A definition at a place. Names, lines and flags come from `definition`."""

    path: str
    side: Side
    definition: Definition


class DefinitionChange(NamedTuple):
    """What the change did to one definition, by the strongest applicable kind.

    removed    at base only, and no head definition is its copy
    renamed    same file and body, other name; moved: same name and body (or same name under a renamed file), other file
    signature  at both sides, with another header: parameters, flags (async, static, property, …), bases or returns shape
    body       at both sides, only the inside differs
    `hunks` are the hunks whose changed lines lie in it, of either side.
    """

    kind: ChangeKind
    base: DefinitionRef | None
    head: DefinitionRef | None
    hunks: tuple[str, ...]

    @property
    def name(self) -> str:
        reference = self.base or self.head
        assert reference is not None
        return reference.definition.name


class ResolvedUse(NamedTuple):
    """A use of a definition, and how sure the graph is.

    resolved   an import, a scope or a known receiver class leads there
    unique     the only definition of that name in the repository, and nothing contradicts
    ambiguous  several definitions could be meant; says nothing
    """

    path: str
    side: Side
    use: Use
    confidence: Confidence


class Edge(NamedTuple):
    """`source` needs `target`: it uses a name whose definition `target` changes. Both are hunk ids."""

    source: str
    target: str
    kind: EdgeKind
    name: str


class Slice(NamedTuple):
    """What a reader of one hunk should have beside it: its enclosing definition, the changed definitions it uses,
    and the uses (inside and outside the diff) of the definitions it changes."""

    hunk: str
    enclosing: DefinitionRef | None
    uses_changed: tuple[DefinitionRef, ...]
    affects: tuple[ResolvedUse, ...]
