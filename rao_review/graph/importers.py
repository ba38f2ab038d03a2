"""Which files of head import a name: from anywhere, or from one module.

Most names that a module stops passing on ('time', 'Any') are common words. So an import from one module is looked for only in files
that name the module too, or lie in its package, where a relative import need not name it.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from rao_review.graph.facts import Import
from rao_review.graph.search import Search
from rao_review.graph.sources import Sources

_PACKAGE_FILES = frozenset({"__init__", "index", "mod"})
_PACKAGE_WORDS = 2


class Importers:
    """The imports of head, by what they import. Files are read when they are asked for; many at once are cheaper.

    Args:
        search: which files contain a word.
        sources: the facts of files.
    """

    def __init__(self, search: Search, sources: Sources) -> None:
        self._search = search
        self._sources = sources
        self._named: dict[str, Mapping[str, Sequence[Import]]] = {}

    def prepare(self, lost: Mapping[str, Iterable[str]], words: Iterable[str]) -> None:
        """Reads in one go what `imports_from` (path → names) and `imports_of` (words) will be asked for."""
        pairs = [(path, name) for path, names in lost.items() for name in names]
        words = frozenset(words)
        self._search.locate({*words, *(name for _, name in pairs), *(w for path in lost for w in _module_words(path))})
        users = {user for word in words for user in self._search.paths(word)}
        self._sources.read(users.union(*(self._users(path, name) for path, name in pairs)))

    def imports_of(self, word: str) -> Sequence[tuple[str, Import]]:
        """(path, import) of all imports that are found under a word: a name, a local name or the last part of a module."""
        users = self._search.paths(word)
        self._sources.read(users)
        return [(user, item) for user in users for item in self._sources.imports(user) if word in item.words]

    def imports_from(self, path: str, name: str) -> Sequence[tuple[str, Import]]:
        """(path, import) of the imports of a name that may mean the module in the file `path`."""
        users = self._users(path, name)
        self._sources.read(users)
        return [(user, item) for user in users for item in self._by_name(user).get(name, ())]

    def _by_name(self, path: str) -> Mapping[str, Sequence[Import]]:
        found = self._named.get(path)
        if found is None:
            named: dict[str, list[Import]] = defaultdict(list)
            for item in self._sources.imports(path):
                named[item.name].append(item)
            found = self._named[path] = named
        return found

    def _users(self, path: str, name: str) -> list[str]:
        words = _module_words(path)
        named = frozenset(user for word in words for user in self._search.paths(word))
        package = f"{posixpath.dirname(path)}/" if _is_package(path) else None
        return [
            user
            for user in self._search.paths(name)
            if not words or user in named or (package is not None and user.startswith(package))
        ]


def module_word(path: str) -> str:
    """The word by which imports name the module in a file: its stem, or the directory's name for a package's own file."""
    return posixpath.basename(posixpath.dirname(path)) if _is_package(path) else stem(path)


def heir(path: str, paths: Container[str]) -> str:
    """The file that has the module name of `path` instead: a package in the place of a file ('a/__init__.py' for 'a.py', 'a/index.ts' for
    'a.ts'), or a file in that of a package; '' when `paths` have none."""
    plain, suffix = posixpath.splitext(path)
    own = "__init__" if suffix == ".py" else "index"
    other = f"{posixpath.dirname(path)}{suffix}" if posixpath.basename(plain) == own else f"{plain}/{own}{suffix}"
    return other if other in paths else ""


def _module_words(path: str) -> Sequence[str]:
    """The words of which a file that imports this one from elsewhere has at least one; () when that cannot be told.

    A package's own file may lie below the directory that gives the package its name ('packages/core/src/index.ts').
    """
    if not _is_package(path):
        return (stem(path),)
    return tuple(part for part in posixpath.dirname(path).split("/") if part)[-_PACKAGE_WORDS:]


def _is_package(path: str) -> bool:
    return stem(path) in _PACKAGE_FILES


def stem(path: str) -> str:
    """The name of a file without any of its endings."""
    return posixpath.basename(path).partition(".")[0]
