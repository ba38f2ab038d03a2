"""Settings: which layer wins, and what is refused with which words."""

from __future__ import annotations

import pytest

from rao_review.errors import UsageError
from rao_review.settings import Layers, Settings
from rao_review.types import Severity

CONFIG = b'fail_on = "low"\nexclude = ["docs/**"]\ndisable = ["mutable-default"]\n'


def test_flags_over_environment_over_config_over_defaults() -> None:
    environ = {"RAO_REVIEW_FAIL_ON": "medium", "RAO_REVIEW_JOBS": "3", "HOME": "/"}
    assert Layers({}, {}).settings(None) == Settings()
    assert Layers({}, {}).settings(CONFIG) == Settings(Severity.LOW, exclude=("docs/**",), disable=("mutable-default",))
    assert Layers({}, environ).settings(CONFIG).fail_on is Severity.MEDIUM
    made = Layers({"fail_on": "never", "exclude": ["a", "b"]}, environ).settings(CONFIG)
    assert made == Settings("never", exclude=("a", "b"), disable=("mutable-default",), jobs=3)


def test_environment_values() -> None:
    environ = {"RAO_REVIEW_EXCLUDE": " a/** , *.snap,", "RAO_REVIEW_CACHE": "off", "RAO_REVIEW_FAIL_ON": ""}
    assert Layers({}, environ).settings(None) == Settings(exclude=("a/**", "*.snap"), cache=False)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("5k", 5_000), ("5K", 5_000), ("1.5M", 1_500_000), ("1.001k", 1_001), ("12_000", 12_000), ("3,000", 3_000)],
)
def test_numbers_may_end_in_thousands_and_millions(text: str, tokens: int) -> None:
    assert Layers({"max_tokens": text}, {}).settings(None).max_tokens == tokens


@pytest.mark.parametrize("text", ["k", "1.0001k", "nank", "infM", "1e999k", "5g", "-5k", "5kk"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--max-tokens: expected a number"):
        Layers({"max_tokens": text}, {}).settings(None)


@pytest.mark.parametrize(
    ("flags", "environ", "config", "complaint"),
    [
        ({}, {}, b"fail_onn = 1", "unknown key 'fail_onn'; known are fail_on, include, exclude, disable"),
        ({}, {}, b"jobs = 8", "unknown key 'jobs'"),
        ({}, {}, b"fail_on = 3", "fail_on: 3 is not one of critical, high, medium, low, info, never"),
        ({}, {}, b"exclude = [1]", "exclude: expected a list of texts"),
        ({}, {}, b"exclude = ", "not valid TOML"),
        ({}, {}, b"\xff", "not valid TOML"),
        ({}, {"RAO_REVIEW_JOBS": "many"}, None, "RAO_REVIEW_JOBS: expected a number"),
        ({}, {"RAO_REVIEW_CACHE": "maybe"}, None, "RAO_REVIEW_CACHE: expected 1 or 0"),
        ({"fail_on": "severe"}, {}, None, "--fail-on: 'severe' is not one of"),
        ({"jobs": -1}, {}, None, "--jobs: expected a number"),
    ],
)
def test_what_makes_no_sense_is_named(
    flags: dict[str, object], environ: dict[str, str], config: bytes | None, complaint: str
) -> None:
    with pytest.raises(UsageError) as error:
        Layers(flags, environ).settings(config)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)
