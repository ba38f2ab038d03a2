"""Uses in Python expressions: names, attributes, calls with the shape of their arguments, annotations."""

from __future__ import annotations

import re
from functools import cache

from tree_sitter import Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.python_reflection import BY_MEMBER, BY_NAME, DOTTED, literal, open_names
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import EXPECTED, GUARDED, joined

_HASATTR = re.compile(r"\bhasattr\(")


@cache
def _shape(positional: int, keywords: tuple[str, ...] = (), star: bool = False, double_star: bool = False) -> Arguments:
    return Arguments(positional, keywords, star, double_star)


def identifier(walk: Walk, node: Node, context: str) -> None:
    start = node.start_byte
    if walk.region & GUARDED:
        context = joined(context, "guarded")
    walk.scope.names.append((walk.text[start : node.end_byte], "name", start, None, context, 0))


def attribute(walk: Walk, node: Node, context: str) -> None:
    start, end = node.start_byte, node.end_byte
    text = walk.text[start:end]
    if text.replace(".", "").isidentifier():
        walk.chain(text, start, "attribute", context, None, end)
        if context.startswith("subscript"):
            open_names(walk, text, node, context)
    elif text.startswith("*") and DOTTED(text[1:]):  # the grammar reads `[*a.b]` as if it were `[(*a).b]`
        walk.chain(text[1:], start + 1, "attribute", context, None, end)
    else:
        member(walk, node, "attribute", context)


def member(
    walk: Walk, node: Node, kind: UseKind, context: str, arguments: Arguments | None = None, end: int = 0
) -> None:
    """A use of the attribute of something that is not just a dotted name; leaves that thing to its own handler."""
    parts = walk.parts(node)
    if len(parts) != 2:
        walk.stack.extend(parts)
        return
    value, name = parts
    receiver = walk.dotted(value) or walk.called(value) or _after_call(walk, value) or "?"
    walk.use(walk.of(name), kind, name.start_byte, receiver, context, arguments, end)
    walk.push(value, "attribute")


def _after_call(walk: Walk, node: Node) -> str:
    """'Foo().a.b' for attributes of a call of a dotted name."""
    names: list[str] = []
    while node.type in ("attribute", "parenthesized_expression") and len(names) < 8:
        parts = walk.parts(node)
        if node.type == "parenthesized_expression" and len(parts) == 1:
            node = parts[0]
            continue
        if len(parts) != 2:
            return ""
        node = parts[0]
        names.insert(0, walk.of(parts[1]))
    called = walk.called(node)
    return ".".join((called, *names)) if called else ""


def call(walk: Walk, node: Node, context: str) -> None:
    parts = node.named_children
    if len(parts) != 2:
        parts = walk.parts(node)
        if len(parts) != 2:
            walk.stack.extend(parts)
            return
    function, given = parts
    arguments = read_arguments(walk, given)
    if walk.region & EXPECTED:
        context = joined(context, "expected")
    kind, kinds = function.kind_id, walk.kinds
    start, end = function.start_byte, function.end_byte
    text = walk.text[start:end]
    if kind == kinds.identifier:
        if walk.region & GUARDED:
            context = joined(context, "guarded")
        walk.scope.names.append((text, "call", start, arguments, context, node.end_byte))
        special = BY_NAME.get(text)
        if special is not None:
            special(walk, node, given)
    elif kind == kinds.member:
        if text.replace(".", "").isidentifier():
            walk.chain(text, start, "call", context, arguments, node.end_byte)
        elif text.startswith("*") and DOTTED(text[1:]):
            walk.chain(text[1:], start + 1, "call", context, arguments, node.end_byte)
        else:
            member(walk, function, "call", context, arguments, node.end_byte)
        if text.endswith((".import_module", ".__dict__.update", "deprecation.moved")):
            BY_MEMBER[text.rpartition(".")[2]](walk, node, given)
    elif kind == kinds.splat and DOTTED(text[1:]):  # the grammar reads `[*a()]` as if it were `[(*a)()]`
        walk.chain(text[1:], start + 1, "call", context, arguments, node.end_byte)
    else:
        walk.push(function, "called")


