"""Go inside declarations: what statements and expressions use and bind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import Arguments
from rao_review.graph.languages.go_values import TRANSPARENT, UNIVERSE, receiver_of, type_name, type_parts, value_of
from rao_review.graph.languages.walker import Frame, Handler, Walker, Work, field, inside, listed, words

_ONE_VALUE = UNIVERSE | words("String Error Errorf Sprintf Sprint Now TempDir Background Len Name TypeOf ValueOf")
"""Functions and conversions known to give one value, so that `f(g())` counts as one argument."""


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────


def _identifier(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = walker.text(node)
    if name not in UNIVERSE and name not in walker.aliases and name != "_" and not frame.shadows(name, node.start_byte):
        walker.use(node, "name", frame, "", context)
    return ()


def _type_identifier(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = walker.text(node)
    if name not in UNIVERSE and name != "_" and not frame.shadows(name, node.start_byte):
        walker.use(node, "type", frame, "", "type")
    return ()


def _qualified_type(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = field(node, "name")
    if name is not None:
        walker.use(name, "type", frame, walker.text(field(node, "package")), "type")
    return ()


def _selector(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    operand, name = field(node, "operand"), field(node, "field")
    if name is not None:
        walker.use(name, "attribute", frame, receiver_of(walker, frame, operand), context)
    return listed(frame, operand)


# ── calls and literals ───────────────────────────────────────────────────────────────────────────────────


def _call(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    function, arguments = field(node, "function"), field(node, "arguments")
    below = listed(frame, field(node, "type_arguments"))
    shape = _shape(walker, arguments)
    callee = function
    if callee is not None and callee.type == "index_expression":  # F[int](x), or a call of an element
        below += inside(frame, callee)[1:]
        callee = field(callee, "operand")
    if callee is None:
        pass
    elif callee.type == "identifier":
        name = walker.text(callee)
        if name not in UNIVERSE and not frame.shadows(name, callee.start_byte):
            walker.use(callee, "call", frame, "", context, (shape, node))
    elif callee.type == "selector_expression" and (name_node := field(callee, "field")) is not None:
        operand = field(callee, "operand")
        if (
            operand is not None and operand.type == "parenthesized_expression"
        ):  # (*T).Method takes its receiver as first argument
            shape = shape._replace(star=True)
        walker.use(name_node, "call", frame, receiver_of(walker, frame, operand), context, (shape, node))
        below = listed(frame, operand) + below
    else:
        below = listed(frame, callee) + below
    return below + inside(frame, arguments)


def _conversion(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`F[int](x)` looks like a conversion to a generic type; calls are far more common."""
    kind, operand = field(node, "type"), field(node, "operand")
    parts = type_parts(walker, kind) if kind is not None and kind.type == "generic_type" else None
    if kind is None or parts is None:
        return inside(frame, node)
    name, package = parts
    if package or not frame.shadows(walker.text(name), name.start_byte):
        walker.use(name, "call", frame, package, context, (Arguments(1, star=_many_valued(walker, operand)), node))
    return listed(frame, field(kind, "type_arguments"), operand)


def _shape(walker: Walker, arguments: Node | None) -> Arguments:
    if arguments is None:
        return Arguments(0)
    given = [a for a in arguments.named_children if a.type != "comment"]
    spread = bool(given) and given[-1].type == "variadic_argument"
    many = len(given) == 1 and _many_valued(walker, given[0])
    return Arguments(len(given) - spread, star=spread or many)


def _many_valued(walker: Walker, node: Node | None) -> bool:
    """Whether an only argument may stand for several: `f(g())` where g gives more than one value."""
    if node is None or node.type != "call_expression":
        return False
    function = field(node, "function")
    if function is not None and function.type == "selector_expression":
        function = field(function, "field")
    return walker.text(function) not in _ONE_VALUE


