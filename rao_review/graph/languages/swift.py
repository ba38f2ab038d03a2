"""Swift: types and extensions, functions with argument labels, properties and imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from rao_review.graph.facts import Columns, DefinitionKind, Param
from rao_review.graph.languages.declarative import Reader, variable_kind
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work

_SWIFT = Vocabulary(
    defines={
        "class_declaration": Defines("class"),
        "protocol_declaration": Defines("interface"),
        "function_declaration": Defines("function", member="method"),
        "protocol_function_declaration": Defines("method"),
        "typealias_declaration": Defines("type"),
        "associatedtype_declaration": Defines("type"),
    },
    names=frozenset({"simple_identifier"}),
    types=frozenset({"type_identifier"}),
    members={"navigation_expression": ("target", "suffix")},
    calls={"call_expression": ("", "0", "*")},
    creations={"constructor_expression": ("constructed_type", "constructor_suffix")},
    wrappers={"navigation_suffix": "suffix", "user_type": "0", "inheritance_specifier": "inherits_from"},
    parameters={"parameter": "positional"},
    lists=frozenset({"value_arguments", "call_suffix", "constructor_suffix"}),
    keywords={"value_argument": "name"},
    bases=frozenset({"inheritance_specifier"}),
    binds={
        "for_statement": ("item",),
        "lambda_parameter": ("name",),
        "catch_block": ("error",),
    },
    universe=frozenset(
        {
            "Int",
            "String",
            "Bool",
            "Double",
            "Float",
            "Void",
            "Any",
            "Self",
            "Array",
            "Dictionary",
            "Set",
            "$0",
            "$1",
            "$2",
        }
    ),
    plain=frozenset(
        {"discardableResult", "available", "objc", "MainActor", "inlinable", "usableFromInline", "frozen", "Sendable"}
    ),
    generics=frozenset({"type_parameters"}),
    nothing=frozenset(
        {
            "comment",
            "multiline_comment",
            "line_str_text",
            "multi_line_str_text",
            "integer_literal",
            "boolean_literal",
            "self_expression",
        }
        | {
            "super_expression",
            "value_argument_label",
            "visibility_modifier",
            "member_modifier",
            "property_modifier",
            "getter_specifier",
        }
    ),
)


class _SwiftReader(Reader):
    def type_like(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A class, struct, enum or actor; an extension adds members to a type that may be defined elsewhere."""
        name = part(node, "name")
        words = {child.type for child in node.children}
        if "extension" in words:
            path = frame.qualify(path_of(walker, name))
            inner = Frame(path, frame, owner=path, place="class")
            for clause in node.named_children:
                if clause.type == "inheritance_specifier":
                    self._bases(walker, clause, inner)
            return [(child, inner, "") for child in node.named_children if child.type != "inheritance_specifier"]
        shape = replace(self.words.defines[node.type], kind="enum" if "enum" in words else "class")
        return self.define(walker, node, frame, name, shape, " ".join(self.decorators(walker, node)))

    def decorators(self, walker: Walker, node: Node) -> list[str]:
        modifiers = part(node, "modifiers")
        attributes = [c for c in modifiers.named_children if c.type == "attribute"] if modifiers is not None else []
        paths = [path_of(walker, part(attribute, "user_type")) for attribute in attributes]
        return [f"@{path}" for path in paths if path]

    def function(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A function or initializer; a parameter is known to callers by its label."""
        name = (
            part(node, "name")
            if node.type != "init_declaration"
            else next((c for c in node.children if c.type == "init"), None)
        )
        shape = self.words.defines.get(node.type, Defines("method"))
        before = len(walker.found.drafts)
        work = self.define(walker, node, frame, name, shape, " ".join(self.decorators(walker, node)))
        if len(walker.found.drafts) == before:
            return work
        draft = walker.found.drafts[before]
        inner = next((below for _, below, _ in work), frame)
        params = self.parameters(walker, inner, node)
        labels = [
            walker.text(part(child, "external_name")) for child in node.named_children if child.type == "parameter"
        ]
        draft.params = tuple(
            Param(
                label if label not in ("", "_") else param.name,
                "positional_only" if label == "_" else param.kind,
                param.optional,
            )
            for label, param in zip(labels, params, strict=True)
        )
        if any(child.has_error for child in node.children if child != part(node, "body")):
            draft.params = None
        return work

    def property(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Stored and computed properties; in a function they are locals."""
        names: list[Node] = []
        pending = node.children_by_field_name("name")
        while pending:
            found = pending.pop()
            if found.type == "simple_identifier":
                names.append(found)
            elif found.type == "pattern":
                pending += reversed(found.named_children)
        for name in names:
            if frame.place == "function":
                walker.bind(frame, name, "", node.end_byte)
            else:
                computed = part(node, "computed_value") is not None or node.type == "protocol_property_declaration"
                kind: DefinitionKind = "property" if computed else variable_kind(frame)
                annotation = part(node, "type_annotation")
                text = walker.folded(part(annotation, "name")) if annotation is not None else ""
                walker.define(node, name, kind, frame.qualify(walker.text(name)), annotation=text)
        return [(child, frame, "") for child in node.named_children if child.type != "pattern"]

    def enum_entry(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        names = node.children_by_field_name("name")
        for name in names:
            walker.define(node, name, "enum_member", frame.qualify(walker.text(name)))
        rest = [child for child in node.named_children if child not in names]
        contents = [below for child in rest if child.type == "enum_type_parameters" for below in child.named_children]
        kinds = [below for below in contents if below.type != "simple_identifier"]  # without the labels
        return [(child, frame, "") for child in [*rest, *kinds] if child.type != "enum_type_parameters"]

    def condition(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`if`, `guard`, `while`: `let x = …` and what `case … =` says bind their names."""
        for name in node.children_by_field_name("bound_identifier"):
            walker.bind(frame, name, "", name.start_byte)
        work: list[Work] = []
        in_case = binds = False
        for child in node.children:
            in_case = child.type == "case" or (in_case and child.type != "=")
            binds = in_case and (binds or child.type == "value_binding_pattern")
            if in_case and child.type == "simple_identifier":  # a case of a type that is not written
                walker.use(child, "attribute", frame, "?")
            elif in_case and binds and child.type == "pattern":
                self._bind_pattern(walker, frame, child, child.start_byte)
            elif child.is_named:
                work.append((child, frame, ""))
        return work

    def pattern(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`let x` in a pattern binds; a bare case name belongs to a type that is not written."""
        name = node.child_by_field_name("bound_identifier")
        if name is not None:
            walker.bind(frame, name, "", name.start_byte)
        inner = [child for child in node.named_children if child.type != "simple_identifier"]
        for child in node.named_children:
            if child.type == "simple_identifier" and child != name:
                walker.use(child, "attribute", frame, "?")
        if any(child.type == "value_binding_pattern" for child in inner):  # `case let .name(x)`
            for child in inner:
                self._bind_pattern(walker, frame, child, node.start_byte)
        return [(child, frame, "") for child in inner]

    def prefix(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`.name` is of a type that is not written."""
        target = part(node, "target")
        if target is not None and target.type == "simple_identifier" and node.children[0].type == ".":
            walker.use(target, "attribute", frame, "?")
            return ()
        return [(child, frame, "") for child in node.named_children]

    def closure(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """What a closure declares is its own, also where a property of a class is set to it."""
        inner = Frame(frame.scope, frame)
        return [(child, inner, "") for child in node.named_children]


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Swift file; never raises on its content."""
    return _TABLE.extract(source, language)


def _import(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`import A` brings all of A; `import struct A.B` only B."""
    path = path_of(walker, part(node, "identifier"))
    if any(
        child.type in ("struct", "class", "enum", "protocol", "func", "var", "let", "typealias")
        for child in node.children
    ):
        module, _, name = path.rpartition(".")
        add_import(walker, node, module, name, name)
    elif path:
        add_import(walker, node, path, "*", "")
    return ()


def _attribute(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    kind = part(node, "user_type")
    if kind is not None and kind.named_children:
        walker.use(kind.named_children[0], "decorator", frame)
    return [(child, frame, "") for child in node.named_children if child != kind]


_READER = _SwiftReader(_SWIFT)
_TABLE = Table(
    "tree_sitter_swift",
    _READER.handlers(
        {
            "import_declaration": _import,
            "class_declaration": _READER.type_like,
            "function_declaration": _READER.function,
            "protocol_function_declaration": _READER.function,
            "init_declaration": _READER.function,
            "property_declaration": _READER.property,
            "protocol_property_declaration": _READER.property,
            "enum_entry": _READER.enum_entry,
            "pattern": _READER.pattern,
            "prefix_expression": _READER.prefix,
            "lambda_literal": _READER.closure,
            **dict.fromkeys(("if_statement", "guard_statement", "while_statement"), _READER.condition),
            "attribute": _attribute,
        }
    ),
)
