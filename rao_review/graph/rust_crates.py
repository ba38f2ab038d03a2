"""Which file a Rust module path means, in one tree."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from rao_review.graph.tree_names import TreeNames

_CRATES_BESIDE = ("examples", "tests", "benches")


class RustCrates:
    """The crates of one tree, by their `Cargo.toml`."""

    def __init__(self, tree: TreeNames) -> None:
        self._tree = tree

    @cached_property
    def _crates(self) -> dict[str, str]:
        """Crate name → the directory of its sources, for the crates of this repository."""
        found: dict[str, str] = {}
        for path in self._tree.named.get("Cargo.toml", ()):
            match = re.search(rb"(?m)^name\s*=\s*\"([\w-]+)\"", self._tree.read(path) or b"")
            if match:
                name = match.group(1).decode().replace("-", "_")
                found.setdefault(name, posixpath.join(posixpath.dirname(path), "src"))
        return found

    def has(self, module: str) -> bool:
        """Whether a Rust module is of the crate that names it, or of another crate of this tree."""
        first = module.partition(".")[0]
        return first in ("crate", "self", "super") or first in self._crates

    def files(self, importer: str, module: str) -> tuple[str, ...]:
        """The file of a module as `importer` names it."""
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
        return next(((p,) for p in ends if p in self._tree.paths and p not in whole), ())

    def _crate_root(self, importer: str) -> str | None:
        """The directory that `crate` names in a file. Every program, example, test and benchmark of a package is a crate of its own: a file
        right in the directory of its kind, or a directory in there with a `main.rs`."""
        roots = [source for source in self._crates.values() if importer.startswith(posixpath.dirname(source))]
        for source in sorted(roots, key=len, reverse=True):
            package = posixpath.dirname(source)
            for kind in (posixpath.join(source, "bin"), *(posixpath.join(package, k) for k in _CRATES_BESIDE)):
                if importer.startswith(kind + "/"):
                    own = posixpath.join(kind, importer[len(kind) + 1 :].partition("/")[0])
                    return own if own + "/main.rs" in self._tree.paths else kind
            if importer.startswith(source + "/"):
                return source
        return None
