"""One frozen `Settings`, made once from layers: flags > environment > profile > base-side configuration > defaults.

The configuration file is read from the base side of the change only: a change must not be able to loosen its own review.

    # .rao-review.toml
    fail_on = "medium"                  # critical, high, medium, low, info or never
    include = ["src/**"]                # review only these, also where they look generated or vendored
    exclude = ["docs/api/**"]           # skip these
    disable = ["mutable-default"]       # rules of the built-in reviewer not to run

    RAO_REVIEW_FAIL_ON=medium   RAO_REVIEW_EXCLUDE='docs/api/**,*.snap'   RAO_REVIEW_JOBS=4   RAO_REVIEW_CACHE=0

Which model is asked, where, and what it may cost is the user's business, not the repository's: those settings come from flags, the
environment, or a profile in the user's own configuration (`profiles`), never from the change's repository.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rao_review.errors import UsageError
from rao_review.types import Severity

CONFIG = ".rao-review.toml"
_PREFIX = "RAO_REVIEW_"
_LONGEST = 7 * 86_400.0

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
    prompts   folder of prompt templates on the base side that replace ours; '' for none.

    model     name of the model to ask; '' for the built-in reviewer alone. `gguf:PATH` runs a local file.
    base_url  OpenAI-compatible endpoints that serve it; several form a pool.
    strategy  how a model goes about it: auto, recursive, flat, mapreduce.
    protocol  how actions are written: auto, tools, json.
    window    tokens of prompt and answer together; 0: what the server says. `max_output`: tokens of one answer, 0: by the window.
    recurse_above  share of the window above which a node does not read its hunks itself.
    concurrency  calls in flight. `timeout`: seconds of one call. `temperature`: None for the server's own.
    backoff   seconds: the bound of the wait before a failed call is tried again, doubled each time. Not for the command line.
    max_…     budget of a run: tokens (0: a multiple of what is expected), cost by `price`, calls; and limits of the tree.
    deadline  seconds of a run.
    price     dollars per million tokens: prompt, completion, and cached prompt where it differs.
    mask      whether secrets are masked in prompts.

    origins   include, exclude and disable, where they were given → where: '--exclude', 'RAO_REVIEW_EXCLUDE', '.rao-review.toml', 'profile'.
    """

    fail_on: FailOn = Severity.HIGH
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    jobs: int = 0
    cache: bool = True
    prompts: str = ""

    model: str = ""
    base_url: tuple[str, ...] = ()
    strategy: str = "auto"
    protocol: str = "auto"
    window: int = 0
    max_output: int = 0
    recurse_above: float = 0.5
    concurrency: int = 32
    timeout: float = 300.0
    backoff: float = 0.5
    temperature: float | None = None
    max_tokens: int = 0
    max_cost: float = 0.0
    max_calls: int = 2_000
    max_depth: int = 6
    max_children: int = 32
    max_nodes: int = 2_000
    deadline: float = 3_600.0
    price: tuple[float, ...] = ()
    mask: bool = True

    origins: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers known before the change is read. `flags` has only what the user gave, by the names of `Settings`; `past` the
    settings of a run that is resumed, which all but flags give way to."""

    flags: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    profile: Mapping[str, object] = field(default_factory=dict)
    past: Mapping[str, object] = field(default_factory=dict)

    @property
    def asks_a_model(self) -> bool:
        """Whether a model is named in any layer. The repository is none of them."""
        layers = (self.flags, self.past, self.profile)
        return any(layer.get("model") for layer in layers) or bool(self.environ.get(_PREFIX + "MODEL"))

    def settings(self, config: bytes | None) -> Settings:
        """All layers as one; `config` is the base side's `.rao-review.toml`, None when there is none.

        Raises UsageError that names the layer and the key.
        """
        written, profile, environment = (
            _from_config(config),
            _from_profile(self.profile),
            _from_environment(self.environ),
        )
        said = {key: value for key, value in self.past.items() if key in _KEYS and value not in (None, [])}
        past = {key: _KEYS[key](value, f"the past run's {key}") for key, value in said.items()}
        flags = {key: _KEYS[key](value, f"--{key.replace('_', '-')}") for key, value in self.flags.items()}
        origins = dict.fromkeys(written, CONFIG) | dict.fromkeys(profile, "profile")
        origins |= {key: _PREFIX + key.upper() for key in environment}
        origins |= self._past_origins(past)
        origins |= {key: f"--{key.replace('_', '-')}" for key in flags}
        origins = {key: origin for key, origin in origins.items() if key in _TRACED}
        return Settings(**(written | profile | environment | past | flags), origins=origins)

    def _past_origins(self, past: Mapping[str, object]) -> dict[str, str]:
        """Where the past run had its settings from, so that its report can be made again as it was."""
        known = self.past.get("origins")
        known = known if isinstance(known, Mapping) else {}
        return {key: str(known.get(key, "the past run")) for key in past}


def _from_config(config: bytes | None) -> dict[str, Any]:
    if config is None:
        return {}
    import tomllib  # noqa: PLC0415  (most repositories have no such file)

    where = f"{CONFIG} (base side)"
    try:
        table = tomllib.loads(config.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{where}: not valid TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{where}: nested too deeply to be read") from None
    for key in table:
        if key not in _IN_CONFIG:
            raise UsageError(f"{where}: unknown key {key!r}; known are {', '.join(_IN_CONFIG)}")
    return {key: _KEYS[key](value, f"{where}: {key}") for key, value in table.items()}


def _from_profile(profile: Mapping[str, object]) -> dict[str, Any]:
    return {key: _KEYS[key](value, f"profile: {key}") for key, value in profile.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for key, convert in _KEYS.items():
        name = _PREFIX + key.upper()
        if text := environ.get(name):
            values[key] = convert(text, name)
    if "base_url" not in values and (text := environ.get("OPENAI_BASE_URL")):
        values["base_url"] = _urls(text, "OPENAI_BASE_URL")
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


def _urls(value: object, where: str) -> tuple[str, ...]:
    return tuple(_url(url, where) for url in ([""] if value == "" else _texts(value, where)))


def _url(text: str, where: str) -> str:
    """A base URL as requests are made from it: paths that belong to requests are taken off."""
    text = text.strip()
    scheme, separator, rest = text.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if not separator and text:
        raise UsageError(f"{where}: {text!r} has no scheme: write http://{text} or https://{text}")
    if scheme.lower() not in ("http", "https") or not host or re.search(r"\s", text):
        raise UsageError(
            f"{where}: {text!r} is no URL of an endpoint: expected http://HOST[:PORT]/v1 or https://HOST/v1"
        )
    path, mark, query = text.partition("?")
    path = path.rstrip("/")
    for request in ("/chat/completions", "/completions", "/models"):
        path = path.removesuffix(request)
    return f"{path.rstrip('/')}{mark}{query}"


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: expected a text, got {value!r}")
    return value.strip()


def _one_of(*words: str) -> Callable[[object, str], str]:
    def convert(value: object, where: str) -> str:
        if value not in words:
            raise UsageError(f"{where}: {value!r} is not one of {', '.join(words)}")
        return str(value)

    return convert


def _whole(least: int, most: int, hint: str = "") -> Callable[[object, str], int]:
    """12000, '12_000', '12k', '1.5M'."""

    def convert(value: object, where: str) -> int:
        text = str(value).strip().replace("_", "").replace(",", "")
        thousands = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower())
        try:
            scaled = float(text[:-1]) * thousands if thousands else int(text)
            number = round(scaled) if abs(scaled - round(scaled)) < 1e-6 else least - 1
        except (ValueError, OverflowError):
            number = least - 1
        if not least <= number <= most:
            raise UsageError(f"{where}: expected a number from {least}{hint} to {most}, got {value!r}")
        return number

    return convert


def _number(least: float, most: float) -> Callable[[object, str], float]:
    def convert(value: object, where: str) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            raise UsageError(f"{where}: expected a number from {least:g} to {most:g}, got {value!r}")
        return number

    return convert


def _seconds(value: object, where: str) -> float:
    """90, '90s', '15m', '2h'."""
    text = str(value).strip().lower()
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:])
    try:
        seconds = float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST:
        raise UsageError(f"{where}: expected a time such as 90s, 15m or 2h, got {value!r}")
    return seconds


def _price(value: object, where: str) -> tuple[float, ...]:
    """'3/15' or '3/15/0.3': prompt, completion, cached prompt."""
    parts = value if isinstance(value, list | tuple) else str(value).split("/")
    if not 2 <= len(parts) <= 3:
        raise UsageError(f"{where}: expected PROMPT/COMPLETION[/CACHED] in dollars per million tokens, got {value!r}")
    return tuple(_number(0, 1_000_000)(part, where) for part in parts)


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise UsageError(f"{where}: expected 1 or 0, got {value!r}")
    return words[str(value).lower()]


_STRATEGIES = ("auto", "recursive", "flat", "mapreduce")
_PROTOCOLS = ("auto", "tools", "json")
_MANY = 10**12

_KEYS: Mapping[str, Callable[[object, str], Any]] = {
    "fail_on": _fail_on,
    "include": _texts,
    "exclude": _texts,
    "disable": _texts,
    "jobs": _whole(0, 1024, " (one a core)"),
    "cache": _flag,
    "prompts": _text,
    "model": _text,
    "base_url": _urls,
    "strategy": _one_of(*_STRATEGIES),
    "protocol": _one_of(*_PROTOCOLS),
    "window": _whole(0, 100_000_000, " (what the server says)"),
    "max_output": _whole(0, 1_000_000, " (by the window)"),
    "recurse_above": _number(0.05, 0.9),
    "concurrency": _whole(1, 1024),
    "timeout": _seconds,
    "backoff": _number(0, 60),
    "temperature": _number(0, 2),
    "max_tokens": _whole(0, _MANY, " (by what is expected)"),
    "max_cost": _number(0, 1_000_000),
    "max_calls": _whole(1, 1_000_000),
    "max_depth": _whole(0, 64),
    "max_children": _whole(2, 1_000),
    "max_nodes": _whole(1, 100_000),
    "deadline": _seconds,
    "price": _price,
    "mask": _flag,
}
# What takes something out of the review: the report says where that was said.
_TRACED = ("include", "exclude", "disable")
# What the repository has a say in. How many processes run and which model is asked is not its business.
_IN_CONFIG = ("fail_on", "include", "exclude", "disable", "prompts", "strategy", "recurse_above")
