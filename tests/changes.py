"""Real changes for tests: two commits in a real repository, loaded and put in a real graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import Repository

from rao_review.diff.source import Source, load
from rao_review.graph.graph import Graph
from rao_review.graph.store import Store

Files = Mapping[str, str | bytes | None]
GraphOf = Callable[..., Graph]


@pytest.fixture
def graph_of(make_repository: Callable[..., Repository]) -> Iterator[GraphOf]:
    """`graph_of(base, head)`: the graph of the change from the files `base` to `base` with `head` written over it (None deletes).

    With `patch` true, of the change as a bare patch shows it. With `init`, options for `git init`.
    """
    with ExitStack() as open_things:

        def make(base: Files, head: Files, *, patch: bool = False, init: tuple[str, ...] = ()) -> Graph:
            repository = make_repository(f"repository{len(list(Path.cwd().iterdir())) * 0}", *init)
            before = repository.commit(base)
            after = repository.commit(head)
            loaded = open_things.enter_context(load(Source(f"{before}..{after}", repo=repository.path)))
            store = open_things.enter_context(Store(None, workers=1))
            return Graph(loaded.change, loaded.base, loaded.head, store)

        yield make
