"""One frozen `Settings`, made once from four layers: flags > environment > base-side configuration > defaults.

The configuration file is read from the base side of the change only: a change must not be able to loosen its own review.

    # .rao-review.toml
    fail_on = "medium"                  # critical, high, medium, low, info or never
    include = ["src/**"]                # review only these, also where they look generated or vendored
    exclude = ["docs/api/**"]           # skip these
    disable = ["mutable-default"]       # rules of the built-in reviewer not to run

    RAO_REVIEW_FAIL_ON=medium   RAO_REVIEW_EXCLUDE='docs/api/**,*.snap'   RAO_REVIEW_JOBS=4   RAO_REVIEW_CACHE=0
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rao_review.errors import UsageError
from rao_review.types import Severity

CONFIG = ".rao-review.toml"
_PREFIX = "RAO_REVIEW_"

FailOn = Severity | Literal["never"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may be told.

    fail_on   the lowest severity that gives exit code 1.
    include   globs of the files to review, also generated and vendored ones; empty: all but those.
    exclude   globs of files to skip.
    disable   ids of rules not to run.
    jobs      parsing processes; 0: one a core.
    cache     whether facts of earlier runs are used and kept.
    """

    fail_on: FailOn = Severity.HIGH
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    jobs: int = 0
    cache: bool = True


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers known before the change is read. `flags` has only what the user gave, by the names of `Settings`."""

    flags: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def settings(self, config: bytes | None) -> Settings:
        """All layers as one; `config` is the base side's `.rao-review.toml`, None when there is none.

        Raises UsageError that names the layer and the key.
        """
        values = _from_config(config) | _from_environment(self.environ)
        values |= {key: _KEYS[key](value, f"--{key.replace('_', '-')}") for key, value in self.flags.items()}
        return Settings(**values)


def _from_config(config: bytes | None) -> dict[str, Any]:
    if config is None:
        return {}
    import tomllib  # noqa: PLC0415  (most repositories have no such file)

    where = f"{CONFIG} (base side)"
    try:
        table = tomllib.loads(config.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from None
    for key in table:
        if key not in _IN_CONFIG:
            raise UsageError(f"{where}: unknown key {key!r}; known are {', '.join(_IN_CONFIG)}")
    return {key: _KEYS[key](value, f"{where}: {key}") for key, value in table.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for key, convert in _KEYS.items():
        name = _PREFIX + key.upper()
        if text := environ.get(name):
            values[key] = convert(text, name)
    return values


def _fail_on(value: object, where: str) -> FailOn:
    if value == "never":
        return "never"
    try:
        return Severity(str(value))
    except ValueError:
        raise UsageError(f"{where}: {value!r} is not one of {', '.join(Severity)}, never") from None


def _texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts, or one text with commas (from the environment)."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise UsageError(f"{where}: expected a list of texts, got {value!r}")


def _jobs(value: object, where: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not 0 <= number <= 1024:
        raise UsageError(f"{where}: expected a number from 0 (one a core) to 1024, got {value!r}")
    return number


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise UsageError(f"{where}: expected 1 or 0, got {value!r}")
    return words[str(value).lower()]


_KEYS: Mapping[str, Callable[[object, str], Any]] = {
    "fail_on": _fail_on,
    "include": _texts,
    "exclude": _texts,
    "disable": _texts,
    "jobs": _jobs,
    "cache": _flag,
}
# How many processes run is the machine's business, not the repository's.
_IN_CONFIG = ("fail_on", "include", "exclude", "disable")
