"""Which files a module name means, in one tree: the import rules of Python, JavaScript/TypeScript, Go, Java and Rust.

A name that leads outside the repository, or to more than one place, leads nowhere: `()`. The graph never guesses.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, lru_cache

from rao_review.graph.java_builds import JavaBuilds
from rao_review.graph.python_modules import PythonModules
from rao_review.graph.rust_crates import RustCrates
from rao_review.graph.script_modules import DECLARING, ScriptModules
from rao_review.graph.tree_names import TreeNames

SCRIPT_LANGUAGES = frozenset({"javascript", "typescript", "tsx"})
FOLLOWED = frozenset({"python", "go", "java", "rust"}) | SCRIPT_LANGUAGES
"""Languages whose module names are followed; in others a name is known by what its file and its package say."""
_SOURCE_SET = re.compile(r"(^|/)src(?:-\w+)*/\w+/java(?=/|$)")


class Modules:
    """The module names of one tree.

    Args:
        paths: every path of the tree.
        read: the bytes at a path; called only for files that describe projects: `go.mod`, `Cargo.toml`, `package.json`, `tsconfig.json`,
            `pyproject.toml`, `setup.cfg`, `setup.py`, `requirements.txt`, `pom.xml`, `build.gradle` and the like.
    """

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._tree = tree = TreeNames(paths, read)
        self.python = PythonModules(tree)
        self.scripts = ScriptModules(tree)
        self.rust = RustCrates(tree)
        self.java = JavaBuilds(tree)
        self._memo: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._tree.paths

    def named(self, name: str) -> Sequence[str]:
        """The paths that end with this name."""
        return self._tree.named.get(name, ())

    def files(self, language: str, importer: str, module: str) -> tuple[str, ...]:
        """The files that make up `module` as `importer` names it: one file, or for Go those of the directory."""
        key = (language, vantage(importer), module)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._find(language, importer, module)
        return found

    def _find(self, language: str, importer: str, module: str) -> tuple[str, ...]:
        if language == "python":
            return self.python.files(importer, module)
        if language in SCRIPT_LANGUAGES:
            return self.scripts.files(importer, module, typed=language != "javascript")
        if language == "go":
            return self._go(module)
        if language == "rust":
            return self.rust.files(importer, module)
        if language == "java":
            return self._nearest(importer, self._by_suffix(module.replace(".", "/") + ".java"))
        return ()

    def peers(self, language: str, path: str) -> tuple[str, ...]:
        """Files that share the module-level scope of `path` without an import: Go and Java packages; else only the file itself."""
        if language == "java":
            return self._java_packages.get(_java_package(path), (path,))
        return self._go_packages.get(posixpath.dirname(path), (path,)) if language == "go" else (path,)

    def java_classes(self, package: str, name: str) -> list[str]:
        """The files of a Java class of this package, under whatever root and in whatever module of the tree they stand."""
        return self._by_suffix(f"{package.replace('.', '/')}/{name}.java")

    # ── indexes ──────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _go_packages(self) -> dict[str, tuple[str, ...]]:
        """Directory → the files of its package."""
        return self._grouped(".go", posixpath.dirname)

    @cached_property
    def _java_packages(self) -> dict[str, tuple[str, ...]]:
        """Directory, the same for all source sets → the files of its package."""
        return self._grouped(".java", _java_package)

    def _grouped(self, suffix: str, key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
        grouped: dict[str, list[str]] = defaultdict(list)
        for path in sorted(p for p in self._tree.paths if p.endswith(suffix)):
            grouped[key(path)].append(path)
        return {name: tuple(paths) for name, paths in grouped.items()}

    def _by_suffix(self, suffix: str) -> list[str]:
        candidates = self._tree.named.get(posixpath.basename(suffix), [])
        return [p for p in candidates if p == suffix or p.endswith("/" + suffix)]

    def _nearest(self, importer: str, candidates: Sequence[str]) -> tuple[str, ...]:
        """The candidate that shares the longest directory prefix with the importer; () when two are as near."""
        if len(candidates) < 2:
            return tuple(candidates)
        ranked = sorted(candidates, key=lambda p: -_shared_depth(importer, p))
        if _shared_depth(importer, ranked[0]) == _shared_depth(importer, ranked[1]):
            return ()
        return (ranked[0],)

    # ── Go ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _go_modules(self) -> list[tuple[str, str]]:
        """(module path, directory) of every go.mod, longest module path first."""
        found = []
        for path in self._tree.named.get("go.mod", ()):
            match = re.search(rb"(?m)^module\s+\"?([^\s\"]+)", self._tree.read(path) or b"")
            if match:
                found.append((match.group(1).decode("utf-8", "replace"), posixpath.dirname(path)))
        return sorted(found, key=lambda item: (-len(item[0]), item))

    def _go(self, module: str) -> tuple[str, ...]:
        for name, directory in self._go_modules:
            if module == name or module.startswith(name + "/"):
                target = posixpath.normpath(posixpath.join(directory, module[len(name) :].lstrip("/")))
                files = self._go_packages.get("" if target == "." else target, ())
                return tuple(f for f in files if not f.endswith("_test.go"))
        return ()


@lru_cache(maxsize=1 << 14)
def vantage(importer: str) -> str:
    """What the meaning of a module's name depends on: the directory of the file that imports it, and whether it only describes one."""
    kind = next((suffix for suffix in (".pyi", *DECLARING) if importer.endswith(suffix)), "")
    directory = posixpath.dirname(importer)
    return f"{directory}/*{kind}" if kind else directory


def _java_package(path: str) -> str:
    """The directory of a package; `src/main/java`, `src/test/java` and `src-gen/main/java` hold the same ones."""
    return _SOURCE_SET.sub(r"\1src/java", posixpath.dirname(path), count=1)


def _shared_depth(left: str, right: str) -> int:
    depth = 0
    for a, b in zip(left.split("/")[:-1], right.split("/")[:-1], strict=False):
        if a != b:
            break
        depth += 1
    return depth