def read_arguments(walk: Walk, given: Node) -> Arguments:
    """The shape of a call's arguments; pushes their values."""
    kinds = walk.kinds
    if given.kind_id != kinds.list:
        walk.push(given, "argument")
        return _shape(1)
    children = given.named_children
    positional, star, double_star = len(children), False, False
    keywords: list[str] = []
    identifier, leaves, unusual = kinds.identifier, kinds.leaves, kinds.unusual_arguments
    text, names = walk.text, walk.scope.names
    context = "argument guarded" if walk.region & GUARDED else "argument"
    for child in children:
        kind = child.kind_id
        if kind in unusual:
            positional -= 1
            if kind != kinds.keyword:
                star, double_star = star or kind == kinds.splat, double_star or kind == kinds.splat2
                _unusual(walk, child)
                continue
            parts = child.named_children
            if len(parts) != 2:
                parts = walk.parts(child)
            keywords.append(text[child.start_byte : parts[0].end_byte])
            child = parts[-1]
            kind = child.kind_id
        if kind == identifier:
            start = child.start_byte
            names.append((text[start : child.end_byte], "name", start, None, context, 0))
        elif kind not in leaves:
            if kind == kinds.string and text[start := child.start_byte] in "'\"":
                walk.found.layout.literals.append((start, child.end_byte))
            else:
                walk.stack.append((child, "argument"))
    return _shape(positional, tuple(keywords), star, double_star) if positional < len(children) else _shape(positional)


def _unusual(walk: Walk, node: Node) -> None:
    """What stands among arguments without being one: `*x`, `**x`, a comment."""
    if node.kind_id in walk.kinds.extras:
        walk.found.layout.comments.append((node.start_byte, node.end_byte))
    else:
        context = "iterate" if node.kind_id == walk.kinds.splat else "argument"
        walk.stack.extend([(part, context) for part in walk.parts(node)])


def subscript(walk: Walk, node: Node, context: str) -> None:
    value, *index = walk.parts(node)
    walk.stack.extend(reversed(index))
    walk.push(value, "subscript")


def awaited(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        walk.push(part, joined(context, "await"))


def through(walk: Walk, node: Node, context: str) -> None:
    """Parentheses: their value is used as what is in them."""
    for part in walk.parts(node):
        walk.push(part, context)


def truth(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        walk.push(part, "truth")


def boolean(walk: Walk, node: Node, context: str) -> None:
    """`a and b`: a is tested, b is the value; where a asks `hasattr`, b is guarded."""
    parts = walk.parts(node)
    if len(parts) != 2:
        walk.stack.extend(reversed(parts))
        return
    left, right = parts
    if right.end_byte - left.start_byte < 400 and _HASATTR.search(walk.of(left)):
        walk.within(GUARDED, [right])
    else:
        walk.push(right, context)
    walk.push(left, "truth")


def choice(walk: Walk, node: Node, context: str) -> None:
    """`a if c else b`."""
    parts = walk.parts(node)
    if len(parts) != 3:
        walk.stack.extend(reversed(parts))
        return
    then, condition, other = parts
    walk.push(other, context)
    walk.push(condition, "truth")
    if _HASATTR.search(walk.of(condition)):
        walk.within(GUARDED, [then])
    else:
        walk.push(then, context)


def string(walk: Walk, node: Node, context: str) -> None:
    start = node.start_byte
    walk.found.layout.literals.append((start, node.end_byte))
    if walk.text[start] not in "'\"":
        walk.stack.extend([child for child in reversed(node.named_children) if child.type == "interpolation"])


def annotation(walk: Walk, node: Node, context: str) -> None:
    """All names in an annotation are type uses; so is a string that is just a name."""
    stack = [node]
    while stack:
        current = stack.pop()
        kind = current.type
        if kind in ("identifier", "attribute", "member_type"):
            name = walk.dotted(current) or "".join(walk.of(current).split())
            if DOTTED(name):
                walk.chain(name, current.start_byte, "type", "type", None, current.end_byte)
                continue
        elif kind == "string":
            start = current.start_byte
            walk.found.layout.literals.append((start, current.end_byte))
            name = (literal(walk, current) or "").strip()
            if DOTTED(name):
                walk.chain(name, walk.text.index(name, start), "type", "type", None, current.end_byte)
            continue
        elif kind == "call":
            walk.push(current)
            continue
        children = walk.parts(current)
        if (
            children
            and kind in ("generic_type", "subscript")
            and walk.of(children[0]).endswith(("Literal", "Annotated"))
        ):
            for child in children[1:]:
                _annotated(walk, child, walk.of(children[0]))
            children = children[:1]
        stack += reversed(children)


def _annotated(walk: Walk, node: Node, outer: str) -> None:
    """What stands in the brackets of `Literal` (values) and `Annotated` (a type, then values)."""
    inside = walk.parts(node) if node.type == "type_parameter" else [node]
    if outer.endswith("Annotated") and inside:
        walk.push(inside[0])
        inside = inside[1:]
    walk.stack.extend(reversed([part for one in inside for part in (walk.parts(one) if one.type == "type" else [one])]))
