"""A debugging statement that was left in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, language_of, new_spots
from rao_review.policy.rules.paths import is_docs, is_example, is_fixture, is_test
from rao_review.policy.rules.syntax import Source, enclosing, in_code, source
from rao_review.types import Finding, Hunk, Severity


@dataclass(frozen=True, slots=True)
class _Leftover:
    """`pattern` has one group around what stops the program; `tests_only` when it means something else outside tests."""

    pattern: re.Pattern[str]
    what: str
    tests_only: bool = False
    severity: Severity = Severity.MEDIUM


_PYTHON = (
    _Leftover(re.compile(r"(?<![\w.])(breakpoint)\(\s*\)"), "stops in the debugger"),
    _Leftover(re.compile(r"(?<![\w.])((?:i?pdb|pudb|wdb|bpdb|pytest)\.set_trace)\("), "stops in the debugger"),
    _Leftover(
        re.compile(r"(?<![\w.])(web_pdb\.set_trace|rpdb\.set_trace|ipdb\.sset_trace|pdb\.Pdb\(\)\.set_trace)\("),
        "stops in the debugger",
    ),
)
_SCRIPT = (
    _Leftover(re.compile(r"(?<![\w.$])(debugger)\s*(?:;|$|\})"), "stops in the debugger"),
    _Leftover(
        re.compile(
            r"(?<![\w.$])((?:describe|it|test|context|suite|specify|fixture)(?:\.(?:skip|concurrent|sequential))?\.only)\s*(?:[(`]|\.each\b)"
        ),
        "runs this test alone and leaves out all others of the file",
        tests_only=True,
    ),
    _Leftover(
        re.compile(r"(?<![\w.$])(fdescribe|fit|fcontext|ddescribe|iit)\(\s*['\"`]"),
        "runs this test alone and leaves out all others of the suite",
        tests_only=True,
    ),
)
_BY_LANGUAGE: Mapping[str, tuple[_Leftover, ...]] = {
    "python": _PYTHON,
    **dict.fromkeys(("javascript", "typescript", "tsx"), _SCRIPT),
    "ruby": (
        _Leftover(re.compile(r"(?<![\w.:@])(binding\.(?:pry|irb|break)|byebug)\b(?!\s*=)"), "stops in the debugger"),
    ),
    "go": (_Leftover(re.compile(r"(?<![\w.])(runtime\.Breakpoint)\(\)"), "stops in the debugger"),),
    **dict.fromkeys(
        ("csharp",),
        (
            _Leftover(
                re.compile(r"(?<![\w.])((?:System\.Diagnostics\.)?Debugger\.(?:Break|Launch))\(\)"),
                "stops in the debugger",
            ),
        ),
    ),
    "php": (_Leftover(re.compile(r"(?<![\w$>:])(xdebug_break)\(\)"), "stops in the debugger"),),
    "rust": (
        _Leftover(
            re.compile(r"(?<![\w:])(dbg!)\s*[(\[{]"), "prints its argument to standard error", severity=Severity.LOW
        ),
    ),
}
_ANY = re.compile(
    r"breakpoint|set_trace|debugger|\.only\b|\b(?:fit|fdescribe|fcontext|ddescribe|iit)\(|binding\.|byebug|Breakpoint|Debugger\.|xdebug_break|dbg!"
)
_WORDS = (
    "breakpoint", "set_trace", "debugger", ".only", "fit(", "fdescribe(", "fcontext(", "ddescribe(", "iit(", "binding.", "byebug",
    "Breakpoint", "Debugger.", "xdebug_break", "dbg!",
)  # fmt: skip
_MEANT = re.compile(r"debug|pdb|breakpoint|trace|--inspect|DEBUG|interactive|post_mortem|ruleTester", re.IGNORECASE)
_FOCUS_ALLOWED = re.compile(r"\bno-(?:focused|only|exclusive)-tests?\b|\bnoFocusedTests\b")
_CONDITIONS = ("if_statement", "conditional_expression", "ternary_expression", "elif_clause", "if", "unless")
_FUNCTIONS = (
    "function_definition",
    "function_declaration",
    "method_definition",
    "method_declaration",
    "function_item",
    "method",
)


class Debugger:
    id = "debugger"
    severity = Severity.MEDIUM
    category = "maintainability"
    summary = "A debugging statement was left in."
    explanation = """\
A line adds a call that stops the program in a debugger (`breakpoint()`, `pdb.set_trace()`, `debugger;`, `binding.pry`, `byebug`,
`runtime.Breakpoint()`), or focuses one test so that all others are silently left out (`it.only(…)`, `fdescribe(…)`).

    def total(items):
        breakpoint()        # left over: remove it
        return sum(items)

Text in strings and comments is left alone, and so is code that is about debugging: inside a function or a condition whose name says so.

To silence it: put `rao-review: ignore[debugger]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for spot in new_spots(graph, hunks, _ANY.search, _WORDS, _BY_LANGUAGE):
            if is_docs(spot.path) or is_fixture(spot.path):
                continue
            test = is_test(spot.path)
            for leftover in _BY_LANGUAGE[language_of(spot.path)]:
                match = leftover.pattern.search(spot.text)
                if match is None or (leftover.tests_only and not test):
                    continue
                parsed = source(graph, spot.path)
                node = parsed.node_at(spot.line, match.start(1), spot.text) if parsed else None
                if parsed is None or not in_code(node) or _is_meant(graph, parsed, node, spot):
                    continue
                if leftover.tests_only and _is_about_focus(graph, spot, match.start(1)):
                    continue
                low = not leftover.tests_only and (test or is_example(spot.path))
                yield at_spot(
                    graph,
                    self,
                    spot,
                    f"`{match[1]}` was left in",
                    f"This line {leftover.what} whenever it is reached. It looks like a left-over of debugging. Remove it.",
                    severity=Severity.LOW if low else leftover.severity,
                    symbol=match[1],
                )


def _is_about_focus(graph: Graph, spot: Spot, column: int) -> bool:
    """Whether a test is focused on purpose: a linter is told so, or the call itself is tested: `expectType<void>(it.only(…))`."""
    before = graph.lines(spot.path, "head")[max(spot.line - 2, 0) : spot.line - 1]
    if any(map(_FOCUS_ALLOWED.search, [*before, spot.text])):
        return True
    return (spot.text[:column].strip() or "".join(before).strip()).endswith("(")


def _is_meant(graph: Graph, parsed: Source, node: Node | None, spot: Spot) -> bool:
    """Whether the code around says that debugging is its purpose, or the name is somebody else's."""
    facts = graph.facts(spot.path, "head")
    bound = {d.name for d in facts.definitions} | {i.alias for i in facts.imports} if facts else set()
    if {"breakpoint", "byebug", "fit", "fdescribe"} & bound & {parsed.text(node)}:
        return True
    if node is not None and parsed.language in ("javascript", "typescript", "tsx") and parsed.text(node) == "debugger":
        return enclosing(node, "debugger_statement") is None
    condition = enclosing(node, *_CONDITIONS)
    if condition is not None and _MEANT.search(parsed.text(condition.child_by_field_name("condition"))):
        return True
    function = enclosing(node, *_FUNCTIONS)
    return function is not None and bool(_MEANT.search(parsed.text(function.child_by_field_name("name"))))
