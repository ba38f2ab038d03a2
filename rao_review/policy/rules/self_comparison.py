"""A comparison of a value with itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from rao_review.graph.graph import Graph
from rao_review.graph.modules import SCRIPT_LANGUAGES
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, new_spots
from rao_review.policy.rules.paths import is_docs, is_test
from rao_review.policy.rules.syntax import Source, descendants, enclosing, in_code, source
from rao_review.types import Finding, Hunk, Severity

_SAME = re.compile(
    r"(?<![\w$.)\]])([A-Za-z_$][\w$.]*+(?:\[[\w$.'\"]+\]){0,4}+(?:\.[\w$]++){0,4}+)\s{0,2}"
    r"(===|!==|==|!=|<=|>=|<|>|\bis not\b|\bis\b)\s{0,2}\1(?![\w$])"
)
_OPERATORS = ("==", "!=", "<", ">", "is")
_RIGHT_SIDE = re.compile(r"(?:[=!]==?|[<>]=?|\bis(?: not)?\b)\s{0,2}([A-Za-z_$][\w$]*)")
_PURE = frozenset({
    "identifier", "attribute", "member_expression", "property_identifier", "selector_expression", "field_identifier", "field_access",
    "field_expression", "subscript", "subscript_expression", "index_expression", "array_access", "this", "self", "string", "string_start",
    "string_content", "string_end", "string_fragment", "integer", "number", "int_literal", "interpreted_string_literal", "type_identifier",
    "interpreted_string_literal_content", "decimal_integer_literal", "string_literal", "element_reference", "package_identifier",
})  # fmt: skip
_LANGUAGES = frozenset(
    {
        "python",
        "javascript",
        "jsx",
        "typescript",
        "tsx",
        "go",
        "java",
        "rust",
        "csharp",
        "c",
        "cpp",
        "ruby",
        "php",
    }
)
_NAN = re.compile(r"nan\b|isnan|_nan|NaN|float|reflexive|__eq__|equals\(", re.IGNORECASE)
_UNLESS_NAN = frozenset({">=", "<=", "==", "==="})
"""Operators by which everything is true of itself but NaN and, for an order, what turns into it."""
_PLAIN = re.compile(r"[\w$]+")
_TEMPLATE = re.compile(r"\btemplate\s*<|\)\.\.\.")
_FUNCTIONS = (
    "function_definition",
    "function_declaration",
    "method_definition",
    "method_declaration",
    "arrow_function",
    "function_item",
)


class SelfComparison:
    id = "self-comparison"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "A value is compared with itself."
    explanation = """\
Both sides of a comparison are the same expression, so its result never changes. One side is usually a slip of the pen.

    if old.price == old.price:      # always true
    if old.price == new.price:      # what was meant

`x != x` on a plain name is the usual test for NaN and is left alone, in JavaScript and TypeScript also `x >= x`, `x <= x`, `x == x`,
`x === x`; so are tests.

To silence it: put `rao-review: ignore[self-comparison]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for spot in new_spots(graph, hunks, _RIGHT_SIDE.search, _OPERATORS, _LANGUAGES):
            if not _suspect(spot.text):
                continue
            parsed = None if is_test(spot.path) or is_docs(spot.path) else source(graph, spot.path)
            if parsed is None:
                continue
            for match in _SAME.finditer(spot.text) if not _is_cpp_template(parsed, spot) else ():
                node = parsed.node_at(spot.line, match.start(2), spot.text)
                if not _compares_itself(parsed, node) or _is_nan_test(parsed, node, spot, match):
                    continue
                yield at_spot(
                    graph,
                    self,
                    spot,
                    f"`{match[1]}` is compared with itself",
                    f"Both sides of `{match[0]}` are the same expression, so the result does not depend on the data. "
                    "Compare with the value that was meant, or remove the condition.",
                    symbol=match[1],
                )
                break


def _suspect(text: str) -> bool:
    begins_alike = any(right[1] in text[: right.start()] for right in _RIGHT_SIDE.finditer(text))
    return begins_alike and bool(_SAME.search(text))


def _compares_itself(parsed: Source, operator: Node | None) -> bool:
    """Whether this operator stands between two equal expressions without calls."""
    if operator is None or operator.parent is None or not in_code(operator):
        return False
    around = operator.parent
    if around.type not in ("binary_expression", "comparison_operator", "binary"):
        return False
    sides = list(around.children)
    at = next(
        (i for i, c in enumerate(sides) if c.start_byte <= operator.start_byte < c.end_byte and not c.is_named), None
    )
    if at is None or at == 0 or at + 1 >= len(sides) or len(sides) != 3:
        return False
    left, right = sides[at - 1], sides[at + 1]
    return parsed.text(left) == parsed.text(right) and all(n.type in _PURE for n in descendants(left) if n.is_named)


def _is_cpp_template(parsed: Source, spot: Spot) -> bool:
    """C++'s `template <template <…>`, and `(I == I)...`, which is how to say true for each of a pack."""
    return parsed.language in ("c", "cpp") and bool(_TEMPLATE.search(spot.text))


def _is_nan_test(parsed: Source, operator: Node | None, spot: Spot, match: re.Match[str]) -> bool:
    """`x != x` on a name is how NaN is told, in scripts `x >= x` is how all else is; elsewhere the code around must speak of it."""
    if match[2] in ("!=", "!==") and "[" not in match[1]:
        return True
    if parsed.language in SCRIPT_LANGUAGES and match[2] in _UNLESS_NAN and _PLAIN.fullmatch(match[1]):
        return True
    if _NAN.search(spot.text):
        return True
    function = enclosing(operator, *_FUNCTIONS)
    return function is not None and bool(_NAN.search(parsed.text(function.child_by_field_name("name"))))
