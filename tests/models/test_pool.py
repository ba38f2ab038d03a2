"""Which replica answers."""

from __future__ import annotations

import asyncio

from models.clock import passing
from models.server import reset, serving, text

from rao_review.models.model import connect
from rao_review.models.pool import Pool, subtree
from rao_review.models.profile import Profile
from rao_review.models.retry import Retry
from rao_review.models.wire import Message, Request

A, B, C = "http://a/v1", "http://b/v1", "http://c/v1"


def test_a_subtree_stays_where_it_is_until_it_is_crowded() -> None:
    async def main() -> None:
        pool = Pool((A, B, C))
        home = pool.pick("0.3", {A: 0, B: 0, C: 0})
        others = [url for url in (A, B, C) if url != home]
        for node in ("0.3.1", "0.3.2.1", "0.3"):
            assert pool.pick(node, {home: 4, others[0]: 0, others[1]: 2}) == home
        assert pool.pick("0.3.1", {home: 5, others[0]: 0, others[1]: 2}) == others[0]
        assert pool.pick("0.3.1", {home: 0, others[0]: 0, others[1]: 0}) == home
        assert pool.pick("0.3.1", {others[1]: 3}) == others[1]

    passing(main())


def test_subtrees_are_spread() -> None:
    async def main() -> set[str]:
        pool = Pool((A, B, C))
        return {pool.pick(f"0.{n}", {A: 0, B: 0, C: 0}) for n in range(3)}

    assert passing(main()) == {A, B, C}
    assert [subtree(node) for node in ("0", "0.3", "0.3.1.2")] == ["0", "0.3", "0.3"]


def test_down_half_open_and_up_again() -> None:
    async def main() -> None:
        pool = Pool((A, B))
        free = {A: 0, B: 9}
        pool.failed(A)
        pool.failed(A)  # of the same burst
        assert pool.pick("0", free) == B
        await asyncio.sleep(1.01)
        assert pool.pick("1", free) == A  # the probe
        assert pool.pick("2", free) == B  # nobody else meanwhile
        pool.failed(A)
        await asyncio.sleep(1.5)
        assert pool.pick("3", free) == B  # twice as long this time
        await asyncio.sleep(0.51)
        assert pool.pick("4", free) == A
        pool.succeeded(A)
        assert pool.pick("5", free) == A
        assert pool.pick("6", free) == A

    passing(main())


def test_all_down_is_no_dead_end() -> None:
    async def main() -> None:
        pool = Pool((A, B))
        pool.failed(B)
        await asyncio.sleep(0.1)
        pool.failed(A)
        assert pool.pick("0", {A: 0, B: 0}) == B

    passing(main())


def test_failing_over_to_another_server() -> None:
    async def run() -> tuple[list[int], list[str]]:
        kinds: list[str] = []
        retry = Retry(base=0.001, on_retry=lambda node, attempt, kind, detail, wait: kinds.append(kind))
        async with serving(reset) as bad, serving(text("ok")) as good:
            profile = Profile("m", (bad.url, good.url))
            async with connect(profile, retry=retry) as model:
                for node in ("0", "0.1", "0.2", "0.3"):
                    assert (await model.complete(Request((Message("user", "?"),)), node)).text == "ok"
            return [len(bad.posts), len(good.posts)], kinds

    posts, kinds = asyncio.run(run())
    assert posts == [1, 4]
    assert kinds == ["connection"]
