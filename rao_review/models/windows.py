"""How large a window is: as the user says, as the server says, as this table says, else unknown.

The table is of November 2025 and holds what the providers' own documentation stated then for the names' newest members; a prefix is
only here when all models under it have at least this much. A server that was started with less says so, or refuses, and then that counts.
"""

from __future__ import annotations

from rao_review.models.describe import Description
from rao_review.models.profile import Profile

_K = 1024

# name prefix → (window, longest answer). The longest prefix wins.
_TABLE: dict[str, tuple[int, int]] = {
    "gpt-5": (400_000, 128_000),
    "gpt-4.1": (1_047_576, 32_768),
    "gpt-4o": (128_000, 16_384),
    "gpt-4-turbo": (128_000, 4_096),
    "gpt-oss": (128 * _K, 32_768),
    "o1": (200_000, 100_000),
    "o3": (200_000, 100_000),
    "o4-mini": (200_000, 100_000),
    "claude-3": (200_000, 4_096),
    "claude-3-5": (200_000, 8_192),
    "claude-3-7": (200_000, 64_000),
    "claude-opus-4": (200_000, 32_000),
    "claude-sonnet-4": (200_000, 64_000),
    "claude-haiku-4": (200_000, 64_000),
    "gemini-1.5": (1_000_000, 8_192),
    "gemini-2.0": (1_048_576, 8_192),
    "gemini-2.5": (1_048_576, 65_536),
    "deepseek-chat": (128_000, 8_192),
    "deepseek-reasoner": (128_000, 32_768),
    "mistral-large": (128_000, 16_384),
    "mistral-medium": (128_000, 16_384),
    "codestral": (32_000, 8_192),
    "grok-3": (131_072, 16_384),
    "grok-4": (256_000, 32_768),
    "kimi-k2": (128_000, 16_384),
    "glm-4.5": (128_000, 32_768),
    "qwen3-coder": (256 * _K, 65_536),
}


def known(model: str) -> tuple[int, int] | None:
    """Window and longest answer of a well-known model. A provider before the name ('openai/gpt-4o') is passed over."""
    name = model.lower().rpartition("/")[2]
    best = max((prefix for prefix in _TABLE if name.startswith(prefix)), key=len, default=None)
    return _TABLE[best] if best else None


def sizes(profile: Profile, said: Description) -> tuple[int | None, int | None]:
    """Window and longest answer. None where nobody knows: then the user must say (`--window`)."""
    window, output = known(profile.model) or (None, None)
    window = profile.window or said.window or window
    output = profile.output or said.output or output
    # A server with a window of its own was not started with the table's in mind.
    return window, min(output, window) if output and window else output
