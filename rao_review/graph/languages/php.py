"""PHP: namespaces, `use`, classes, traits, enums and their members, functions and constants."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_base, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work

_PHP = Vocabulary(
    defines={
        "class_declaration": Defines("class"),
        "interface_declaration": Defines("interface"),
        "trait_declaration": Defines("class"),
        "enum_declaration": Defines("enum"),
        "enum_case": Defines("enum_member"),
        "method_declaration": Defines("method", params="parameters", result="return_type"),
        "function_definition": Defines("function", params="parameters", result="return_type"),
        "const_element": Defines("constant", name="0"),
    },
    names=frozenset({"name"}),
    members={
        "member_access_expression": ("object", "name"),
        "nullsafe_member_access_expression": ("object", "name"),
        "class_constant_access_expression": ("0", "-1"),
        "qualified_name": ("prefix", "-1"),
    },
    calls={
        "function_call_expression": ("", "function", "arguments"),
        "member_call_expression": ("object", "name", "arguments"),
        "nullsafe_member_call_expression": ("object", "name", "arguments"),
        "scoped_call_expression": ("scope", "name", "arguments"),
    },
    creations={"object_creation_expression": ("0", "arguments")},
    parameters={
        "simple_parameter": "positional",
        "property_promotion_parameter": "positional",
        "variadic_parameter": "variadic",
    },
    lists=frozenset({"arguments"}),
    keywords={"argument": "name"},
    spreads={"variadic_unpacking": "*"},
    bases=frozenset({"base_clause", "class_interface_clause"}),
    typed={"named_type": ("*",), "type_list": ("*",)},
    nothing=frozenset(
        {
            "comment",
            "string",
            "encapsed_string_content",
            "integer",
            "float",
            "variable_name",
            "primitive_type",
            "relative_scope",
        }
        | {"php_tag", "text", "visibility_modifier", "static_modifier", "null", "boolean", "string_content"}
    ),
    separate=True,
)
_READER = Reader(_PHP)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one PHP file; never raises on its content."""
    return _TABLE.extract(source, language)


def _namespace(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name, body = part(node, "name"), part(node, "body")
    walker.found.package = walker.found.package or path_of(walker, name)
    return [(body, frame, "")] if body is not None else []


def _use(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`use A\\B as C` → ('A', 'B', alias 'C'); a group shares its prefix."""
    group = part(node, "body")
    prefix = path_of(walker, part(node, "namespace_name")) if group is not None else ""
    for clause in (group if group is not None else node).named_children:
        if clause.type != "namespace_use_clause":
            continue
        path = ".".join(filter(None, (prefix, path_of(walker, part(clause, "0")))))
        module, _, name = path.rpartition(".")
        alias = walker.text(clause.child_by_field_name("alias")) or name
        if name:
            add_import(walker, clause, module, name, alias)
    return ()


def _require(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    path = part(node, "0")
    if path is not None and path.type in ("string", "encapsed_string"):
        add_import(walker, node, walker.text(path).strip("'\""), "", "")
        return ()
    return [(child, frame, "") for child in node.named_children]


def _trait(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`use SomeTrait;` in a class, which has what the trait has."""
    for child in node.named_children:
        if path := path_of(walker, child):
            walker.use(_READER.target(walker, child)[1] or child, "inherit", frame, path.rpartition(".")[0])
            add_base(walker, frame, path)
    return ()


def _properties(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    for element in node.named_children:
        name = part(element, "name") if element.type == "property_element" else None
        if name is not None:
            kind = walker.folded(part(node, "type"))
            walker.define(node, name, "field", frame.qualify(walker.text(name).lstrip("$")), annotation=kind)
    return [(child, frame, "") for child in node.named_children]


def _promoted(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A constructor parameter with a visibility is a field too."""
    name, owner = part(node, "name"), frame.owner
    if name is not None and owner:
        kind = walker.folded(part(node, "type"))
        walker.define(node, name, "field", f"{owner}.{walker.text(name).lstrip('$')}", annotation=kind)
    return [(child, frame, "") for child in node.named_children if child != name]


def _static_property(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`Foo::$p` uses p of Foo."""
    scope, name = part(node, "scope"), part(node, "name")
    plain = part(name, "name") if name is not None else None
    if plain is not None:
        walker.use(plain, "attribute", frame, _READER.receiver(walker, scope), context)
    return [] if scope is None else [(scope, frame, "")]


def _attribute(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = part(node, "0")
    if name is not None and (path := path_of(walker, name)):
        walker.use(_READER.target(walker, name)[1] or name, "decorator", frame, path.rpartition(".")[0])
    return [(child, frame, "") for child in node.named_children if child != name]


def _decorated(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    groups = [
        group for child in node.named_children if child.type == "attribute_list" for group in child.named_children
    ]
    names = [path_of(walker, part(attribute, "0")) for group in groups for attribute in group.named_children]
    return _READER.definition(walker, node, frame, " ".join(f"@{name}" for name in names if name))


_TABLE = Table(
    "tree_sitter_php",
    _READER.handlers(
        {
            "namespace_definition": _namespace,
            "namespace_use_declaration": _use,
            "use_declaration": _trait,
            "property_declaration": _properties,
            "property_promotion_parameter": _promoted,
            "scoped_property_access_expression": _static_property,
            "attribute": _attribute,
            **dict.fromkeys(
                ("class_declaration", "method_declaration", "function_definition", "enum_declaration"), _decorated
            ),
            **dict.fromkeys(
                ("require_expression", "require_once_expression", "include_expression", "include_once_expression"),
                _require,
            ),
        }
    ),
    entry="language_php",
)
