"""Java expressions and types: what they use, and what is known of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import Arguments
from rao_review.graph.languages.walker import Frame, Handler, Walker, Work, field, inside, listed, skip, words

ANONYMOUS = "?"
"""`Frame.owner` inside an anonymous class: `this` is none of the file's classes there."""

_COMMON = words("String Object Integer Long Boolean Double Float Character Byte Short Void Class var Override")


# ── what is known of types and values ────────────────────────────────────────────────────────────────────


def plain_type(walker: Walker, node: Node | None) -> str:
    """'Foo' or 'a.Foo' of a class type as written, type arguments and annotations removed; '' for arrays, primitives and `var`."""
    while node is not None and node.type in ("generic_type", "annotated_type"):
        kids = node.named_children
        node = (kids[0] if node.type == "generic_type" else kids[-1]) if kids else None
    if node is None or node.type not in ("type_identifier", "scoped_type_identifier"):
        return ""
    text = walker.dotted(node)
    return "" if text == "var" else text


def type_value(walker: Walker, frame: Frame, node: Node | None) -> str:
    """`Binding.value` of a declared type: '' also for type parameters."""
    text = plain_type(walker, node)
    return "" if node is None or frame.shadows(text, node.start_byte) else text


def value_of(walker: Walker, frame: Frame, node: Node | None) -> str:
    """`Binding.value` of an expression: `new Foo()` and `(Foo) x` → 'Foo', `a.make()` → 'a.make()'."""
    while node is not None and node.type == "parenthesized_expression":
        node = node.named_children[0] if len(node.named_children) == 1 else None
    if node is None:
        return ""
    if node.type in ("object_creation_expression", "cast_expression"):
        return type_value(walker, frame, field(node, "type"))
    if node.type != "method_invocation":
        return ""
    receiver, name = field(node, "object"), walker.text(field(node, "name"))
    if receiver is None:
        return f"{name}()"
    before = _receiver(walker, frame, receiver)
    return f"{before}.{name}()" if before.replace(".", "").isidentifier() else ""


def _receiver(walker: Walker, frame: Frame, node: Node | None) -> str:
    """What stands before the dot, in the words of `Use.receiver`."""
    text = walker.dotted(node)
    if text:
        head = text.partition(".")[0]
        if head == "this":
            return "?" if frame.owner == ANONYMOUS else text
        if head == "super":
            return "?" if frame.owner == ANONYMOUS else "super()" + text[5:]
        owner, this, rest = text.partition(".this")
        return f"{owner}(){rest}" if this and not rest[:1].isalnum() else text
    value = value_of(walker, frame, node)
    return f"{value}()" if value and not value.endswith("()") else "?" if "." in value or not value else value


# ── names and types ──────────────────────────────────────────────────────────────────────────────────────


