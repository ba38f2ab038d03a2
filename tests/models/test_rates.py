"""What headers say of rates and waits."""

from __future__ import annotations

import pytest

from rao_review.models.rates import Rate, Rates, rates, retry_after

NOW = 1_764_000_000.0  # 2025-11-24T16:00:00Z


def test_openai() -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    assert rates(headers, NOW) == Rates(Rate(60, 59, 1), Rate(150000, 149984, 360))


def test_anthropic() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2025-11-24T16:00:30Z",
    }
    assert rates(headers, NOW).requests == Rate(50, 49, 30)


def test_nothing_said() -> None:
    assert not rates({"content-type": "text/plain"}, NOW).said


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1m6.2s", 66.2), ("120ms", 0.12), ("2h3m", 7380), ("17", 17), ("0.5", 0.5), (f"{NOW + 9:.0f}", 9), (f"{(NOW + 9) * 1000:.0f}", 9),
        ("2025-11-24T16:01:00Z", 60), ("-4", None), ("soon", None), ("nan", None), ("inf", None),
    ],
)  # fmt: skip
def test_forms_of_reset(text: str, seconds: float | None) -> None:
    found = rates({"x-ratelimit-reset-tokens": text}, NOW).tokens.reset
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"retry-after": "3"}, "", 3),
        ({"retry-after": "Mon, 24 Nov 2025 16:00:20 GMT"}, "", 20),
        ({"retry-after": "Mon, 24 Nov 2025 15:00:00 GMT"}, "", 0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"x-ratelimit-reset-tokens": "8s", "x-ratelimit-remaining-tokens": "0"}, "", 8),
        ({"x-ratelimit-reset-tokens": "8s", "x-ratelimit-remaining-tokens": "5"}, "", None),
        ({"x-ratelimit-reset-tokens": "8s"}, "", 8),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "try again in 20 seconds", 20),
        ({}, "try again", None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], text: str, seconds: float | None) -> None:
    assert retry_after(headers, text, NOW) == seconds
