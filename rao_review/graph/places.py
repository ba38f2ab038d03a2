"""What stands where, on one side of the change: files of modules, definitions at a place, and what a module holds.

The ground under `resolve`, which says where a name leads.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rao_review.graph.facts import Definition, FileFacts, Import
from rao_review.graph.java_builds import has_left
from rao_review.graph.modules import SCRIPT_LANGUAGES, Modules
from rao_review.graph.table import FileTable


class Place(NamedTuple):
    """A slot where a name is or would be defined: `qualname` at the top of `files` (several for a Go or Java package).
    An empty qualname is the module itself."""

    files: tuple[str, ...]
    qualname: str


class Resolution(NamedTuple):
    """`chain` in look-up order. `open`: something on the way could not be followed (an external base class, a computed receiver).
    `via` is the import that led there, if one did."""

    chain: tuple[Place, ...] = ()
    open: bool = False
    via: Import | None = None


UNKNOWN = Resolution((), True)


_BESIDE_JAVA = (".kt", ".scala", ".groovy")


class Places:
    """The files of one tree, by their facts.

    Args:
        facts: facts of a path on this side, None when there is no such source file.
        modules: module names of this side.
        others: module names of the other side, for imports of modules that are gone from this one.
        other_facts: facts on the other side; used only for modules that are gone.
    """

    def __init__(
        self,
        facts: Callable[[str], FileFacts | None],
        modules: Modules,
        others: Modules,
        other_facts: Callable[[str], FileFacts | None],
    ) -> None:
        self._facts = facts
        self._modules = modules
        self._others = others
        self._other_facts = other_facts
        self._tables: dict[str, FileTable] = {}
        self._left: dict[str, bool] = {}
        self._other_tables: dict[str, FileTable | None] = {}
        self._at: dict[Place, list[tuple[str, Definition]]] = {}

    def definitions(self, place: Place) -> list[tuple[str, Definition]]:
        """The definitions at exactly this place: (path, definition)."""
        found = self._at.get(place)
        if found is None:
            tables = ((path, self._table(path)) for path in place.files)
            found = [(path, d) for path, table in tables if table for d in table.by_qualname.get(place.qualname, ())]
            self._at[place] = found
        return found

    def _files(self, language: str, path: str, module: str) -> tuple[str, ...]:
        own = self._modules.files(language, path, module)
        if own and language != "go":
            return own
        other = self._others.files(language, path, module)
        if language == "go":
            return _united(own, other)
        if language == "rust" and not self._modules.rust.has(module):
            return ()  # a crate that is not here on this side may come from outside
        if language == "java" and any(self._is_rewritten(p) or self._has_left(p) for p in other):
            return ()
        if language in SCRIPT_LANGUAGES and self._others.scripts.holds_package(module):
            scripts = self._modules.scripts
            if not scripts.holds_package(module) or scripts.is_built(module):
                return ()  # a package that left is taken from elsewhere, and what a build makes is not here
        return other

    def _is_rewritten(self, path: str) -> bool:
        """Whether a Java file that is gone from this side is here in another language of the same machine: beside where it was, or, like
        all of `src/main/kotlin`, under another root and of the same package."""
        plain = path.removesuffix(".java")
        if any(plain + suffix in self._modules for suffix in _BESIDE_JAVA):
            return True
        facts, name = self._other_facts(path), posixpath.basename(plain)
        alike = (found for suffix in _BESIDE_JAVA for found in self._modules.named(name + suffix))
        return facts is not None and any(self._is_of_package(found, facts.package) for found in alike)

    def _is_of_package(self, path: str, package: str) -> bool:
        """Whether a file says that it is of a package, or, if it cannot be read, stands in a folder of it."""
        facts = self._facts(path)
        if facts is not None:
            return facts.package == package
        return f"/{posixpath.dirname(path)}".endswith(f"/{package.replace('.', '/')}")

    def _has_left(self, path: str) -> bool:
        """Whether a Java file that is gone from this side went with its package, which is a dependency now."""
        found = self._left.get(path)
        if found is None:
            facts = self._other_facts(path)
            package = facts.package if facts else ""
            found = self._left[path] = has_left(self._modules.java, self._others.java, package, path)
        return found

    def _peers(self, language: str, path: str) -> tuple[str, ...]:
        """The files whose module-level names `path` sees, also those that are gone from this side."""
        return _united(self._modules.peers(language, path), self._others.peers(language, path))

    def _modules_has(self, path: str) -> bool:
        return self._facts(path) is not None

    def _language(self, owner: Place) -> str:
        facts = self._facts(owner.files[0]) if owner.files else None
        return facts.language if facts else ""

    def _holds(self, files: Sequence[str], name: str) -> bool:
        """Whether a module itself binds `name` (a definition, an import, an assignment)."""
        tables = [t for t in map(self._table, files) if t is not None]
        return any(name in t.by_qualname or name in t.imports or t.binds(name) for t in tables)

    def _exported_class(self, path: str) -> str:
        """The class that a script gives for itself: `module.exports = class …`."""
        table = self._table(path)
        found = table.by_qualname.get("default", ()) if table else ()
        return next((d.qualname for d in found if d.kind == "class"), "")

    def _is_made(self, path: str, module: str) -> bool:
        """Whether a module that has no file (any more) may be there all the same: compiled, from a distribution that is required only on
        this side, or put into `sys.modules` by a module above it."""
        own = self._modules.files("python", path, module)
        if own:
            return False
        if self._modules.python.is_hidden(path, module) or self._is_required_now(path, module):
            return True
        while not own and "." in module.lstrip("."):
            module = module.rpartition(".")[0]
            own = self._modules.files("python", path, module)
        return any(table.dynamic("") for table in map(self._table, own) if table is not None)

    def _is_required_now(self, path: str, module: str) -> bool:
        """Whether a module that has its file only on the other side is named like a requirement that only this side has."""
        if not self._others.files("python", path, module):
            return False
        name = module.partition(".")[0].lower()
        return name in self._modules.python.required and name not in self._others.python.required

    def _had(self, path: str, star: Import) -> bool:
        """Whether a Java star import is on the other side too: what the package has goes before it there, so it has no such name."""
        facts = self._other_facts(path) if path.endswith(".java") else None
        return facts is not None and any(i.name == "*" and i.module == star.module for i in facts.imports)

    def _table(self, path: str) -> FileTable | None:
        table = self._tables.get(path)
        if table is None:
            facts = self._facts(path)
            if facts is None:
                return None
            table = self._tables[path] = FileTable(facts)
        return table

    def _other_table(self, path: str) -> FileTable | None:
        if path not in self._other_tables:
            facts = self._other_facts(path)
            self._other_tables[path] = None if facts is None else FileTable(facts)
        return self._other_tables[path]


def _united(own: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return own if own == other else tuple(sorted({*own, *other}))
