"""A definition that was removed, renamed or moved, and is still used where it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname

from rao_review.graph.facts import Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.graph.places import Resolution
from rao_review.graph.script_modules import DECLARING, SCRIPT_SUFFIXES
from rao_review.graph.table import CLASS_KINDS
from rao_review.policy.rules import evidence
from rao_review.policy.rules.java_members import is_inherited
from rao_review.policy.rules.only_meaning import OWN, is_still_set, only_meaning
from rao_review.policy.rules.other_meanings import is_conditional, means_another
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.rust_traits import may_be_of_a_trait
from rao_review.policy.rules.subclasses import class_chain, class_of, inherited, subclasses
from rao_review.types import Check, Finding, Hunk, Related, Severity, SymbolCheck

_GONE = frozenset({"removed", "renamed", "moved"})
_QUIET_KINDS = frozenset({"module"})
_MAX_RELATED = 5
_OF_EVERYTHING = frozenset(dir(object))
_OF_MODULES = frozenset({"__doc__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"})
"""What Python puts into a module by itself, also into a package without a file of its own."""
_METACLASS = re.compile(r"\bmetaclass\s*=\s*(?!(?:\w+\.)?(?:ABCMeta|EnumMeta|EnumType)\b)")
# What the compiler writes for a case class or a data class.
_OF_CASES = frozenset({"apply", "copy", "equals", "hashCode", "productElement", "toString", "unapply"})
# What every C# object has, and a record of its own.
_OF_OBJECTS = frozenset({"Equals", "GetHashCode", "GetType", "MemberwiseClone", "ToString"})
# What a Rust `#[derive(…)]` writes by itself, or every type has that can be turned into another.
_DERIVED = frozenset({
    "clone", "cmp", "default", "eq", "fmt", "hash", "partial_cmp", "from", "into", "try_from", "try_into", "to_string", "source",
    "deref", "deref_mut", "as_ref", "as_mut", "from_str", "serialize", "deserialize",
})  # fmt: skip


class RemovedSymbol:
    id = "removed-symbol"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A removed, renamed or moved definition is still used under its old name."
    explanation = """\
A function, method, class, constant, field or enum member that existed before the change no longer exists under that name, and some
code - inside or outside the diff - still imports, calls or reads it. It fails when that line runs, or when it is compiled.

    # pricing.py, before            # pricing.py, after
    def net_price(item): ...        def price_without_tax(item): ...

    # invoice.py, not part of the diff
    from pricing import net_price   # ImportError

In C, C++, C#, Kotlin, PHP, Ruby, Scala, Swift and shell scripts, whose imports and types are not followed, it is a hint: *info*.

Names are followed through imports, re-exports, `self.`, known instances and base classes. Nothing is said when the name could come from
somewhere that cannot be read: an external base class, `__getattr__`, a star import from outside. In Python a method that was the only one
of its name is also looked for on values of unknown class, in files that import the module it was in.

