"""What a server says of its models before anything is asked of them: windows, longest answers, names.

GET /v1/models   vLLM `max_model_len` · llama.cpp `meta.n_ctx_train` · OpenRouter `context_length`, `top_provider` ·
                 Mistral `max_context_length` · others `context_window`, `max_output_tokens`
GET /props       llama.cpp `default_generation_settings.n_ctx`: what a request may really have
GET /api/v0/models   LM Studio `loaded_context_length`, `max_context_length`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rao_review.models.connection import Connection

_SECONDS = 10.0

_WINDOW = (
    "loaded_context_length", "max_model_len", "context_length", "max_context_length", "context_window", "context_size",
    "max_input_tokens", "inputTokenLimit",
)  # fmt: skip
_OUTPUT = ("max_completion_tokens", "max_output_tokens", "outputTokenLimit", "max_output_length")


@dataclass(frozen=True, slots=True)
class Description:
    """window, output  tokens; None where the server does not say.
    models          the names it has, sorted; () when it does not list them.
    denied          how it refused the key, 'HTTP 401'; '' when it did not.
    failure         why it does not list its models: 'HTTP 404', 'Connection refused'; '' when it does.
    simulated       whether it says of itself that no model is behind it.
    """

    window: int | None = None
    output: int | None = None
    models: tuple[str, ...] = ()
    denied: str = ""
    failure: str = ""
    simulated: bool = False


async def describe(connection: Connection, url: str, model: str) -> Description:
    """Never raises for what a server lacks."""
    page = await connection.get(url, "models", _SECONDS)
    rows = _rows(page.value)
    names = tuple(sorted({str(row["id"]) for row in rows if row.get("id")}))
    row = _row(rows, model)
    window = _first(row, _WINDOW)
    if window is None and "llamacpp" in str(row.get("owned_by", "")):
        window = await _llamacpp(connection, url) or _first(row.get("meta"), ("n_ctx", "n_ctx_train"))
    if window is None and rows and not _says(row):
        lmstudio = await connection.get(url, "/api/v0/models", _SECONDS)
        window = _first(_row(_rows(lmstudio.value), model), _WINDOW)
    provider = row.get("top_provider")
    served = _first(provider, ("context_length",))
    window = min(window, served) if window and served else window or served
    output = _first(provider, _OUTPUT) or _first(row, _OUTPUT)
    failure = "" if rows else page.failure or "HTTP 200 with no list of models"
    return Description(window, output, names, page.denied, failure, page.simulated)


async def _llamacpp(connection: Connection, url: str) -> int | None:
    props = (await connection.get(url, "/props", _SECONDS)).value
    return _first(props.get("default_generation_settings"), ("n_ctx",)) if isinstance(props, Mapping) else None


def _rows(answer: Any) -> list[Mapping[str, Any]]:
    """Of `{"data": […]}`, and of a bare list (Together)."""
    listed = answer.get("data") or answer.get("models") if isinstance(answer, Mapping) else answer
    return [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []


def _row(rows: list[Mapping[str, Any]], model: str) -> Mapping[str, Any]:
    """The model's; that of the only one there is, since servers with one often answer to any name."""
    found = next((row for row in rows if row.get("id") == model), None)
    return found or (rows[0] if len(rows) == 1 else {})


def _says(row: Mapping[str, Any]) -> bool:
    """Whether the server's own list tells more than names, so that no other list is worth asking for."""
    return not row or row.get("owned_by") in ("openai", "system", "vllm")


def _first(fields: object, names: Iterable[str]) -> int | None:
    """The first of these that is a positive number."""
    if not isinstance(fields, Mapping):
        return None
    values = (fields.get(name) for name in names)
    return next((int(v) for v in values if isinstance(v, int | float) and v > 0), None)
