"""A test is switched off, or loses its assertions, in the change that alters what it tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rao_review.graph.facts import Definition
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.hunk_evidence import (
    Spot,
    at_spot,
    base_path_of,
    language_of,
    line_checks,
    new_spots,
    per_graph,
)
from rao_review.policy.rules.lost_assertions import assertions, lost_assertions
from rao_review.policy.rules.paths import is_fixture, is_product, is_test
from rao_review.types import Check, Finding, Hunk, RegexCheck, Related, Severity

_SCRIPTS = ("javascript", "typescript", "tsx")
_OFF: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(
        r"^\s*@(?:pytest\.mark\.(?:skip|xfail)\b(?!if)|unittest\.(?:skip\(|expectedFailure)|skip\(|XFAIL\b|xfail\b)"
    ),
    "java": re.compile(r"^\s*@(?:Disabled|Ignore)\b"),
    "kotlin": re.compile(r"^\s*@(?:Disabled|Ignore)\b"),
    "go": re.compile(r"^\tt\.Skip(?:Now|f)?\("),
    "rust": re.compile(r"^\s*#\[ignore\b"),
    **dict.fromkeys(
        _SCRIPTS,
        re.compile(r"^\s*(?:x(?:it|describe|test)|(?:it|describe|test|suite)\.(?:skip|todo))\s*\(\s*(['\"`].+)$"),
    ),
}
_ANY_OFF = re.compile(r"skip|xfail|XFAIL|expectedFailure|Disabled|Ignore|Skip|ignore|\bx(?:it|describe|test)\b|\.todo")
_OFF_WORDS = ("kip", "xfail", "XFAIL", "expectedFailure", "Disabled", "gnore", "xit", "xdescribe", "xtest", ".todo")
_SCRIPT_TEST_LINES = 40
_MOST_REMOVED = 1000
_MOST_SKIPS = 100
_MOST_CHANGED_TESTS = 300
_SWITCH = re.compile(r"skip|xfail|Disabled|Ignore", re.IGNORECASE)
_OFF_BEFORE = re.compile(r"skip(?!if)|xfail|expectedFailure|Disabled|Ignore|^ignore", re.IGNORECASE)
_CONDITION = re.compile(r"\(\s*+(?!reason\s*=|raises\s*=|run\s*=|strict\s*=|[rbfu]?['\"]|\)|$)")
"""How the arguments of a mark begin that only holds under a condition."""
_NEVER_RAN = re.compile(r"disable|ignore|skip|^_", re.IGNORECASE)


class WeakenedTest:
    id = "weakened-test"
    severity = Severity.LOW
    category = "tests"
    summary = "A test was switched off, or lost assertions, in the change that alters the code it guards."
    explanation = """\
The change alters a function and, at the same time, skips an existing test of it or removes assertions without new ones. The test may have
been the only thing to show that the new behaviour is wrong.

    -def test_total():                    @pytest.mark.skip          # new
    -    assert total([1, 2]) == 3        def test_total(): ...      # and total() was changed too

*low* when a test is skipped or has no assertion left, *info* when it keeps some. Conditional skips, moved assertions and assertions about
removed names are left alone.

