"""Where an import leads, on one side of the change: to a module, or to a name in it, followed through re-exports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

from rao_review.graph.facts import FileFacts, Import
from rao_review.graph.modules import SCRIPT_LANGUAGES, Modules, vantage
from rao_review.graph.places import UNKNOWN, Place, Places, Resolution
from rao_review.graph.table import FileTable

DEPTH = 8
"""So many steps are followed from one name to what gave it."""
_MOST_STARS = 200


def submodule_of(item: Import) -> str:
    """The Python module that the name of `from a import b` may be."""
    return item.module + item.name if item.module.endswith(".") else f"{item.module}.{item.name}"


class Imports(Places):
    """Imports over the facts of one tree.

    The arguments are those of `Places`.
    """

    def __init__(
        self,
        facts: Callable[[str], FileFacts | None],
        modules: Modules,
        others: Modules,
        other_facts: Callable[[str], FileFacts | None],
    ) -> None:
        super().__init__(facts, modules, others, other_facts)
        self._import_memo: dict[tuple[str, str, str, str], Resolution] = {}

    @abstractmethod
    def _class_member(self, owner: Place, name: str, depth: int) -> Resolution:
        """A member of a class, its own or from a base."""

    def imported(self, path: str, item: Import) -> Resolution:
        """Where an import leads: the name in its module, followed through re-exports; or the module."""
        facts = self._facts(path)
        if facts is None:
            return UNKNOWN
        return self._outright(facts.language, path, item)

    def _outright(self, language: str, path: str, item: Import) -> Resolution:
        """An import as its file wrote it. All files of a directory that import the same mean the same by it."""
        key = (language, vantage(path), item.module, item.name)
        found = self._import_memo.get(key)
        if found is None:
            found = self._import_memo[key] = self._imported(language, path, item, 0)
        if language == "python" and _is_namesake(path, item, found):
            return Resolution((), True, item)
        return found if found.via is item or found.via is None else Resolution(found.chain, found.open, item)

    def files(self, path: str, item: Import) -> Sequence[str]:
        """The files that an import names: those of its module, and of the submodule that its name may be."""
        facts = self._facts(path)
        if facts is None:
            return ()
        found = self._modules.files(facts.language, path, item.module)
        if facts.language == "python" and item.name not in ("", "*"):
            found += self._modules.files(facts.language, path, submodule_of(item))
        return found

    def defined(self, resolution: Resolution) -> bool | None:
        """Whether some place of the chain is provided for: by a definition, by a name bound there otherwise, by something dynamic.
        None when that cannot be told."""
        unknown = resolution.open
        for place in resolution.chain:
            held = self.provides(place)
            if held:
                return True
            unknown = unknown or held is None
        return None if unknown else False

    def provides(self, place: Place) -> bool | None:
        """Whether a place holds anything on this side. None: part of the file is unknown or dynamic."""
        unknown = False
        for path in place.files:
            facts = self._facts(path)
            table = self._table(path)
            if facts is None or table is None:
                unknown = unknown or path in self._modules
                continue
            if not place.qualname or place.qualname in table.by_qualname or table.binds(place.qualname):
                return True
            if (
                facts.language in SCRIPT_LANGUAGES
                and place.qualname in (facts.exports or ())
                and place.qualname not in table.imports
            ):
                return True
            owner, _, name = place.qualname.rpartition(".")
            if not owner and self._imports_elsewhere(facts, path, table, name):
                return True
            unknown = unknown or bool(facts.unknown) or table.dynamic(owner)
        return None if unknown else False

    def _imported(
        self, language: str, path: str, item: Import, depth: int, seen: set[Place] | None = None
    ) -> Resolution:
        """The places an import can mean, through re-exports. Open when the module is not of this repository.

        Args:
            seen: the places that were followed on the way here; modules that import each other lead to them again.
        """
        if depth > DEPTH:
            return Resolution((), True, item)
        files = self._files(language, path, item.module)
        if language == "python" and self._is_made(path, item.module):
            return Resolution((), True, item)
        if item.name in ("", "*"):
            whole = self._exported_class(files[0]) if files and not item.name and language in SCRIPT_LANGUAGES else ""
            return Resolution((Place(files, whole),), False, item) if files else Resolution((), True, item)
        if language == "java":
            return Resolution(*self._java(path, item, files), item)
        if language in SCRIPT_LANGUAGES and self._declares_module(files, item.module):
            return Resolution((), True, item)
        submodule: tuple[str, ...] = ()
        if language == "python":
            joined = submodule_of(item)
            submodule = self._modules.files(language, path, joined)
            package = not files or files[0].endswith(("__init__.py", "__init__.pyi"))
            if submodule and package and not (files and self._holds(files, item.name)):
                return Resolution((Place(submodule, ""),), False, item)
            if package and not submodule and self._modules.python.is_hidden(path, joined):
                return Resolution((), True, item)
            if not files and (gone := self._others.files(language, path, joined)):
                return Resolution((Place(gone, ""),), False, item)
        if language == "rust" and self._is_made_otherwise(path, item.module):
            return Resolution((), True, item)
        if language == "rust" and (inner := self._modules.files(language, path, f"{item.module}.{item.name}")):
            return Resolution((Place(inner, ""),), False, item)
        if not files:
            return Resolution((), True, item)
        place = Place(files, item.name)
        chain, is_open = self._follow(language, place, depth, set() if seen is None else seen)
        if submodule and chain == [place] and not self.definitions(place):
            chain.append(Place(submodule, ""))  # what a package imports from itself
        return Resolution(tuple(chain), is_open, item)

    def _declares_module(self, files: Sequence[str], module: str) -> bool:
        """Whether a script says by `declare module 'x'` or `namespace x` what an import of x gets."""
        tables = (self._table(path) for path in files)
        return any(d.kind == "module" for table in tables if table for d in table.by_qualname.get(module, ()))

    def _is_made_otherwise(self, path: str, module: str) -> bool:
        """Whether a Rust module has no file any more, while the one around it may give something that name: `pub use a_crate as b`."""
        outer, _, name = module.rpartition(".")
        if not outer or self._modules.files("rust", path, module):
            return False
        around = self._modules.files("rust", path, outer)
        return bool(around) and self.provides(Place(around, name)) is not False

    def _java(self, path: str, item: Import, files: tuple[str, ...]) -> tuple[tuple[Place, ...], bool]:
        """`import a.B` means class B in a/B.java; a static import a member of the class that `module` names."""
        as_class = self._files("java", path, f"{item.module}.{item.name}")
        if as_class:
            return (Place(as_class, item.name),), False
        if files:
            member = self._class_member(Place(files, item.module.rpartition(".")[2]), item.name, 0)
            return member.chain, member.open
        return (), True

    def _follow(self, language: str, place: Place, depth: int, seen: set[Place]) -> tuple[list[Place], bool]:
        """`place` and where its module imports that name from, unless it defines it itself. Each place is followed once."""
        chain, is_open = [place], False
        if place in seen or self.definitions(place):
            return chain, is_open
        seen.add(place)
        for path in place.files:
            table = self._table(path) or self._other_table(path)
            if table is None:
                continue
            for item in table.imports.get(place.qualname, ())[:1]:
                onward = self._imported(language, path, item, depth + 1, seen)
                chain += onward.chain
                is_open = is_open or onward.open
            if place.qualname in table.imports:
                continue
            is_open = is_open or len(table.stars) > _MOST_STARS
            for star in table.stars[:_MOST_STARS]:
                onward = self._imported(
                    language, path, Import(star.module, place.qualname, place.qualname, star.line), depth + 1, seen
                )
                chain += onward.chain
                is_open = is_open or onward.open or not onward.chain
        return list(dict.fromkeys(chain)), is_open

    def _imports_elsewhere(self, facts: FileFacts, path: str, table: FileTable, name: str) -> bool:
        """Whether the module binds `name` by an import that leads out of the repository (so nobody can say it is missing)."""
        for item in table.imports.get(name, ()):
            if (
                not self._files(facts.language, path, item.module)
                and not self._imported(facts.language, path, item, 0).chain
            ):
                return True
        return False


def _is_namesake(path: str, item: Import, found: Resolution) -> bool:
    """Whether a Python file seems to import from itself by a bare name: it means a module from outside that is named like it."""
    itself = bool(found.chain) and found.chain[0].files == (path,)
    return itself and "." not in item.module and not path.endswith("__init__.py")
