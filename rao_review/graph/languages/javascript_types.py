"""TypeScript's interfaces, type aliases, enums and namespaces, and the names in types."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind
from rao_review.graph.languages.javascript_classes import inherited
from rao_review.graph.languages.javascript_functions import flags_of, function, modifiers
from rao_review.graph.languages.javascript_modules import type_text
from rao_review.graph.languages.javascript_names import plain
from rao_review.graph.languages.javascript_requires import literal
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope
from rao_review.graph.languages.syntax import Draft

_KINDS: dict[str, DefinitionKind] = {"interface_declaration": "interface", "enum_declaration": "enum"}
_EXTENDS = frozenset({"extends_type_clause", "extends_clause"})


def typed(walk: Walk, node: Node, name: Node, extent: Node) -> Draft:
    """Defines an interface, a type alias or an enum; what is in it is read in a scope of its own."""
    outer, word = walk.scope, walk.of(name)
    body = node.child_by_field_name("body") or node.child_by_field_name("value")
    kind = _KINDS.get(node.type, "type")
    draft = Draft(
        word, outer.qualify(word), kind, name.start_byte, extent.start_byte, extent.end_byte, extent.start_byte,
        body.start_byte if body is not None else extent.end_byte,
        flags=flags_of(walk, word, set(), False) | ({"enum"} if kind == "enum" else set()),
    )  # fmt: skip
    bases: list[str] = []
    later: list[Node] = []
    for part in walk.parts(node):
        if part.type in _EXTENDS:
            for one in walk.parts(part):
                bases.append(inherited(walk, one))
                later += (
                    walk.parts(one)[1:] if one.type == "generic_type" else [one] if one.type == "type_arguments" else []
                )
        elif part != name:
            later.append(part)
    draft.bases = tuple(base for base in bases if base)
    walk.found.drafts.append(draft)
    outer.drafts.setdefault(word, []).append(draft)
    scope = Scope("class", draft.qualname, outer, draft)
    if body is not None:
        scope.header = (body,)
    walk.pending.append((scope, later, walk.region))
    return draft


def members(walk: Walk, node: Node, context: str) -> None:
    """The members of an interface, or of a type that is nothing but an object; other object types are just read."""
    scope = walk.scope
    own = scope.kind == "class" and scope.draft is not None and scope.header[:1] == (node,)
    for part in walk.parts(node):
        name = part.child_by_field_name("name")
        word = "" if name is None or name.type == "computed_property_name" else literal(walk, name) or walk.of(name)
        if not own or name is None or not word:
            if part.type == "method_signature":
                signature(walk, part, "")
            else:
                walk.push(part)
        elif part.type == "method_signature":
            words = modifiers(walk, part)
            draft = function(walk, part, word, name, part, "property" if words & {"get", "set"} else "method")
            if not any(child.type == "?" for child in part.children):
                draft.flags.add("abstract")
        elif part.type == "property_signature":
            _property(walk, part, name, word)
        else:
            walk.push(part)


def _property(walk: Walk, node: Node, name: Node, word: str) -> None:
    scope = walk.scope
    declared = node.child_by_field_name("type")
    draft = Draft(
        word, scope.qualify(word), "field", name.start_byte, node.start_byte, node.end_byte, node.start_byte, node.end_byte,
        annotation=type_text(walk, declared),
    )  # fmt: skip
    walk.found.drafts.append(draft)
    scope.drafts.setdefault(word, []).append(draft)
    walk.push(declared)


def enum_body(walk: Walk, node: Node, context: str) -> None:
    scope = walk.scope
    for part in walk.parts(node):
        name, *values = walk.parts(part) if part.type == "enum_assignment" else [part]
        walk.stack.extend(values)
        word = literal(walk, name) or walk.of(name)
        if word.replace("$", "_").isidentifier():
            draft = Draft(
                word, scope.qualify(word), "enum_member", name.start_byte, part.start_byte, part.end_byte, part.start_byte,
                part.end_byte,
            )  # fmt: skip
            walk.found.drafts.append(draft)
            scope.kept.add(word)


def signature(walk: Walk, node: Node, context: str) -> None:
    """A function type, or the signature of a call: names of parameters mean nothing, their types are read."""
    stack = [node]
    while stack:
        current = stack.pop()
        for part in walk.parts(current):
            if part.type in ("formal_parameters", "required_parameter", "optional_parameter"):
                stack.append(part)
            elif (
                part.type.endswith(("annotation", "_type", "type_identifier", "type_parameters"))
                or part.type == "type_query"
            ) or (
                current.type
                not in (
                    "required_parameter",
                    "optional_parameter",
                    "formal_parameters",
                )
                and part.type
                not in (
                    "property_identifier",
                    "identifier",
                )
            ):
                walk.push(part)


def namespace(walk: Walk, node: Node, name: Node, extent: Node) -> Draft:
    """`namespace A.B { … }`, `declare module 'x' { … }`."""
    outer = walk.scope
    word = literal(walk, name) or walk.of(name)
    body = node.child_by_field_name("body")
    draft = Draft(
        word, outer.qualify(word), "module", name.start_byte, extent.start_byte, extent.end_byte, extent.start_byte,
        body.start_byte if body is not None else extent.end_byte,
    )  # fmt: skip
    walk.found.drafts.append(draft)
    outer.drafts.setdefault(word, []).append(draft)
    scope = Scope("module", draft.qualname, outer, draft)
    walk.pending.append((scope, walk.parts(body) if body is not None else [], walk.region))
    return draft


# ── names in types ────────────────────────────────────────────────────────────────────────────────────────────────


def type_name(walk: Walk, node: Node, context: str) -> None:
    start = node.start_byte
    walk.scope.names.append((walk.text[start : node.end_byte], "type", start, None, "type", 0))


def type_path(walk: Walk, node: Node, context: str) -> None:
    """`a.B` as a type."""
    name = plain(walk.of(node))
    if name:
        walk.chain(name, node.start_byte, "type", "type", None, node.end_byte)


def type_query(walk: Walk, node: Node, context: str) -> None:
    """`typeof x` in a type."""
    for part in walk.parts(node):
        name = walk.dotted(part)
        if name:
            walk.chain(name, part.start_byte, "type", "type", None, part.end_byte)
        else:
            walk.push(part)


def type_parameter(walk: Walk, node: Node, context: str) -> None:
    """`<T extends U>`: T means nothing outside."""
    name, *rest = walk.parts(node)
    walk.scope.hides.add(walk.of(name))
    walk.stack.extend(reversed(rest))


def named_type(walk: Walk, node: Node, context: str) -> None:
    """Predicates, index signatures, mapped types: the name in front is not a use."""
    for part in walk.parts(node):
        if part.type == "type_identifier" and node.type in ("mapped_type_clause", "infer_type"):
            walk.scope.hides.add(walk.of(part))
        elif part.type != "identifier":
            walk.push(part)
