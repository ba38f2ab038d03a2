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
_NAMED = frozenset({"type_identifier", "nested_type_identifier", "generic_type"})
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
    scope = Scope("class", draft.qualname, outer, draft)
    if body is not None:
        scope.header = (body,)
    if body is not None and node.type == "type_alias_declaration":
        scope.header, named, is_whole = _made_of(walk, body)
        bases += [_base(walk, one) for one in named]
        if not is_whole or not (_parameters(walk, node) | {word}).isdisjoint(bases):
            draft.flags.add("dynamic")
    draft.bases = tuple(base for base in bases if base)
    walk.found.drafts.append(draft)
    outer.drafts.setdefault(word, []).append(draft)
    walk.pending.append((scope, later, walk.region))
    return draft


def _made_of(walk: Walk, value: Node) -> tuple[tuple[Node, ...], list[Node], bool]:
    """The object types and the named types that a type has the members of, and whether these are all that it has."""
    objects: list[Node] = []
    named: list[Node] = []
    is_whole = True
    stack = [value]
    while stack:
        part = stack.pop()
        if part.type in ("intersection_type", "parenthesized_type"):
            stack += reversed(walk.parts(part))
        elif part.type == "object_type":
            objects.append(part)
        elif part.type in _NAMED:
            named.append(part)
        else:  # a union, a conditional or mapped type, `typeof x`, …
            is_whole = False
    return tuple(objects), named, is_whole


def _parameters(walk: Walk, node: Node) -> set[str]:
    """The names of the type parameters of a declaration."""
    given = node.child_by_field_name("type_parameters")
    names = (part.child_by_field_name("name") for part in given.named_children) if given is not None else ()
    return {walk.of(name) for name in names if name is not None}


def _base(walk: Walk, node: Node) -> str:
    """The name of a type without its type arguments."""
    return plain(walk.of(node.named_children[0] if node.type == "generic_type" else node))


def members(walk: Walk, node: Node, context: str) -> None:
    """The members of an interface, or of a type that is an object or has the members of one; other object types are just read."""
    scope = walk.scope
    own = scope.kind == "class" and scope.draft is not None and node in scope.header
    for part in walk.parts(node):
        name = part.child_by_field_name("name")
        if own and (part.type == "index_signature" or (name is not None and _is_computed(walk, name))):
            walk.make_dynamic(scope, part)
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


def _is_computed(walk: Walk, name: Node) -> bool:
    """Whether a member has a name that nobody sees: `[key]`. Those of the language, `[Symbol.iterator]`, are no names."""
    return name.type == "computed_property_name" and not walk.of(name).startswith("[Symbol.")


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
