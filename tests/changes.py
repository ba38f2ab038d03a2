"""Real changes for tests: two commits in a real repository, loaded and put in a real graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest
from conftest import Repository

from rao_review.diff.partial import partial_change
from rao_review.diff.patch import read_patch
from rao_review.diff.select import select
from rao_review.diff.source import Source, load
from rao_review.graph.graph import Graph
from rao_review.graph.store import Store

Files = Mapping[str, str | bytes | None]
GraphOf = Callable[..., Graph]


@pytest.fixture(scope="module")
def graph_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphOf]:
    """`graph_of(base, head)`: the graph of the change from the files `base` to `base` with `head` written over it (None deletes).

    With `patch` true, the same change as a bare patch with so much `context` shows it. `init` are options for `git init`.
    """
    with ExitStack() as opened:

        def make(
            base: Files, head: Files, *, patch: bool = False, context: int = 3, init: tuple[str, ...] = ()
        ) -> Graph:
            repository = Repository(tmp_path_factory.mktemp("repository"), *init)
            before, after = repository.commit(base), repository.commit(head)
            store = opened.enter_context(Store(None, workers=1))
            if patch:
                text = repository.git("diff", "--find-renames", f"-U{context}", before, after).encode(
                    "utf-8", "surrogateescape"
                )
                graph = Graph(*partial_change(read_patch(text + b"\n", "change.patch"), ()), store)
            else:
                loaded = opened.enter_context(load(Source(f"{before}..{after}", repo=repository.path)))
                graph = Graph(select(loaded.change, loaded.base), loaded.base, loaded.head, store)
            graph.prepare()
            return graph

        yield make
