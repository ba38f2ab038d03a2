"""What a Rust type has of the traits that are implemented for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rao_review.graph.facts import Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef

_MEMBERS = frozenset({"method", "function", "constant", "type"})
# Traits of the standard library and of serde that give a type few names, and which.
_GIVING_LITTLE = frozenset({
    "Add", "AddAssign", "AsMut", "AsRef", "BitAnd", "BitAndAssign", "BitOr", "BitOrAssign", "BitXor", "BitXorAssign", "Borrow", "BorrowMut",
    "Clone", "Copy", "Debug", "Default", "Deserialize", "Display", "Div", "DivAssign", "Drop", "Eq", "Error", "From", "FromIterator",
    "FromStr", "Hash", "Index", "IndexMut", "Into", "IntoIterator", "Mul", "MulAssign", "Neg", "Not", "Ord", "PartialEq", "PartialOrd",
    "Rem", "RemAssign", "Send", "Serialize", "Shl", "Shr", "Sub", "SubAssign", "Sum", "Sync", "TryFrom", "TryInto", "Unpin",
})  # fmt: skip
_LITTLE = frozenset(
    {"cause", "clamp", "clone_from", "description", "ge", "gt", "hash_slice", "le", "lt", "max", "min", "ne"}
)
_TYPE_PARAMETER = re.compile(r"(?:[A-Z]\d?)?\Z")


def may_be_of_a_trait(graph: Graph, old: DefinitionRef) -> bool:
    """Whether the type of a removed Rust member may have one of that name all the same: a trait that is implemented for it at head has one
    by default, or is of others."""
    definition = old.definition
    holder = definition.qualname.rpartition(".")[0].rpartition(".")[2]
    if not old.path.endswith(".rs") or not holder or definition.kind not in _MEMBERS:
        return False
    return (
        definition.name in _LITTLE
        or _is_given_here(graph, definition.name, holder)
        or any(not _is_known(graph, path, use) for path, use in _traits_of(graph, holder))
    )


def _is_given_here(graph: Graph, name: str, holder: str) -> bool:
    """Whether a trait of this repository has a member of this name and is implemented for the type, or for all."""
    for found in graph.definitions(name, "head"):
        owner = found.definition.qualname.rpartition(".")[0]
        if not found.path.endswith(".rs") or not _is_trait(graph, found.path, owner):
            continue
        for _, mention in graph.mentions(owner.rpartition(".")[2], "head"):
            if isinstance(mention, Import) or mention.kind != "inherit":
                continue
            if _stands_in(mention, holder) or _TYPE_PARAMETER.match(mention.scope.rpartition(".")[2]):
                return True
    return False


def _is_trait(graph: Graph, path: str, owner: str) -> bool:
    return bool(owner) and any(d.definition.kind == "interface" for d in graph.definitions(owner, "head", path))


def _traits_of(graph: Graph, holder: str) -> Iterator[tuple[str, Use]]:
    """The traits that are implemented for the types of a name, as they are named there."""
    uses = ((path, m) for path, m in graph.mentions(holder, "head") if isinstance(m, Use) and path.endswith(".rs"))
    for path in sorted({path for path, use in uses if _stands_in(use, holder)}):
        facts = graph.facts(path, "head")
        for use in facts.uses if facts else ():
            if use.kind == "inherit" and _stands_in(use, holder):
                yield path, use


def _stands_in(use: Use, holder: str) -> bool:
    return use.scope.rpartition(".")[2] == holder


def _is_known(graph: Graph, path: str, trait: Use) -> bool:
    """Whether all that a trait gives is known: it is of this repository, or gives little."""
    return trait.name in _GIVING_LITTLE or bool(graph.resolve(path, "head", trait))
