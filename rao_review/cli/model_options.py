"""The options that say which model reviews, how, and what it may cost: one table for all commands that review."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer


def _option(kind: Any, flags: str, metavar: str | None, text: str) -> Any:
    return Annotated[kind, typer.Option(*flags.split(), metavar=metavar, help=text)]


# Name of the setting → its option. Values are checked with the settings of all other layers.
_OPTIONS: dict[str, Any] = {
    "model": _option(str | None, "--model -m", "NAME", "Let this model review; gguf:FILE runs a local one."),
    "base_url": _option(
        list[str] | None,
        "--base-url",
        "URL",
        "OpenAI-compatible endpoint. Repeatable: several form a pool. Default: OpenAI's.",
    ),
    "profile": _option(
        str | None,
        "--profile",
        "NAME",
        "Take model settings from a profile of your own: `rao-review explain profiles`.",
    ),
    "strategy": _option(
        str | None,
        "--strategy",
        "auto|recursive|flat|mapreduce",
        "How the model goes about it. auto: recurse when the change exceeds half the window.",
    ),
    "protocol": _option(str | None, "--protocol", "auto|tools|json", "Native tool calls, or JSON in text."),
    "window": _option(str | None, "--window", "TOKENS", "Prompt and answer together. Default: what the server says."),
    "max_output": _option(
        str | None, "--max-output", "TOKENS", "Of one answer. Default: an eighth of the window, at most 8192."
    ),
    "recurse_above": _option(
        str | None, "--recurse-above", "SHARE", "Share of the window above which a node splits: 0.5."
    ),
    "concurrency": _option(str | None, "--concurrency", "N", "Calls in flight. Default: 32."),
    "timeout": _option(str | None, "--timeout", "TIME", "Of one call. Default: 5m."),
    "temperature": _option(str | None, "--temperature", "T", "Default: the server's own."),
    "max_tokens": _option(
        str | None, "--max-tokens", "N", "Tokens of the whole run, as in 500k or 2M. Default: 8 times the estimate."
    ),
    "max_cost": _option(str | None, "--max-cost", "DOLLARS", "Needs --price."),
    "price": _option(str | None, "--price", "IN/OUT[/CACHED]", "Dollars per million tokens."),
    "max_calls": _option(str | None, "--max-calls", "N", "Default: 2000."),
    "max_depth": _option(str | None, "--max-depth", "N", "Levels below the root. Default: 6."),
    "max_children": _option(str | None, "--max-children", "N", "Children of one split. Default: 32."),
    "max_nodes": _option(str | None, "--max-nodes", "N", "Nodes of the tree. Default: 2000."),
    "deadline": _option(str | None, "--deadline", "TIME", "Of the whole run, such as 90s or 15m. Default: 1h."),
    "no_mask": _option(bool, "--no-mask", None, "Do not mask secrets in prompts."),
    "estimate": _option(bool, "--estimate", None, "Print expected calls, tokens, cost and depth, and call nothing."),
}


def takes_model_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command all of these options; it gets those that were given as a mapping in its argument `model`."""
    own = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def wrapped(**arguments: Any) -> int:
        given = {name: arguments.pop(name) for name in _OPTIONS}
        return command(**arguments, model={n: v for n, v in given.items() if v not in (None, [], False)})

    kept = [p for p in own.parameters.values() if p.name != "model"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_default(kind), annotation=kind)
        for name, kind in _OPTIONS.items()
    ]
    wrapped.__signature__ = own.replace(  # type: ignore[attr-defined]  # read by typer
        parameters=[*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in kept), *added]
    )
    wrapped.__annotations__ = {p.name: p.annotation for p in (*kept, *added)}
    return wrapped


def _default(kind: Any) -> Any:
    return False if kind.__origin__ is bool else None
