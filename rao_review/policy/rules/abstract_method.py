"""A base class or interface newly requires a method that a concrete class below it does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.graph.script_modules import SCRIPT_SUFFIXES, UNTYPED_SUFFIXES
from rao_review.policy.rules import evidence
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.subclasses import class_chain, class_of, is_told_apart, subclasses
from rao_review.types import Finding, Hunk, Severity, SymbolCheck

_ABSTRACT_BASES = frozenset({"ABC", "abc.ABC", "Protocol", "typing.Protocol"})
_IMPLEMENTS = re.compile(r"\bimplements\b(.*)")


class AbstractMethod:
    id = "abstract-method"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A method became abstract or was added to an interface, and an implementation lacks it."
    explanation = """\
The change makes a method abstract, or adds one to an abstract class or interface, and a concrete class below it does not implement it:
it cannot be instantiated any more (Python), or does not compile (Java, TypeScript).

    class Gateway(ABC):                  class CardGateway(Gateway):      # elsewhere, unchanged
        @abstractmethod                      def charge(self): ...
        def refund(self): ...            CardGateway()                    # TypeError: abstract method 'refund'

To silence it: implement the method, or put `rao-review: ignore[abstract-method]` in a comment on the class's line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for change in graph.changes([h.id for h in hunks]):
            new, old = change.head, change.base
            if (
                new is None
                or "abstract" not in new.definition.flags
                or new.definition.kind not in ("method", "property")
            ):
                continue
            if change.kind in ("added", "renamed") or (
                change.kind == "signature" and old is not None and "abstract" not in old.definition.flags
            ):
                yield from self._missing(graph, change, new)

    def _missing(self, graph: Graph, change: DefinitionChange, new: DefinitionRef) -> Iterator[Finding]:
        owner = class_of(graph, new)
        if owner is None or new.path.endswith((".go", ".rs")) or not _enforced(graph, owner):
            return
        if not graph.definitions(owner.definition.qualname, "base", graph.base_path(owner.path)):
            return  # the whole class is new: nothing stood below it before
        if not is_told_apart(graph, owner):
            return
        children = list(subclasses(graph, owner))
        interfaces = {owner.definition.name} | {
            c.definition.name for c in children if c.definition.kind in ("interface", "type")
        }
        parents = {b.rpartition(".")[2] for child in children for b in child.definition.bases}
        for child in children:
            is_leaf = child.definition.name not in parents
            if (
                "abstract" in child.definition.flags
                or child.definition.kind == "interface"
                or child.path.endswith(UNTYPED_SUFFIXES)
                or not is_leaf
                or _own_abstract(graph, child)
                or not is_told_apart(graph, child)
            ):
                continue
            if owner.definition.kind in ("interface", "type") and not _implements(graph, child, interfaces):
                continue
            name = new.definition.name
            if not _lacks(graph, child, name):
                continue
            yield evidence.finding(
                self,
                evidence.use_anchor(graph, child.path, child.definition.line),
                f"`{child.definition.qualname}` does not implement `{name}`, which `{owner.definition.name}` now requires",
                f"The change makes `{new.definition.qualname}` abstract in {new.path}. Without `{name}`, "
                f"`{child.definition.qualname}` cannot be instantiated. Implement it there, or give the base a default.",
                checks=[
                    evidence.header(new),
                    SymbolCheck(new.definition.qualname, "defined", new.path),
                    SymbolCheck(f"{child.definition.qualname}.{name}", "not_defined", child.path),
                    *evidence.at_line(graph, child.path, child.definition.line, child.definition.name),
                ],
                related=[evidence.related(new, "newly required here")],
                hunks=change.hunks[:1],
                symbol=child.definition.qualname,
                severity=Severity.MEDIUM if is_test(child.path) else self.severity,
            )


def _enforced(graph: Graph, owner: DefinitionRef) -> bool:
    """Whether the language refuses to instantiate: always but for Python, where the class needs ABCMeta; a Protocol only binds
    classes that name it."""
    if not owner.path.endswith((".py", ".pyi")):
        return True
    bases = owner.definition.bases
    return any(b in _ABSTRACT_BASES for b in bases) or "ABCMeta" in owner.definition.signature


def _implements(graph: Graph, child: DefinitionRef, interfaces: set[str]) -> bool:
    """Whether a class says that it implements one of these, or a base of it does. In TypeScript one that only `extends` such a name
    extends a value of that name: a class, which an interface may describe further."""
    if not child.path.endswith(SCRIPT_SUFFIXES):
        return True
    classes, _ = class_chain(graph, child)
    clauses = (_IMPLEMENTS.search(cls.signature) for _, cls in classes if cls.kind == "class")
    return any(not interfaces.isdisjoint(re.findall(r"[\w$]+", clause[1])) for clause in clauses if clause)


def _lacks(graph: Graph, child: DefinitionRef, name: str) -> bool:
    """Whether a class surely has no method of this name that is more than declared. But for Python, which goes by the order of the bases,
    what a class has goes before what interfaces declare, however far above it stands; of interfaces one default is enough."""
    classes, is_open = class_chain(graph, child)
    held = [(cls.kind, graph.definitions(f"{cls.qualname}.{name}", "head", path)) for path, cls in classes]
    held = [(kind, found) for kind, found in held if found]
    of_classes = held if child.path.endswith((".py", ".pyi")) else [one for one in held if one[0] != "interface"]
    deciding = of_classes[:1] or held
    return not is_open and all("abstract" in one.definition.flags for _, found in deciding for one in found)


def _own_abstract(graph: Graph, cls: DefinitionRef) -> bool:
    facts = graph.scope_facts(cls.path, "head")
    prefix = cls.definition.qualname + "."
    return any(d.qualname.startswith(prefix) and "abstract" in d.flags for d in facts.definitions) if facts else True
