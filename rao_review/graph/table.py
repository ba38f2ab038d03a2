"""The facts of one file, indexed for look-up: what `resolve` asks of a file."""

from __future__ import annotations

from collections import defaultdict

from rao_review.graph.facts import Definition, FileFacts, Import
from rao_review.graph.modules import SCRIPT_LANGUAGES

CLASS_KINDS = frozenset({"class", "interface", "enum", "type"})


_NOTHING: dict[str, tuple[str, ...]] = {}
"""Shared by all names that are not bound, which are most."""


class FileTable:
    """One file's names.

    by_qualname  definitions by qualified name.
    imports      imports by the local name that they bind; `stars` are star imports, `plain` those that bind no simple name
                 (`import a.b` binds the first part: it is looked up by the dotted receiver).
    """

    def __init__(self, facts: FileFacts) -> None:
        self._facts = facts
        self.by_qualname: dict[str, list[Definition]] = defaultdict(list)
        for definition in facts.definitions:
            self.by_qualname[definition.qualname].append(definition)
        if facts.language in SCRIPT_LANGUAGES and "default" in (facts.exports or ()):
            self._alias_default(facts)
        self.imports: dict[str, list[Import]] = defaultdict(list)
        self.stars: list[Import] = []
        self.plain: list[Import] = []
        for item in facts.imports:
            if item.is_star:
                self.stars.append(item)
            elif item.alias and "." not in item.alias:
                self.imports[item.alias].append(item)
            elif not item.name:
                self.plain.append(item)
        if facts.language == "python":
            self._move_dotted()
        self._values_of: dict[str, dict[str, tuple[str, ...]]] = {}
        self._classes = frozenset([d.qualname for d in facts.definitions if d.kind in CLASS_KINDS])
        if any(d.kind in CLASS_KINDS for d in self.by_qualname.get("default", ())):
            self._classes |= {"default"}
        self._dynamic = {d.qualname for d in facts.definitions if "dynamic" in d.flags}

    def _move_dotted(self) -> None:
        """`import a.b` is found as binding `a`, but is no import of a module `a`."""
        for alias, items in list(self.imports.items()):
            dotted = [i for i in items if not i.name and i.module.startswith(alias + ".")]
            if dotted:
                self.plain += dotted
                self.imports[alias] = [i for i in items if i not in dotted]
                if not self.imports[alias]:
                    del self.imports[alias]

    def _alias_default(self, facts: FileFacts) -> None:
        for definition in facts.definitions:
            if "default_export" in definition.flags and definition.qualname != "default":
                self.by_qualname["default"].append(definition)

    def _values(self, name: str) -> dict[str, tuple[str, ...]]:
        """Scope → the different values bound to a name there, in order."""
        found = self._values_of.get(name)
        if found is None:
            found = {}
            for value, scope in self._facts.bound(name):
                known = found.get(scope, ())
                if value not in known:
                    found[scope] = (*known, value)
            self._values_of[name] = found or _NOTHING
        return found

    def values(self, scope: str, name: str) -> tuple[str, ...] | None:
        """The different values bound to a name in a scope; None when it is not bound there."""
        return self._values(name).get(scope)

    def binds(self, qualname: str) -> bool:
        """Whether something is bound to a name in the scope that its qualified name says."""
        scope, _, name = qualname.rpartition(".")
        return self.values(scope, name) is not None

    def imports_as(self, name: str) -> bool:
        """Whether an import binds this local name, in whatever form."""
        return any(item.alias == name for item in self._facts.imports)

    def is_class(self, qualname: str) -> bool:
        return qualname in self._classes

    def attribute(self, qualname: str, name: str) -> tuple[str, ...]:
        """The values bound to `self.name` (or `this.name`) anywhere in a class, and the annotation of the field."""
        for definition in self.by_qualname.get(f"{qualname}.{name}", ()):
            if definition.annotation and definition.kind in ("field", "property", "variable"):
                return (definition.annotation,)
        values: dict[str, None] = {}
        for bound in (f"self.{name}", f"this.{name}"):
            for scope, found in self._values(bound).items():
                if scope == qualname or scope.startswith(qualname + "."):
                    values.update(dict.fromkeys(found))
        return tuple(values)

    def dynamic(self, qualname: str) -> bool:
        return qualname in self._dynamic