To silence it: keep an alias (`net_price = price_without_tax`), or put `rao-review: ignore[removed-symbol]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            if change.kind in _GONE and change.base is not None and _worth(graph, change.base):
                yield from self._stale(graph, change, change.base)

    def _stale(self, graph: Graph, change: DefinitionChange, old: DefinitionRef) -> Iterator[Finding]:
        imported: set[str] = set()
        for path, item in stale_imports(graph, old):
            imported.add(path)
            uses = [u.use for u in graph.uses_of(old) if u.path == path]
            if item.alias not in ("", old.definition.name):
                facts = graph.facts(path, "head")
                uses += [u for u in facts.uses if u.name == item.alias and not u.receiver] if facts else []
            yield self._finding(graph, change, old, path, item, uses)
        for use in graph.uses_of(old):
            if (
                use.confidence == "ambiguous"
                or use.path in imported
                or {"guarded", "write"} & set(use.use.context.split())
                or _is_own_replacement(change, use.path, use.use)
                or means_another(graph, old, use)
            ):
                continue
            if use.confidence == "unique":
                if only_meaning(graph, old, use):
                    yield self._finding(graph, change, old, use.path, use.use, (), Severity.MEDIUM)
                continue
            resolution = graph.resolution(use.path, "head", use.use)
            if resolution.via is not None and "guarded" in resolution.via.flags:
                continue
            if _meant_a_nearer_one(graph, old, resolution):
                continue
            if graph.resolver("head").defined(resolution) is False and not _mixed_in(graph, old, use.use):
                yield self._finding(graph, change, old, use.path, use.use, ())

    def _finding(
        self,
        graph: Graph,
        change: DefinitionChange,
        old: DefinitionRef,
        path: str,
        mention: Use | Import,
        uses: Sequence[Use],
        most: Severity | None = None,
    ) -> Finding:
        name = old.definition.qualname
        verb = "imported" if isinstance(mention, Import) else "called" if mention.kind == "call" else "used"
        done, where = _what_happened(change, old)
        weak = isinstance(mention, Import) and "type_only" in mention.flags and path.endswith((".py", ".pyi"))
        severity = Severity.LOW if weak else Severity.MEDIUM if is_test(path) else most or self.severity
        related = [evidence.related(old, f"{name} was defined here")]
        if change.head is not None:
            related.append(
                evidence.related(change.head, "this is its new name" if change.kind == "renamed" else "it is here now")
            )
        related += [Related(path, "head", u.line, "used here") for u in uses[:_MAX_RELATED]]
        checks: list[Check] = [evidence.gone(old), *evidence.at_line(graph, path, mention.line, old.definition.name)]
        checks.append(SymbolCheck(old.definition.name, "used", path, mention.line))
        return evidence.finding(
            self,
            evidence.use_anchor(graph, path, mention.line),
            f"`{name}` is still {verb} here but was {done}",
            f"The change {where}. This line still expects it in `{old.path}`, so it fails when it is reached. "
            + (
                f"Use `{change.head.definition.qualname}` from `{change.head.path}` instead."
                if change.head
                else "Remove this use or keep the definition."
            ),
            checks=checks,
            related=related,
            hunks=change.hunks[:1],
            symbol=name,
            severity=evidence.at_most_a_hint(path, severity),
        )


def stale_imports(graph: Graph, old: DefinitionRef) -> Iterator[tuple[str, Import]]:
    """Imports at head that lead to this definition's place, where nothing is defined any more."""
    if "." in old.definition.qualname and not old.path.endswith(".java"):
        return
    for path, mention in graph.imports_of(old.definition.name):
        if mention.name != old.definition.name or "guarded" in mention.flags:
            continue
        resolution = graph.resolution(path, "head", mention)
        if graph.leads_to(resolution, "head", old) and graph.resolver("head").defined(resolution) is False:
            yield path, mention


def _meant_a_nearer_one(graph: Graph, old: DefinitionRef, resolution: Resolution) -> bool:
    """Whether the use of a member meant, before the change, that of a class nearer than the one of `old`: it is told of that one."""
    if "." not in old.definition.qualname:
        return False
    for place in resolution.chain:
        if graph.leads_to(Resolution((place,)), "head", old):
            return False
        if graph.resolver("base").definitions(place):
            return True
    return False


def _worth(graph: Graph, old: DefinitionRef) -> bool:
    """Whether the old definition stands for itself: not local, and not a member of something that went as a whole."""
    definition = old.definition
    if definition.kind in _QUIET_KINDS or "local" in definition.flags:
        return False
    if "ambient" in definition.flags and not old.path.endswith(DECLARING):
        return False
    if old.path.endswith(".rs") and definition.name in _DERIVED:
        return False
    if old.path.endswith(".py") and definition.qualname in _OF_MODULES:
        return False
    if old.path.endswith((".kt", ".scala")) and definition.name in _OF_CASES:
        return False
    if old.path.endswith(".cs") and definition.name in _OF_OBJECTS:
        return False
    if is_conditional(graph, old) or is_inherited(graph, old):
        return False
    if "instance" in definition.flags and is_still_set(graph, definition.name):
        return False
    owner = definition.qualname.rpartition(".")[0]
    if old.path.endswith(".rs") and owner and _in_other_impl(graph, definition.qualname):
        return False
    if may_be_of_a_trait(graph, old):
        return False
    if old.path.endswith(".py") and owner and (definition.name in _OF_EVERYTHING or _is_of_a_metaclass(graph, old)):
        return False
    return not owner or ((old.path, owner) not in graph.removed and not _is_alias_now(graph, old, owner))


def _is_of_a_metaclass(graph: Graph, old: DefinitionRef) -> bool:
    """Whether the class of a removed Python member, or a base of it, has a metaclass, which may put the same member on it."""
    owner = class_of(graph, old)
    if owner is None:
        return False
    classes, _ = class_chain(graph, owner)
    return any(_METACLASS.search(cls.signature) for _, cls in classes)


def _is_alias_now(graph: Graph, old: DefinitionRef, owner: str) -> bool:
    """Whether the name of what had the member is now given to something else, which may have it too: `Future = asyncio.Future`."""
    if not any(map(_has_members, graph.definitions(owner, "base", old.path))):
        return False
    home = graph.head_path(old.path) or old.path
    if found := graph.definitions(owner, "head", home):
        return not any(map(_has_members, found))
    facts = graph.scope_facts(home, "head")
    if facts is not None and any(owner == item.alias for item in facts.imports):
        return True
    near = [d for d in graph.definitions(owner, "head") if dirname(d.path) == dirname(home)]
    return home.endswith(".go") and bool(near) and not any(map(_has_members, near))


def _has_members(found: DefinitionRef) -> bool:
    """Whether members belong to it: not to a mere alias, except in scripts, where what a type is made of is followed."""
    kind, script = found.definition.kind, found.path.endswith(SCRIPT_SUFFIXES)
    return kind in CLASS_KINDS and (kind != "type" or script or "=" not in found.definition.signature)


def _in_other_impl(graph: Graph, qualname: str) -> bool:
    """Whether a member of a Rust type is at head in a file that does not define the type: an `impl` may stand in any."""
    owner = qualname.rpartition(".")[0]
    return any(not graph.definitions(owner, "head", d.path) for d in graph.definitions(qualname, "head"))


def _mixed_in(graph: Graph, old: DefinitionRef, use: Use) -> bool:
    """Whether `self.name` can still come from a class that is mixed in beside the one that lost it."""
    if use.receiver not in OWN:
        return False
    owner = class_of(graph, old)
    name = old.definition.name
    return owner is not None and any(inherited(graph, child, name)[0] for child in subclasses(graph, owner))


def _is_own_replacement(change: DefinitionChange, path: str, use: Use) -> bool:
    """A renamed function that calls itself under the new name, or a shim inside the new one."""
    new = change.head
    return new is not None and new.path == path and new.definition.start_line <= use.line <= new.definition.end_line


def _what_happened(change: DefinitionChange, old: DefinitionRef) -> tuple[str, str]:
    name, new = old.definition.qualname, change.head
    if change.kind == "renamed" and new is not None:
        return f"renamed to `{new.definition.qualname}`", f"renames `{name}` to `{new.definition.qualname}`"
    if change.kind == "moved" and new is not None:
        return f"moved to {new.path}", f"moves `{name}` to `{new.path}`"
    return "removed", f"removes the {old.definition.kind.replace('_', ' ')} `{name}`"
