"""What the node types of a grammar mean, as a table, and the names that nodes spell.

A *key* names a part of a node: a field of the grammar, else the type of a named child, or a position ('0', '-1').
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind, Import, ParamKind
from rao_review.graph.languages.walker import Frame, Walker

_NAME = r"[A-Za-z_\x80-\xff][\w\x80-\xff]*[?!]?"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*", re.ASCII)
SEPARATOR = re.compile(r"\s*(?:::|->|\?->|\?\.|!!\.|&\.|\\|\.)\s*")
_TYPE_ARGUMENTS = re.compile(r"(?:::)?<[^<>]*>")
_WORD = re.compile(r"\w+")
LONGEST_PATH = 200
_FLAGS = {
    "static": "static",
    "abstract": "abstract",
    "final": "final",
    "sealed": "final",
    "private": "private",
    "fileprivate": "private",
    "async": "async",
    "suspend": "async",
    "override": "override",
    "pub": "exported",
    "public": "exported",
}


@dataclass(frozen=True, slots=True)
class Defines:
    """What a node type defines. In a class it is a `member`; `params`, `result` and `body` are keys, '' where there are none."""

    kind: DefinitionKind
    name: str = "name"
    member: DefinitionKind | None = None
    params: str = ""
    result: str = ""
    body: str = "body"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the node types of one grammar mean.

    names, types  identifiers that stand for values and for types.
    members       access to a member: node type → keys of receiver and name.
    calls         node type → keys of receiver ('' when the callee has it), callee and arguments ('*': all that follows the callee).
    creations     node type → keys of class and arguments.
    wrappers      node type → key of the part that counts (`Foo` of `Foo<T>`).
    parameters    node type of a parameter → its kind; `lists` are the nodes that hold arguments, `keywords` node type → key of a name.
    spreads       arguments that stand for several, with the sign of which ('*' or '**').
    bases         clauses of a class that name its bases.
    binds         node type → keys of the patterns that it binds.
    typed         node type → keys of parts that are types.
    nothing       nodes with nothing in them to find.
    generics      lists of type parameters.
    universe      predeclared names that are no uses.
    plain         decorators that do not hand a definition to a framework.
    separate      functions and variables have names of their own: a local never hides a function.
    """

    defines: Mapping[str, Defines]
    names: frozenset[str]
    types: frozenset[str] = frozenset()
    members: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    calls: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    creations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrappers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, ParamKind] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    keywords: Mapping[str, str] = field(default_factory=dict)
    spreads: Mapping[str, str] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()
    binds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: frozenset[str] = frozenset()
    generics: frozenset[str] = frozenset()
    universe: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    separate: bool = False


def part(node: Node, key: str) -> Node | None:
    """The part of a node that a key names."""
    if not key:
        return None
    if key.lstrip("-").isdigit():
        kids = node.named_children
        return kids[int(key)] if kids else None
    return node.child_by_field_name(key) or next((child for child in node.named_children if child.type == key), None)


def path_of(walker: Walker, node: Node | None) -> str:
    """'a.b.C' of a path in any notation, type arguments removed; '' when it is something else."""
    if node is None or node.end_byte - node.start_byte > LONGEST_PATH:
        return ""
    text = walker.text(node)
    for _ in range(4):
        shorter = _TYPE_ARGUMENTS.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = SEPARATOR.sub(".", text.strip())
    if text.startswith("@"):
        text = "self." + text.lstrip("@")
    text = text.lstrip(".$").replace(".$", ".")
    return text if _PATH.fullmatch(text) else ""


def add_import(walker: Walker, node: Node, module: str, name: str, alias: str, *flags: str) -> None:
    """Adds an import on the line of `node`; imports of files run when the file is loaded."""
    walker.found.imports.append(
        Import(module, name, alias, walker.source.line(node.start_byte), tuple(sorted({"toplevel", *flags})))
    )


def add_base(walker: Walker, frame: Frame, path: str) -> None:
    """Adds a base to the class around: a trait or a module that is mixed in."""
    owner = next((draft for draft in reversed(walker.found.drafts) if draft.qualname == frame.owner), None)
    if owner is not None:
        owner.bases += (path,)


def flags_of(walker: Walker, node: Node, name: Node) -> set[str]:
    """The flags that the words before a definition's name say."""
    start = max(node.start_byte, name.start_byte - LONGEST_PATH)
    return {_FLAGS[word] for word in _WORD.findall(walker.source.text[start : name.start_byte]) if word in _FLAGS}
