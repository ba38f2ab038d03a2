"""The direction of imports (design §3), read from the source: which package may know which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rao_review

ROOT = Path(rao_review.__file__).parent
NAME = "rao_review"

# Who may import whom, by top-level part. `types`, `errors` and the package itself (for its version) are free for all but them.
FREE = {"", "types", "errors"}
ALLOWED: dict[str, set[str]] = {
    "": set(),
    "types": set(),
    "errors": set(),
    "settings": set(),
    "trace": set(),
    "diff": set(),
    "graph": set(),
    "models": {"trace"},
    "merge": set(),
    "checks": {"graph"},
    "agent": {"checks", "merge", "trace", "graph"},
    # of the agent, only what a mind sees and says
    "policy": {"agent.protocol", "graph", "models", "merge"},
    "profiles": set(),
    "reviewers": {"settings", "trace", "graph", "models", "agent", "policy"},
    "pipeline": {"settings", "trace", "diff", "graph", "checks", "agent", "policy", "report", "reviewers"},
    "report": {"trace"},
    "evals": {"pipeline", "trace", "report", "settings", "diff"},
    "train": {"trace"},
    "demo": set(),
    "simulate": set(),
    "cli": {
        "pipeline",
        "profiles",
        "reviewers",
        "settings",
        "trace",
        "diff",
        "policy",
        "report",
        "demo",
        "evals",
        "train",
        "simulate",
    },
    "__main__": {"cli"},
}


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    line: int
    inside: bool
    """Whether the import stands inside a function."""
    dynamic: bool = False


def _modules() -> dict[str, Path]:
    """Dotted name → file, of every module of ours; the bundled demo change is data, not code."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[:2] in {("demo", "base"), ("demo", "head")}:
            continue
        parts = [NAME, *relative.with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _edges(module: str) -> Iterator[Edge]:
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    inner = {id(node) for function in functions for node in ast.walk(function)}
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        targets: list[str] = []
        dynamic = False
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute here"
            base = node.module or ""
            targets = [full if (full := f"{base}.{a.name}") in MODULES else base for a in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            # A registry that loads by name is an import too: it must not hide one.
            targets, dynamic = ([node.value], True) if node.value in MODULES and "." in node.value else ([], False)
        for target in targets:
            if target.split(".")[0] == NAME:
                late = id(node) in inner
                # Loading by name, and what only type checkers read, happens after or outside of import time.
                yield Edge(module, target, getattr(node, "lineno", 0), late, dynamic or id(node) in typing_only)


EDGES = [edge for module in MODULES for edge in _edges(module)]


def _part(module: str) -> str:
    return module.removeprefix(NAME).lstrip(".").split(".")[0]


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 40
    assert len(EDGES) > 100


def _is_allowed(edge: Edge) -> bool:
    source, target = _part(edge.source), _part(edge.target)
    inner = edge.target.removeprefix(f"{NAME}.")
    if source == target or (target in FREE and source not in FREE):
        return True
    return any(inner == name or inner.startswith(f"{name}.") for name in ALLOWED[source])


def test_every_part_has_its_line() -> None:
    assert {_part(module) for module in MODULES} <= ALLOWED.keys()


def test_imports_point_the_right_way() -> None:
    assert [f"{e.source}:{e.line} imports {e.target}" for e in EDGES if not _is_allowed(e)] == []


def test_our_own_modules_are_never_imported_late() -> None:
    late = [f"{e.source}:{e.line} imports {e.target}" for e in EDGES if e.inside and not e.dynamic]
    assert late == []


def test_there_are_no_import_cycles() -> None:
    """By depth-first search over what is imported when a module is loaded; a package is not its submodules' user."""
    needs: dict[str, set[str]] = {module: set() for module in MODULES}
    for edge in EDGES:
        if not edge.dynamic and edge.target in MODULES and edge.target != edge.source:
            needs[edge.source].add(edge.target)
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " → ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for needed in sorted(needs[module]):
                visit(needed, (*trail, module))
            done.add(module)

    for module in sorted(MODULES):
        visit(module, ())


def test_the_stages_know_nothing_of_each_other() -> None:
    """Said twice on purpose: this is the promise, whatever the table above comes to say."""
    stages = {"diff", "graph", "models", "merge"}
    crossing = [e for e in EDGES if {_part(e.source), _part(e.target)} <= stages and _part(e.source) != _part(e.target)]
    assert crossing == []
    assert [e for e in EDGES if _part(e.source) == "agent" and _part(e.target) in {"policy", "models"}] == []


def test_importing_a_module_does_nothing() -> None:
    """Statements at module level define things; calls that stand alone would be side effects."""
    offending = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ]
    assert offending == []
