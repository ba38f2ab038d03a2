"""JavaScript and TypeScript functions: parameters, flags, what they return."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind, Param, ParamKind
from rao_review.graph.languages.javascript_modules import pattern_names, type_text
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import CONDITIONAL, TYPE_ONLY, Scope
from rao_review.graph.languages.syntax import Draft, returns_shape

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_BODIES = frozenset({"statement_block"})
_ENTRIES = frozenset({"main", "constructor", "toString", "toJSON", "valueOf", "render", "setUp", "tearDown"})
_PATTERNS = frozenset({"object_pattern", "array_pattern", "assignment_pattern", "rest_pattern", "identifier"})


def modifiers(walk: Walk, node: Node) -> set[str]:
    """The words and marks before the name: 'async', 'static', 'get', '*', 'private', 'abstract', 'readonly', …"""
    found = set()
    for child in node.children:
        kind = child.type
        if kind in (
            "property_identifier",
            "identifier",
            "type_identifier",
            "formal_parameters",
            "computed_property_name",
        ):
            break
        if kind != "decorator" and child.end_byte - child.start_byte < 12:
            found.add(walk.of(child))
    return found


def flags_of(walk: Walk, name: str, words: set[str], decorated: bool) -> set[str]:
    flags: set[str] = {word for word in ("async", "static", "abstract", "override") if word in words}
    if "*" in words:
        flags.add("generator")
    if words & {"private", "protected"} or name.startswith(("_", "#")):
        flags.add("private")
    if walk.scope.is_local:
        flags.add("local")
    if walk.region & CONDITIONAL or walk.scope.kind == "block":
        flags.add("conditional")
    if decorated or name in _ENTRIES:
        flags.add("entry")
    return flags


def function(
    walk: Walk, node: Node, name: str, at: Node, extent: Node, kind: DefinitionKind = "function", qualname: str = ""
) -> Draft:
    """Defines `node` (a function of any form) as `name`, which stands at `at`, and reads it in a scope of its own."""
    outer = walk.scope
    words = modifiers(walk, node)
    flags = flags_of(walk, name, words, False)
    if node.type.startswith("generator_function"):
        flags.add("generator")
    body = node.child_by_field_name("body")
    draft = Draft(
        name, qualname or outer.qualify(name), kind, at.start_byte, extent.start_byte, extent.end_byte, extent.start_byte,
        body.start_byte if body is not None else extent.end_byte, flags=flags,
    )  # fmt: skip
    if kind == "property":
        flags.add("property")
    scope = Scope("function", draft.qualname, outer, draft)
    if outer.kind == "class":
        scope.owner, scope.receiver = outer, "this"
    elif node.type == "arrow_function":
        scope.owner, scope.receiver = outer.owner, outer.receiver
    declared = node.child_by_field_name("return_type")
    draft.annotation = type_text(walk, declared)
    draft.params = read(walk, node, scope)
    walk.found.drafts.append(draft)
    outer.drafts.setdefault(name, []).append(draft)
    return draft


def anonymous(walk: Walk, node: Node, context: str) -> None:
    """A function that nothing names: its locals are its own, its uses belong to the definition around it."""
    outer = walk.scope
    scope = Scope("function", outer.qualname, outer)
    scope.types = outer.types
    if node.type == "arrow_function":
        scope.owner, scope.receiver = outer.owner, outer.receiver
    name = node.child_by_field_name("name")
    if name is not None and name.type == "computed_property_name":
        walk.push(name)
    elif name is not None and name.type == "identifier":
        scope.bind(walk.of(name), "", name.start_byte)
    read(walk, node, scope)


def read(walk: Walk, node: Node, scope: Scope) -> tuple[Param, ...] | None:
    """Binds the parameters in `scope` and leaves the function's parts to be read there."""
    inner, walk.scope = walk.scope, scope
    mark = len(walk.stack)
    given = node.child_by_field_name("parameters")
    single = node.child_by_field_name("parameter")
    params: list[Param] = []
    if given is not None:
        params = parameters(walk, given, scope)
    elif single is not None:
        scope.bind(walk.of(single), "", single.start_byte)
        params = [Param(walk.of(single))]
    later = walk.stack[mark:]
    del walk.stack[mark:]
    for field in ("type_parameters", "return_type"):
        part = node.child_by_field_name(field)
        if part is not None:
            later.insert(0, part)
    body = node.child_by_field_name("body")
    if body is not None:
        if body.type in _BODIES:
            later.append(body)
        else:
            later.append((body, "return"))
            scope.returns += shapes(walk, body)
        scope.header = (body,)
    walk.parts(node)
    walk.scope = inner
    walk.pending.append((scope, later, walk.region & TYPE_ONLY))
    return None if given is not None and given.has_error else tuple(params)


