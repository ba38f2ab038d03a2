"""The assertions of a test, and those that it loses in a change without saying the same otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.edits import indent
from rao_review.policy.rules.hunk_evidence import added_texts

_ASSERTION = re.compile(
    r"\bassert\b|\bself\.(?:assert|fail)\w*\(|\b(?!assert(?:ing|ions?)(?![a-z]))[aA]ssert\w*\(|\bassert\w*=(?!=)"
    r"|\bexpect\(|\.should\b|\bassert(?:_\w+)?!"
    r"|\b(?:raises|warns)\w*\((?!None\))|(?<![.\w])(?:then\w*|fail)\(|\bBDDAssertions\.then\w*\("
    r"|\b(?:eq_|ok_)\(|\b(?:simplefilter|filterwarnings)\(\s*(?:action\s*=\s*)?[\"']error\b"
)
_GO_ASSERTION = re.compile(
    r"\b(?:require|assert|qt)\.\w+\(|\bc\.(?:Assert|Check|Error|Errorf|Fatal|Fatalf)\(|\bt\.(?:Error|Fatal)f?\("
)
_COMMENT_AT_END = re.compile(r"\s(?:#|//)\s.*$")
_GIVEN_THE_TEST = re.compile(r"\w\((?:ctx,\s*)?t[,)]")
"""A Go call that is given the test, which it may fail; a context goes before all else."""
_TELLING = 8
_EXPECTED = re.compile(r"@Test\(.*\bexpected\s*=")
"""How a JUnit test says in its annotation which exception it must end with."""


def assertions(graph: Graph, reference: DefinitionRef) -> Iterator[tuple[int, str]]:
    return ((number, text) for number, text in _code(graph, reference) if _asserts(text, reference.path))


def _asserts(text: str, path: str) -> bool:
    said = _COMMENT_AT_END.sub("", text)
    return bool(_ASSERTION.search(said) or (path.endswith(".go") and _GO_ASSERTION.search(said)))


def _code(graph: Graph, reference: DefinitionRef) -> Iterator[tuple[int, str]]:
    """The lines of a test without comments and headers: numbers, and stripped texts."""
    definition = reference.definition
    lines = graph.lines(reference.path, reference.side)
    for number in range(definition.line, min(definition.end_line, len(lines)) + 1):
        text = lines[number - 1].strip()
        if not text.startswith(("#", "//", "*", "def ", "func ")):
            yield number, text


def _calls_with_test(graph: Graph, reference: DefinitionRef) -> set[str]:
    """The lines of a Go test that hand it on: to a helper, or to an assertion that was imported by its bare name."""
    if not reference.path.endswith(".go"):
        return set()
    lines = graph.lines(reference.path, reference.side)[reference.definition.line : reference.definition.end_line]
    return {line.strip() for line in lines if _GIVEN_THE_TEST.search(line) and not line.strip().startswith("//")}


def _expects(graph: Graph, reference: DefinitionRef) -> bool:
    definition = reference.definition
    lines = graph.lines(reference.path, reference.side)[definition.start_line - 1 : definition.line]
    return any(map(_EXPECTED.search, lines))


def lost_assertions(
    graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
) -> list[tuple[int, str]]:
    """The assertions that a test had at base and that no added line resembles; [] when it also gained some. What the change leaves alone
    stands in a test that was split off."""
    old_code, new_code = list(_code(graph, old)), list(_code(graph, new))
    had, kept = ({text for _, text in code} for code in (old_code, new_code))
    gone = [(n, t) for n, t in old_code if t not in kept and _asserts(t, old.path)]
    gone = [(n, t) for n, t in gone if graph.is_touched(old.path, "base", n, n)]
    if not gone or any(_asserts(text, new.path) for text in kept - had):
        return []
    before, after = (sum(_asserts(t, one.path) for _, t in code) for one, code in ((old, old_code), (new, new_code)))
    gone = [(n, t) for n, t in gone if not _is_said_otherwise(t, kept - had)]
    gone = [(n, t) for n, t in gone if not _is_of_a_gone_branch(graph, n, old, kept)]
    if not gone or after >= before:
        return []
    if _expects(graph, new) and not _expects(graph, old):
        return []
    if _calls_with_test(graph, new) - _calls_with_test(graph, old):
        return []
    vanished = {c.base.definition.name for c in graph.changes() if c.base and c.kind in ("removed", "renamed", "moved")}
    words = set().union(*(evidence.names_in(text) for _, text in gone))
    return [] if any(text in added_texts(graph) for _, text in gone) or words & vanished else gone


def _is_said_otherwise(text: str, fresh: Collection[str]) -> bool:
    """Whether a test now says the same by a function of another name: the same arguments, in a line that it did not have."""
    told = text.partition("(")[2]
    return len(told) >= _TELLING and any(line.partition("(")[2] == told for line in fresh)


def _is_of_a_gone_branch(graph: Graph, number: int, old: DefinitionRef, kept: Collection[str]) -> bool:
    """Whether an assertion of Python stood under an `if`, or its `else`, that the test no longer has: for an old version, say. `kept` are
    the lines that it has now."""
    if not old.path.endswith(".py"):
        return False
    lines, first = graph.lines(old.path, "base"), old.definition.line
    while number := _opener(lines, number, first):
        header = _condition(lines, number, first)
        if header and header not in kept:
            return True
    return False


def _condition(lines: Sequence[str], number: int, first: int) -> str:
    """The `if` that a line begins, or that its `else` or `elif` belongs to; '' when it begins something else."""
    column = indent(lines[number - 1])
    if lines[number - 1].strip().startswith(("else:", "elif ")):
        above = (lines[n - 1] for n in range(number - 1, first, -1))
        return next((text.strip() for text in above if indent(text) == column and text.strip().startswith("if ")), "")
    text = lines[number - 1].strip()
    return text if text.startswith("if ") else ""


def _opener(lines: Sequence[str], number: int, first: int) -> int:
    """The line of the block that a line stands in, below the line `first`; 0 when that is the block of a function."""
    column = indent(lines[number - 1])
    above = (n for n in range(number - 1, first, -1) if lines[n - 1].strip())
    return next((n for n in above if indent(lines[n - 1]) < column), 0)
