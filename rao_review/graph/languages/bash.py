"""Bash: functions, top-level variables, commands as calls, sourced files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Arguments, Columns
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part
from rao_review.graph.languages.walker import Frame, Table, Walker, Work, words

_BASH = Vocabulary(
    defines={"function_definition": Defines("function")},
    names=frozenset({"variable_name"}),
    nothing=frozenset(
        {"comment", "raw_string", "string_content", "word", "number", "heredoc_content", "test_operator"}
    ),
)
_READER = Reader(_BASH)
_BUILTINS = words(
    ". : [ alias bg break builtin caller cd command continue dirs echo eval exec exit export false fg getopts hash jobs kill let local "
    "popd printf pushd pwd read return set shift shopt test times trap true type ulimit umask unalias unset wait"
)
_WHERE_UNSET = frozenset({"-", ":-", "=", ":=", "+", ":+", "?", ":?"})
_FUNCTION = re.compile(r"[A-Za-z_][\w.:-]*\Z", re.ASCII)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one shell script; never raises on its content."""
    return _TABLE.extract(source, language)


def _command(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A command may be a function of the repository; `source` and `.` load a file."""
    name = part(node, "name")
    word = part(name, "word") if name is not None else None
    given = node.children_by_field_name("argument")
    text = walker.text(word)
    if text in ("source", ".") and given and given[0].type in ("word", "string", "raw_string"):
        add_import(walker, node, walker.text(given[0]).strip("'\""), "", "")
    elif word is not None and text not in _BUILTINS and _FUNCTION.match(text):
        spread = any(argument.type in ("simple_expansion", "expansion", "command_substitution") for argument in given)
        walker.use(word, "call", frame, "", "", (Arguments(len(given), star=spread), node))
    return [(child, frame, "") for child in node.named_children if child != word]


def _assignment(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Outside functions an assignment defines a variable; `declare` and `local` in one bind it there, any other binds it everywhere."""
    name, value = part(node, "name"), part(node, "value")
    work: list[Work] = [(value, frame, "")] if value is not None else []
    if name is None or name.type != "variable_name":
        return [*work, *([(name, frame, "write")] if name is not None else [])]
    if node.parent is not None and node.parent.type == "command":
        return work  # `A=1 make` sets it for one command only
    if frame.place != "function":
        flags = {"exported"} if context == "export" else set()
        walker.define(node, name, "constant" if context == "readonly" else "variable", walker.text(name), flags=flags)
    elif context in ("local", "declare", "typeset"):
        walker.bind(frame, name, "", name.start_byte)
    else:
        if not frame.shadows(walker.text(name), name.start_byte):
            walker.note(walker.text(name), "", "", name)
        walker.use(name, "name", frame, "", "write")
    return work


def _declaration(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`local x=1 y`, `export FOO=1`, `readonly R=1`."""
    word = node.children[0].type if node.children else ""
    for child in node.named_children:
        if child.type == "variable_name" and word in ("local", "declare", "typeset") and frame.place == "function":
            walker.bind(frame, child, "", child.start_byte)
    return [(child, frame, word) for child in node.named_children]


def _variable(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`$FOO`; positional parameters have no definition."""
    return () if walker.text(node).isdigit() else _GENERIC["variable_name"](walker, node, frame, context)


def _expansion(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`${FOO:-1}` and `${FOO-}` may be read where FOO is not set."""
    name = part(node, "variable_name")
    rest = [child for child in node.named_children if child != name]
    if name is None or walker.text(name).isdigit():
        return [(child, frame, "") for child in rest]
    cared = any(child.type in _WHERE_UNSET for child in node.children)
    return [(name, frame, "guarded" if cared else ""), *((child, frame, "") for child in rest)]


_GENERIC = _READER.handlers({})
_TABLE = Table(
    "tree_sitter_bash",
    {
        **_GENERIC,
        "command": _command,
        "expansion": _expansion,
        "variable_assignment": _assignment,
        "declaration_command": _declaration,
        "variable_name": _variable,
    },
)
