"""What servers say when they refuse, in their own words, and what it means."""

# ruff: noqa: E501  (what a server says stays in one piece)

from __future__ import annotations

import json
from typing import Any

import pytest

from rao_review.errors import OverflowingError, RejectedError, TransientError, UnsupportedError
from rao_review.models.refusals import Refusal, meaning


def refused(status: int, body: Any, headers: dict[str, str] | None = None) -> Any:
    return meaning(Refusal("http://h/v1", status, body if isinstance(body, str) else json.dumps(body), headers or {}))


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


OVERFLOWS: dict[str, tuple[int, Any, int | None, int | None]] = {
    "openai": (400, said("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.", code="context_length_exceeded"), 8192, 8000),
    "openai, new": (400, said("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300123 tokens. Please reduce the length of the messages.", code="context_length_exceeded"), 272000, 300123),
    "openai, code only": (400, said("No.", code="context_length_exceeded"), None, None),
    "openai, a request above the rate": (429, said("Request too large for gpt-4o in organization org on tokens per min (TPM): Limit 30000, Requested 42018. The input or output tokens must be reduced in order to run successfully."), 30000, 42018),
    "vllm": (400, said("This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens. Please reduce the length of the input messages."), 4096, 5000),
    "vllm, output": (400, {"object": "error", "message": "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 100 input tokens (4096 > 4096 - 100).", "code": 400}, 4096, 100),
    "vllm, decoder": (400, said("The decoder prompt (length 5003) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens."), 4096, 5003),
    "llama.cpp": (400, said("the request exceeds the available context size, try increasing it", type="exceed_context_size_error", n_prompt_tokens=5003, n_ctx=4096), 4096, 5003),
    "llama.cpp, words": (400, said("request (5003 tokens) exceeds the available context size (4096 tokens), try increasing it"), 4096, 5003),
    "llama.cpp, 500": (500, said("context size exceeded", code=500), None, None),
    "lm studio": (400, {"error": "Trying to keep the first 5003 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}, 4096, 5003),
    "lm studio, new": (400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length."}, None, None),
    "ollama": (400, said("the input length exceeds the context length"), None, None),
    "ollama, cloud": (400, said("prompt too long; exceeded max context length by 907 tokens"), None, None),
    "tgi": (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5003 `inputs` tokens and 20 `max_new_tokens`", "error_type": "validation"}, 4096, 5003),
    "tgi, inputs": (422, {"error": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5003", "error_type": "validation"}, 4096, 5003),
    "sglang": (400, {"object": "error", "message": "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5100 tokens: 5003 tokens from the input messages and 97 tokens for the completion."}, 4096, 5003),
    "sglang, input": (400, said("The input (5003 tokens) is longer than the model's context length (4096 tokens)."), 4096, 5003),
    "trt-llm": (400, said("Prompt length (5003) exceeds maximum input length (4096)"), 4096, 5003),
    "anthropic": (400, said("prompt is too long: 205003 tokens > 200000 maximum"), 200000, 205003),
    "anthropic, output": (400, said("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again"), 200000, 190000),
    "gemini": (400, [{"error": {"code": 400, "message": "The input token count (1200003) exceeds the maximum number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}}], 1048576, 1200003),
    "mistral": (400, {"object": "error", "message": "Prompt contains 40353 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "type": "invalid_request_error"}, 32768, 40353),
    "deepseek": (400, said("This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (66000 in the messages, 4000 in the completion). Please reduce the length of the messages or completion."), 65536, 66000),
    "openrouter": (400, said("This endpoint's maximum context length is 32768 tokens. However, you requested about 50010 tokens (50000 of text input, 10 in the output). Please reduce the length of either one.", code=400), 32768, 50000),
    "openrouter, provider": (400, said("Provider returned error", code=400, metadata={"raw": '{"error":{"message":"prompt is too long: 205003 tokens > 200000 maximum"}}'}), 200000, 205003),
    "xai": (400, {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 131072 but the request contains 200003 tokens."}, 131072, 200003),
    "kimi": (400, said("Your request exceeded model token limit: 131072"), 131072, None),
    "qwen": (400, said("Range of input length should be [1, 30720]", code="invalid_parameter_error"), 30720, None),
    "cohere": (400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5003."}, 4081, None),
    "bedrock": (400, {"message": "Input is too long for requested model."}, None, None),
    "copilot": (400, said("prompt token count of 140003 exceeds the limit of 128000", code="model_max_prompt_tokens_exceeded"), 128000, 140003),
    "a proxy": (413, "<html>Request Entity Too Large</html>", None, None),
    "in a stream": (0, said("This model's maximum context length is 8192 tokens", code=400), 8192, None),
}  # fmt: skip


@pytest.mark.parametrize("server", OVERFLOWS)
def test_overflow_in_every_wording(server: str) -> None:
    status, body, window, prompt = OVERFLOWS[server]
    error = refused(status, body)
    assert isinstance(error, OverflowingError), error
    assert (error.window, error.prompt) == (window, prompt)


UNSUPPORTED = {
    "registry.ollama.ai/library/gemma2:2b does not support tools": "tools",
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set': "tools",
    "No endpoints found that support tool use. To learn more about provider routing, visit the docs": "tools",
    "tools param requires --jinja flag": "tools",
    "Function calling is not enabled for models/gemma-3-27b-it": "tools",
    "[{'type': 'extra_forbidden', 'loc': ['body', 'tools'], 'msg': 'Extra inputs are not permitted'}]": "tools",
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.": "schema",
    "This response_format type is unavailable now, unknown value json_schema": "schema",
    "Unrecognized request argument supplied: response_format": "schema",
    "`json_schema` response format is not supported by this model": "schema",
    "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.": "max_output",
}


@pytest.mark.parametrize("words", UNSUPPORTED)
def test_missing_features_in_every_wording(words: str) -> None:
    error = refused(400, said(words))
    assert isinstance(error, UnsupportedError), error
    assert error.feature == UNSUPPORTED[words]


PLAIN_REFUSALS = (
    (401, "Incorrect API key provided"),
    (404, "The model `gpt-9` does not exist or you do not have access to it."),
    (403, "Your organization must be verified to use this model's maximum context length"),
    (400, "messages: at least one message is required"),
    (400, "Invalid 'messages[1].role': expected one of system, user"),
    (402, "Insufficient Balance"),
    (429, "You exceeded your current quota, please check your plan and billing details."),
)


@pytest.mark.parametrize(("status", "words"), PLAIN_REFUSALS)
def test_refusals_that_are_nothing_else(status: int, words: str) -> None:
    error = refused(status, said(words))
    assert type(error) is RejectedError, error
    assert words in str(error)


TRANSIENT: tuple[tuple[int, Any, dict[str, str], str, float | None], ...] = (
    (429, said("Rate limit reached on tokens per min. Please try again in 1.242s."), {}, "rate limit", 1.242),
    (429, said("slow"), {"retry-after": "7"}, "rate limit", 7),
    (429, said("slow"), {"retry-after-ms": "250", "retry-after": "1"}, "rate limit", 0.25),
    (429, said("slow"), {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m6.5s"}, "rate limit", 66.5),
    (429, said("You exceeded your current quota. Please retry in 12.5s."), {}, "rate limit", 12.5),
    (429, said("too many tokens per minute"), {}, "rate limit", None),
    (503, said("Loading model"), {"retry-after": "2"}, "server error", 2),
    (529, said("Overloaded", type="overloaded_error"), {}, "server error", None),
    (0, said("boom"), {}, "server error", None),
    (0, said("slow", type="rate_limit_error"), {}, "rate limit", None),
    (200, said("Upstream error", code=502), {}, "server error", None),
)  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers", "kind", "wait"), TRANSIENT)
def test_what_may_pass(status: int, body: Any, headers: dict[str, str], kind: str, wait: float | None) -> None:
    error = refused(0 if status == 200 else status, body, headers)
    assert isinstance(error, TransientError), error
    assert (error.kind, error.retry_after) == (kind, wait)


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "[1]", "3", '{"error": 3}', '{"error": null}', "<html>" + "x" * 9000]
)
def test_any_body_gives_one_short_line(body: str) -> None:
    line = str(refused(500, body))
    assert "\n" not in line
    assert len(line) < 400
