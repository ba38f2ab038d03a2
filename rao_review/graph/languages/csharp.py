"""C#: namespaces, types and their members, `using` directives."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns, DefinitionKind
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, flags_of, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work

_CSHARP = Vocabulary(
    defines={
        "class_declaration": Defines("class"),
        "struct_declaration": Defines("class"),
        "record_declaration": Defines("class", params="parameter_list"),
        "interface_declaration": Defines("interface"),
        "enum_declaration": Defines("enum"),
        "enum_member_declaration": Defines("enum_member"),
        "delegate_declaration": Defines("type", params="parameters", result="type"),
        "method_declaration": Defines("method", params="parameters", result="returns"),
        "constructor_declaration": Defines("method", params="parameters"),
        "local_function_statement": Defines("function", params="parameters", result="type"),
        "property_declaration": Defines("property", result="type", body="accessors"),
    },
    names=frozenset({"identifier", "implicit_parameter"}),
    members={
        "member_access_expression": ("expression", "name"),
        "conditional_access_expression": ("condition", "member_binding_expression"),
        "qualified_name": ("qualifier", "name"),
        "alias_qualified_name": ("alias", "name"),
    },
    calls={"invocation_expression": ("", "function", "arguments")},
    creations={"object_creation_expression": ("type", "arguments")},
    wrappers={"generic_name": "identifier", "member_binding_expression": "name", "primary_constructor_base_type": "0"},
    parameters={"parameter": "positional"},
    lists=frozenset({"argument_list"}),
    keywords={"argument": "name"},
    bases=frozenset({"base_list"}),
    binds={
        "foreach_statement": ("left",),
        "declaration_pattern": ("name",),
        "declaration_expression": ("name",),
        "catch_declaration": ("name",),
        "variable_declarator": ("name",),
        "lambda_expression": ("parameters",),
    },
    typed={
        "variable_declaration": ("type",),
        "cast_expression": ("type",),
        "typeof_expression": ("type",),
        "nullable_type": ("*",),
        "array_type": ("type",),
        "type_argument_list": ("*",),
        "is_expression": ("right",),
        "as_expression": ("right",),
        "generic_name": ("identifier",),
    },
    universe=frozenset({"nameof", "value"}),
    generics=frozenset({"type_parameter_list"}),
    nothing=frozenset(
        {
            "comment",
            "predefined_type",
            "modifier",
            "implicit_type",
            "string_literal",
            "integer_literal",
            "character_literal",
            "this",
        }
        | {"verbatim_string_literal", "raw_string_literal", "goto_statement", "real_literal", "null_literal"}
    ),
)
_READER = Reader(_CSHARP)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one C# file; never raises on its content."""
    return _TABLE.extract(source, language)


def _namespace(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A namespace is the package of the file; it is no part of qualified names."""
    name = part(node, "name")
    walker.found.package = walker.found.package or path_of(walker, name)
    return [(child, frame, "") for child in node.named_children if child != name]


def _using(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`using A.B` → ('A.B', '*'), `using X = A.C` → ('A', 'C', alias 'X'); a static one imports the members of its type."""
    alias = node.child_by_field_name("name")
    path = path_of(walker, part(node, "-1"))
    module, _, name = path.rpartition(".")
    if alias is not None and path:
        add_import(walker, node, module, name, walker.text(alias))
    elif path:
        static = any(child.type == "static" for child in node.children)
        add_import(walker, node, path, "*", "", *(["static"] if static else []))
    return ()


def _attribute(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = part(node, "name")
    if name is not None and (path := path_of(walker, name)):
        walker.use(_READER.target(walker, name)[1] or name, "decorator", frame, path.rpartition(".")[0])
    return [(child, frame, "") for child in node.named_children if child != name]


def _member(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A definition with its attributes as decorators."""
    lists = [child for child in node.named_children if child.type == "attribute_list"]
    names = [path_of(walker, part(attribute, "name")) for child in lists for attribute in child.named_children]
    return _READER.definition(walker, node, frame, " ".join(f"@{name}" for name in names if name))


def _fields(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Fields and events: one declaration may hold several."""
    declaration = part(node, "variable_declaration")
    if declaration is None:
        return [(child, frame, "") for child in node.named_children]
    kind: DefinitionKind = "constant" if any(walker.text(c) == "const" for c in node.named_children) else "field"
    annotation = walker.folded(part(declaration, "type"))
    for declarator in declaration.named_children:
        name = part(declarator, "name") if declarator.type == "variable_declarator" else None
        if name is not None and walker.text(name):
            qualname = frame.qualify(walker.text(name))
            walker.define(node, name, kind, qualname, flags=flags_of(walker, node, name), annotation=annotation)
    return [(child, frame, "") for child in node.named_children]


def _record(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The parameters of a record are properties too."""
    name, parameters = part(node, "name"), part(node, "parameter_list")
    for parameter in parameters.named_children if parameters is not None and name is not None else ():
        component = part(parameter, "name")
        if parameter.type == "parameter" and component is not None:
            qualname = f"{frame.qualify(walker.text(name))}.{walker.text(component)}"
            walker.define(parameter, component, "property", qualname, annotation=walker.folded(part(parameter, "type")))
    before = len(walker.found.drafts)
    work = _member(walker, node, frame, context)
    body = part(node, "body")
    if body is not None and any(child.type == "constructor_declaration" for child in body.named_children):
        for draft in walker.found.drafts[before : before + 1]:
            draft.params = None  # it can be made in several ways
    return work


def _nameless(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Operators, indexers and destructors cannot be called by name; their parameters are locals."""
    inner = Frame(frame.qualify(node.type.partition("_")[0]), frame)
    name = part(node, "name")
    return [(child, inner, "") for child in node.named_children if child != name]


def _initializer(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """In `new Foo { P = 1 }` P is a member of what is made."""
    work: list[Work] = []
    for child in node.named_children:
        left, right = part(child, "left"), part(child, "right")
        if child.type == "assignment_expression" and left is not None and left.type == "identifier":
            walker.use(left, "attribute", frame, "?")
            work += [] if right is None else [(right, frame, "")]
        else:
            work.append((child, frame, ""))
    return work


_TABLE = Table(
    "tree_sitter_c_sharp",
    _READER.handlers(
        {
            "namespace_declaration": _namespace,
            "file_scoped_namespace_declaration": _namespace,
            "using_directive": _using,
            "attribute": _attribute,
            "initializer_expression": _initializer,
            **{kind: _member for kind in _CSHARP.defines if kind.endswith("_declaration")},
            "record_declaration": _record,
            **dict.fromkeys(("field_declaration", "event_field_declaration"), _fields),
            **dict.fromkeys(
                (
                    "operator_declaration",
                    "conversion_operator_declaration",
                    "indexer_declaration",
                    "destructor_declaration",
                ),
                _nameless,
            ),
        }
    ),
)
