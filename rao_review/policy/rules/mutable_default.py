"""A default value that all calls share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, base_path_of, new_spots
from rao_review.policy.rules.paths import is_docs, is_fixture
from rao_review.policy.rules.syntax import Source, ancestors, descendants, enclosing, source
from rao_review.types import Finding, Hunk, Severity

_DEFAULT = re.compile(r"\b([A-Za-z_]\w*)\s*(?::[^=]*)?=\s*(\[|\{|(?:set|list|dict|defaultdict|OrderedDict|deque)\()")
_HEADER = re.compile(r"\bdef\s|,\s*(?:#.*)?$|\)\s*(?:->.*)?:\s*$")
_LITERAL = re.compile(r"=\s*(?:\[|\{|[a-zA-Z]+\()")
_MUTATORS = frozenset({
    "append", "extend", "insert", "remove",
    "pop", "popitem", "clear", "add", "discard", "update", "setdefault", "sort", "reverse", "appendleft",
})  # fmt: skip
_MUTABLE = frozenset(
    {"list", "dictionary", "set", "list_comprehension", "dictionary_comprehension", "set_comprehension"}
)
_LOOP = re.compile(
    r"(?:(?:list|tuple|set|sorted|dict|enumerate|reversed)\(){0,3}(\w+)(?:\.(?:items|keys|values|copy)\(\))?\){0,3}"
)
"""What a loop goes over, without white space: a name, its items, a copy of them."""
_MOST_PARAMETERS = 10
_ON_PURPOSE = re.compile(r"cache|memo|^_", re.IGNORECASE)


class MutableDefault:
    id = "mutable-default"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "A mutable default value is shared by all calls."
    explanation = """\
A default value is made once, when the function is defined. When the body changes it, the change is there in every later call.

    def add(item, items=[]):        def add(item, items=None):
        items.append(item)              items = [] if items is None else items
        return items                    items.append(item)
                                        return items

*medium* when the body changes the value in place, else *info*. Parameters whose name says that they are a cache are left alone.

To silence it: put `rao-review: ignore[mutable-default]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        looked_at: Counter[tuple[str, int]] = Counter()
        for spot in new_spots(graph, hunks, _suspect, ("=",), ("python",)):
            parsed = None if is_fixture(spot.path) or is_docs(spot.path) else source(graph, spot.path)
            for match in _DEFAULT.finditer(spot.text) if parsed else ():
                node = parsed.node_at(spot.line, match.start(1), spot.text) if parsed else None
                parameter = node.parent if node is not None else None
                if (
                    parsed is None
                    or parameter is None
                    or parameter.type not in ("default_parameter", "typed_default_parameter")
                ):
                    continue
                function = enclosing(parameter, "function_definition", "lambda")
                if (
                    function is None
                    or function.type == "lambda"
                    or _ON_PURPOSE.search(match[1])
                    or not _is_mutable(parsed, parameter)
                ):
                    continue
                looked_at[spot.path, function.start_byte] += 1
                if looked_at[spot.path, function.start_byte] > _MOST_PARAMETERS:
                    continue
                changed = first_mutation(parsed, function, match[1], is_empty=_is_empty(parsed, parameter))
                if _was_there(graph, spot, parsed.text(function.child_by_field_name("name")), match[1], changed):
                    continue
                known = (
                    f"The body changes it in line {changed}, so" if changed else "When the body or a caller changes it,"
                )
                yield at_spot(
                    graph,
                    self,
                    spot,
                    f"The default value of `{match[1]}` is shared by all calls",
                    f"The default of `{match[1]}` is made once, when the function is defined. {known} later calls see the change. "
                    "Use `None` and make the value inside.",
                    symbol=match[1],
                    severity=self.severity if changed else Severity.INFO,
                )


def _suspect(text: str) -> bool:
    """A parameter by its looks: on the line of a `def`, or followed by a comma or the end of a header. Keeps plain assignments out."""
    return bool(_LITERAL.search(text)) and bool(_HEADER.search(text)) and bool(_DEFAULT.search(text))


def _was_there(graph: Graph, spot: Spot, function: str, name: str, changed: int) -> bool:
    """Whether the parameter had such a default before the change, which writes the header anew and leaves the body as it treats it."""
    if changed and graph.is_touched(spot.path, "head", changed, changed):
        return False
    default = re.compile(rf"\b{name}\s*(?::[^=]*)?=\s*(?:[\[{{]|(?:set|list|dict|defaultdict|OrderedDict|deque)\()")
    before = graph.definitions(function, "base", base_path_of(graph, spot.hunk))
    return any(default.search(one.definition.signature) for one in before)


def _is_mutable(parsed: Source, parameter: Node) -> bool:
    value = parameter.child_by_field_name("value")
    if value is None:
        return False
    if value.type == "call":
        name = parsed.text(value.child_by_field_name("function")).rpartition(".")[2]
        return name in ("set", "list", "dict", "defaultdict", "OrderedDict", "deque")
    return value.type in _MUTABLE


def _is_empty(parsed: Source, parameter: Node) -> bool:
    """Whether a mutable default has nothing in it."""
    value = parameter.child_by_field_name("value")
    if value is None:
        return False
    if value.type != "call":
        return value.type in ("list", "dictionary") and value.named_child_count == 0
    arguments = value.child_by_field_name("arguments")
    is_made_by = parsed.text(value.child_by_field_name("function")).rpartition(".")[2] == "defaultdict"
    return arguments is not None and arguments.named_child_count <= is_made_by


def first_mutation(parsed: Source, function: Node, name: str, *, is_empty: bool = False) -> int:
    """The line in which a function's body changes the value of a parameter in place, before it binds the name anew; 0 when none does.
    A loop over a value that is empty changes nothing."""
    body = function.child_by_field_name("body")
    for node in descendants(body) if body is not None else ():
        if node.type == "assignment" and parsed.text(node.child_by_field_name("left")) == name:
            return 0
        if _mutates(parsed, node, name) and not (is_empty and _in_loop_over(parsed, node, name)):
            return int(node.start_point[0]) + 1
    return 0


def _in_loop_over(parsed: Source, node: Node, name: str) -> bool:
    """Whether a node stands in the body of a loop over the value of a name: `for k in d`, `for k, v in list(d.items())`."""
    within = node
    for around in ancestors(node.parent):
        if around.type == "for_statement" and around.child_by_field_name("body") == within:
            over = _LOOP.fullmatch("".join(parsed.text(around.child_by_field_name("right")).split()))
            if over is not None and over[1] == name:
                return True
        within = around
    return False


def _mutates(parsed: Source, node: Node, name: str) -> bool:
    if node.type == "call":
        function = node.child_by_field_name("function")
        if function is None or function.type != "attribute":
            return False
        return (
            parsed.text(function.child_by_field_name("object")) == name
            and parsed.text(function.child_by_field_name("attribute")) in _MUTATORS
        )
    if node.type in ("assignment", "augmented_assignment"):
        left = node.child_by_field_name("left")
        if left is not None and left.type == "subscript":
            return parsed.text(left.child_by_field_name("value")) == name
        return node.type == "augmented_assignment" and parsed.text(left) == name
    return False
