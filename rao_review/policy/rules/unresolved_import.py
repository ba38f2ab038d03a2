"""An import that no longer finds its module or name inside the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from posixpath import basename, dirname

from rao_review.graph.facts import FileFacts, Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.importers import heir, module_word
from rao_review.graph.names import PASSING_ON
from rao_review.graph.places import Place, Resolution
from rao_review.graph.python_modules import PYTHON_SUFFIXES
from rao_review.graph.script_modules import SCRIPT_SUFFIXES, UNTYPED_SUFFIXES
from rao_review.policy.rules import evidence
from rao_review.policy.rules.paths import is_test
from rao_review.policy.rules.wanted_errors import is_wanted
from rao_review.types import FileChange, Finding, Hunk, RegexCheck, Related, Severity

_EXPORTING = PASSING_ON - {"python"}
_TYPEDEF = re.compile(r"@(typedef|callback)\b")


class UnresolvedImport:
    id = "unresolved-import"
    severity = Severity.HIGH
    category = "correctness"
    summary = "An import of a module or name of this repository does not resolve."
    explanation = """\
The change deletes or moves a module, or a module stops passing a name on (`from .core import run` removed from `__init__.py`), and another
file still imports it from there. Or a new import names something that its module, in this repository, does not have.

    # mypkg/__init__.py                    # elsewhere, unchanged
    - from .core import run                from mypkg import run        # ImportError

Imports inside `try: … except ImportError` and dynamic imports are left alone; imports of other packages are never judged.

A name taken out of `require(…)` is only undefined, so that is *medium*.

