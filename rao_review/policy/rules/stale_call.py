"""A call that fitted the old signature of a function and does not fit the new one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname

from rao_review.graph.facts import Arguments, Definition, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef, ResolvedUse
from rao_review.graph.places import Place
from rao_review.graph.script_modules import UNTYPED_SUFFIXES
from rao_review.graph.table import CLASS_KINDS
from rao_review.policy.rules import evidence
from rao_review.policy.rules.calls import is_declared, misfit
from rao_review.policy.rules.other_meanings import C_LANGUAGES
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.subclasses import class_chain
from rao_review.policy.rules.type_parameters import type_parameters
from rao_review.policy.rules.wanted_errors import is_wanted
from rao_review.types import Finding, Hunk, Severity

_UNSURE = frozenset({"expected", "guarded"})
_EXTENDS = re.compile(r"\bclass\s+\w+\s*(?:<.*?>)?\s*extends\s+(?:\w+\.)*(\w+)")
_TYPED_SCRIPTS = frozenset({"typescript", "tsx"})
_MACRO_CALL = re.compile(r"\b[A-Z][A-Z0-9_]+\s*\(")


class StaleCall:
    id = "stale-call"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A call no longer fits the signature that the change gave to the function."
    explanation = """\
The change alters a function's parameters - one became required, was removed, renamed, or is now keyword-only - and a call elsewhere still
passes the old arguments. Constructors and dataclass fields count too.

    # before                         # after
    def charge(order): ...           def charge(order, currency): ...

    charge(order)                    # TypeError: 'currency' is required and not given

In C, C++, C#, Kotlin, PHP, Ruby, Scala, Swift and shell scripts, whose imports and types are not followed, it is a hint: *info*.

Only calls that fitted before and whose target is certain are reported; calls with `*args`/`**kwargs` are counted as far as they can be.

