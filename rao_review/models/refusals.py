"""What a server's refusal means. Every server has its own words; they are read here and nowhere else.

    status and body  →  Overflowing  |  Unsupported(feature)  |  Rejected  |  Transient(kind, retry_after)

The wordings are those of OpenAI, Azure, vLLM, llama.cpp, LM Studio, Ollama, TGI, SGLang, TensorRT-LLM, OpenRouter, Groq, xAI,
DeepSeek, Mistral, Anthropic, Gemini, Bedrock, Qwen, Kimi, Cohere, as of 2026.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rao_review.errors import ModelError, OverflowingError, RejectedError, TransientError, UnsupportedError
from rao_review.models.rates import retry_after

_LONGEST = 300
_AGAIN = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it came. `text` is the whole body; `sent` whether the prompt may have been charged for."""

    endpoint: str
    status: int
    text: str
    headers: Mapping[str, str]
    sent: bool = False

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object of the error; empty when it is none."""
        try:
            whole = json.loads(self.text)
        except ValueError:
            return {}
        if isinstance(whole, list):  # Gemini wraps it
            whole = whole[0] if whole else {}
        if not isinstance(whole, dict):
            return {}
        error = whole.get("error")
        if isinstance(error, dict):
            return error
        return {**whole, "message": error} if isinstance(error, str) else whole

    @property
    def message(self) -> str:
        """The server's own words, in one line."""
        fields = self.fields
        said = next((fields[k] for k in ("message", "detail", "error_description", "msg") if fields.get(k)), "")
        if not isinstance(said, str):
            said = json.dumps(said)
        said = said or ("" if _is_page(self.text) else self.text)
        if (raw := _under(fields, "raw")) and raw not in said:  # what OpenRouter's provider said
            said = f"{said}: {raw}"
        line = " ".join(said.split())
        return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def meaning(refusal: Refusal) -> ModelError:
    """The error that a refusal is."""
    text, status = refusal.text, refusal.status or _status(refusal.fields)
    where = f"{refusal.endpoint}: HTTP {status}: {refusal.message or 'no reason given'}"
    if _is_overflow(status, text):
        return OverflowingError(where, status, _window(refusal), _prompt(refusal))
    if status not in (401, 429) and (feature := _feature(text)):
        return UnsupportedError(where, status, feature)
    wait = retry_after(refusal.headers, text)
    if status == 429:
        if _QUOTA.search(text) and wait is None:
            return RejectedError(where, status)
        return TransientError("rate limit", where, wait, sent=refusal.sent)
    if status in _AGAIN or status >= 500:
        return TransientError("server error", where, wait, sent=refusal.sent)
    return RejectedError(where, status)


def _is_overflow(status: int, text: str) -> bool:
    if status == 413:
        return True
    words = _TOO_LARGE if status == 429 else _OVERFLOW
    return status not in (401, 403, 404) and words.search(text) is not None


def _is_page(text: str) -> bool:
    return text.lstrip()[:100].lower().startswith(("<!doctype", "<html"))


def _under(fields: Mapping[str, Any], name: str) -> str:
    inner = fields.get("metadata")
    value = inner.get(name) if isinstance(inner, Mapping) else None
    return value if isinstance(value, str) else ""


def _status(fields: Mapping[str, Any]) -> int:
    """Of an error that came inside a good response: its own number, else by its type, else the server's fault."""
    for name in ("code", "status_code", "status", "http_code"):
        value = fields.get(name)
        if str(value).isdigit() and 400 <= int(str(value)) < 600:
            return int(str(value))
    kind = " ".join(str(fields.get(k, "")) for k in ("type", "code", "status")).lower()
    if "rate_limit" in kind or "resource_exhausted" in kind or "insufficient_quota" in kind:
        return 429
    if "authentication" in kind:
        return 401
    return 400 if "invalid" in kind or "badrequest" in kind else 500


_OVERFLOW = re.compile(
    r"""(?isx)
      context_length_exceeded | context_window_exceeded | exceed_context_size_error | string_above_max_length
    | max(?:imum)?\ context\ length | max(?:imum)?\ (?:model|sequence|input|prompt)\ length | max_model_len
    | max_total_num_tokens | max_seq_len
    | exceed\w*\ (?:\S+\ ){0,6}?context\ ?(?:size|window|length|limit)
    | context\ ?(?:size|window|length|limit)\ (?:\S+\ ){0,3}?(?:exceeded|overflow|exceeds|too\ small)
    | longer\ than\ the\ (?:\S+\ ){0,3}context | (?:too\ large|too\ long|larger|greater|bigger)\ (?:\S+\ ){0,5}?context
    | context\ the\ overflows | loaded\ with\ context\ length | context\ overflow
    | (?:prompt|input|request|messages?)\ (?:is|are|was|were)?\ ?too\ (?:long|large|big)
    | input\ token\ count | input\ tokens\ exceed | input\ length\ and\ .max_tokens.\ exceed
    | (?:prompt|input)\ (?:tokens?\ |length\ |token\ count\ )?(?:\S+\ ){0,4}?exceeds?\ (?:\S+\ ){0,5}?(?:limit|max\w*|length|window)
    | inputs.?\ (?:tokens\ \+\ .?max_new_tokens|must\ have\ less\ than)
    | (?:requested|total)\ token\ count\ exceeds | too\ many\ (?:input\ |prompt\ )?tokens\b(?!\ per)
    | exceeded\ model\ token\ limit | range\ of\ input\ length | reduce\ the\ length\ of\ the\ (?:messages|prompt|input)
    | request\ too\ large
    """
)
# A rate limit that one request alone is above: no wait will help.
_TOO_LARGE = re.compile(r"(?i)request too large|must be reduced")
_QUOTA = re.compile(
    r"(?i)insufficient_quota|exceeded your current quota|insufficient.{0,10}(?:balance|credit|funds)|credit balance|out of credits"
    r"|billing_hard_limit|payment required"
)

