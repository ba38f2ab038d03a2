"""Ruby: modules, classes, methods, constants, accessors, `require` and mixins."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_base, add_import, part
from rao_review.graph.languages.walker import Frame, Table, Walker, Work, words

_RUBY = Vocabulary(
    defines={
        "module": Defines("module"),
        "class": Defines("class"),
        "method": Defines("function", member="method", params="parameters"),
        "singleton_method": Defines("function", member="method", params="parameters"),
    },
    names=frozenset({"identifier", "constant"}),
    members={"scope_resolution": ("scope", "name")},
    calls={"call": ("receiver", "method", "arguments")},
    parameters={
        "identifier": "positional",
        "optional_parameter": "positional",
        "splat_parameter": "variadic",
        "keyword_parameter": "keyword_only",
        "hash_splat_parameter": "keyword_variadic",
    },
    lists=frozenset({"argument_list"}),
    keywords={"pair": "key"},
    spreads={"splat_argument": "*", "hash_splat_argument": "**"},
    bases=frozenset({"superclass"}),
    binds={
        "block_parameters": ("*",),
        "lambda_parameters": ("*",),
        "exception_variable": ("*",),
        "left_assignment_list": ("*",),
        "for": ("pattern",),
    },
    nothing=frozenset(
        {
            "comment",
            "string_content",
            "simple_symbol",
            "hash_key_symbol",
            "integer",
            "float",
            "self",
            "nil",
            "true",
            "false",
        }
        | {"instance_variable", "class_variable", "global_variable", "escape_sequence", "block_parameter"}
    ),
    universe=words("private protected public private_constant module_function puts raise lambda proc loop"),
    separate=True,
)
_READER = Reader(_RUBY)
_ACCESSORS = frozenset({"attr_accessor", "attr_reader", "attr_writer"})
_MIXINS = frozenset({"include", "extend", "prepend"})


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Ruby file; never raises on its content."""
    return _TABLE.extract(source, language)


def _call(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`require`, `attr_accessor` and `include` are calls with a meaning of their own."""
    name = walker.text(part(node, "method"))
    arguments = part(node, "arguments")
    if part(node, "receiver") is None and arguments is not None:
        given = arguments.named_children
        if name in ("require", "require_relative", "load") and given and given[0].type == "string":
            module = walker.text(part(given[0], "string_content"))
            add_import(walker, node, f"./{module}" if name == "require_relative" else module, "", "")
            return ()
        if name in _ACCESSORS:
            for symbol in given:
                text = walker.text(symbol).lstrip(":")
                if symbol.type == "simple_symbol" and text:
                    walker.define(node, symbol, "property", frame.qualify(text))
            return ()
        if name in _MIXINS and frame.place != "function":
            for mixin in given:
                receiver, found, _ = _READER.target(walker, mixin)
                if found is not None and found.type == "constant":
                    walker.use(found, "inherit", frame, receiver)
                    add_base(walker, frame, f"{receiver}.{walker.text(found)}".lstrip("."))
            return ()
    return _GENERIC["call"](walker, node, frame, context)


def _assignment(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A constant is defined; a local is bound where there is a method around."""
    left, right = part(node, "left"), part(node, "right")
    if left is not None and left.type == "constant" and frame.place != "function":
        walker.define(node, left, "constant", frame.qualify(walker.text(left)))
    elif left is not None and left.type == "identifier":
        walker.bind(frame, left, "", node.start_byte)
    elif left is not None:
        return [(left, frame, "write"), *([(right, frame, "")] if right is not None else [])]
    return [(right, frame, "")] if right is not None else []


_GENERIC = _READER.handlers({})
_TABLE = Table("tree_sitter_ruby", {**_GENERIC, "call": _call, "assignment": _assignment})
