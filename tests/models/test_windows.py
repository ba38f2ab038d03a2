"""How large a window is: what servers say of themselves, then the table."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from models.server import Step, hang, plain, serving

from rao_review.models.describe import Description
from rao_review.models.model import connect
from rao_review.models.profile import Profile
from rao_review.models.windows import known, sizes


def described(pages: dict[str, Any], model: str = "m") -> Description:
    async def run() -> Description:
        async with serving(hang, pages=pages) as server, connect(Profile(model, (server.url,), "k")) as made:
            return await made.describe()

    return asyncio.run(run())


def row(**fields: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": "m", **fields}, {"id": "other", "max_model_len": 7}]}


SERVERS: dict[str, tuple[dict[str, Any], int | None, int | None]] = {
    "vllm": ({"/v1/models": row(owned_by="vllm", max_model_len=32768)}, 32768, None),
    "llama.cpp": (
        {
            "/v1/models": row(owned_by="llamacpp", meta={"n_ctx_train": 131072}),
            "/props": {"default_generation_settings": {"n_ctx": 8192}},
        },
        8192,
        None,
    ),
    "llama.cpp without /props": ({"/v1/models": row(owned_by="llamacpp", meta={"n_ctx_train": 131072})}, 131072, None),
    "openrouter": (
        {"/v1/models": row(context_length=200000, top_provider={"context_length": 128000, "max_completion_tokens": 8192})},
        128000,
        8192,
    ),
    "mistral": ({"/v1/models": row(max_context_length=131072)}, 131072, None),
    "lm studio": (
        {
            "/v1/models": row(owned_by="organization_owner"),
            "/api/v0/models": row(max_context_length=131072, loaded_context_length=4096),
        },
        4096,
        None,
    ),
    "openai": ({"/v1/models": row(owned_by="system")}, None, None),
}  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
def test_what_servers_say(server: str) -> None:
    pages, window, output = SERVERS[server]
    assert described(pages) == Description(window, output, ("m", "other"))


def test_a_server_with_one_model_means_it_by_any_name() -> None:
    pages = {"/v1/models": {"data": [{"id": "/models/file.gguf", "max_model_len": 4096}]}}
    assert described(pages).window == 4096


@pytest.mark.parametrize("page", [[], {}, {"data": None}, {"data": [3, None, {"id": None}]}, "text", None, 3])
def test_servers_that_say_nothing_of_use(page: Any) -> None:
    assert described({"/v1/models": page} if page is not None else {}).window is None


def test_nobody_there() -> None:
    async def run() -> Description:
        async with serving(hang) as server:
            url = server.url
        async with connect(Profile("m", (url,))) as made:
            return await made.describe()

    assert asyncio.run(run()) == Description(failure="Connection refused")


@pytest.mark.parametrize(
    ("page", "failure", "denied"),
    [
        (plain({"error": "nothing here"}, 404), "HTTP 404", ""),
        (plain("<html>", 200), "HTTP 200 with something that is not JSON", ""),
        (plain({}), "HTTP 200 with no list of models", ""),
        (plain({"error": {"message": "Incorrect API key provided."}}, 401), "HTTP 401", "HTTP 401"),
        (plain({"error": {"message": "You have insufficient permissions: Missing scopes: model.read"}}, 403), "HTTP 403", ""),
    ],
)  # fmt: skip
def test_why_a_server_does_not_list_its_models(page: Step, failure: str, denied: str) -> None:
    async def run() -> Description:
        async with serving(pages={"/v1/models": page}) as server, connect(Profile("m", (server.url,))) as made:
            return await made.describe()

    said = asyncio.run(run())
    assert (said.failure, said.denied, said.models) == (failure, denied, ())


def test_user_then_server_then_table() -> None:
    said = Description(32_000, None)
    assert known("openai/gpt-4o-mini") == (128_000, 16_384)
    assert known("claude-3-5-sonnet-20241022") == (200_000, 8_192)
    assert known("a-model-of-ours") is None
    assert sizes(Profile("gpt-4o", (), window=5_000), said) == (5_000, 5_000)
    assert sizes(Profile("gpt-4o", ()), said) == (32_000, 16_384)
    assert sizes(Profile("gpt-4o", (), output=99), Description()) == (128_000, 99)
    assert sizes(Profile("x", ()), Description()) == (None, None)