_CANNOT = (
    r"(?:n['o]t support|unsupported|not (?:yet )?(?:available|allowed|implemented|enabled|permitted)|no support|unknown"
    r"|unrecognized|cannot|can't|invalid|extra|requires)"
)
_TOOLS = r"(?:\btools?\b|\btool[ _-](?:use|calls?|calling|choice)\b|function[ _-]?call\w*|enable-auto-tool-choice|tool-call-parser)"
_SCHEMA = r"(?:response_format|json_schema|json schema|json mode|structured outputs?|guided_json|guided decoding)"


def _near(noun: str) -> re.Pattern[str]:
    return re.compile(rf"(?is){noun}[^\n]{{0,120}}?{_CANNOT}|{_CANNOT}[^\n]{{0,80}}?{noun}")


_FEATURES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("schema", _near(_SCHEMA)),
    ("tools", re.compile(r"(?is)no endpoints found that support tool|please use .{0,20}--jinja|tools param requires")),
    ("tools", _near(_TOOLS)),
    (
        "max_output",
        re.compile(r"(?is)max_(?:completion_|output_|new_)?tokens\b.{0,80}(?:too large|at most|must be|less than|maximum|exceed)"),
    ),
)  # fmt: skip


def _feature(text: str) -> str:
    return next((feature for feature, pattern in _FEATURES if pattern.search(text)), "")


_N = r"(\d[\d,_]*)"
_WINDOWS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"exceed context limit: {_N} \+ {_N} > (?P<n>\d+)",
        rf"tokens? > (?P<n>{_N}) maximum",
        rf"(?:context|model|sequence) (?:length|window|size|limit)s? (?:is |of |was |only |= ?|\(|:)*(?P<n>{_N})",
        rf"context size \((?P<n>{_N}) tokens\)",
        rf"context \((?P<n>{_N})",
        rf"with (?P<n>{_N}) max(?:imum)? context",
        rf"must be <= (?P<n>{_N})",
        rf"less than (?P<n>{_N}) tokens",
        rf"number of tokens allowed \((?P<n>{_N})\)",
        rf"(?:configured |model token |tokens? )?limit(?: is| of|:)? ?(?P<n>{_N})",
        rf"cannot exceed (?P<n>{_N})",
        rf"input length should be \[\d+, ?(?P<n>{_N})\]",
        rf"(?:allowed|maximum|max)(?![\w ]* by )[\w ]{{0,24}}\(?\b(?P<n>{_N})",
    )
)
_ASKED = r"(?:prompt|request|input|inputs|messages)(?: length| tokens| token count| contains| resulted in| of| has| too long:)*"
_PROMPTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\((?P<n>{_N}) (?:in|of|from) (?:the )?(?:messages|text input|prompt|input)",
        rf"request (?:has|contains|resulted in) (?P<n>{_N})",
        rf"(?P<n>{_N}) (?:input tokens|tokens from the input|.inputs. tokens|prompt tokens|tokens in the (?:prompt|messages))",
        rf"{_ASKED} \(?(?:length )?(?P<n>{_N})",
        rf"prompt is too long: (?P<n>{_N})",
        rf"exceed context limit: (?P<n>{_N})",
        rf"(?:requested|resulted in|keep the first|given)(?: a total of| about)?:? (?P<n>{_N})",
    )
)  # fmt: skip


def _numbers(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[int]:
    for pattern in patterns:
        if match := pattern.search(text):
            yield int(re.sub(r"\D", "", match["n"]))


def _window(refusal: Refusal) -> int | None:
    told = refusal.fields.get("n_ctx")
    return told if isinstance(told, int) else next(_numbers(_WINDOWS, refusal.message), None)


def _prompt(refusal: Refusal) -> int | None:
    told = refusal.fields.get("n_prompt_tokens")
    return told if isinstance(told, int) else next(_numbers(_PROMPTS, refusal.message), None)