def parameters(walk: Walk, given: Node, scope: Scope) -> list[Param]:
    """The parameters as written; pushes their defaults, types and decorators."""
    found = []
    for part in walk.parts(given):
        pattern: Node | None = part
        written, optional = "", part.type == "optional_parameter"
        if part.type in ("required_parameter", "optional_parameter"):
            pattern = part.child_by_field_name("pattern")
            declared = part.child_by_field_name("type")
            value = part.child_by_field_name("value")
            written = type_text(walk, declared)
            optional = optional or value is not None
            others = [one for one in walk.parts(part) if one != pattern and one.type != "accessibility_modifier"]
            walk.stack.extend(others)
            _parameter_property(walk, part, pattern, scope, written)
        if pattern is None or pattern.type == "this" or pattern.type == "decorator":
            continue
        kind: ParamKind = "positional"
        if pattern.type == "assignment_pattern":
            optional = True
        elif pattern.type == "rest_pattern":
            kind, optional = "variadic", True
        elif pattern.type not in _PATTERNS:
            continue
        names = list(pattern_names(walk, pattern))
        for one in names:
            alone = len(names) == 1 and "{" not in walk.of(pattern).partition("=")[0]
            scope.bind(walk.of(one), written if alone and kind == "positional" else "", one.start_byte)
            if alone and written:
                scope.types[walk.of(one)] = written
        found.append(Param(_plain_name(walk, pattern), kind, optional, written))
    return found


def _plain_name(walk: Walk, pattern: Node) -> str:
    """The name of a parameter, '' for one that is taken apart."""
    while pattern.type in ("assignment_pattern", "rest_pattern"):
        inside = walk.parts(pattern)
        if not inside:
            return ""
        pattern = inside[0]
    return walk.of(pattern) if pattern.type == "identifier" else ""


def _parameter_property(walk: Walk, part: Node, pattern: Node | None, scope: Scope, written: str) -> None:
    """TypeScript's `constructor(private readonly x: T)` makes a field x."""
    words = modifiers(walk, part) & {"public", "private", "protected", "readonly", "override"}
    owner = scope.owner
    if not words or owner is None or pattern is None or pattern.type != "identifier":
        return
    name = walk.of(pattern)
    draft = Draft(
        name, owner.qualify(name), "field", pattern.start_byte, part.start_byte, part.end_byte, part.start_byte, part.end_byte,
        annotation=written, flags={"instance"},
    )  # fmt: skip
    if words & {"private", "protected"}:
        draft.flags.add("private")
    owner.drafts.setdefault(name, []).append(draft)
    walk.found.drafts.append(draft)
    scope.bind(f"this.{name}", written, pattern.start_byte)


# ── what comes back ──────────────────────────────────────────────────────────────────────────────────────

_SHAPES = {"null": "none", "undefined": "none", "object": "dict", "array": "list"}


def shapes(walk: Walk, node: Node) -> list[str]:
    """The shapes that a returned expression can have."""
    stack, found = [node], []
    while stack:
        part = stack.pop()
        kind = part.type
        inside = walk.parts(part)
        if kind in ("parenthesized_expression", "as_expression", "satisfies_expression") and inside:
            stack.append(inside[0])
        elif kind == "ternary_expression" and len(inside) == 3:
            stack += [inside[1], inside[2]]
        else:
            found.append(_SHAPES.get(kind, "value"))
    return found


def return_(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    walk.scope.returns += shapes(walk, parts[0]) if parts else ["none"]
    for part in parts:
        walk.push(part, "return")


def yield_(walk: Walk, node: Node, context: str) -> None:
    word = "iterate" if any(child.type == "*" for child in node.children[:2]) else ""
    for part in walk.parts(node):
        walk.push(part, word)


def leave_function(walk: Walk, scope: Scope, draft: Draft) -> None:
    """Fills in what is known of a function only when all of it has been read."""
    if "generator" in draft.flags:
        draft.returns = "generator"
    elif scope.returns or (scope.header and not _is_stub(scope.header[0])):
        draft.returns = returns_shape(scope.returns)


def _is_stub(body: Node) -> bool:
    """A body that only throws says nothing about what is returned."""
    statements = [part for part in body.named_children if part.type != "comment"] if body.named_child_count < 4 else []
    return len(statements) == 1 and statements[0].type == "throw_statement"
