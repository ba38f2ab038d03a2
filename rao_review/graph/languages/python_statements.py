"""Python statements: what they bind, import and return, and how they use the values in them."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.languages.python_names import annotation
from rao_review.graph.languages.python_reflection import literal, note_opening
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import CONDITIONAL, Scope, joined
from rao_review.graph.languages.syntax import Draft, descendants

_SEQUENCES = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"})
COMPOUND = frozenset(
    ("if_statement", "for_statement", "while_statement", "try_statement", "with_statement", "function_definition")
) | {"class_definition", "decorated_definition", "match_statement"}
"""Statements that end with a block."""
_DEFINING = frozenset({"assignment", "named_expression"})
_STATEMENTS = COMPOUND | {
    "expression_statement", "import_statement", "import_from_statement", "future_import_statement", "return_statement",
    "assert_statement", "raise_statement", "delete_statement",
}  # fmt: skip


def block(walk: Walk, node: Node, context: str) -> None:
    """A sequence of statements. Its layout is part of the program."""
    layout, kinds = walk.found.layout, walk.kinds
    after_simple = False
    work: list[Node | tuple[Node, str]] = []
    for child in node.named_children:
        kind = child.kind_id
        if kind in kinds.extras:
            layout.comments.append((child.start_byte, child.end_byte))
            continue
        if after_simple:
            layout.breaks.append(child.start_byte)
        after_simple = kind not in kinds.compound
        inside = child.named_children if kind == kinds.expression_statement else ()
        work.append((inside[0], "discard") if len(inside) == 1 else child)
    layout.dedents.append(node.end_byte)
    work.reverse()
    walk.stack += work


def expression_statement(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    if len(parts) == 1:
        walk.push(parts[0], "discard")
    else:
        walk.stack.extend(reversed(parts))


def error(walk: Walk, node: Node, context: str) -> None:
    """What could not be parsed: only whole statements in it are believed."""
    walk.stack.extend([child for child in reversed(node.named_children) if child.type in _STATEMENTS])


# ── binding ──────────────────────────────────────────────────────────────────────────────────────────────


def assignment(walk: Walk, node: Node, context: str) -> None:
    parts = node.named_children
    kinds = walk.kinds
    if len(parts) != 2 or parts[1].kind_id == kinds.type:
        _declaration(walk, node, context)
        return
    left, right = parts
    kind = left.kind_id
    if kind == kinds.identifier or kind == kinds.member:
        given = "assign" if context == "" or context == "discard" else joined(context, "assign")
    else:
        given = _unpacked(walk, left, context)
    walk.stack.append((right, given))
    if kind == kinds.identifier:
        bind_name(walk, left, _value(walk, right), node)
        if walk.scope.kind == "class":
            walk.scope.fields.append((walk.of(left), "", right))
            _wrapped(walk, walk.of(left), right)
        elif walk.scope.kind == "module" and walk.of(left) == "__all__":
            _exports(walk, right, False)
    else:
        bind(walk, left, _value(walk, right), node)


def _wrapped(walk: Walk, name: str, value: Node) -> None:
    """`total = property(total)`, as it was written before there were decorators."""
    if value.kind_id == walk.kinds.call and walk.called(value) == "property()":
        for draft in walk.scope.drafts.get(name, ()):
            if draft.kind == "method":
                draft.kind = "property"
                draft.flags.add("property")


def _declaration(walk: Walk, node: Node, context: str) -> None:
    """An assignment with a type, or with comments in it."""
    left, *rest = walk.parts(node)
    declared = rest.pop(0) if rest and rest[0].type == "type" else None
    right = rest[-1] if rest else None
    written = walk.source.folded(declared.start_byte, declared.end_byte) if declared is not None else ""
    if right is not None:
        walk.push(right, _unpacked(walk, left, context))
    if declared is not None:
        annotation(walk, declared, "")
    bind(walk, left, written or _value(walk, right), node, written)
    if walk.scope.kind == "class" and left.type == "identifier":
        walk.scope.fields.append((walk.of(left), written, right))
    if walk.scope.kind == "module" and walk.of(left) == "__all__":
        _exports(walk, right, False)


def _unpacked(walk: Walk, left: Node, context: str) -> str:
    """The context of the value that is assigned to `left`."""
    word = "assign"
    if left.type in _SEQUENCES:
        inside = walk.parts(left)
        starred = any(one.type == "list_splat_pattern" for one in inside)
        word = "iterate" if starred else f"unpack:{len(inside)}"
    return joined("" if context == "discard" else context, word)


def _value(walk: Walk, node: Node | None) -> str | None:
    """What a right side says of the class of what it is assigned to, None for `None`."""
    kinds = walk.kinds
    while node is not None:
        kind = node.kind_id
        if kind == kinds.call:
            return walk.called(node)
        if kind == kinds.none:
            return None
        if kind == kinds.identifier:
            return walk.scope.types.get(walk.of(node), "")
        if kind in kinds.members:
            return walk.dotted(node)
        if kind != kinds.assignment:
            return ""
        node = next(iter(walk.parts(node)[-1:]), None)
    return ""


def bind(walk: Walk, target: Node, value: str | None, statement: Node, written: str = "") -> None:
    """Binds the names of a target; attributes and indexes in it are written to."""
    stack = [target]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind == "identifier":
            bind_name(walk, node, value if node is target else "", statement, written)
        elif kind == "attribute":
            _bind_attribute(walk, node, value if node is target else "", statement, written)
        elif kind == "subscript":
            first, *index = walk.parts(node)
            walk.stack.extend(index)
            walk.push(first, "subscript write")
        elif kind in _SEQUENCES or kind in (
            "list_splat_pattern",
            "list_splat",
            "parenthesized_expression",
            "as_pattern_target",
        ):
            stack += reversed(walk.parts(node))
        else:
            walk.push(node)


def bind_name(walk: Walk, node: Node, value: str | None, statement: Node, written: str = "") -> None:
    name, start = walk.of(node), node.start_byte
    if not name:
        return
    scope = walk.scope
    if name in scope.globals:
        scope.names.append((name, "name", start, None, "write", 0))
        walk.found.bindings.append((name, value or "", "", walk.source.line(start)))
        return
    scope.bind(name, value, start)
    note_opening(walk, name, node)
    if scope.kind in ("module", "class") and name not in scope.drafts and statement.type in _DEFINING:
        define_value(walk, scope, name, node, statement, written)


def define_value(walk: Walk, scope: Scope, name: str, node: Node, statement: Node, written: str) -> Draft:
    """A variable or constant of a module, or a field of a class, from its first assignment."""
    draft = Draft(
        name, scope.qualify(name), "field", node.start_byte, statement.start_byte, statement.end_byte,
        statement.start_byte, min(statement.end_byte, _line_end(walk, statement)), annotation=written,
    )  # fmt: skip
    if scope.kind == "module":
        draft.kind = "type" if written.endswith("TypeAlias") else "constant" if name.isupper() else "variable"
    elif scope.draft is not None and scope.draft.kind == "enum" and not written and not name.startswith("_"):
        draft.kind = "enum_member"
    if walk.region & CONDITIONAL:
        draft.flags.add("conditional")
    if scope.is_local:
        draft.flags.add("local")
    if name.startswith("_") and not name.endswith("__"):
        draft.flags.add("private")
    scope.drafts[name] = [draft]
    walk.found.drafts.append(draft)
    return draft


def _line_end(walk: Walk, node: Node) -> int:
    end = walk.text.find("\n", node.start_byte)
    return end if end >= 0 else len(walk.text)


def _bind_attribute(walk: Walk, node: Node, value: str | None, statement: Node, written: str) -> None:
    """`x.y = …` writes an attribute; `self.y = …` also makes a field of the class."""
    text, scope = walk.of(node), walk.scope
    receiver, _, name = text.partition(".")
    walk.push(node, "write")
    if scope.owner is None or receiver != scope.receiver or not name.isidentifier():
        return
    scope.bind(text, value, node.start_byte)
    if name not in scope.owner.drafts:
        region, walk.region = walk.region, 0
        draft = define_value(walk, scope.owner, name, node.named_children[-1], statement, written)
        walk.region = region
        draft.kind = "field"
        draft.flags.add("instance")


def type_alias(walk: Walk, node: Node, context: str) -> None:
    """`type X[T] = …`."""
    left, *right = walk.parts(node)
    names = [part for part in descendants(left) if part.type == "identifier"]
    if not names or not right:
        walk.stack.extend(right)
        return
    mark = len(walk.scope.names)
    annotation(walk, right[0], "")
    walk.forget(mark, {walk.of(part) for part in names[1:]})
    scope, name = walk.scope, walk.of(names[0])
    scope.bind(name, "", names[0].start_byte)
    if scope.kind in ("module", "class") and name not in scope.drafts:
        define_value(walk, scope, name, names[0], node, "").kind = "type"


def augmented(walk: Walk, node: Node, context: str) -> None:
    """`x += y` writes x, or binds it where it is a local."""
    left, *rest = walk.parts(node)
    walk.stack.extend(rest)
    scope = walk.scope
    if left.kind_id == walk.kinds.identifier:
        name = walk.of(left)
        if name == "__all__" and scope.kind == "module":
            _exports(walk, rest[-1] if rest else None, True)
        elif scope.kind == "function" and name not in scope.globals:
            scope.bind(name, "", left.start_byte)
        else:
            scope.names.append((name, "name", left.start_byte, None, "write", 0))
    else:
        bind(walk, left, "", node)


def walrus(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    if len(parts) != 2:
        walk.stack.extend(reversed(parts))
        return
    name, value = parts
    walk.push(value, joined(context, "assign"))
    inner = walk.scope
    walk.scope = inner.function
    bind_name(walk, name, _value(walk, value), node)
    walk.scope = inner
    if inner.kind == "block":
        inner.bind(walk.of(name), "", name.start_byte)


def scope_statement(walk: Walk, node: Node, context: str) -> None:
    """`global x`, `nonlocal x`: these names are not locals here."""
    walk.scope.globals.update(walk.of(part) for part in walk.parts(node))


def delete(walk: Walk, node: Node, context: str) -> None:
    stack = walk.parts(node)
    while stack:
        part = stack.pop()
        if part.type in _SEQUENCES or part.type == "parenthesized_expression":
            stack += walk.parts(part)
        elif part.type == "subscript":
            first, *index = walk.parts(part)
            walk.stack.extend(index)
            walk.push(first, "subscript delete")
        else:
            walk.push(part, "delete")


def _exports(walk: Walk, node: Node | None, more: bool) -> None:
    """`__all__ = […]`, `__all__ += […]`; anything but literal names makes it unknown."""
    found = walk.found
    names = (
        [literal(walk, part) for part in walk.parts(node)]
        if node is not None and node.type in ("list", "tuple")
        else [None]
    )
    if None in names or (more and found.exports is None):
        found.exports = None
    else:
        found.exports = (*(found.exports or ()), *[name for name in names if name is not None])
