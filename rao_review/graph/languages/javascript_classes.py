"""JavaScript and TypeScript classes: their members, bases and decorators."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind
from rao_review.graph.languages.javascript_functions import FUNCTIONS, flags_of, function, modifiers, read
from rao_review.graph.languages.javascript_modules import type_text, value_class
from rao_review.graph.languages.javascript_names import plain, read_arguments
from rao_review.graph.languages.javascript_requires import literal
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope
from rao_review.graph.languages.syntax import Draft

_METHODS = frozenset({"method_definition", "abstract_method_signature", "method_signature"})
_FIELDS = frozenset({"field_definition", "public_field_definition"})


# ── decorators and bases ─────────────────────────────────────────────────────────────────────────────────


def decorators_of(node: Node) -> list[Node]:
    return [part for part in node.named_children if part.type == "decorator"]


def use_decorators(walk: Walk, decorators: list[Node]) -> tuple[str, ...]:
    """The uses of decorators; their names as written."""
    found = []
    for decorator in decorators:
        value = next(iter(walk.parts(decorator)), None)
        function_, arguments = value, None
        if value is not None and value.type == "call_expression":
            function_, given = value.child_by_field_name("function"), value.child_by_field_name("arguments")
            arguments = read_arguments(walk, given) if given is not None else None
        name = walk.dotted(function_) if function_ is not None else ""
        if name and function_ is not None:
            walk.chain(name, function_.start_byte, "decorator", "", arguments, decorator.end_byte)
        else:
            walk.push(value)
        found.append(name)
    return tuple(name for name in found if name)


def inherited(walk: Walk, node: Node) -> str:
    """Uses a base and gives its name without type arguments; '' for a type argument list."""
    if node.type == "type_arguments":
        return ""
    if node.type == "generic_type":
        node = node.named_children[0]
    name = walk.of(node) if node.type == "type_identifier" else walk.dotted(node) or _path(walk, node)
    if name:
        walk.chain(name, node.start_byte, "inherit", "", None, node.end_byte)
        return name
    walk.push(node)
    return walk.called(node) or "?"


def _path(walk: Walk, node: Node) -> str:
    return plain(walk.of(node)) if node.type == "nested_type_identifier" else ""


def _heritage(walk: Walk, node: Node) -> tuple[tuple[str, ...], list[Node]]:
    """The bases of a class, and the type arguments of them (which may speak of its type parameters)."""
    bases, arguments = [], []
    for part in walk.parts(node):
        clause = walk.parts(part) if part.type in ("extends_clause", "implements_clause") else [part]
        for one in clause:
            if one.type == "type_arguments":
                arguments.append(one)
            elif one.type == "generic_type":
                arguments += walk.parts(one)[1:]
            if one.type != "type_arguments":
                bases.append(inherited(walk, one))
    return tuple(base for base in bases if base), arguments


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────────


def class_(walk: Walk, node: Node, extent: Node, at: Node | None = None, name: str = "") -> Draft:
    """Defines a class. `at` is where its name stands if not in the class itself."""
    outer = walk.scope
    own = node.child_by_field_name("name")
    place = at or own or node
    word = name or (walk.of(place) if place is not node else "default")
    decorators = decorators_of(node) + (decorators_of(extent) if extent != node else [])
    names = use_decorators(walk, decorators)
    flags = flags_of(walk, word, {"abstract"} if node.type.startswith("abstract") else set(), bool(decorators))
    body = node.child_by_field_name("body")
    start = min([extent.start_byte, *(one.start_byte for one in decorators)])
    draft = Draft(
        word, outer.qualify(word), "class", place.start_byte, start, extent.end_byte, extent.start_byte,
        body.start_byte if body is not None else extent.end_byte, flags=flags, decorators=names,
    )  # fmt: skip
    walk.found.drafts.append(draft)
    outer.drafts.setdefault(word, []).append(draft)
    outer.kept.add(word)
    outer.named.kept.add(word)
    _enter(walk, node, Scope("class", draft.qualname, outer, draft), draft)
    return draft


def anonymous_class(walk: Walk, node: Node, context: str) -> None:
    """A class expression that nothing names: its methods are read, not defined."""
    for part in walk.parts(node):
        if part.type == "class_heritage":
            _heritage(walk, part)
        elif part.type == "class_body":
            for one in walk.parts(part):
                if one.type in _METHODS:
                    scope = Scope("function", walk.scope.qualname, walk.scope)
                    read(walk, one, scope)
                else:
                    walk.push(one)


def _enter(walk: Walk, node: Node, scope: Scope, draft: Draft) -> None:
    later = []
    for part in walk.parts(node):
        if part.type == "class_heritage":
            draft.bases, arguments = _heritage(walk, part)
            later += arguments
        elif part.type in ("type_parameters", "class_body"):
            later.append(part)
    walk.pending.append((scope, later, walk.region))


def class_body(walk: Walk, node: Node, context: str) -> None:
    """Reads the members of the class whose scope this is."""
    decorators: list[Node] = []
    for part in walk.parts(node):
        if part.type == "decorator":
            decorators.append(part)
            continue
        own = decorators + decorators_of(part)
        first = decorators[0] if decorators else part
        decorators = []
        if part.type in _METHODS:
            _method(walk, part, first, own)
        elif part.type in _FIELDS:
            _field(walk, part, first, own)
        else:
            if part.type == "index_signature":
                walk.make_dynamic(walk.scope, part)
            walk.push(part)


def _member_name(walk: Walk, node: Node) -> tuple[Node | None, str]:
    """Where the name of a member stands and what it is; '' for a computed one."""
    name = node.child_by_field_name("name") or node.child_by_field_name("property")
    if name is None or name.type == "computed_property_name":
        walk.push(name)
        return name, ""
    return name, literal(walk, name) or walk.of(name)


def _method(walk: Walk, node: Node, first: Node, decorators: list[Node]) -> None:
    name, word = _member_name(walk, node)
    names = use_decorators(walk, decorators)
    if name is None or not word:
        if walk.scope.draft is not None:
            walk.scope.draft.flags.add("dynamic")
        read(walk, node, Scope("function", walk.scope.qualname, walk.scope))
        return
    words = modifiers(walk, node)
    kind: DefinitionKind = "property" if words & {"get", "set"} else "method"
    draft = function(walk, node, word, name, node, kind)
    draft.start = first.start_byte
    draft.decorators = names
    if names:
        draft.flags.add("entry")
    if node.type == "abstract_method_signature" or (node.type == "method_signature" and walk.scope.draft is None):
        draft.flags.add("abstract")


def _field(walk: Walk, node: Node, first: Node, decorators: list[Node]) -> None:
    scope = walk.scope
    name, word = _member_name(walk, node)
    names = use_decorators(walk, decorators)
    declared, value = node.child_by_field_name("type"), node.child_by_field_name("value")
    walk.push(declared)
    if name is None or not word:
        walk.push(value)
        return
    if value is not None and value.type in FUNCTIONS:
        draft = function(walk, value, word, name, node, "method")
        draft.params = None if declared is not None else draft.params  # which may be left out is for the type to say
        draft.flags |= modifiers(walk, node) & {"static", "override"} | ({"entry"} if names else set())
    else:
        words = modifiers(walk, node)
        written = type_text(walk, declared)
        draft = Draft(
            word, scope.qualify(word), "field", name.start_byte, first.start_byte, node.end_byte, node.start_byte, node.end_byte,
            flags=flags_of(walk, word, words, bool(names)), annotation=written,
        )  # fmt: skip
        walk.found.drafts.append(draft)
        scope.drafts.setdefault(word, []).append(draft)
        scope.bind(f"this.{word}", written or value_class(walk, value), name.start_byte)
        walk.push(value, "assign")
    draft.decorators = names


def leave_class(scope: Scope, draft: Draft) -> None:
    """The parameters of a class are those of its one constructor."""
    constructors = scope.drafts.get("constructor", [])
    if draft.kind == "class" and len(constructors) == 1:
        draft.params = constructors[0].params
