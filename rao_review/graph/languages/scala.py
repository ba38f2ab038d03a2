"""Scala: classes, traits, objects and enums with their members, and imports."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader, variable_kind
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work

_SCALA = Vocabulary(
    defines={
        "class_definition": Defines("class", params="class_parameters"),
        "trait_definition": Defines("interface"),
        "object_definition": Defines("class"),
        "package_object": Defines("class"),
        "enum_definition": Defines("enum"),
        "simple_enum_case": Defines("enum_member"),
        "full_enum_case": Defines("enum_member", params="class_parameters"),
        "function_definition": Defines("function", member="method", params="parameters", result="return_type"),
        "function_declaration": Defines("function", member="method", params="parameters", result="return_type"),
        "type_definition": Defines("type"),
    },
    names=frozenset({"identifier"}),
    types=frozenset({"type_identifier"}),
    members={
        "field_expression": ("value", "field"),
        "stable_type_identifier": ("0", "-1"),
        "stable_identifier": ("0", "-1"),
    },
    calls={"call_expression": ("", "function", "arguments")},
    creations={"instance_expression": ("0", "arguments")},
    wrappers={"generic_function": "function", "generic_type": "type"},
    parameters={"parameter": "positional", "class_parameter": "positional"},
    lists=frozenset({"arguments"}),
    keywords={"assignment_expression": "left"},
    bases=frozenset({"extends_clause"}),
    binds={
        "enumerator": ("0",),
        "case_clause": ("pattern",),
        "lambda_expression": ("parameters",),
        "catch_clause": ("pattern",),
    },
    universe=frozenset(
        {"Int", "Long", "String", "Boolean", "Double", "Float", "Unit", "Any", "AnyRef", "Nothing", "this", "super"}
    ),
    plain=frozenset(
        {"tailrec", "deprecated", "inline", "throws", "SerialVersionUID", "nowarn", "scala.annotation.tailrec"}
    ),
    generics=frozenset({"type_parameters"}),
    nothing=frozenset(
        {"comment", "block_comment", "string", "integer_literal", "boolean_literal", "operator_identifier", "wildcard"}
    ),
)


class _ScalaReader(Reader):
    def callable(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A class or function; with several parameter lists its arguments come in several calls, so its parameters are not told."""
        names = [walker.text(part(child, "name")) for child in node.named_children if child.type == "annotation"]
        before = len(walker.found.drafts)
        work = self.definition(walker, node, frame, " ".join(f"@{name}" for name in names if name))
        lists = [child for child in node.named_children if child.type in ("parameters", "class_parameters")]
        if len(walker.found.drafts) > before:
            draft = walker.found.drafts[before]
            found = [self.parameters(walker, work[0][1], one) for one in lists]
            draft.params = found[0] if found else draft.params
            if len(lists) != 1 or lists[0].has_error or _has_more_constructors(walker, node):
                draft.params = None
            for parameter in lists[0].named_children if node.type == "class_definition" and lists else ():
                self._class_parameter(walker, node, parameter, draft.qualname)
        return work

    def _class_parameter(self, walker: Walker, owner: Node, node: Node, qualname: str) -> None:
        """`val` and `var` parameters, and all of a case class, are fields."""
        name = part(node, "name")
        case = any(child.type == "case" for child in owner.children)
        if name is not None and (case or any(child.type in ("val", "var") for child in node.children)):
            kind = walker.folded(part(node, "type"))
            walker.define(node, name, "field", f"{qualname}.{walker.text(name)}", annotation=kind)

    def value(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`val` and `var`: fields, or locals in a function."""
        patterns = node.children_by_field_name("pattern") or node.children_by_field_name("name")
        rest = [(child, frame, "") for child in node.named_children if child not in patterns]
        if frame.place == "function":
            for pattern in patterns:
                self._bind_pattern(walker, frame, pattern, node.end_byte)
            return rest
        names = [
            name
            for pattern in patterns
            for name in ([pattern] if pattern.type == "identifier" else pattern.named_children)
            if name.type == "identifier"
        ]
        annotation = walker.folded(part(node, "type"))
        for name in names:
            walker.define(node, name, variable_kind(frame), frame.qualify(walker.text(name)), annotation=annotation)
        return rest

    def made(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`new Base { … }`: what the body defines is of a class without a name."""
        body = part(node, "template_body")
        inner = Frame(frame.qualify("new"), frame)
        return [
            (child, inner if child == body else frame, c) for child, _, c in self._creation(walker, node, frame, "")
        ]

    def infix(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`a foo b` calls foo of a."""
        left, operator = part(node, "left"), part(node, "operator")
        if operator is not None and operator.type == "identifier":
            walker.use(operator, "attribute", frame, self.receiver(walker, left))
        return [(child, frame, "") for child in node.named_children if child != operator]


def _has_more_constructors(walker: Walker, node: Node) -> bool:
    """Whether a class has a `def this`."""
    body = part(node, "body") if node.type == "class_definition" else None
    functions = (c for c in body.named_children if c.type == "function_definition") if body is not None else ()
    return any(walker.text(part(function, "name")) == "this" for function in functions)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Scala file; never raises on its content."""
    return _TABLE.extract(source, language)


def _package(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = part(node, "name")
    walker.found.package = ".".join(filter(None, (walker.found.package, path_of(walker, name))))
    return [(child, frame, "") for child in node.named_children if child != name]


def _import(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`import a.{B, C => D, _}`: one import for each selector."""
    path = ".".join(walker.text(child) for child in node.children_by_field_name("path") if child.type == "identifier")
    selectors = part(node, "namespace_selectors")
    chosen = (
        selectors.named_children
        if selectors is not None
        else [c for c in node.named_children if c.type == "namespace_wildcard"]
    )
    for selector in chosen:
        name, alias = part(selector, "name"), part(selector, "alias")
        if selector.type == "namespace_wildcard":
            add_import(walker, selector, path, "*", "")
        elif selector.type == "identifier":
            add_import(walker, selector, path, walker.text(selector), walker.text(selector))
        elif name is not None:
            add_import(walker, selector, path, walker.text(name), walker.text(alias).removesuffix("_"))
    if not chosen and path:
        module, _, last = path.rpartition(".")
        add_import(walker, node, module, last, last)
    return ()


def _annotation(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = part(node, "name")
    if name is not None:
        walker.use(name, "decorator", frame)
    return [(child, frame, "") for child in node.named_children if child != name]


def _arguments(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The name of a named argument is no use."""
    return [(part(c, "right") or c if c.type == "assignment_expression" else c, frame, "") for c in node.named_children]


def _interpolated(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The `s` of `s"…"` is no use."""
    return [(child, frame, "") for child in node.named_children if child.type != "identifier"]


_READER = _ScalaReader(_SCALA)
_TABLE = Table(
    "tree_sitter_scala",
    _READER.handlers(
        {
            "package_clause": _package,
            "import_declaration": _import,
            "annotation": _annotation,
            "interpolated_string_expression": _interpolated,
            "arguments": _arguments,
            "infix_expression": _READER.infix,
            "instance_expression": _READER.made,
            **dict.fromkeys(("class_definition", "function_definition", "function_declaration"), _READER.callable),
            **dict.fromkeys(("val_definition", "var_definition", "val_declaration", "var_declaration"), _READER.value),
        }
    ),
)
