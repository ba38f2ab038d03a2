"""A function gives back something of another shape, and a caller takes it apart the old way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef, ResolvedUse
from rao_review.policy.rules import evidence
from rao_review.policy.rules.calls import transparent
from rao_review.policy.rules.paths import is_test
from rao_review.types import Finding, Hunk, RegexCheck, Severity

_READS_VALUE = frozenset({"unpack", "iterate", "subscript", "attribute", "member"})
_SCALAR = re.compile(r"(int|float|bool|None)\b")
_WANTS_NOTHING = re.compile(r"\bassert_?[iI]s_?[nN]one\(|\bassert\b.*(?:\bis|==)\s*None\b|\bassert\w*\(\s*None\s*,")


class ReturnShape:
    id = "return-shape"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A function returns another shape (value, tuple of n, nothing, generator) than its caller takes apart."
    explanation = """\
The change makes a function return a tuple where it returned a value, a tuple of another size, nothing at all, or a generator where it
returned a list - and a caller still unpacks, indexes or uses the old shape.

    # before: return total           # after: return total, tax
    total = invoice_total(order)
    print(total.rounded())           # AttributeError: 'tuple' object has no attribute 'rounded'

Shapes are read from the return statements (Python) or the result list (Go). A function whose returns differ says nothing.

To silence it: adapt the caller, or put `rao-review: ignore[return-shape]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind == "signature" and change.base is not None and change.head is not None:
                yield from self._mismatches(graph, change, change.base, change.head)

    def _mismatches(
        self, graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
    ) -> Iterator[Finding]:
        before, after = _shape(old), _shape(new)
        if (
            before == after
            or not before
            or not after
            or not (transparent(old.definition) and transparent(new.definition))
        ):
            return
        if ("async" in old.definition.flags) != ("async" in new.definition.flags):
            return
        if not evidence.is_read_whole(graph, old, new):
            return
        for use in graph.uses_of(old):
            if use.confidence != "resolved" or use.use.kind != "call":
                continue
            what = _clash(graph, before, after, new, use)
            if what is None:
                continue
            name = new.definition.qualname
            yield evidence.finding(
                self,
                evidence.use_anchor(graph, use.path, use.use.line),
                f"`{name}` now returns {_words(after)}, but {what} here",
                f"The change makes `{name}` ({new.path}) return {_words(after)} instead of {_words(before)}; this caller was not adapted.",
                checks=[*_proofs(graph, new), *evidence.at_line(graph, use.path, use.use.line, use.use.name)],
                related=[evidence.related(new, f"returns {_words(after)} now")],
                hunks=change.hunks[:1],
                symbol=name,
                severity=Severity.MEDIUM if is_test(use.path) else self.severity,
            )


def _shape(reference: DefinitionRef) -> str:
    definition = reference.definition
    return "generator" if "generator" in definition.flags else definition.returns


def _clash(graph: Graph, before: str, after: str, new: DefinitionRef, use: ResolvedUse) -> str | None:
    """What the caller does that the new shape cannot; None when it can, or when the caller did not fit the old shape either."""
    words = use.use.context.split()
    kinds = {w.partition(":")[0] for w in words}
    unpacked = next((w.partition(":")[2] for w in words if w.startswith("unpack:")), "")
    if "await" not in kinds and "async" in new.definition.flags:
        return None
    go = use.path.endswith(".go")
    if after.startswith("tuple:"):
        size = after.partition(":")[2]
        if unpacked and unpacked != size and unpacked.isdigit() and before != f"tuple:{size}":
            return f"{unpacked} values are unpacked"
        if (
            before == "value"
            and not unpacked
            and (kinds & {"attribute", "member"} or (go and kinds & {"assign", "argument", "truth", "return"}))
        ):
            return "it is used as a single value"
        return None
    if after == "none" and before not in ("none", "mixed"):
        taken = kinds & {"assign", "argument", "truth"} and before != "generator" and not _wants_nothing(graph, use)
        return "its result is used" if kinds & _READS_VALUE or taken else None
    if before.startswith("tuple:") and unpacked and (_SCALAR.match(new.definition.annotation) or go):
        return f"{unpacked} values are unpacked"
    if after == "generator" and before in ("list", "value", "dict") and not go:
        return _generator_clash(graph, use, kinds)
    if before == "generator" and after in ("list", "dict", "tuple"):
        return (
            "`next()` is called on it"
            if re.search(rf"\bnext\(\s*[\w.]*\b{re.escape(use.use.name)}\(", _text(graph, use))
            else None
        )
    return None


def _wants_nothing(graph: Graph, use: ResolvedUse) -> bool:
    """Whether an assertion says that the call returns nothing; it may begin on the line before."""
    before, *lines = ["", *graph.lines(use.path, "head")][use.use.line - 1 : max(use.use.end_line, use.use.line) + 1]
    if before.rstrip().endswith("("):
        lines.insert(0, before)
    return _WANTS_NOTHING.search(" ".join(lines)) is not None


def _generator_clash(graph: Graph, use: ResolvedUse, kinds: set[str]) -> str | None:
    if "subscript" in kinds:
        return "it is indexed"
    if "truth" in kinds:
        return "its truth is tested (a generator is always true)"
    text = _text(graph, use)
    if re.search(rf"\blen\(\s*(?:await\s+)?[\w.]*\b{re.escape(use.use.name)}\(", text):
        return "its length is taken"
    match = re.match(r"\s*([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)", text)
    if "assign" not in kinds or match is None:
        return None
    variable = re.escape(match.group(1))
    around = graph.enclosing(use.path, "head", use.use.line)
    end = around.definition.end_line if around else use.use.line
    rest = "\n".join(graph.lines(use.path, "head")[use.use.line : end])
    if re.search(rf"(?<![\w.]){variable}\s*=(?!=)", rest):
        return None
    taken = re.search(
        rf"\blen\(\s*{variable}\s*\)|(?<![\w.]){variable}\[|(?<![\w.]){variable}\.(?:append|sort|extend|index|count|items|keys|values)\(",
        rest,
    )
    return f"`{taken.group(0).strip()}` is used on it below" if taken else None


def _text(graph: Graph, use: ResolvedUse) -> str:
    lines = graph.lines(use.path, "head")
    return lines[use.use.line - 1] if use.use.line <= len(lines) else ""


def _words(shape: str) -> str:
    kind, _, size = shape.partition(":")
    return {
        "tuple": f"{size} values", "none": "nothing", "value": "one value", "generator": "a generator", "list": "a list", "dict": "a dict",
        "mixed": "sometimes nothing",
    }.get(kind, kind)  # fmt: skip


def _proofs(graph: Graph, new: DefinitionRef) -> list[RegexCheck]:
    """A changed return (or yield, or header) line of the new definition: it is there at head and not at base."""
    definition = new.definition
    for number in range(definition.start_line, definition.end_line + 1):
        text = evidence.quote(graph, new.path, "head", number)
        wanted = re.match(r"(return|yield)\b", text) or number <= definition.line
        if wanted and graph.hunk_at(new.path, "head", number) is not None:
            return [
                RegexCheck(evidence.line_pattern(text), new.path, "head", definition.start_line, definition.end_line)
            ]
    return [evidence.header(new)]
