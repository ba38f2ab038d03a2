"""An override that fitted its base class before the change and does not fit it now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rao_review.graph.facts import Arguments, Definition
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.policy.rules import evidence
from rao_review.policy.rules.calls import is_declared, misfit, transparent
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.subclasses import class_of, is_told_apart, own_method, subclasses
from rao_review.policy.rules.type_parameters import own_type_parameters
from rao_review.types import Finding, Hunk, Severity

_CONSTRUCTORS = frozenset(
    {"__init__", "__new__", "__init_subclass__", "__post_init__", "constructor", "setUp", "setUpClass"}
    | {"__construct", "init", "initialize"}
)
# Languages in which a method that overrides says so; another one of the name is an overload.
_SAYING_SO = frozenset({"c", "cpp", "csharp", "kotlin", "scala", "swift"})
_QUALIFIER = re.compile(r"\b(?:\w+\.)+(?=\w)")


class OverrideMismatch:
    id = "override-mismatch"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A base method's signature (or its being async) changed and an override still has the old one."
    explanation = """\
The change gives a method of a base class or interface another signature. Callers that know only the base now pass the new arguments; an
override that was not adapted fails when it gets them.

    # after                                       # elsewhere, unchanged
    class Store:                                  class DiskStore(Store):
        def save(self, key, *, fsync): ...            def save(self, key): ...      # TypeError when fsync is passed

In C, C++, C#, Kotlin, PHP, Ruby, Scala, Swift and shell scripts, whose imports and types are not followed, it is a hint: *info*.

Constructors are not compared, and overrides that already differed from their base before are left alone.

To silence it: adapt the override (`**kwargs` counts), or put `rao-review: ignore[override-mismatch]` in a comment on its line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind == "signature" and change.base is not None and change.head is not None:
                yield from self._mismatches(graph, change, change.base, change.head)

    def _mismatches(
        self, graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
    ) -> Iterator[Finding]:
        facts = graph.scope_facts(new.path, "head")
        if (
            new.definition.kind != "method"
            or new.definition.name in _CONSTRUCTORS
            or "private" in new.definition.flags
            or facts is None
        ):
            return
        owner = class_of(graph, new)
        if owner is None or facts.language in ("go", "rust") or not transparent(new.definition):
            return
        if is_declared(graph, new) or not is_told_apart(graph, owner):
            return
        for child in subclasses(graph, owner):
            override = own_method(graph, child, new.definition.name)
            if override is None or override.definition.kind != "method" or not transparent(override.definition):
                continue
            if not is_told_apart(graph, child):
                continue
            if facts.language in _SAYING_SO and "override" not in override.definition.flags:
                continue
            if facts.language == "java" and (
                _is_for_any_type(owner.definition, new.definition, override.definition)
                or _is_new_overload(graph, child, override.definition)
            ):
                continue
            clash = _clash(old.definition, new.definition, override.definition, facts.language)
            written_now = graph.hunk_at(override.path, "head", override.definition.line) is not None
            if clash is not None and (clash.always or not written_now):
                yield self._finding(graph, change, new, override, clash)

    def _finding(
        self, graph: Graph, change: DefinitionChange, new: DefinitionRef, override: DefinitionRef, clash: _Clash
    ) -> Finding:
        definition, reason = override.definition, clash.reason
        certain, possible = (
            (Severity.MEDIUM, Severity.INFO) if is_test(override.path) else (self.severity, Severity.LOW)
        )
        return evidence.finding(
            self,
            evidence.use_anchor(graph, override.path, definition.line),
            f"Override `{definition.qualname}` no longer matches `{new.definition.qualname}`: {reason}",
            f"The change alters the base method `{new.definition.qualname}` in {new.path}; {reason}. "
            "Code that calls through the base breaks here.",
            checks=[evidence.header(new), *evidence.at_line(graph, override.path, definition.line, definition.name)],
            related=[evidence.related(new, "the base method is this now")],
            hunks=change.hunks[:1],
            symbol=definition.qualname,
            severity=evidence.at_most_a_hint(override.path, certain if clash.always else possible),
        )


@dataclass(frozen=True, slots=True)
class _Clash:
    """Why an override does not fit its base. `always`: every call that the base allows fails, not only one with all its arguments."""

    reason: str
    always: bool


def _clash(old: Definition, new: Definition, override: Definition, language: str) -> _Clash | None:
    was_async, is_async, override_async = ("async" in d.flags for d in (old, new, override))
    if was_async != is_async and override_async == was_async and override_async != is_async and language == "python":
        now, still = ("now", "not") if is_async else ("no longer", "still")
        return _Clash(f"the base is {now} async, the override is {still}", True)
    if None in (old.params, new.params, override.params) or old.params == new.params or language == "javascript":
        return None
    if language in ("typescript", "tsx"):
        return None
    if language == "java":
        return _java_clash(old, new, override)
    for arguments, always in zip(_calls(new), (True, False), strict=True):
        reason = misfit(override, arguments, language)
        if reason is not None and not any(misfit(override, earlier, language) for earlier in _calls(old)):
            return _Clash(reason, always)
    return None


def _java_clash(old: Definition, new: Definition, override: Definition) -> _Clash | None:
    """Java overrides by parameter types: one that still has the old types overrides nothing any more."""
    before, after, own = map(_parameter_types, (old, new, override))
    if "overload" in override.flags or "overload" in new.flags or own != before or own == after:
        return None
    if own == tuple(re.sub(r"<.*>", "", text) for text in after):
        return None  # raw types override any parameters of theirs
    return _Clash(f"the base now takes ({', '.join(after)}), the override still ({', '.join(own)})", True)


def _parameter_types(definition: Definition) -> tuple[str, ...]:
    return tuple(_QUALIFIER.sub("", param.annotation) for param in definition.params or ())


def _is_for_any_type(owner: Definition, new: Definition, override: Definition) -> bool:
    """Whether a Java method leaves open, by type parameters of its class, whatever an override has other types for."""
    after, own = map(_parameter_types, (new, override))
    free = own_type_parameters(owner)
    return len(after) == len(own) and all(
        one == other or not free.isdisjoint(evidence.names_in(one)) for one, other in zip(after, own, strict=True)
    )


def _is_new_overload(graph: Graph, child: DefinitionRef, override: Definition) -> bool:
    """Whether the change gives a class that was there a Java method that does not say it overrides: one written beside the base's."""
    home = graph.base_path(child.path)
    return (
        "override" not in override.flags
        and bool(graph.definitions(child.definition.qualname, "base", home))
        and not graph.definitions(override.qualname, "base", home)
    )


def _calls(definition: Definition) -> list[Arguments]:
    """Ways to call a definition that its header allows: the fewest arguments, and everything it declares."""
    params = definition.params or ()
    positional = [p for p in params if p.kind in ("positional", "positional_only")]
    required = sum(1 for p in positional if not p.optional)
    keyword_only = [p for p in params if p.kind == "keyword_only"]
    return [
        Arguments(required, tuple(p.name for p in keyword_only if not p.optional)),
        Arguments(len(positional), tuple(p.name for p in keyword_only)),
    ]