To silence it: give the new parameter a default, or put `rao-review: ignore[stale-call]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind == "signature" and change.base is not None and change.head is not None:
                sides = (with_inherited_constructor(graph, side) for side in (change.base, change.head))
                old, new = (_with_void_parameters(graph, side) for side in sides)
                yield from self._misfits(graph, change, old, new)

    def _misfits(
        self, graph: Graph, change: DefinitionChange, old: DefinitionRef, new: DefinitionRef
    ) -> Iterator[Finding]:
        before, after = old.definition, new.definition
        if before.params is None or before.params == after.params or before.kind != after.kind:
            return
        if is_declared(graph, new) or _is_made_otherwise(graph, new):
            return
        facts = graph.scope_facts(new.path, "head")
        language = facts.language if facts else ""
        for use in graph.uses_of(old):
            arguments = use.use.arguments
            if (
                use.confidence != "resolved"
                or use.use.kind != "call"
                or arguments is None
                or not _UNSURE.isdisjoint(use.use.context.split())
            ):
                continue
            if language in C_LANGUAGES and (_is_misread(graph, use) or _hides_arguments(graph, use)):
                continue
            if language in _TYPED_SCRIPTS and (
                use.path.endswith(UNTYPED_SUFFIXES) or is_wanted(graph, use.path, use.use.line, use.use.end_line)
            ):
                continue
            if not _calls_instance(graph, use, new.definition) or _spreads_call(graph, use, arguments):
                continue
            if language == "java" and _inherits_unseen(graph, new):
                continue
            reason = misfit(new.definition, arguments, language)
            if reason is None or all(misfit(d.definition, arguments, language) for d in (old, *_others(graph, old))):
                continue
            if any(misfit(d.definition, arguments, language) is None for d in _others(graph, new)):
                continue
            yield self._finding(graph, change, old, new, use, reason)

    def _finding(
        self,
        graph: Graph,
        change: DefinitionChange,
        old: DefinitionRef,
        new: DefinitionRef,
        use: ResolvedUse,
        reason: str,
    ) -> Finding:
        name = new.definition.qualname
        return evidence.finding(
            self,
            evidence.use_anchor(graph, use.path, use.use.line),
            f"Call of `{name}` does not fit its new signature: {reason}",
            f"The change turns `{_shown(old.definition, new.definition)}` into `{_shown(new.definition, old.definition)}`. "
            f"This call still passes the old arguments: {reason}.",
            checks=[evidence.header(new), *evidence.at_line(graph, use.path, use.use.line, use.use.name)],
            related=[evidence.related(new, "the signature is this now"), evidence.related(old, "and was this before")],
            hunks=change.hunks[:1],
            symbol=name,
            severity=evidence.at_most_a_hint(use.path, Severity.MEDIUM if is_test(use.path) else self.severity),
        )


def with_inherited_constructor(graph: Graph, cls: DefinitionRef) -> DefinitionRef:
    """A Python class without a constructor of its own, with the parameters that it inherits; unchanged when that is not certain."""
    definition = cls.definition
    if (
        definition.kind != "class"
        or definition.params is not None
        or not cls.path.endswith(".py")
        or definition.decorators
    ):
        return cls
    classes, _ = class_chain(graph, cls)
    for path, parent in classes:
        if any(graph.definitions(f"{parent.qualname}.{name}", cls.side, path) for name in ("__new__", "__call__")):
            return cls
        if parent.params is None and graph.definitions(f"{parent.qualname}.__init__", cls.side, path):
            return cls  # several constructors
        if parent.params is not None:
            return cls._replace(definition=definition._replace(params=parent.params))
        if len(parent.bases) != 1 or parent.decorators or "dynamic" in parent.flags:
            return cls
    return cls


def _is_made_otherwise(graph: Graph, cls: DefinitionRef) -> bool:
    """Whether a Python class, or a base of it, decides by `__new__` what a call of it makes, and of what."""
    if cls.definition.kind != "class" or not cls.path.endswith(".py"):
        return False
    classes, _ = class_chain(graph, cls)
    return any(graph.definitions(f"{one.qualname}.__new__", cls.side, path) for path, one in classes)


def _with_void_parameters(graph: Graph, one: DefinitionRef) -> DefinitionRef:
    """In TypeScript an argument may be left out whose type is `void`, and that of a type parameter may be: `new Subject<void>().next()`."""
    definition = one.definition
    if not definition.params or not one.path.endswith((".ts", ".tsx", ".mts", ".cts")):
        return one
    owner = definition.qualname.rpartition(".")[0]
    around = [d.definition for d in graph.definitions(owner, one.side, one.path)] if owner else []
    named = {"void"}.union(*(type_parameters(d.signature) for d in (definition, *around)))
    params = tuple(
        p._replace(optional=True) if named & {word.strip() for word in p.annotation.split("|")} else p
        for p in definition.params
    )
    return one._replace(definition=definition._replace(params=params))


def _is_misread(graph: Graph, use: ResolvedUse) -> bool:
    """Whether the file of a call was not read without errors: after a macro, C takes a declaration for a call."""
    facts = graph.scope_facts(use.path, "head")
    return facts is None or bool(facts.unknown)


def _hides_arguments(graph: Graph, use: ResolvedUse) -> bool:
    """Whether an argument of a call in C is a macro with arguments of its own, which may stand for several: a text and its length."""
    text = " ".join(graph.lines(use.path, "head")[use.use.line - 1 : max(use.use.end_line, use.use.line)])
    return bool(_MACRO_CALL.search(text.partition(use.use.name)[2]))


def _shown(definition: Definition, other: Definition) -> str:
    """The header; with the parameters where both headers read the same, as those of a class whose fields are its parameters."""
    header = definition.signature[:160] or definition.qualname
    if definition.params is None or header != (other.signature[:160] or other.qualname):
        return header
    return f"{header} with {', '.join(p.name for p in definition.params) or 'no parameters'}"


def _others(graph: Graph, one: DefinitionRef) -> list[DefinitionRef]:
    """What a call can mean beside this definition: overloads, inherited ones too, branches of an `if`, in Go what other files of the
    package have for other platforms."""
    owner, _, name = one.definition.qualname.rpartition(".")
    places = [(one.path, one.definition.qualname)]
    if owner and one.path.endswith(".java"):
        classes, _ = graph.resolver(one.side).class_chain(Place((one.path,), owner))
        places += [(path, f"{cls.qualname}.{name}") for path, cls in classes[1:]]
    if one.path.endswith(".go"):
        alike = graph.definitions(one.definition.qualname, one.side)
        places += [
            (d.path, d.definition.qualname)
            for d in alike
            if d.path != one.path and dirname(d.path) == dirname(one.path)
        ]
    return [
        d
        for path, qualname in places
        for d in graph.definitions(qualname, one.side, path)
        if d.definition.qualname == qualname
        and (d.path, d.definition.start_line) != (one.path, one.definition.start_line)
    ]


def _inherits_unseen(graph: Graph, one: DefinitionRef) -> bool:
    """Whether a Java method may have overloads that are not here: its class, or a base of it, extends one of others."""
    owner = one.definition.qualname.rpartition(".")[0]
    classes, _ = graph.resolver(one.side).class_chain(Place((one.path,), owner)) if owner else ((), False)
    names = {cls.name for _, cls in classes}
    extended = (_EXTENDS.search(cls.signature) for _, cls in classes if cls.kind == "class")
    return any(match is not None and match[1] not in names for match in extended)


def _calls_instance(graph: Graph, use: ResolvedUse, target: Definition) -> bool:
    """Whether the arguments are those of the parameter list as recorded (without the receiver): not for `Class.method(obj, …)`."""
    if (
        target.kind != "method"
        or {"static", "classmethod"} & set(target.flags)
        or not use.path.endswith((".py", ".pyi"))
    ):
        return True
    receiver = use.use.receiver
    if receiver in ("self", "cls", "super()") or receiver.endswith("()") or not receiver:
        return receiver != "cls"
    owner, _, name = receiver.rpartition(".")
    probe = Use(name, "name", use.use.line, owner, use.use.scope)
    return not any(d.definition.kind in CLASS_KINDS for d in graph.resolve(use.path, "head", probe))


def _spreads_call(graph: Graph, use: ResolvedUse, arguments: Arguments) -> bool:
    """Go's `f(g())` passes all results of g."""
    if not use.path.endswith(".go") or arguments.positional != 1:
        return False
    lines = graph.lines(use.path, "head")
    text = " ".join(lines[use.use.line - 1 : max(use.use.end_line, use.use.line)])
    return re.search(rf"\b{re.escape(use.use.name)}\(\s*[\w.\[\]]+\(", text) is not None
