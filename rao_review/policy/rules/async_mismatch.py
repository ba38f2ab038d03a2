"""A function became async, or stopped being it, and a caller did not follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.facts import Definition, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef, ResolvedUse
from rao_review.graph.script_modules import SCRIPT_SUFFIXES, UNTYPED_SUFFIXES
from rao_review.policy.rules import evidence
from rao_review.policy.rules.calls import transparent
from rao_review.policy.rules.paths import is_test
from rao_review.types import Finding, Hunk, Severity

_TAKEN_AS_VALUE = frozenset({"discard", "iterate", "subscript", "truth", "unpack", "attribute", "member"})
_PLAIN_RESULT = re.compile(r"(None|int|str|bool|float|bytes|dict|list|set|tuple|Dict|List|Set|Tuple)\b")


class AsyncMismatch:
    id = "async-mismatch"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A function became async (or sync) and a caller does not (or still) await it."
    explanation = """\
The change makes a function `async` and a caller uses its result directly: it gets a coroutine or a promise, and the work never runs or the
value is wrong. Or the change makes it synchronous and a caller still awaits a plain value.

    # after: async def load(user): ...
    profile = load(user)
    print(profile.name)              # AttributeError: 'coroutine' object has no attribute 'name'

Results that are passed on (`asyncio.run(f())`, `create_task(f())`, `return f()`, `gather(...)`) are left alone. A JavaScript call whose
result nobody takes runs all the same, only later than before, and what it throws is lost: *low*.

To silence it: await the call, or put `rao-review: ignore[async-mismatch]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind == "signature" and change.base is not None and change.head is not None:
                yield from self._mismatches(graph, change, change.base, change.head)

    def _mismatches(
        self, graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
    ) -> Iterator[Finding]:
        was, now = "async" in old.definition.flags, "async" in new.definition.flags
        if was == now or not transparent(new.definition) or not transparent(old.definition):
            return
        if not now and not _plain_result(new.definition):
            return
        if not evidence.is_read_whole(graph, old, new) or _has_other_namesake(graph, new):
            return
        for use in graph.uses_of(old):
            if use.confidence != "resolved" or use.use.kind != "call":
                continue
            words = {w.partition(":")[0] for w in use.use.context.split()}
            if now and "await" not in words and "discard" in words and use.path.endswith(SCRIPT_SUFFIXES):
                what = "is now async, and nothing here waits for it"
                yield self._finding(graph, change, new, use, what, Severity.LOW)
            elif (
                now
                and "await" not in words
                and (words & _TAKEN_AS_VALUE or ("assign" in words and _read_as_value(graph, use)))
            ):
                yield self._finding(
                    graph, change, new, use, "is now async, but its result is used here without `await`"
                )
            elif not now and "await" in words and use.path.endswith((".py", ".pyi")):
                yield self._finding(graph, change, new, use, "is no longer async, but is still awaited here")

    def _finding(
        self,
        graph: Graph,
        change: DefinitionChange,
        new: DefinitionRef,
        use: ResolvedUse,
        what: str,
        severity: Severity | None = None,
    ) -> Finding:
        name = new.definition.qualname
        return evidence.finding(
            self,
            evidence.use_anchor(graph, use.path, use.use.line),
            f"`{name}` {what}",
            f"The change makes `{name}` {'asynchronous' if 'async' in new.definition.flags else 'synchronous'} ({new.path}). "
            + (
                "Add `await` (and make this function async), or run it in an event loop."
                if "async" in new.definition.flags
                else "Remove the `await`."
            ),
            checks=[evidence.header(new), *evidence.at_line(graph, use.path, use.use.line, use.use.name)],
            related=[evidence.related(new, "the definition is this now")],
            hunks=change.hunks[:1],
            symbol=name,
            severity=severity or (Severity.MEDIUM if is_test(use.path) else self.severity),
        )


def _plain_result(definition: Definition) -> bool:
    """Whether a function that is not async any more surely returns something that cannot be awaited."""
    if definition.annotation:
        return _PLAIN_RESULT.match(definition.annotation) is not None
    return (
        definition.returns.partition(":")[0] in ("none", "tuple", "list", "dict")
        and "generator" not in definition.flags
    )


def _has_other_namesake(graph: Graph, new: DefinitionRef) -> bool:
    """Whether a script without types gives others a namesake that is not alike: `exports.f = function` beside `async function f`."""
    if not new.path.endswith(UNTYPED_SUFFIXES):
        return False
    name, is_async = new.definition.qualname, "async" in new.definition.flags
    alike = (d.definition for d in graph.definitions(name, new.side, new.path) if d.definition.qualname == name)
    return any(("async" in one.flags) != is_async for one in alike)


def _read_as_value(graph: Graph, use: ResolvedUse) -> bool:
    """Whether the variable that takes the result is later read as a plain value and never awaited or passed on."""
    lines = graph.lines(use.path, "head")
    match = re.match(r"\s*(?:const\s+|let\s+|var\s+)?([A-Za-z_$][\w$]*)\s*(?::[^=]+)?=(?!=)", lines[use.use.line - 1])
    scope = _extent(graph, use.path, use.use)
    if match is None or scope is None:
        return False
    name = re.escape(match.group(1))
    rest = "\n".join(lines[max(use.use.end_line, use.use.line) : scope])
    if re.search(
        rf"await\s+\(?{name}\b|[(,\[]\s*{name}\s*[,)\]]|return\s+{name}\s*(?:;|$)|yield\s", rest, re.MULTILINE
    ):
        return False
    return (
        re.search(
            rf"(?<![\w.$]){name}\s*(?:\.(?!then|catch|finally|close|send|throw|add_done_callback|cancel)\w|\[)", rest
        )
        is not None
    )


def _extent(graph: Graph, path: str, use: Use) -> int | None:
    around = graph.definitions(use.scope, "head", path) if use.scope else ()
    return max(
        (d.definition.end_line for d in around if d.definition.start_line <= use.line <= d.definition.end_line),
        default=None,
    )