To silence it: fix the import or keep the name, or put `rao-review: ignore[unresolved-import]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        by_path: dict[str, list[Hunk]] = {}
        for hunk in hunks:
            by_path.setdefault(hunk.path, []).append(hunk)
        for path, mine in by_path.items():
            changed = graph.file(path)
            first = changed.hunks[0].id if changed.hunks else ""
            if changed.base_path and changed.base_path not in graph.head.entries() and mine[0].id == first:
                yield from self._lost_module(graph, changed, first)
                if (instead := heir(changed.base_path, graph.head.entries())) and instead != changed.head_path:
                    lost = graph.lost_names(changed.base_path, instead)
                    yield from self._lost_names(graph, changed, instead, lost, first)
            if changed.base_path and changed.head_path and changed.status != "copied" and mine[0].id == first:
                lost = graph.lost_names(changed.base_path)
                yield from self._lost_names(graph, changed, changed.head_path, lost, first)
                yield from self._hidden_names(graph, changed, first)
            if changed.head_path:
                yield from self._new_imports(graph, changed.head_path, mine)

    def _lost_module(self, graph: Graph, changed: FileChange, cause: str) -> Iterator[Finding]:
        """Imports of a file that is not there any more."""
        path = changed.base_path or ""
        before = graph.scope_facts(path, "base")
        if before is None or before.language not in PASSING_ON:
            return
        for user, item in graph.imports_of(module_word(path)):
            if {"guarded", "dynamic"} & set(item.flags):
                continue
            leads = graph.resolution(user, "head", item).chain
            if leads and path in leads[0].files and not (item.name != "*" and _is_left_open(graph, path, leads[0])):
                moved = f"moved to `{changed.head_path}`" if changed.head_path else "deleted"
                yield self._finding(graph, user, item, f"`{path}` was {moved}", changed, cause)

    def _lost_names(
        self, graph: Graph, changed: FileChange, path: str, names: Iterable[str], cause: str
    ) -> Iterator[Finding]:
        """Imports of names that the module in the file `path` of head no longer has. What it defined itself is `removed-symbol`."""
        graph.locate(names)
        for name in sorted(names):
            for user, mention in graph.imports_from(path, name):
                if {"guarded", "dynamic"} & set(mention.flags):
                    continue
                resolution = graph.resolution(user, "head", mention)
                in_module = (
                    resolution.chain and path in resolution.chain[0].files and resolution.chain[0].qualname == name
                )
                if in_module and graph.resolver("head").defined(resolution) is False:
                    yield self._finding(graph, user, mention, f"`{path}` no longer has `{name}`", changed, cause)

    def _hidden_names(self, graph: Graph, changed: FileChange, cause: str) -> Iterator[Finding]:
        """Imports of what a module still defines and no longer exports (`export` or `public` taken away)."""
        path = changed.head_path or ""
        for name in sorted(
            _exported(graph.scope_facts(changed.base_path or "", "base"))
            & _kept_inside(graph.scope_facts(path, "head"))
        ):
            for user, mention in graph.mentions(name, "head"):
                if (
                    isinstance(mention, Import)
                    and mention.name == name
                    and not {"guarded", "dynamic"} & set(mention.flags)
                    and not (path.endswith(".java") and dirname(user) == dirname(path))
                ):
                    chain = graph.resolution(user, "head", mention).chain
                    held = next((place for place in chain if graph.resolver("head").provides(place) is not False), None)
                    if held is not None and held.qualname == name and held.files == (path,):
                        yield self._finding(
                            graph, user, mention, f"`{path}` no longer exports `{name}`", changed, cause
                        )

    def _new_imports(self, graph: Graph, path: str, hunks: Sequence[Hunk]) -> Iterator[Finding]:
        """Added imports of this repository that lead nowhere."""
        facts = graph.scope_facts(path, "head")
        if facts is None or facts.language not in PASSING_ON or facts.unknown:
            return
        mine = {h.id for h in hunks}
        for item in facts.imports:
            hunk = graph.hunk_at(path, "head", item.line)
            if (
                hunk is None
                or hunk.id not in mine
                or {"guarded", "dynamic"} & set(item.flags)
                or item.name in ("*", "default")
            ):
                continue
            resolution = graph.resolution(path, "head", item)
            if path.endswith((".ts", ".tsx")) and any(
                f.endswith((".js", ".jsx")) for p in resolution.chain for f in p.files
            ):
                continue  # a JSDoc @typedef can be what is imported
            missing = (
                bool(resolution.chain) and not resolution.open and graph.resolver("head").defined(resolution) is False
            )
            at_base = any(graph.resolver("base").provides(place) for place in resolution.chain)
            if missing and any(_documents_type(graph, f, item.name) for p in resolution.chain for f in p.files):
                continue
            if not missing or at_base or not all(f in graph.head.entries() for p in resolution.chain for f in p.files):
                continue
            if not _is_meant(graph, path, item, resolution):
                what = f"`{resolution.chain[0].files[0]}` has no `{item.name}`"
                changed = next(f for f in graph.change.files if f.head_path == path)
                yield self._finding(graph, path, item, what, changed, hunk.id, is_new=True)

    def _finding(
        self,
        graph: Graph,
        path: str,
        item: Import,
        what: str,
        changed: FileChange,
        cause: str,
        *,
        is_new: bool = False,
    ) -> Finding:
        shown = (
            f"{item.module}.{item.name}"
            if item.name and not item.module.startswith((".", "/"))
            else item.name or item.module
        )
        weak = "type_only" in item.flags and path.endswith((".py", ".pyi"))
        undefined = (
            "member" in item.flags and graph.resolution(path, "head", item).chain[0].files[0] in graph.head.entries()
        )
        checks = [
            *evidence.at_line(graph, path, item.line, item.name or item.module.rpartition(".")[2].rpartition("/")[2])
        ]
        removed = next(
            (t for h in changed.hunks for _, t in h.removed_lines() if item.name and item.name in evidence.names_in(t)),
            None,
        )
        if removed is not None and changed.head_path:
            checks.append(
                RegexCheck(rf"\b{evidence.line_pattern(removed.strip())}", changed.head_path, "head", expect=False)
            )
        return evidence.finding(
            self,
            evidence.use_anchor(graph, path, item.line),
            f"Import of `{shown}` {'does not resolve' if is_new else 'no longer resolves'}: {what}",
            f"{what[0].upper() + what[1:]}, but this line {'' if is_new else 'still '}imports it from there. "
            + ("It is undefined there." if undefined else "It fails as soon as the module is loaded."),
            checks=checks,
            related=[Related(changed.path, "base" if changed.head_path is None else "head", 1, what)],
            hunks=[cause] if cause else [],
            symbol=item.name or item.module,
            severity=Severity.LOW if weak else Severity.MEDIUM if undefined or is_test(path) else self.severity,
        )


def _is_left_open(graph: Graph, path: str, place: Place) -> bool:
    """Whether a Python package as a whole is there without its own file: modules in its directory make a namespace package of it."""
    directory = path.removesuffix("__init__.py")
    if place.qualname or not directory.endswith("/"):
        return False
    return any(other.startswith(directory) and other.endswith(PYTHON_SUFFIXES) for other in graph.head.entries())


def _is_meant(graph: Graph, path: str, item: Import, resolution: Resolution) -> bool:
    """Whether an import of a name that its module lacks may be right all the same, or is wrong on purpose."""
    return (
        is_wanted(graph, path, item.line)
        or _is_kept_elsewhere(graph, item, resolution)
        or _is_mocked(graph, path, item)
        or _is_set_from_outside(graph, item, resolution)
    )


def _is_kept_elsewhere(graph: Graph, item: Import, resolution: Resolution) -> bool:
    """Whether a name may be a module of a Python package that is not in the repository, as one of settings: others imported it from the
    package before the change, which lacked it too."""
    place = resolution.chain[0]
    if not place.files[0].endswith("/__init__.py"):
        return False
    before = (
        (path, mention)
        for path, mention in graph.mentions(item.name, "base")
        if isinstance(mention, Import) and mention.name == item.name
    )
    return any(place in graph.resolution(path, "base", mention).chain[:1] for path, mention in before)


def _is_set_from_outside(graph: Graph, item: Import, resolution: Resolution) -> bool:
    """Whether another file gives the module an attribute of this name when it starts: `settings.limit = 3`."""
    written = (
        (path, mention)
        for path, mention in graph.mentions(item.name, "head")
        if isinstance(mention, Use) and mention.receiver and "write" in mention.context.split()
    )
    return any(resolution.chain[0] in graph.resolution(path, "head", mention).chain for path, mention in written)


def _is_mocked(graph: Graph, path: str, item: Import) -> bool:
    """Whether a test of scripts may get the name from what stands in for the module: `__mocks__/name.js` for `name` and `./lib/name`, or
    what the test itself says: `jest.mock("./lib/name", …)`."""
    if not path.endswith(SCRIPT_SUFFIXES) or not is_test(path):
        return False
    replaced = re.compile(rf"\b(?:jest|vi)\.\w*[mM]ock\w*\(\s*(?:import\()?['\"`]{re.escape(item.module)}['\"`]")
    if any(map(replaced.search, graph.lines(path, "head"))):
        return True
    module = basename(item.module) if item.module.startswith(".") else item.module
    stand_in = re.compile(rf"(?:.*/)?__mocks__/{re.escape(module)}(?:/index)?(?:\.\w+)?")
    found = (other for other in graph.head.entries() if stand_in.fullmatch(other))
    return any(item.name in evidence.names_in(line) for other in found for line in graph.lines(other, "head"))


def _documents_type(graph: Graph, path: str, name: str) -> bool:
    """Whether a script only documents a type of this name, which others get at by what looks like an import of a value."""
    if not path.endswith(UNTYPED_SUFFIXES):
        return False
    return any(_TYPEDEF.search(line) and name in evidence.names_in(line) for line in graph.lines(path, "head"))


def _exported(facts: FileFacts | None) -> set[str]:
    if facts is None or facts.language not in _EXPORTING:
        return set()
    return {d.name for d in facts.definitions if "." not in d.qualname and "exported" in d.flags}


def _kept_inside(facts: FileFacts | None) -> set[str]:
    """The top-level names that a file surely does not export."""
    if facts is None or facts.unknown or any(d.kind == "module" and "dynamic" in d.flags for d in facts.definitions):
        return set()
    own = {d.name for d in facts.definitions if "." not in d.qualname}
    return own - _exported(facts) - set(facts.exports or ())
