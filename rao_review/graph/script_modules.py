"""Which file a JavaScript or TypeScript module name means, in one tree: relative, by `tsconfig.json`, or a package of the tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rao_review.graph.tree_names import TreeNames, json_object

SCRIPT_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".json")
DECLARING = (".d.ts", ".d.mts", ".d.cts")
"""Files that only describe a script."""
UNTYPED_SUFFIXES = (".js", ".jsx", ".mjs", ".cjs")
"""Scripts that no compiler holds to types."""
_AT_RUN_TIME = (".js", ".jsx", ".mjs", ".cjs", ".json", ".ts", ".tsx", ".mts", ".cts", ".vue")
"""What a script means by a name without an ending; a declaration beside it only describes it."""
_SOURCE_OF = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_TYPES = ("types", "typings")
_ENTRIES = (*_TYPES, "main", "module")
_ASKING = ("dependencies", "devDependencies", "peerDependencies")
_FROM_HERE = ("workspace:", "file:", "link:", "portal:")
_PACKAGE_SOURCES = ("", "src", "lib", "source")


class ScriptModules:
    """The scripts of one tree as others import them."""

    def __init__(self, tree: TreeNames) -> None:
        self._tree = tree

    def files(self, importer: str, module: str, *, typed: bool) -> tuple[str, ...]:
        """The file of a module as `importer` names it; a `typed` script may also mean one that only describes it."""
        searches = (SCRIPT_SUFFIXES,) if typed else (_AT_RUN_TIME, (".d.ts",))
        return next(filter(None, (self._source(importer, module, suffixes) for suffixes in searches)), ())

    def _source(self, importer: str, module: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        if module.startswith("."):
            return self._at(posixpath.normpath(posixpath.join(posixpath.dirname(importer), module)), suffixes)
        if importer.endswith(DECLARING) and (found := self._declared(module)):
            return found
        for stem in self._aliased(module):
            if found := self._at(stem, suffixes):
                return found
        name = _package_name(module)
        directory = self._packages.get(name)
        if directory is None:
            return ()
        rest = module[len(name) :].lstrip("/")
        for stem in () if rest else self._entries(name, suffixes):
            if found := self._at(stem, suffixes):
                return found
        for source in _PACKAGE_SOURCES:
            stem = posixpath.normpath(posixpath.join(directory, source, rest or "index"))
            if found := self._at(stem, suffixes):
                return found
        return ()

    def _declared(self, package: str) -> tuple[str, ...]:
        """What one declaration gets of another package of the tree: its declaration. The settings of a compiler are for sources."""
        stems = self._entries(package, SCRIPT_SUFFIXES) if package in self._manifests else ()
        found = (self._at(stem, DECLARING) for stem in stems)
        return next((files for files in found if files and files[0].endswith(DECLARING)), ())

    def holds_package(self, module: str) -> bool:
        """Whether the npm package that a script imports from is of this tree."""
        return _package_name(module) in self._packages

    def is_built(self, module: str) -> bool:
        """Whether a script gets something of a package of this tree that is not in it: its `package.json` names what a build makes."""
        name = _package_name(module)
        if module != name or name not in self._manifests:
            return False
        entries = [*self._entries(name, SCRIPT_SUFFIXES)]
        return bool(entries) and not any(self._at(entry, SCRIPT_SUFFIXES) for entry in entries)

    def _at(self, stem: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        if stem.startswith(".."):
            return ()
        stem = "" if stem == "." else stem
        root, suffix = posixpath.splitext(stem)
        candidates: list[str] = [stem]
        candidates += [root + other for other in _SOURCE_OF.get(suffix, ())]
        candidates += [stem + other for other in suffixes]
        candidates += [posixpath.join(stem, "index" + other) for other in suffixes]
        for path in candidates:
            if path in self._tree.paths:
                return (path,)
        return ()

    @cached_property
    def _packages(self) -> dict[str, str]:
        """npm package name → its directory, for the packages of this repository."""
        return {name: directory for name, (directory, _) in self._manifests.items()}

    @cached_property
    def _manifests(self) -> dict[str, tuple[str, Mapping[str, str]]]:
        """npm package name → the directory of its `package.json`, and the files that an import of the whole package gets by that."""
        found: dict[str, tuple[str, Mapping[str, str]]] = {}
        private: set[str] = set()
        for path in self._tree.named.get("package.json", ()):
            if "node_modules/" in path:
                continue
            manifest = json_object(self._tree.read(path))
            name = manifest.get("name")
            if _needs(manifest, name):
                continue
            is_private = bool(manifest.get("private"))
            # The root of many packages may bear the name of one of them, and is private.
            if isinstance(name, str) and (name not in found or (name in private and not is_private)):
                whole = {key: file for key in _ENTRIES if isinstance(file := manifest.get(key), str)}
                found[name] = posixpath.dirname(path), whole
                (private.add if is_private else private.discard)(name)
        return found

    def _entries(self, name: str, suffixes: Sequence[str]) -> Iterable[str]:
        """The files that an import of a whole package gets, without those that only describe it where a script is wanted."""
        directory, whole = self._manifests[name]
        typed = ".d.ts" in suffixes
        return [
            posixpath.normpath(posixpath.join(directory, whole[key]))
            for key in _ENTRIES
            if key in whole and (typed or key not in _TYPES)
        ]

    @cached_property
    def _aliases(self) -> list[tuple[str, str]]:
        """tsconfig `paths` of the whole tree: (pattern with at most one '*', target pattern from the root)."""
        found: list[tuple[str, str]] = []
        for name in ("tsconfig.json", "tsconfig.base.json", "jsconfig.json"):
            for path in self._tree.named.get(name, ()):
                options = json_object(self._tree.read(path)).get("compilerOptions")
                if not isinstance(options, dict):
                    continue
                base = posixpath.join(posixpath.dirname(path), str(options.get("baseUrl") or "."))
                targets = options.get("paths")
                for pattern, values in targets.items() if isinstance(targets, dict) else ():
                    found += [
                        (str(pattern), posixpath.normpath(posixpath.join(base, str(value))))
                        for value in (values if isinstance(values, list) else ())
                    ]
        return found

    def _aliased(self, module: str) -> Iterable[str]:
        for pattern, target in self._aliases:
            before, star, after = pattern.partition("*")
            if not star:
                if module == pattern:
                    yield target
            elif len(module) >= len(before) + len(after) and module.startswith(before) and module.endswith(after):
                yield target.replace("*", module[len(before) : len(module) - len(after)])


def _needs(manifest: Mapping[str, object], name: object) -> bool:
    """Whether a package asks a registry for one of this name. One that asks for its own is no package of others: they get the other."""
    asked = (names.get(name) for key in _ASKING if isinstance(names := manifest.get(key), dict))
    return any(isinstance(wanted, str) and not wanted.startswith(_FROM_HERE) for wanted in asked)


def _package_name(module: str) -> str:
    """'@acme/core/lib/x' → '@acme/core', 'core/lib/x' → 'core'."""
    return "/".join(module.split("/")[: 2 if module.startswith("@") else 1])