def _composite(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`Foo{…}` and, inside `[]Foo{{…}, {…}}` and `map[Key]Foo{{…}: {…}}`, the literals that leave their type out."""
    kind, body = field(node, "type"), field(node, "body")
    parts = type_parts(walker, kind)
    below = listed(frame, kind) if parts is None else _literal_use(walker, frame, parts, node)
    pending: list[tuple[Node | None, Node | None]] = [(kind, body)]
    while pending:
        kind, body = pending.pop()
        keys, _, members = _elements(body)
        element = _element_type(kind)
        name = type_name(walker, frame, kind)
        for key in keys:
            if key.type == "literal_value":
                pending.append((_key_type(kind), key))
            elif name and key.type == "identifier":
                walker.use(key, "attribute", frame, f"{name}()")
            elif element is not None:
                below.append((key, frame, ""))
        for member in members:
            if member.type == "literal_value":
                pending.append((element, member))
            else:
                below.append((member, frame, ""))
    return below


def _literal_use(walker: Walker, frame: Frame, parts: tuple[Node, str], node: Node) -> list[Work]:
    """The use of the type of a composite literal, with its fields as arguments; gives what is left to visit of the type."""
    name, package = parts
    text = walker.text(name)
    if text and text not in UNIVERSE and (package or not frame.shadows(text, name.start_byte)):
        keys, count, _ = _elements(field(node, "body"))
        shape = Arguments(count, tuple(walker.text(key) for key in keys if key.type == "identifier"))
        walker.use(name, "type", frame, package, "", (shape, node))
    kind = field(node, "type")
    return listed(frame, field(kind, "type_arguments")) if kind is not None else []


def _elements(body: Node | None) -> tuple[list[Node], int, list[Node]]:
    """Keys, number of elements without a key, and element values of a literal's body."""
    keys: list[Node] = []
    members: list[Node] = []
    count = 0
    for item in body.named_children if body is not None else ():
        if item.type == "keyed_element":
            key, value = field(item, "key"), field(item, "value")
            keys += key.named_children if key is not None else ()
            members += value.named_children if value is not None else ()
        elif item.type == "literal_element":
            count += 1
            members += item.named_children
    return keys, count, members


def _element_type(kind: Node | None) -> Node | None:
    """The element type of a slice, array or map type."""
    kind = _pointed_at(kind)
    if kind is None:
        return None
    return field(kind, "value") if kind.type == "map_type" else field(kind, "element")


def _key_type(kind: Node | None) -> Node | None:
    """The key type of a map type."""
    kind = _pointed_at(kind)
    return field(kind, "key") if kind is not None and kind.type == "map_type" else None


def _pointed_at(kind: Node | None) -> Node | None:
    """A type without the pointers and parentheses around it."""
    while kind is not None and kind.type in TRANSPARENT:
        kind = kind.named_children[0] if len(kind.named_children) == 1 else None
    return kind


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────


def _block(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return inside(frame.block(), node)


def _if(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    inner, condition = frame.block(), field(node, "condition")
    return [(child, inner, "truth" if child == condition else "") for child in node.named_children]


def _pass_truth(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`!x`, `(x)`, `x && y` in a condition: their parts are conditions too."""
    if context == "truth" and node.type != "parenthesized_expression":
        operator = field(node, "operator")
        if operator is None or operator.type not in ("!", "&&", "||"):
            context = ""
    elif context != "truth" and node.type != "parenthesized_expression":
        context = ""
    return [(child, frame, context) for child in node.named_children]


def _discard(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "discard") for child in node.named_children]


def _step(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "write") for child in node.named_children]


def _index(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "" if number else "subscript") for number, child in enumerate(node.named_children)]


def _return(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    values = node.named_children[0].named_children if node.named_children else []
    unpacked = f"unpack:{frame.results}" if len(values) == 1 and frame.results > 1 else ""
    return [(value, frame, unpacked) for value in values]


def _assign(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`a, b := f()` binds, `a, b = f()` writes."""
    left, right = field(node, "left"), field(node, "right")
    targets = left.named_children if left is not None else []
    if node.type == "short_var_declaration":
        bind_values(walker, frame, targets, right, node.end_byte)
        targets = []
    return [(target, frame, "write") for target in targets] + unpacking(
        frame, len(left.named_children) if left is not None else 0, right
    )


def bind_values(walker: Walker, frame: Frame, names: Sequence[Node], right: Node | None, since: int) -> None:
    """Binds names to what is known of the values of an expression list."""
    for name, value in zip(names, known_values(walker, frame, len(names), right), strict=True):
        walker.bind(frame, name, value, since)


def known_values(walker: Walker, frame: Frame, count: int, right: Node | None) -> list[str]:
    """`Binding.value` for each of so many targets; the first of several stands for an only call's first result."""
    values: list[Node] = right.named_children if right is not None else []
    if len(values) == count:
        return [value_of(walker, frame, value) for value in values]
    return [value_of(walker, frame, values[0]) if values else "", *[""] * (count - 1)][:count]


def unpacking(frame: Frame, targets: int, right: Node | None) -> list[Work]:
    """Work for the right side of an assignment to so many targets."""
    values: list[Node] = right.named_children if right is not None else []
    return [(value, frame, f"unpack:{targets}" if len(values) == 1 < targets else "") for value in values]


def _range(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`for k, v := range xs` and `case v := <-ch`: the names hold inside the loop or case."""
    left, right = field(node, "left"), field(node, "right")
    targets = left.named_children if left is not None else []
    if any(child.type == ":=" for child in node.children):
        for target in targets:
            walker.bind(frame, target, "", node.end_byte)
        targets = []
    return [(target, frame, "write") for target in targets] + [
        (child, frame, "iterate" if node.type == "range_clause" else "")
        for child in ([right] if right is not None else [])
    ]


def _type_switch(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    inner, alias = frame.block(), field(node, "alias")
    for name in alias.named_children if alias is not None else ():
        walker.bind(inner, name, "", name.start_byte)
    return [(child, inner, "") for child in node.named_children if child != alias]


def _for_clause(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    condition = field(node, "condition")
    return [(child, frame, "truth" if child == condition else "") for child in node.named_children]


USES: Mapping[str, Handler] = {
    "identifier": _identifier,
    "type_identifier": _type_identifier,
    "qualified_type": _qualified_type,
    "selector_expression": _selector,
    "call_expression": _call,
    "type_conversion_expression": _conversion,
    "composite_literal": _composite,
    "block": _block,
    "for_statement": _block,
    "expression_switch_statement": _block,
    "select_statement": _block,
    "expression_case": _block,
    "type_case": _block,
    "default_case": _block,
    "communication_case": _block,
    "if_statement": _if,
    "for_clause": _for_clause,
    "unary_expression": _pass_truth,
    "binary_expression": _pass_truth,
    "parenthesized_expression": _pass_truth,
    "expression_statement": _discard,
    "go_statement": _discard,
    "defer_statement": _discard,
    "inc_statement": _step,
    "dec_statement": _step,
    "index_expression": _index,
    "return_statement": _return,
    "short_var_declaration": _assign,
    "assignment_statement": _assign,
    "range_clause": _range,
    "receive_statement": _range,
    "type_switch_statement": _type_switch,
}