def _identifier(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = walker.text(node)
    if name != "_" and not frame.shadows(name, node.start_byte):
        walker.use(node, "name", frame, "", context)
    return ()


def _type_identifier(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = walker.text(node)
    if (name not in _COMMON or name in walker.aliases) and not frame.shadows(name, node.start_byte):
        walker.use(node, "type", frame, "", "type")
    return ()


def _scoped_type(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`a.Outer.Inner` uses Inner of 'a.Outer', and what that is made of."""
    *before, name = node.named_children
    if name.type == "type_identifier":
        walker.use(name, "type", frame, plain_type(walker, before[0]) or "?" if before else "", "type")
    return [(child, frame, "") for child in before]


def _field_access(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    receiver, name = field(node, "object"), field(node, "field")
    if name is not None and name.type == "identifier":
        walker.use(name, "attribute", frame, _receiver(walker, frame, receiver), context)
    return listed(frame, receiver)


def _scoped_identifier(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    scope, name = field(node, "scope"), field(node, "name")
    if name is not None:
        walker.use(name, "attribute", frame, walker.dotted(scope) or "?", context)
    return listed(frame, scope)


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────


def _call(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    receiver, name, arguments = field(node, "object"), field(node, "name"), field(node, "arguments")
    if name is not None and not (receiver is None and frame.shadows(f"{walker.text(name)}()", name.start_byte)):
        before = "" if receiver is None else _receiver(walker, frame, receiver)
        walker.use(name, "call", frame, before, context, (_shape(arguments), node))
    return listed(frame, receiver, field(node, "type_arguments")) + inside(frame, arguments)


def _shape(arguments: Node | None) -> Arguments:
    given = arguments.named_children if arguments is not None else []
    return Arguments(sum(not a.type.endswith("comment") for a in given))


def _new(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    kind, arguments = field(node, "type"), field(node, "arguments")
    below = [(c, frame, "") for c in node.named_children if c not in (kind, arguments) and c.type != "class_body"]
    name, qualifier, rest = _type_parts(walker, kind)
    if name is not None:
        if qualifier or not frame.shadows(walker.text(name), name.start_byte):
            outer = node.named_children[0] if node.named_children[0] != kind else None
            before = "?" if outer is not None and outer.type == "identifier" else qualifier
            walker.use(
                name, "call", frame, before, " ".join(sorted({"new", *context.split()})), (_shape(arguments), node)
            )
        below += listed(frame, *rest)
    bodies = [c for c in node.named_children if c.type == "class_body"]
    return below + inside(frame, arguments) + [work for body in bodies for work in anonymous(walker, body, frame)]


def _type_parts(walker: Walker, kind: Node | None) -> tuple[Node | None, str, list[Node]]:
    """The name node of a class type, what stands before it, and the nodes left to visit (qualifier, type arguments)."""
    rest: list[Node] = []
    while kind is not None and kind.type in ("generic_type", "annotated_type") and kind.named_children:
        first, *others = kind.named_children if kind.type == "generic_type" else reversed(kind.named_children)
        rest += others
        kind = first
    if kind is not None and kind.type == "type_identifier":
        return kind, "", rest
    if kind is not None and kind.type == "scoped_type_identifier" and kind.named_children[-1].type == "type_identifier":
        before = kind.named_children[:-1]
        return kind.named_children[-1], plain_type(walker, before[0]) or "?" if before else "", before + rest
    return None, "", []


def inherit(walker: Walker, kind: Node, frame: Frame) -> tuple[str, list[Node]]:
    """Notes a base class or interface as a use; gives its name as written without type arguments, and the nodes left to visit."""
    name, qualifier, rest = _type_parts(walker, kind)
    if name is None:
        return "", [kind]
    walker.use(name, "inherit", frame, qualifier)
    text = walker.text(name)
    return f"{qualifier}.{text}" if qualifier else text, rest


def anonymous(walker: Walker, body: Node, frame: Frame) -> list[Work]:
    """The body of a class without a name: what it declares hides outer names, what it does belongs to the definition around it."""
    inner = Frame(frame.scope, frame, frame.results, ANONYMOUS)
    for member in body.named_children:
        name = field(member, "name")
        if member.type == "method_declaration" and name is not None:
            inner.names[f"{walker.text(name)}()"] = body.start_byte
        elif member.type == "field_declaration":
            for declarator in member.children_by_field_name("declarator"):
                inner.names[walker.text(field(declarator, "name"))] = body.start_byte
    return inside(inner, body)


def _constructor_call(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`super(…)` and `this(…)`."""
    target, arguments = field(node, "constructor"), field(node, "arguments")
    if target is not None:
        walker.use(target, "call", frame, "", "discard", (_shape(arguments), node))
    return [(c, frame, "") for c in node.named_children if c not in (target, arguments)] + inside(frame, arguments)


def _method_reference(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`X::m` names m of X without calling it; `X::new` names the class X."""
    kids = node.named_children
    if node.children[-1].type == "new":
        if kids and kids[0].type == "identifier":
            walker.use(kids[0], "name", frame, "", "new")
            return [(child, frame, "") for child in kids[1:]]
    elif len(kids) > 1 and kids[-1].type == "identifier":
        walker.use(kids[-1], "name", frame, _receiver(walker, frame, kids[0]))
        return [(child, frame, "") for child in kids[:-1]]
    return [(child, frame, "") for child in kids]


def _annotation(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name, arguments = field(node, "name"), field(node, "arguments")
    if name is None:
        return ()
    given = arguments.named_children if arguments is not None else []
    pairs = [a for a in given if a.type == "element_value_pair"]
    keys = [key for pair in pairs if (key := field(pair, "key")) is not None]
    scope = field(name, "scope")
    last = field(name, "name") if name.type == "scoped_identifier" else name
    if last is not None and (walker.text(last) not in _COMMON or walker.text(last) in walker.aliases):
        shape = Arguments(
            sum(a not in pairs and not a.type.endswith("comment") for a in given), tuple(map(walker.text, keys))
        )
        walker.use(last, "decorator", frame, walker.dotted(scope), "", (shape, node))
    for key in keys:
        walker.use(key, "attribute", frame, f"{walker.dotted(name)}()")
    return [(a, frame, "") for a in given if a not in pairs] + listed(frame, *[field(pair, "value") for pair in pairs])


_NOTHING = (
    "line_comment block_comment string_literal character_literal decimal_integer_literal hex_integer_literal octal_integer_literal "
    "binary_integer_literal decimal_floating_point_literal hex_floating_point_literal null_literal true false this super integral_type "
    "floating_point_type void_type boolean_type break_statement continue_statement dimensions receiver_parameter module_declaration"
)

USES: Mapping[str, Handler] = {
    **dict.fromkeys(words(_NOTHING), skip),
    "identifier": _identifier,
    "type_identifier": _type_identifier,
    "scoped_type_identifier": _scoped_type,
    "scoped_identifier": _scoped_identifier,
    "field_access": _field_access,
    "method_invocation": _call,
    "object_creation_expression": _new,
    "explicit_constructor_invocation": _constructor_call,
    "method_reference": _method_reference,
    "annotation": _annotation,
    "marker_annotation": _annotation,
}
