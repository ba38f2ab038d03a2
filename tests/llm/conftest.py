"""Real changes, from `tests/changes.py`, and stages for whole reviews, made once and only read by the tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changes import graph_of as graph_of
from cli.conftest import invoke as invoke
from conftest import Repository
from llm.stage import Stage, shop


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Stage]:
    """`stages(n)`: the change of a shop with n modules. The same repository however often it is asked for."""
    made: dict[int, Stage] = {}

    def of(files: int) -> Stage:
        if files not in made:
            place = tmp_path_factory.mktemp("stage")
            made[files] = Stage(shop(Repository(place / "repository"), files), place / "runs")
        return made[files]

    return of


@pytest.fixture
def stage(stages: Callable[[int], Stage]) -> Stage:
    return stages(12)
