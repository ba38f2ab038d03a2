"""C++: what C has, and namespaces, classes with bases and methods, templates, aliases and `using`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.c import C, CReader, reader_table
from rao_review.graph.languages.vocabulary import Defines, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Walker, Work, inside

_CPP = replace(
    C,
    defines={
        **C.defines,
        "class_specifier": Defines("class"),
        "namespace_definition": Defines("module"),
        "alias_declaration": Defines("type"),
        "concept_definition": Defines("type"),
    },
    members={**C.members, "qualified_identifier": ("scope", "name")},
    creations={"new_expression": ("type", "arguments")},
    wrappers={"template_function": "name", "template_type": "name", "template_method": "name", "dependent_type": "0"},
    bases=frozenset({"base_class_clause"}),
    binds={"for_range_loop": ("declarator",)},
    nothing=(C.nothing - {"namespace_identifier"})
    | {"this", "auto", "access_specifier", "raw_string_literal", "friend_declaration"},
    types=C.types | {"namespace_identifier"},
    generics=frozenset({"template_parameter_list"}),
    universe=frozenset({"static_cast", "dynamic_cast", "const_cast", "reinterpret_cast", "std"}),
)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one C++ file; never raises on its content."""
    return _TABLE.extract(source, language)


def _using(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`using namespace a::b` → ('a.b', '*'), `using a::b` → ('a', 'b')."""
    path = path_of(walker, part(node, "-1"))
    if path and any(child.type == "namespace" for child in node.children):
        add_import(walker, node, path, "*", "")
    elif path:
        module, _, name = path.rpartition(".")
        add_import(walker, node, module, name, name)
    return ()


def _template(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The parameters of a template hold for what it declares."""
    return inside(frame.block(), node)


_TABLE = reader_table(
    "tree_sitter_cpp", CReader(_CPP), {"using_declaration": _using, "template_declaration": _template}
)
