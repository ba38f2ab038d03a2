"""Who imports a name from a module that no longer passes it on: only files that name the module, or lie in its package, are read."""

from __future__ import annotations

import pytest
from changes import GraphOf
from changes import graph_of as graph_of
from graph.conftest import MemoryTree

from rao_review.graph.importers import Importers
from rao_review.graph.search import Search
from rao_review.graph.sources import Sources
from rao_review.graph.store import Store

PYTHON = {
    "shop/__init__.py": "from .core import run, stop\n",
    "shop/core.py": "def run(): ...\ndef stop(): ...\n",
    "shop/inside.py": "from . import stop\n",
    "outside.py": "from shop import stop\n",
    "other.py": "from somewhere import stop\n",
    "unrelated.py": "import time\nstop = time.sleep\n",
}
SCRIPT = {
    "packages/core/package.json": '{"name": "@acme/core", "main": "src/index.ts"}\n',
    "packages/core/src/index.ts": "export { run, stop } from './run';\n",
    "packages/core/src/run.ts": "export function run() {}\nexport function stop() {}\n",
    "packages/core/src/inside.ts": "import { stop } from '.';\nstop();\n",
    "packages/app/src/app.ts": "import { stop } from '@acme/core';\nstop();\n",
    "packages/app/src/other.ts": "import { stop } from 'elsewhere';\nstop();\n",
}


@pytest.mark.parametrize(
    ("base", "head", "module", "users"),
    [
        (PYTHON, {"shop/__init__.py": "from .core import run\n"}, "shop/__init__.py", {"shop/inside.py", "outside.py"}),
        (
            SCRIPT,
            {"packages/core/src/index.ts": "export { run } from './run';\n"},
            "packages/core/src/index.ts",
            {"packages/core/src/inside.ts", "packages/app/src/app.ts"},
        ),
        (
            {"a/names.py": "from typing import Any\n", "b.py": "from a.names import Any\n", "c.py": "from typing import Any\n"},
            {"a/names.py": "X = 1\n"},
            "a/names.py",
            {"b.py"},
        ),
    ],
)  # fmt: skip
def test_imports_from_a_module(
    graph_of: GraphOf, base: dict[str, str], head: dict[str, str], module: str, users: set[str]
) -> None:
    graph = graph_of(base, head)
    (name,) = graph.lost_names(module)
    assert {path for path, _ in graph.imports_from(module, name)} == users


def test_only_files_that_name_the_module_are_read_for_facts(memory_tree: type[MemoryTree]) -> None:
    tree = memory_tree({"b.py": b"from a.names import Any\n", "c.py": b"from typing import Any\n"})
    with Store(None, workers=1) as store:
        sources = Sources({"base": tree, "head": tree}, {"base": frozenset(), "head": frozenset()}, {}, store)
        importers = Importers(Search(store, tree), sources)
        importers.prepare({"a/names.py": {"Any"}}, ())
        assert sorted(tree.reads) == ["b.py", "b.py", "c.py"]  # each for its words, one for its facts
        assert [path for path, _ in importers.imports_from("a/names.py", "Any")] == ["b.py"]


def test_what_a_module_defined_itself_is_not_lost(graph_of: GraphOf) -> None:
    graph = graph_of({"a.py": "import os\ndef f(): ...\nx = 1\n"}, {"a.py": "y = 2\n"})
    assert graph.lost_names("a.py") == {"os"}


def test_imports_of_a_word(graph_of: GraphOf) -> None:
    graph = graph_of(
        {"shop/core.py": "x = 1\n", "a.py": "from shop import core\n", "b.py": "import shop.core as c\n", "c.py": "core = 1\n"},
        {"shop/core.py": None},
    )  # fmt: skip
    assert [(path, item.line) for path, item in graph.imports_of("core")] == [("a.py", 1), ("b.py", 1)]
