"""C: functions, types, enumerators, file-level variables, macros and includes; and what C++ shares of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader, variable_kind
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part
from rao_review.graph.languages.walker import Frame, Handler, Table, Walker, Work, listed, words

_AROUND_FUNCTION = words("pointer_declarator reference_declarator parenthesized_declarator attributed_declarator")

C = Vocabulary(
    defines={
        "struct_specifier": Defines("class"),
        "union_specifier": Defines("class"),
        "enum_specifier": Defines("enum"),
        "enumerator": Defines("enum_member"),
        "preproc_def": Defines("constant"),
        "preproc_function_def": Defines("function", params="parameters"),
    },
    names=frozenset({"identifier"}),
    types=frozenset({"type_identifier"}),
    members={"field_expression": ("argument", "field")},
    calls={"call_expression": ("", "function", "arguments")},
    parameters={
        "parameter_declaration": "positional",
        "optional_parameter_declaration": "positional",
        "variadic_parameter_declaration": "variadic",
        "variadic_parameter": "variadic",
        "identifier": "positional",
    },
    lists=frozenset({"argument_list"}),
    nothing=frozenset(
        {
            "comment",
            "string_literal",
            "system_lib_string",
            "char_literal",
            "number_literal",
            "primitive_type",
            "field_identifier",
        }
        | {"statement_identifier", "preproc_arg", "preproc_params", "namespace_identifier"}
    ),
)


class CReader(Reader):
    """C hides the name of what it declares in nested declarators."""

    def special(self) -> Mapping[str, Handler]:
        """Handlers for what the vocabulary cannot say."""
        return {
            "preproc_include": self._include,
            "function_definition": self._function,
            "declaration": self._declaration,
            "field_declaration": self._declaration,
            "type_definition": self._declaration,
            **{kind: self._tagged for kind in self.words.defines if kind.endswith("_specifier")},
        }

    def _include(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        path = walker.text(part(node, "path")).strip('<>"')
        if path:
            add_import(walker, node, path, "", "")
        return ()

    def _tagged(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`struct foo { … }` defines, `struct foo` only names."""
        if part(node, "body") is not None:
            return self.definition(walker, node, frame, context)
        return [(child, frame, "") for child in node.named_children]

    def _function(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        declarator = _function_declarator(part(node, "declarator"))
        if declarator is None:
            return [(child, frame, "") for child in node.named_children]
        return self._declared(walker, node, frame, declarator)

    def _declared(self, walker: Walker, node: Node, frame: Frame, declarator: Node) -> Sequence[Work]:
        """A function with its parameters; a lone `void` is no parameter."""
        name = part(declarator, "declarator")
        before = len(walker.found.drafts)
        shape = Defines("function", member="method", result="type")
        work = self.define(walker, node, frame, name, shape, context="")
        if len(walker.found.drafts) == before:
            return work
        draft = walker.found.drafts[before]
        inner = next((below for _, below, _ in work), frame)
        parameters = part(declarator, "parameters")
        params = self.parameters(walker, inner, parameters)
        draft.params = () if [(p.name, p.annotation) for p in params] == [("", "void")] else params
        if parameters is not None and parameters.has_error:
            draft.params = None
        if "." in draft.qualname and draft.kind == "function" and frame.place != "function":
            draft.kind = "method" if "." in walker.text(name).replace("::", ".") else "function"
        draft.flags |= {"abstract"} if walker.text(node).rstrip("; \n").endswith("= 0") else set()
        declared = part(node, "declarator")
        return [item for item in work if item[0] != declared] + listed(inner, parameters)

    def _declaration(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Variables, fields, prototypes and type names; inside functions the names are only bound."""
        declarators = node.children_by_field_name("declarator")
        work = [(child, frame, "") for child in node.named_children if child not in declarators]
        for declarator in declarators:
            function = _function_declarator(declarator)
            name = part(function, "declarator") if function is not None else None
            if function is None or name is None or name.type.endswith("_declarator"):
                name = self.bound_name(declarator)
                if name is not None and walker.text(name):
                    self._variable(walker, node, frame, name)
                work += [
                    (value, frame, "") for key in ("value", "size") if (value := part(declarator, key)) is not None
                ]
            elif node.type == "type_definition":
                walker.define(node, name, "type", frame.qualify(walker.text(name)))
            elif frame.place != "function":
                return self._declared(walker, node, frame, function)
        return work

    def _variable(self, walker: Walker, node: Node, frame: Frame, name: Node) -> None:
        if frame.place == "function":
            walker.bind(frame, name, "", name.end_byte)
        elif name.type == "type_identifier":
            walker.define(node, name, "type", frame.qualify(walker.text(name)))
        elif "extern" not in walker.source.text[node.start_byte : name.start_byte].split():
            annotation = walker.folded(part(node, "type"))
            walker.define(node, name, variable_kind(frame), frame.qualify(walker.text(name)), annotation=annotation)


def _function_declarator(node: Node | None) -> Node | None:
    """The function in a declarator; None for a variable, also for a pointer to a function."""
    while node is not None and node.type != "function_declarator":
        if node.type not in _AROUND_FUNCTION:
            return None
        inner = part(node, "declarator")
        node = inner if inner is not None else part(node, "-1")
    return node


def reader_table(package: str, reader: CReader, special: Mapping[str, Handler]) -> Table:
    """The table of C or C++."""
    return Table(package, reader.handlers({**reader.special(), **special}))


_READER = CReader(C)
_TABLE = reader_table("tree_sitter_c", _READER, {})


def extract(source: bytes, language: str) -> Columns:
    """The facts of one C file; never raises on its content."""
    return _TABLE.extract(source, language)
