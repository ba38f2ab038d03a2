"""What a property gives for a value: whether that can surely not be called, so that a call of it is a fault."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from rao_review.graph.facts import Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.graph.places import Place
from rao_review.graph.table import CLASS_KINDS

_PLAIN_TYPES = frozenset({
    "None", "bool", "bytearray", "bytes", "complex", "date", "datetime", "datetime.date", "datetime.datetime",
    "datetime.timedelta", "Decimal", "Dict", "FrozenSet", "Iterable", "Iterator", "List", "Mapping", "Path", "Sequence",
    "Set", "Tuple", "UUID", "dict", "float", "frozenset", "int", "list", "pathlib.Path", "range", "set", "str",
    "timedelta", "tuple",
})  # fmt: skip
_PLAIN_CALLS = _PLAIN_TYPES | {
    "abs",
    "all",
    "any",
    "enumerate",
    "isinstance",
    "len",
    "repr",
    "round",
    "sorted",
    "sum",
    "zip",
}
_LITERALS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
    ast.Compare, ast.BinOp, ast.UnaryOp,
)  # fmt: skip
_RETURN = re.compile(r"\s*return\b\s*(.*)")
_FUNCTION = re.compile(r"=>|\bfunction\b|\.bind\(")
_ARGUMENTS = re.compile(r"\[[^\[\]]*\]")
_LONGEST = 2_000
_LONGEST_LINE = 500
_MOST_LINES = 20
_DEEPEST = 4


def surely_no_function(graph: Graph, old: DefinitionRef, new: DefinitionRef) -> bool:
    """Whether what the property `new` gives can surely not be called, `old` being the method that it was at base.

    Also when both give back the same expression: then the value is the one that callers of the method worked with.
    """
    annotation = new.definition.annotation
    texts = list(_returned(graph, new))
    if not new.path.endswith((".py", ".pyi")):
        return not _FUNCTION.search(" ".join((annotation, *texts)))
    if annotation and (known := _annotated(graph, new, annotation)) is not None:
        return known
    if "generator" in new.definition.flags:
        return True
    known_values = [_plain_text(graph, new, text, 0) for text in texts]
    if False in known_values:
        return False
    return (bool(texts) and all(known_values)) or texts == list(_returned(graph, old))


def _returned(graph: Graph, one: DefinitionRef) -> Iterator[str]:
    """The expressions of the return statements of a definition, those of functions inside it too."""
    lines = graph.lines(one.path, one.side)[one.definition.line - 1 : one.definition.end_line]
    for number, line in enumerate(lines):
        if found := _RETURN.match(line):
            text = found[1]
            for more in lines[number + 1 : number + _MOST_LINES]:
                if sum(map(text.count, "([{")) <= sum(map(text.count, ")]}")):
                    break
                text += f"\n{more}"
            yield text.strip()


def _annotated(graph: Graph, one: DefinitionRef, annotation: str) -> bool | None:
    """Whether values of an annotated type cannot be called; None when that cannot be told."""
    if "Callable" in annotation:
        return False
    text = annotation.strip("\"'")
    optional = re.fullmatch(r"(?:typing\.)?Optional\[([\w.]+)\]", text)
    while (shorter := _ARGUMENTS.sub("", text)) != text:
        text = shorter
    parts = [part.strip() for part in text.split("|")]
    known = [_of_type(graph, one, part) for part in ([optional[1]] if optional else parts)]
    return False if False in known else None if None in known else True


def _of_type(graph: Graph, one: DefinitionRef, name: str) -> bool | None:
    if name.removeprefix("typing.") in _PLAIN_TYPES:
        return True
    receiver, _, last = name.rpartition(".")
    scope = one.definition.qualname.rpartition(".")[0]
    found = graph.resolve(one.path, one.side, Use(last, "name", one.definition.line, receiver, scope)) if last else ()
    if not found or found[0].definition.kind not in CLASS_KINDS:
        return None
    classes, is_open = graph.resolver(one.side).class_chain(Place((found[0].path,), found[0].definition.qualname))
    if any(graph.definitions(f"{cls.qualname}.__call__", one.side, path) for path, cls in classes):
        return False
    return None if is_open or any("dynamic" in cls.flags for _, cls in classes) else True


def _plain_text(graph: Graph, one: DefinitionRef, text: str, depth: int) -> bool | None:
    if not text or len(text) > _LONGEST:
        return None if text else True
    try:
        expression = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _plain(graph, one, expression, depth)


def _plain(graph: Graph, one: DefinitionRef, value: ast.expr, depth: int) -> bool | None:
    """Whether the value of an expression cannot be called; None when that cannot be told."""
    parts: list[ast.expr] = []
    if isinstance(value, _LITERALS):
        return True
    if isinstance(value, ast.BoolOp):
        parts = value.values
    elif isinstance(value, ast.IfExp):
        parts = [value.body, value.orelse]
    elif isinstance(value, ast.Lambda):
        return False
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name | ast.Attribute):
        name = ast.unparse(value.func)
        return True if name in _PLAIN_CALLS else _of_type(graph, one, name)
    elif isinstance(value, ast.Name):
        return _of_local(graph, one, value.id, depth)
    if depth > _DEEPEST or not parts:
        return None
    known = [_plain(graph, one, part, depth + 1) for part in parts]
    return False if False in known else None if None in known else True


def _of_local(graph: Graph, one: DefinitionRef, name: str, depth: int) -> bool | None:
    """The same of a local: by all that is assigned to it (`v = X()`, `self.__dict__["v"] = v = X()`)."""
    pattern = re.compile(rf"\s*(?:[^=#]*\s=\s*)?{re.escape(name)}\s*=(?!=)\s*(?:[\w.\[\]'\"]+\s*=(?!=)\s*)*(.+)")
    lines = graph.lines(one.path, one.side)[one.definition.line - 1 : one.definition.end_line]
    values = [found[1] for line in lines if len(line) <= _LONGEST_LINE and (found := pattern.match(line))]
    if depth > _DEEPEST or not values:
        return None
    known = [_plain_text(graph, one, text, depth + 1) for text in values]
    return False if False in known else None if None in known else True
