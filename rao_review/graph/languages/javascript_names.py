"""Uses in JavaScript and TypeScript expressions and types: names, members, calls with the shape of their arguments, JSX."""

from __future__ import annotations

import re
from functools import cache

from tree_sitter import Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.javascript_requires import import_call, require_call
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import GUARDED, joined

DOTTED = re.compile(
    r"#?[A-Za-z_$\x80-\xff][\w$\x80-\xff]*(?:\.#?[A-Za-z_$\x80-\xff][\w$\x80-\xff]*)*", re.ASCII
).fullmatch
_SETTLES = frozenset({"then", "catch", "finally"})


@cache
def _shape(positional: int, star: bool) -> Arguments:
    return Arguments(positional, (), star)


_DOT = re.compile(r"\s*!?\??\.\s*")


def plain(text: str) -> str:
    """'a.b.c' from the text of a member, '' if it is more than names and dots."""
    if not DOTTED(text):
        text = _DOT.sub(".", text)
    return text if DOTTED(text) else ""


def member(walk: Walk, node: Node, context: str) -> None:
    start, end = node.start_byte, node.end_byte
    text = walk.text[start:end]
    if "(" not in text and (name := text if text.replace(".", "").isidentifier() else _short(text)):
        _chain(walk, name, text, start, "attribute", context, None, end)
    else:
        of_value(walk, node, "attribute", context)


def _short(text: str) -> str:
    return plain(text) if len(text) <= 200 else ""


def _chain(
    walk: Walk, name: str, text: str, start: int, kind: UseKind, context: str, arguments: Arguments | None, end: int
) -> None:
    """`Walk.chain`; what is spread over lines is put on the line of its last name."""
    if name.startswith("super."):
        name = "super()" + name[5:]
        receiver, _, last = name.rpartition(".")
        walk.use(last, kind, start, receiver, context, arguments, end if arguments is not None else 0)
    elif "\n" in text:
        receiver, _, last = name.rpartition(".")
        at = start + text.rindex(last)
        walk.use(last, kind, at, receiver, context, arguments, end if arguments is not None else 0)
        head, _, rest = receiver.partition(".")
        if rest:
            walk.chain(receiver, start, "attribute", "attribute", None, start)
        else:
            walk.scope.names.append((head, "name", start, None, "attribute", 0))
    else:
        walk.chain(name, start, kind, context, arguments, end)


def of_value(
    walk: Walk, node: Node, kind: UseKind, context: str, arguments: Arguments | None = None, end: int = 0
) -> None:
    """A use of a member of something that is not just a dotted name; leaves that thing to its own handler."""
    value, name = node.child_by_field_name("object"), node.child_by_field_name("property")
    walk.parts(node)
    if value is None or name is None:
        walk.stack.extend(reversed(node.named_children))
        return
    if value.type in ("as_expression", "satisfies_expression"):
        _cast(walk, node, value, context)
        return
    word = walk.of(name)
    walk.use(word, kind, name.start_byte, receiver_of(walk, value), context, arguments, end)
    walk.push(value, "attribute await" if word in _SETTLES and arguments is not None else "attribute")


def _cast(walk: Walk, node: Node, cast: Node, context: str) -> None:
    """The grammar reads `x as a.b.C` as if it were `(x as a.b).C`."""
    value, *types = walk.parts(cast)
    walk.push(value, context)
    name = plain(walk.text[types[0].start_byte : node.end_byte]) if types else ""
    if name:
        walk.chain(name, types[0].start_byte, "type", "type", None, node.end_byte)


def receiver_of(walk: Walk, node: Node) -> str:
    """What stands before the dot: 'a.b', 'Foo()', 'Foo().a', or '?'."""
    names: list[str] = []
    while True:
        kind = node.type
        found = walk.dotted(node) or walk.called(node)
        if kind == "new_expression":
            made = node.child_by_field_name("constructor")
            name = walk.dotted(made) if made is not None else ""
            found = f"{name}()" if name else ""
        elif kind == "this":
            found = "this"
        if found:
            return ".".join(("super()" + found[5:] if found.startswith("super") else found, *names))
        inner = node.child_by_field_name("object") if kind == "member_expression" else None
        if kind in ("parenthesized_expression", "non_null_expression") and node.named_child_count == 1:
            inner = node.named_children[0]
        elif inner is not None:
            last = node.child_by_field_name("property")
            names.insert(0, walk.of(last) if last is not None else "")
        if inner is None or len(names) > 8:
            return "?"
        node = inner


def call(walk: Walk, node: Node, context: str) -> None:
    function, arguments, given = _callee(walk, node)
    if function is None:
        return
    kind, kinds = function.kind_id, walk.kinds
    start, end = function.start_byte, function.end_byte
    text = walk.text[start:end]
    if walk.text.startswith("?.", end):
        context = joined(context, "guarded")
    if kind == kinds.identifier:
        if walk.region & GUARDED:
            context = joined(context, "guarded")
        walk.scope.names.append((text, "call", start, arguments, context, node.end_byte))
        if text == "require":
            require_call(walk, given)
    elif kind == kinds.member:
        if "(" not in text and (name := text if text.replace(".", "").isidentifier() else _short(text)):
            _chain(walk, name, text, start, "call", context, arguments, node.end_byte)
        else:
            of_value(walk, function, "call", context, arguments, node.end_byte)
    elif text == "super":
        walk.use("constructor", "call", start, "super()", context, arguments, node.end_byte)
    elif text == "import":
        import_call(walk, given)
    else:
        walk.push(function, "called")