To silence it: put `rao-review: ignore[weakened-test]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        tests = [h for h in hunks if is_test(h.path) and not is_fixture(h.path)]
        if tests and _altered(graph):
            yield from self._switched_off(graph, tests)
            yield from self._fewer_assertions(graph, tests)

    def _switched_off(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterator[Finding]:
        seen: Counter[str] = Counter()
        for spot in new_spots(graph, hunks, _ANY_OFF.search, _OFF_WORDS, _OFF):
            seen[spot.path] += 1
            if seen[spot.path] > _MOST_SKIPS:
                continue
            language = language_of(spot.path)
            match = _OFF[language].match(spot.text)
            if match is None or _was_there(spot) or _is_conditional(graph, spot):
                continue
            test = _same_title_before(spot, match[1]) if language in _SCRIPTS else _existing_test(graph, spot)
            guarded = _guarded(graph, spot.path, *test[1:]) if test else None
            if test is None or guarded is None:
                continue
            yield at_spot(
                graph,
                self,
                spot,
                f"{test[0]} is switched off while `{guarded.definition.qualname}` is changed",
                f"The change alters `{guarded.definition.qualname}` in `{guarded.path}` and stops running the test that uses it. "
                "If the new behaviour is right, change the test to say so; if not, the test is telling.",
                related=(evidence.related(guarded, "this is changed and was tested here"),),
                symbol=test[0].strip("`"),
            )

    def _fewer_assertions(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterator[Finding]:
        bodies = (c for c in graph.changes([h.id for h in hunks]) if c.kind == "body")
        for change in islice(bodies, _MOST_CHANGED_TESTS):
            old, new = change.base, change.head
            if old is None or new is None or not _is_test_function(new.definition):
                continue
            if any(_SWITCH.search(d) for d in new.definition.decorators):
                continue
            gone = lost_assertions(graph, change, old, new)
            guarded = _guarded(graph, new.path, new.definition.line, new.definition.end_line) if gone else None
            if guarded is None:
                continue
            left = sum(1 for _ in assertions(graph, new))
            checks: list[Check] = list(line_checks(graph, new.path, new.definition.line))
            checks.append(
                RegexCheck(
                    evidence.line_pattern(gone[0][1]),
                    new.path,
                    "head",
                    new.definition.start_line,
                    new.definition.end_line,
                    expect=False,
                )
            )
            yield evidence.finding(
                self,
                evidence.use_anchor(graph, new.path, new.definition.line),
                f"`{new.definition.name}` loses {_counted(len(gone))} while `{guarded.definition.qualname}` is changed",
                f"The change alters `{guarded.definition.qualname}` in `{guarded.path}` and removes what the test said of it, with nothing "
                f"new in its place ({_counted(left)} left). Make sure that the removed expectation is no longer wanted.",
                checks=checks,
                related=(
                    Related(old.path, "base", gone[0][0], "this assertion was removed"),
                    evidence.related(guarded, "this is changed and is tested here"),
                ),
                hunks=change.hunks[:1],
                symbol=new.definition.qualname,
                severity=Severity.INFO if left else Severity.LOW,
            )


@per_graph
def _altered(graph: Graph) -> Mapping[str, tuple[DefinitionRef, ...]]:
    """The functions of the product whose body the change alters, by name. A new signature explains new tests."""
    found: dict[str, tuple[DefinitionRef, ...]] = {}
    for change in graph.changes():
        head = change.head
        if change.kind != "body" or head is None or not is_product(head.path):
            continue
        if head.definition.kind in ("function", "method"):
            found[head.definition.name] = (*found.get(head.definition.name, ()), head)
    return found


def _guarded(graph: Graph, path: str, start: int, end: int) -> DefinitionRef | None:
    """An altered function of the product that the lines of a test surely use."""
    facts = graph.facts(path, "head")
    altered = _altered(graph)
    for use in facts.uses if facts else ():
        if start <= use.line <= end and use.name in altered:
            found = graph.resolve(path, "head", use)
            for reference in altered[use.name]:
                if reference in found:
                    return reference
    return None


@per_graph
def _added_definitions(graph: Graph) -> frozenset[tuple[str, str]]:
    return frozenset((c.head.path, c.head.definition.qualname) for c in graph.changes() if c.head and not c.base)


def _existing_test(graph: Graph, spot: Spot) -> tuple[str, int, int] | None:
    """The test that a skip on this line belongs to: its name and lines. None for a new test or a line that belongs to none."""
    facts = graph.facts(spot.path, "head")
    around = (
        [d for d in facts.definitions if d.start_line <= spot.line + 1 and spot.line <= d.end_line] if facts else []
    )
    tests = [d for d in around if _is_test_function(d) and spot.line - 1 <= d.line + 3]
    if not tests:
        return None
    test = tests[-1]
    if _NEVER_RAN.search(test.name):
        return None
    if (spot.path, test.qualname) in _added_definitions(graph) or _was_off(graph, spot, test):
        return None
    return f"`{test.qualname}`", test.start_line, test.end_line


def _was_there(spot: Spot) -> bool:
    """Whether the hunk takes the same line away in another layout."""
    text = "".join(spot.text.split())
    return any("".join(removed.split()) == text for _, removed in spot.hunk.removed_lines())


def _is_conditional(graph: Graph, spot: Spot) -> bool:
    """Whether a pytest mark holds only under a condition: `@pytest.mark.xfail(sys.platform == "win32", reason=…)`."""
    if not spot.path.endswith(".py"):
        return False
    call = " ".join(graph.lines(spot.path, "head")[spot.line - 1 : spot.line + 1]).partition("xfail")[2]
    return bool(_CONDITION.match(call))


def _was_off(graph: Graph, spot: Spot, test: Definition) -> bool:
    """Whether the test did not count before the change either: `xfail` became `skip`, JUnit 4's `@Ignore` 5's `@Disabled`."""
    path = base_path_of(graph, spot.hunk)
    off = _OFF[language_of(spot.path)]
    for before in graph.definitions(test.qualname, "base", path):
        definition = before.definition
        lines = graph.lines(path, "base")[definition.start_line - 1 : definition.end_line]
        if any(map(_OFF_BEFORE.search, definition.decorators)) or any(map(off.match, lines)):
            return True
    return False


def _same_title_before(spot: Spot, title: str) -> tuple[str, int, int] | None:
    """A JavaScript test whose call with the same title was removed in the same hunk without a skip."""
    name = title[1:].partition(title[0])[0]
    if spot.hunk.removed > _MOST_REMOVED:
        return None
    for _, text in spot.hunk.removed_lines():
        if title[: len(name) + 2] in text and re.match(r"^\s*(it|test|describe|suite)\s*\(", text):
            return f"“{name}”", spot.line, spot.line + _SCRIPT_TEST_LINES
    return None


def _is_test_function(definition: Definition) -> bool:
    return definition.kind in ("function", "method") and (
        definition.name.lower().startswith("test") or any(d.rpartition(".")[2] == "Test" for d in definition.decorators)
    )


def _counted(number: int) -> str:
    return f"{number or 'no'} assertion{'s' * (number != 1)}"
