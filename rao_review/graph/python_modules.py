"""Which file a Python module name means, in one tree."""

from __future__ import annotations

import posixpath
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rao_review.graph.tree_names import TreeNames

PYTHON_SUFFIXES = (".py", ".pyi")
_OTHER_FORM = re.compile(r"(\w+)\.(?:pyx|so|pyd|c|cc|cpp|[\w-]+\.(?:so|pyd)|py[._-]\w+)")
"""A Python module that cannot be read: compiled, or written from a template (`setup.py_tmpl`, `version.py.in`)."""
_REQUIRING = re.compile(
    r"(?:.*/)?(?:(?P<code>pyproject\.toml|setup\.py)|setup\.cfg|[\w-]*requirements[\w-]*\.txt|requirements/[\w-]+\.txt)"
)
_QUOTED = re.compile(rb"[\"']([A-Za-z][\w.-]*)\s*(?:\[[\w, -]*\]\s*)?(?:[<>=!~;@][^\"'\n]*)?[\"']")
_ALONE = re.compile(rb"(?m)^\s*([A-Za-z][\w.-]*)\s*(?:\[[\w, -]*\]\s*)?(?:[<>=!~;@#].*)?$")
"""A requirement: as a text in code, or on a line of its own."""


_TOPS = ("", "src", "lib")


class PythonModules:
    """The Python modules of one tree, whatever directories it is run from."""

    def __init__(self, tree: TreeNames) -> None:
        self._tree = tree
        self._known: dict[str, dict[str, str]] = {}

    def files(self, importer: str, module: str) -> tuple[str, ...]:
        """The file of a module as `importer` names it."""
        found = self._source(importer, module)
        return self._stubs(found) if importer.endswith(".pyi") else found

    def _source(self, importer: str, module: str) -> tuple[str, ...]:
        if module.startswith("."):
            stem = _relative(importer, module)
            return () if stem is None else self._at(stem)
        return self._root(importer, module, self._places(module))

    def is_hidden(self, importer: str, module: str) -> bool:
        """Whether a Python module may be there where it is not looked for, or in a form that cannot be read: compiled, or as a template."""
        stem = _relative(importer, module) if module.startswith(".") else module.replace(".", "/")
        if not stem:
            return False
        if module[0] != "." and any(self._at(posixpath.join(above, stem)) for above in _above(importer)):
            return True
        others = self._others.get(stem.rpartition("/")[2], ())
        return any(full == stem or (module[0] != "." and full.endswith("/" + stem)) for full in others)

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the Python distributions that the tree may require, and of other things that look like one; in small letters."""
        found: set[str] = set()
        for path in self._tree.paths:
            if match := _REQUIRING.fullmatch(path):
                pattern = _QUOTED if match["code"] else _ALONE
                found.update(
                    name.decode().lower().replace("-", "_") for name in pattern.findall(self._tree.read(path) or b"")
                )
        return frozenset(found)

    def _stubs(self, found: Sequence[str]) -> tuple[str, ...]:
        """What a stub means by modules: their stubs, where there are any."""
        return tuple(f"{path}i" if f"{path}i" in self._tree.paths else path for path in found)

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        """Last part of a module's name → paths without endings of the files that are no Python and may become that module."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, paths in self._tree.named.items():
            if match := _OTHER_FORM.fullmatch(name):
                stems = (posixpath.join(posixpath.dirname(path), match[1]).removesuffix("/__init__") for path in paths)
                for stem in stems:
                    found[posixpath.basename(stem)].append(stem)
        return found

    def _places(self, module: str) -> Mapping[str, str]:
        """Where an absolute module name can be found: root directory → file. Roots inside a package are none."""
        found = self._known.get(module)
        if found is None:
            stem = module.replace(".", "/")
            found = self._known[module] = {}
            for full, path in self._stems.get(stem.rpartition("/")[2], ()):
                if full == stem or full.endswith("/" + stem):
                    root = full[: len(full) - len(stem)].rstrip("/")
                    if not self._is_package(root):
                        found.setdefault(root, path)
        return found

    @cached_property
    def _stems(self) -> dict[str, list[tuple[str, str]]]:
        """Last part of a module's name → (path without its ending, file), sources before stubs."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for suffix in PYTHON_SUFFIXES:
            for path in sorted(p for p in self._tree.paths if p.endswith(suffix)):
                stem = path[: -len(suffix)].removesuffix("/__init__")
                found[stem.rpartition("/")[2]].append((stem, path))
        return found

    def _root(self, importer: str, module: str, found: Mapping[str, str]) -> tuple[str, ...]:
        above = [root for root in found if root == "" or importer.startswith(root + "/")]
        if above:
            best = max(above, key=len)
            if "." not in module and any(root != best and _is_whole(found[root]) for root in above if root in _TOPS):
                return ()  # a file beside the importer, or the package of the repository: where it is run from decides
            beside = best == posixpath.dirname(importer) or not self._is_package(posixpath.dirname(importer))
            if best in _TOPS or beside or "." in module or module not in sys.stdlib_module_names:
                return (found[best],)
        if "." not in module and module in sys.stdlib_module_names:
            return ()
        if len(found) == 1:
            ((root, path),) = found.items()
            if "." in module or root in (*_TOPS, "python") or _is_whole(path):
                return (path,)
        return ()

    def _at(self, stem: str) -> tuple[str, ...]:
        prefix = stem + "/" if stem else ""
        for path in (stem + ".py", prefix + "__init__.py", stem + ".pyi", prefix + "__init__.pyi"):
            if path in self._tree.paths:
                return (path,)
        return ()

    def _is_package(self, directory: str) -> bool:
        prefix = directory + "/" if directory else ""
        return prefix + "__init__.py" in self._tree.paths or prefix + "__init__.pyi" in self._tree.paths


def _is_whole(path: str) -> bool:
    """Whether a file stands for a package."""
    return path.endswith(("/__init__.py", "/__init__.pyi"))


def _above(path: str) -> Iterator[str]:
    """The directories that a file is in, nearest first. Python 2 looks in the nearest first, and a package may be run from any."""
    while path := posixpath.dirname(path):
        yield path


def _relative(importer: str, module: str) -> str | None:
    """The path without ending that a relative Python import names; None when it leads out of the tree."""
    name = module.lstrip(".")
    directory = posixpath.dirname(importer)
    for _ in range(len(module) - len(name) - 1):
        if not directory:
            return None
        directory = posixpath.dirname(directory)
    return posixpath.join(directory, *name.split(".")) if name else directory