def _callee(walk: Walk, node: Node) -> tuple[Node | None, Arguments, Node | None]:
    """What is called, the shape of the arguments and their node; pushes arguments and type arguments."""
    parts = node.named_children
    if not parts:
        return None, _shape(0, False), None
    function, given = parts[0], None
    arguments = _shape(0, False)
    for part in parts[1:]:
        if part.kind_id == walk.kinds.list:
            given = part
            arguments = read_arguments(walk, part)
        elif part.kind_id not in walk.kinds.extras:
            walk.push(part)
            if part.type == "template_string":
                arguments = _shape(1, True)
        else:
            walk.found.layout.comments.append((part.start_byte, part.end_byte))
    return function, arguments, given


def new(walk: Walk, node: Node, context: str) -> None:
    """`new Foo(…)`."""
    made, arguments, _ = _callee(walk, node)
    if made is None:
        return
    name = walk.dotted(made)
    if name:
        walk.chain(name, made.start_byte, "call", joined(context, "new"), arguments, node.end_byte)
    else:
        walk.push(made, "new")


def read_arguments(walk: Walk, given: Node) -> Arguments:
    """The shape of a call's arguments; pushes their values."""
    kinds = walk.kinds
    positional, star = 0, False
    identifier, string, leaves = kinds.identifier, kinds.string, kinds.leaves
    text, push, names = walk.text, walk.stack.append, walk.scope.names
    context = "argument guarded" if walk.region & GUARDED else "argument"
    for child in reversed(given.named_children):
        kind = child.kind_id
        if kind in kinds.extras:
            walk.found.layout.comments.append((child.start_byte, child.end_byte))
            continue
        if kind == kinds.splat:
            star = True
            walk.stack.extend([(part, "iterate") for part in walk.parts(child)])
            continue
        positional += 1
        if kind == identifier:
            start = child.start_byte
            names.append((text[start : child.end_byte], "name", start, None, context, 0))
        elif kind == string:
            walk.found.layout.literals.append((child.start_byte, child.end_byte))
        elif kind not in leaves:
            push((child, "argument"))
    return _shape(positional, star)


def subscript(walk: Walk, node: Node, context: str) -> None:
    value, *index = walk.parts(node)
    walk.stack.extend(reversed(index))
    walk.push(value, "subscript")


def awaited(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        walk.push(part, joined(context, "await"))


def through(walk: Walk, node: Node, context: str) -> None:
    """Parentheses, `x!`, `x as T`: the value is used as what is in them."""
    parts = walk.parts(node)
    walk.stack.extend(reversed(parts[1:]))
    if parts:
        walk.push(parts[0], context)


def unary(walk: Walk, node: Node, context: str) -> None:
    operator = walk.text[node.start_byte : node.start_byte + 6]
    word = ""
    if operator.startswith("!"):
        word = "truth"
    elif operator == "delete":
        word = "delete"
    elif operator == "typeof":
        word = "guarded"
    elif operator.startswith("void"):
        word = "discard"
    for part in walk.parts(node):
        walk.push(part, word)


def binary(walk: Walk, node: Node, context: str) -> None:
    """Of `a && b` and `a || b` the first is tested and the second the value; what follows a `typeof` is guarded."""
    parts = walk.parts(node)
    operator = node.child_by_field_name("operator")
    if len(parts) != 2 or operator is None or operator.type not in ("&&", "||", "??"):
        walk.descend(parts)
        return
    left, right = parts
    if right.end_byte - left.start_byte < 400 and "typeof " in walk.of(left):
        walk.within(GUARDED, [right])
    else:
        walk.push(right, context)
    walk.push(left, "truth")


def ternary(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    if len(parts) != 3:
        walk.descend(parts)
        return
    condition, then, other = parts
    walk.push(other, context)
    walk.push(then, context)
    walk.push(condition, "truth")


def spread(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        walk.push(part, "iterate")


def shorthand(walk: Walk, node: Node, context: str) -> None:
    """`{ name }`."""
    start = node.start_byte
    walk.scope.names.append((walk.text[start : node.end_byte], "name", start, None, context, 0))


identifier = shorthand


def template(walk: Walk, node: Node, context: str) -> None:
    walk.found.layout.literals.append((node.start_byte, node.end_byte))
    walk.stack.extend([child for child in reversed(node.named_children) if child.type == "template_substitution"])


def literal_text(walk: Walk, node: Node, context: str) -> None:
    """Strings and regular expressions."""
    walk.found.layout.literals.append((node.start_byte, node.end_byte))


def jsx_tag(walk: Walk, node: Node, context: str) -> None:
    """`<Foo x={y}>` uses Foo; `<div>` is of the platform."""
    name = node.child_by_field_name("name")
    parts = walk.parts(node)
    if name is not None:
        parts = [part for part in parts if part != name]
        text = walk.dotted(name)
        if "." in text:
            walk.chain(text, name.start_byte, "attribute", "", None, name.end_byte)
        elif text and not text[0].islower():
            walk.scope.names.append((text, "name", name.start_byte, None, "", 0))
    walk.stack.extend(reversed(parts))
