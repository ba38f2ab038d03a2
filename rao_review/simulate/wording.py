"""How servers say that a prompt does not fit the window. Each wording is one line of the table.

The words follow what the servers answer as of 2026; clients have to tell them from other refusals, so the differences matter:
some give no numbers, some no code, one answers 422, and Ollama's default is to cut the prompt and say nothing ('silent').
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Refusal = tuple[int, Mapping[str, Any]]
"""HTTP status and body."""

SILENT = "silent"


def overflow(wording: str, window: int, prompt: int, output: int) -> Refusal:
    """The refusal of a prompt of so many tokens that asks for so many tokens of output."""
    return WORDINGS[wording](window, prompt, output)


def error(message: str, kind: str = "invalid_request_error", code: str | int | None = None) -> dict[str, Any]:
    """The body of an error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _openai_words(window: int, prompt: int, output: int) -> str:
    return (
        f"This model's maximum context length is {window} tokens. However, you requested {prompt + output} tokens "
        f"({prompt} in the messages, {output} in the completion). Please reduce the length of the messages or completion."
    )


def _openai(window: int, prompt: int, output: int) -> Refusal:
    return 400, error(_openai_words(window, prompt, output), code="context_length_exceeded")


def _vllm(window: int, prompt: int, output: int) -> Refusal:
    if prompt >= window:
        words = (
            f"The decoder prompt (length {prompt}) is longer than the maximum model length of {window}. "
            "Make sure that `max_model_len` is no smaller than the number of text tokens."
        )
    else:
        words = (
            f"'max_tokens' or 'max_completion_tokens' is too large: {output}. This model's maximum context length is "
            f"{window} tokens and your request has {prompt} input tokens ({output} > {window} - {prompt})."
        )
    return 400, error(words, "BadRequestError", 400)


def _vllm_old(window: int, prompt: int, output: int) -> Refusal:
    words = _openai_words(window, prompt, output)
    return 400, {"object": "error", "message": words, "type": "BadRequestError", "param": None, "code": 400}


def _llamacpp(window: int, prompt: int, output: int) -> Refusal:
    words = f"request ({prompt} tokens) exceeds the available context size ({window} tokens), try increasing it"
    kind = "exceed_context_size_error"
    return 400, {"error": {"code": 400, "message": words, "type": kind, "n_prompt_tokens": prompt, "n_ctx": window}}


def _ollama(window: int, prompt: int, output: int) -> Refusal:
    return 400, error("the input length exceeds the context length")


def _tgi(window: int, prompt: int, output: int) -> Refusal:
    words = (
        f"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {window}. "
        f"Given: {prompt} `inputs` tokens and {output} `max_new_tokens`"
    )
    return 422, {"error": words, "error_type": "validation"}


def _sglang(window: int, prompt: int, output: int) -> Refusal:
    words = (
        f"Requested token count exceeds the model's maximum context length of {window} tokens. You requested a total of "
        f"{prompt + output} tokens: {prompt} tokens from the input messages and {output} tokens for the completion."
    )
    return 400, {"object": "error", "message": words, "type": "BadRequestError", "param": None, "code": 400}


def _openrouter(window: int, prompt: int, output: int) -> Refusal:
    words = (
        f"This endpoint's maximum context length is {window} tokens. However, you requested about {prompt + output} tokens "
        f"({prompt} of text input, {output} in the output). Please reduce the length of either one."
    )
    return 400, {"error": {"message": words, "code": 400}}


def _lmstudio(window: int, prompt: int, output: int) -> Refusal:
    words = (
        f"Trying to keep the first {prompt} tokens when context the overflows. However, the model is loaded with context "
        f"length of only {window} tokens, which is not enough."
    )
    return 400, {"error": words}


def _anthropic(window: int, prompt: int, output: int) -> Refusal:
    return 400, error(f"prompt is too long: {prompt + output} tokens > {window} maximum")


def _gemini(window: int, prompt: int, output: int) -> Refusal:
    words = f"The input token count ({prompt}) exceeds the maximum number of tokens allowed ({window})."
    return 400, {"error": {"code": 400, "message": words, "status": "INVALID_ARGUMENT"}}


def _bare(window: int, prompt: int, output: int) -> Refusal:
    return 413, {"error": "Request Entity Too Large"}


WORDINGS: Mapping[str, Callable[[int, int, int], Refusal]] = {
    "openai": _openai,
    "vllm": _vllm,
    "vllm-old": _vllm_old,
    "llamacpp": _llamacpp,
    "ollama": _ollama,
    "tgi": _tgi,
    "sglang": _sglang,
    "openrouter": _openrouter,
    "lmstudio": _lmstudio,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "bare": _bare,
    # never refuses, but the overflow fault needs words
    SILENT: _ollama,
}
