"""The user's own configuration: profiles that say which model is asked, where, and at what price. `EXAMPLE` is such a file."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rao_review.errors import UsageError

EXAMPLE = """\
[profiles.local]
model = "qwen2.5-coder"
base-url = ["http://127.0.0.1:8000/v1"]
window = 32768

[profiles.work]
model = "gpt-5"
key-env = "WORK_OPENAI_KEY"         # the variable that holds the key; the key itself never stands in a file
price = "1.25/10/0.125"             # dollars per million tokens: prompt, completion, cached prompt
"""

_KEY_ENV = ("RAO_REVIEW_API_KEY", "OPENAI_API_KEY")
_SETTINGS = frozenset(
    {
        "model",
        "base_url",
        "strategy",
        "protocol",
        "window",
        "max_output",
        "recurse_above",
        "concurrency",
        "timeout",
        "temperature",
        "max_tokens",
        "max_cost",
        "max_calls",
        "max_depth",
        "max_children",
        "max_nodes",
        "deadline",
        "price",
    }
)


KEYS = tuple(sorted({*_SETTINGS, "key_env"}))
"""What a profile may say; dashes are as good as underscores."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of a profile by their names, and the environment variables that may hold the key, first that is set.

    `must` says who demands that one is set; '' when there need not be a key.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    key_env: tuple[str, ...] = _KEY_ENV
    must: str = ""

    def key(self, environ: Mapping[str, str]) -> str:
        """The key for the endpoint, '' when no variable has one. Raises UsageError where the profile names one that is not set."""
        if self.must and not environ.get(self.key_env[0]):
            raise UsageError(f"{self.must}: key_env names {self.key_env[0]}, and no such variable is set")
        return next((environ[name] for name in self.key_env if environ.get(name)), "")


def load_profile(name: str | None, environ: Mapping[str, str]) -> Profile:
    """The profile of this name; None for no profile. Raises UsageError that names the file."""
    if name is None:
        return Profile()
    path = config_path(environ)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"--profile {name}: there is no {path}; `[profiles.{name}]` goes there, see `rao-review explain profiles`"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    except RecursionError:
        raise UsageError(f"{path}: nested too deeply to be read") from None
    profiles = table.get("profiles")
    found = profiles.get(name) if isinstance(profiles, dict) else None
    if not isinstance(found, dict):
        known = ", ".join(sorted(profiles)) if isinstance(profiles, dict) and profiles else "none"
        raise UsageError(f"{path}: there is no profile {name!r}; known are {known}")
    where = f"{path}: profiles.{name}"
    found = {key.replace("-", "_"): value for key, value in found.items()}
    if strangers := sorted(found.keys() - set(KEYS)):
        known = ", ".join(KEYS)
        raise UsageError(
            f"{where}: unknown key {strangers[0]!r}; known are {known} (see `rao-review explain profiles`)"
        )
    key_env = found.pop("key_env", None)
    if key_env is not None and not isinstance(key_env, str):
        raise UsageError(f"{where}: key_env is the name of a variable")
    return Profile(found, (key_env,), where) if key_env else Profile(found)


def config_path(environ: Mapping[str, str]) -> Path:
    """XDG_CONFIG_HOME where it is set, else the platform's place for configuration."""
    if chosen := environ.get("XDG_CONFIG_HOME"):
        return Path(chosen) / "rao-review" / "config.toml"
    if sys.platform == "win32" and (roaming := environ.get("APPDATA")):
        return Path(roaming) / "rao-review" / "config.toml"
    return Path.home() / ".config" / "rao-review" / "config.toml"
