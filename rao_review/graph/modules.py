"""Which files a module name means, in one tree: the import rules of Python, JavaScript/TypeScript, Go, Java and Rust.

A name that leads outside the repository, or to more than one place, leads nowhere: `()`. The graph never guesses.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

PYTHON_SUFFIXES = (".py", ".pyi")
SCRIPT_SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".json")
_AT_RUN_TIME = (".js", ".jsx", ".mjs", ".cjs", ".json", ".ts", ".tsx", ".mts", ".cts", ".vue")
"""What a script means by a name without an ending; a declaration beside it only describes it."""
SCRIPT_LANGUAGES = frozenset({"javascript", "typescript", "tsx"})
FOLLOWED = frozenset({"python", "go", "java", "rust"}) | SCRIPT_LANGUAGES
"""Languages whose module names are followed; in others a name is known by what its file and its package say."""
_SOURCE_OF = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_OTHER_FORM = re.compile(r"(\w+)\.(?:pyx|so|pyd|c|cc|cpp|[\w-]+\.(?:so|pyd)|py[._-]\w+)")
"""A Python module that cannot be read: compiled, or written from a template (`setup.py_tmpl`, `version.py.in`)."""
_REQUIRING = re.compile(
    r"(?:.*/)?(?:(?P<code>pyproject\.toml|setup\.py)|setup\.cfg|[\w-]*requirements[\w-]*\.txt|requirements/[\w-]+\.txt)"
)
_QUOTED = re.compile(rb"[\"']([A-Za-z][\w.-]*)\s*(?:\[[\w, -]*\]\s*)?(?:[<>=!~;@][^\"'\n]*)?[\"']")
_ALONE = re.compile(rb"(?m)^\s*([A-Za-z][\w.-]*)\s*(?:\[[\w, -]*\]\s*)?(?:[<>=!~;@#].*)?$")
"""A requirement: as a text in code, or on a line of its own."""
_SOURCE_SET = re.compile(r"(^|/)src/\w+/java(?=/|$)")
_TYPES = ("types", "typings")
_ENTRIES = (*_TYPES, "main", "module")
_CRATES_BESIDE = ("examples", "tests", "benches")
_PACKAGE_SOURCES = ("", "src", "lib", "source")


class Modules:
    """The module names of one tree.

    Args:
        paths: every path of the tree.
        read: the bytes at a path; called only for files that describe projects: `go.mod`, `Cargo.toml`, `package.json`, `tsconfig.json`,
            `pyproject.toml`, `setup.cfg`, `setup.py`, `requirements.txt` and the like.
    """

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._paths = frozenset(paths)
        self._read = read
        self._memo: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._places: dict[str, dict[str, str]] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def files(self, language: str, importer: str, module: str) -> tuple[str, ...]:
        """The files that make up `module` as `importer` names it: one file, or for Go those of the directory."""
        key = (language, vantage(importer), module)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._find(language, importer, module)
        return found

    def _find(self, language: str, importer: str, module: str) -> tuple[str, ...]:
        if language == "python":
            found = self._python(importer, module)
            return self._stubs(found) if importer.endswith(".pyi") else found
        if language in SCRIPT_LANGUAGES:
            searches = (_AT_RUN_TIME, (".d.ts",)) if language == "javascript" else (SCRIPT_SUFFIXES,)
            scripts = (self._script(importer, module, suffixes) for suffixes in searches)
            return next(filter(None, scripts), ())
        if language == "go":
            return self._go(module)
        if language == "rust":
            return self._rust(importer, module)
        if language == "java":
            return self._nearest(importer, self._by_suffix(module.replace(".", "/") + ".java"))
        return ()

    def peers(self, language: str, path: str) -> tuple[str, ...]:
        """Files that share the module-level scope of `path` without an import: Go and Java packages; else only the file itself."""
        if language == "java":
            return self._java_packages.get(_java_package(path), (path,))
        return self._go_packages.get(posixpath.dirname(path), (path,)) if language == "go" else (path,)

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
        for path in sorted(p for p in self._paths if p.endswith(suffix)):
            grouped[key(path)].append(path)
        return {name: tuple(paths) for name, paths in grouped.items()}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            grouped[posixpath.basename(path)].append(path)
        return grouped

    def _by_suffix(self, suffix: str) -> list[str]:
        candidates = self._names.get(posixpath.basename(suffix), [])
        return [p for p in candidates if p == suffix or p.endswith("/" + suffix)]

    def _nearest(self, importer: str, candidates: Sequence[str]) -> tuple[str, ...]:
        """The candidate that shares the longest directory prefix with the importer; () when two are as near."""
        if len(candidates) < 2:
            return tuple(candidates)
        ranked = sorted(candidates, key=lambda p: -_shared_depth(importer, p))
        if _shared_depth(importer, ranked[0]) == _shared_depth(importer, ranked[1]):
            return ()
        return (ranked[0],)

    # ── Python ───────────────────────────────────────────────────────────────────────────────────────────

    def _python(self, importer: str, module: str) -> tuple[str, ...]:
        if module.startswith("."):
            stem = _relative(importer, module)
            return () if stem is None else self._python_at(stem)
        return self._python_root(importer, module, self._python_places(module))

    def is_hidden(self, importer: str, module: str) -> bool:
        """Whether a Python module may be there where it is not looked for, or in a form that cannot be read: compiled, or as a template."""
        stem = _relative(importer, module) if module.startswith(".") else module.replace(".", "/")
        if not stem:
            return False
        if module[0] != "." and any(self._python_at(posixpath.join(above, stem)) for above in _above(importer)):
            return True
        others = self._python_others.get(stem.rpartition("/")[2], ())
        return any(full == stem or (module[0] != "." and full.endswith("/" + stem)) for full in others)

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the Python distributions that the tree may require, and of other things that look like one; in small letters."""
        found: set[str] = set()
        for path in self._paths:
            if match := _REQUIRING.fullmatch(path):
                pattern = _QUOTED if match["code"] else _ALONE
                found.update(
                    name.decode().lower().replace("-", "_") for name in pattern.findall(self._read(path) or b"")
                )
        return frozenset(found)

    def _stubs(self, found: Sequence[str]) -> tuple[str, ...]:
        """What a stub means by modules: their stubs, where there are any."""
        return tuple(f"{path}i" if f"{path}i" in self._paths else path for path in found)

    @cached_property
    def _python_others(self) -> dict[str, list[str]]:
        """Last part of a module's name → paths without endings of the files that are no Python and may become that module."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, paths in self._names.items():
            if match := _OTHER_FORM.fullmatch(name):
                stems = (posixpath.join(posixpath.dirname(path), match[1]).removesuffix("/__init__") for path in paths)
                for stem in stems:
                    found[posixpath.basename(stem)].append(stem)
        return found

    def _python_places(self, module: str) -> Mapping[str, str]:
        """Where an absolute module name can be found: root directory → file. Roots inside a package are none."""
        found = self._places.get(module)
        if found is None:
            stem = module.replace(".", "/")
            found = self._places[module] = {}
            for full, path in self._python_stems.get(stem.rpartition("/")[2], ()):
                if full == stem or full.endswith("/" + stem):
                    root = full[: len(full) - len(stem)].rstrip("/")
                    if not self._is_package(root):
                        found.setdefault(root, path)
        return found

    @cached_property
    def _python_stems(self) -> dict[str, list[tuple[str, str]]]:
        """Last part of a module's name → (path without its ending, file), sources before stubs."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for suffix in PYTHON_SUFFIXES:
            for path in sorted(p for p in self._paths if p.endswith(suffix)):
                stem = path[: -len(suffix)].removesuffix("/__init__")
                found[stem.rpartition("/")[2]].append((stem, path))
        return found

    def _python_root(self, importer: str, module: str, found: Mapping[str, str]) -> tuple[str, ...]:
        above = [root for root in found if root == "" or importer.startswith(root + "/")]
        if above:
            best = max(above, key=len)
            beside = best == posixpath.dirname(importer) or not self._is_package(posixpath.dirname(importer))
            if best in ("", "src", "lib") or beside or "." in module or module not in sys.stdlib_module_names:
                return (found[best],)
        if "." not in module and module in sys.stdlib_module_names:
            return ()
        if len(found) == 1:
            ((root, path),) = found.items()
            if (
                "." in module
                or root in ("", "src", "lib", "python")
                or path.endswith(("/__init__.py", "/__init__.pyi"))
            ):
                return (path,)
        return ()

    def _python_at(self, stem: str) -> tuple[str, ...]:
        prefix = stem + "/" if stem else ""
        for path in (stem + ".py", prefix + "__init__.py", stem + ".pyi", prefix + "__init__.pyi"):
            if path in self._paths:
                return (path,)
        return ()

    def _is_package(self, directory: str) -> bool:
        prefix = directory + "/" if directory else ""
        return prefix + "__init__.py" in self._paths or prefix + "__init__.pyi" in self._paths

    # ── JavaScript and TypeScript ────────────────────────────────────────────────────────────────────────

    def _script(self, importer: str, module: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        if module.startswith("."):
            return self._script_at(posixpath.normpath(posixpath.join(posixpath.dirname(importer), module)), suffixes)
        for stem in self._aliased(module):
            if found := self._script_at(stem, suffixes):
                return found
        name = _package_name(module)
        directory = self._packages.get(name)
        if directory is None:
            return ()
        rest = module[len(name) :].lstrip("/")
        for stem in () if rest else self._entries(name, suffixes):
            if found := self._script_at(stem, suffixes):
                return found
        for source in _PACKAGE_SOURCES:
            stem = posixpath.normpath(posixpath.join(directory, source, rest or "index"))
            if found := self._script_at(stem, suffixes):
                return found
        return ()

    def holds_package(self, module: str) -> bool:
        """Whether the npm package that a script imports from is of this tree."""
        return _package_name(module) in self._packages

    def _script_at(self, stem: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        if stem.startswith(".."):
            return ()
        stem = "" if stem == "." else stem
        root, suffix = posixpath.splitext(stem)
        candidates: list[str] = [stem]
        candidates += [root + other for other in _SOURCE_OF.get(suffix, ())]
        candidates += [stem + other for other in suffixes]
        candidates += [posixpath.join(stem, "index" + other) for other in suffixes]
        for path in candidates:
            if path in self._paths:
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
        for path in self._names.get("package.json", ()):
            if "node_modules/" in path:
                continue
            manifest = _json_object(self._read(path))
            name = manifest.get("name")
            if isinstance(name, str):
                whole = {key: file for key in _ENTRIES if isinstance(file := manifest.get(key), str)}
                found.setdefault(name, (posixpath.dirname(path), whole))
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
            for path in self._names.get(name, ()):
                options = _json_object(self._read(path)).get("compilerOptions")
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

    # ── Rust ─────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _crates(self) -> dict[str, str]:
        """Crate name → the directory of its sources, for the crates of this repository."""
        found: dict[str, str] = {}
        for path in self._names.get("Cargo.toml", ()):
            match = re.search(rb"(?m)^name\s*=\s*\"([\w-]+)\"", self._read(path) or b"")
            if match:
                name = match.group(1).decode().replace("-", "_")
                found.setdefault(name, posixpath.join(posixpath.dirname(path), "src"))
        return found

    def has_crate(self, module: str) -> bool:
        """Whether a Rust module is of the crate that names it, or of another crate of this tree."""
        first = module.partition(".")[0]
        return first in ("crate", "self", "super") or first in self._crates

    def _rust(self, importer: str, module: str) -> tuple[str, ...]:
        first, *rest = module.split(".")
        stem, _, name = importer.removesuffix(".rs").rpartition("/")
        inside = stem if name in ("mod", "lib", "main") else importer.removesuffix(".rs")
        if first == "crate":
            base = self._crate_root(importer)
        elif first in ("self", "super"):
            base = inside if first == "self" else posixpath.dirname(inside)
        else:
            base = self._crates.get(first)
        if base is None:
            return ()
        target = posixpath.join(base, *rest)
        ends = (target + "/lib.rs", target + "/main.rs") if not rest else (target + ".rs", target + "/mod.rs")
        whole = {f"{source}/{name}.rs" for source in self._crates.values() for name in ("lib", "main")} if rest else ()
        return next(((p,) for p in ends if p in self._paths and p not in whole), ())

    def _crate_root(self, importer: str) -> str | None:
        """The directory that `crate` names in a file. Every program, example, test and benchmark of a package is a crate of its own: a file
        right in the directory of its kind, or a directory in there with a `main.rs`."""
        roots = [source for source in self._crates.values() if importer.startswith(posixpath.dirname(source))]
        for source in sorted(roots, key=len, reverse=True):
            package = posixpath.dirname(source)
            for kind in (posixpath.join(source, "bin"), *(posixpath.join(package, k) for k in _CRATES_BESIDE)):
                if importer.startswith(kind + "/"):
                    own = posixpath.join(kind, importer[len(kind) + 1 :].partition("/")[0])
                    return own if own + "/main.rs" in self._paths else kind
            if importer.startswith(source + "/"):
                return source
        return None

    # ── Go ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _go_modules(self) -> list[tuple[str, str]]:
        """(module path, directory) of every go.mod, longest module path first."""
        found = []
        for path in self._names.get("go.mod", ()):
            match = re.search(rb"(?m)^module\s+\"?([^\s\"]+)", self._read(path) or b"")
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


def _above(path: str) -> Iterator[str]:
    """The directories that a file is in, nearest first. Python 2 looks in the nearest first, and a package may be run from any."""
    while path := posixpath.dirname(path):
        yield path


def vantage(importer: str) -> str:
    """What the meaning of a module's name depends on: the directory of the file that imports it, and whether that is a stub."""
    directory = posixpath.dirname(importer)
    return f"{directory}/*.pyi" if importer.endswith(".pyi") else directory


def _package_name(module: str) -> str:
    """'@acme/core/lib/x' → '@acme/core', 'core/lib/x' → 'core'."""
    return "/".join(module.split("/")[: 2 if module.startswith("@") else 1])


def _relative(importer: str, module: str) -> str | None:
    """The path without ending that a relative Python import names; None when it leads out of the tree."""
    name = module.lstrip(".")
    directory = posixpath.dirname(importer)
    for _ in range(len(module) - len(name) - 1):
        if not directory:
            return None
        directory = posixpath.dirname(directory)
    return posixpath.join(directory, *name.split(".")) if name else directory


def _java_package(path: str) -> str:
    """The directory of a package; `src/main/java` and `src/test/java` hold the same ones."""
    return _SOURCE_SET.sub(r"\1src/java", posixpath.dirname(path), count=1)


def _shared_depth(left: str, right: str) -> int:
    depth = 0
    for a, b in zip(left.split("/")[:-1], right.split("/")[:-1], strict=False):
        if a != b:
            break
        depth += 1
    return depth


_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def _json_object(data: bytes | None) -> dict[str, object]:
    """A JSON object, comments and trailing commas allowed; {} for anything else."""
    if not data or len(data) > 1_000_000:
        return {}
    text = data.decode("utf-8", "replace")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", _COMMENTS.sub(lambda m: m.group(1) or "", text))):
        try:
            value = json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else {}
    return {}
