"""Which model is asked and how, settled before a run is on record: what cannot start leaves no journal behind."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rao_review.errors import JournalError, RejectedError, UsageError
from rao_review.models.budget import Prices
from rao_review.models.describe import Description
from rao_review.models.local import check_local, is_local, serving
from rao_review.models.memory import Memory
from rao_review.models.model import connect
from rao_review.models.profile import Profile
from rao_review.models.tokens import Calibration, Counter
from rao_review.models.windows import sizes
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.prompts import Prompts
from rao_review.policy.llm.shared import lacks
from rao_review.reviewers.job import Choice, Past
from rao_review.settings import Settings
from rao_review.trace.events import ModelChosen

Template = Callable[[str], bytes | None]

# A seed of letters alone has as many tokens as any other: it does not change what a run counts.
_LETTERS = "abcdefghijklmnop"
_OPENAI = "https://api.openai.com/v1"
_LEAST_OUTPUT, _MOST_OUTPUT = 512, 8_192


@dataclass(frozen=True, slots=True)
class Said:
    """Tokens of the window and of the longest answer (None: nobody knows), and who said so."""

    window: int
    output: int | None
    source: str


def check(settings: Settings, key: str, past: Past, asks: bool) -> None:
    """What can be told without the change, the repository or the network. Raises UsageError.

    asks  whether the model will be asked, and not only estimated.
    """
    _taken_over(settings, past)
    urls = profile_of(settings).base_urls
    if past.complete:
        return
    if not asks:
        said_by_user(settings)
    elif is_local(settings.model):
        check_local(settings.model)
    elif urls == (_OPENAI,) and not key:
        raise UsageError("no key for api.openai.com: set OPENAI_API_KEY, or name another endpoint with --base-url")


@contextmanager
def choosing(settings: Settings, key: str, past: Past, template: Template) -> Iterator[Choice]:
    """The model that reviews, ready to be asked until the end of the block. A resumed run takes over what was chosen.

    Raises UsageError when nobody knows the window, the key is refused, or a setting is not that of the resumed run.
    """
    check(settings, key, past, asks=True)
    taken = _taken_over(settings, past)
    if past.complete:
        if taken is None:
            raise JournalError(f"run {past.run} cannot be replayed: it never chose a model")
        yield Choice(profile_of(settings), taken)
    elif is_local(settings.model):
        with serving(settings.model, settings.window) as url:
            profile = profile_of(settings, (url,))
            yield Choice(profile, taken or _chosen(settings, profile, asyncio.run(_ask(profile)), template))
    else:
        profile = profile_of(settings, key=key)
        said = asyncio.run(_ask(profile))
        if taken is not None and said.denied:
            raise UsageError(_denied(profile, said))
        chosen = taken or _chosen(settings, profile, said, template)
        # An earlier part of the review may have been simulated where this one is not.
        simulated = said.simulated or any(isinstance(e, ModelChosen) and e.simulated for e in past.events)
        yield Choice(profile, replace(chosen, simulated=simulated))


def profile_of(settings: Settings, urls: tuple[str, ...] = (), key: str = "") -> Profile:
    """Raises UsageError when settings do not go together."""
    if settings.max_cost and not settings.price:
        raise UsageError("--max-cost needs --price IN/OUT: what a million tokens cost")
    return Profile(
        model=settings.model,
        base_urls=urls or settings.base_url or (_OPENAI,),
        key=key,
        window=settings.window or None,
        output=settings.max_output or None,
        concurrency=settings.concurrency,
        prices=prices_of(settings),
        timeout=settings.timeout,
        temperature=settings.temperature,
    )


def said_by_user(settings: Settings) -> Said:
    """The window when nobody is asked. Raises UsageError when neither the user nor the table says."""
    window, longest = sizes(profile_of(settings), Description())
    if window is None:
        raise UsageError(f"--estimate asks nobody how large the window of {settings.model} is: give --window TOKENS")
    return Said(window, longest, "")


def prices_of(settings: Settings) -> Prices | None:
    return Prices(*settings.price) if settings.price else None


def as_chosen(settings: Settings, profile: Profile, said: Said, template: Template) -> ModelChosen:
    """All but the budget, which depends on the change. Raises UsageError for a template that cannot be used."""
    window = said.window
    output = min(said.output or _MOST_OUTPUT, max(window // 8, min(_LEAST_OUTPUT, window // 4)), _MOST_OUTPUT)
    endpoints = (settings.model,) if is_local(settings.model) else profile.base_urls
    protocol = settings.protocol
    if protocol == "auto":
        protocol = Memory(os.environ).recall(endpoints[0], settings.model) or "auto"
    seed = "".join(secrets.choice(_LETTERS) for _ in range(16))
    prompts = Prompts(seed, template)
    longest = min(settings.max_output or output, window // 2)
    # The leanest form of a prompt counts: in text unless tools are wanted, and without the schema beside it.
    footing = Footing("tools" if protocol == "tools" else "json", True, False, window, longest, Calibration())
    if lacking := lacks(prompts, Counter(), footing):
        raise UsageError(
            f"a window of {window:,} tokens is too small for {settings.model}: prompts and an answer of {longest:,} take "
            f"{window + lacking:,} before anything of the change is in them; give a larger --window, or another model"
        )
    return ModelChosen(
        model=settings.model,
        endpoints=endpoints,
        strategy=settings.strategy,
        protocol=protocol,
        window=window,
        source=said.source,
        max_output=longest,
        seed=seed,
        prompts=prompts.identity,
        budget={},
    )


def _taken_over(settings: Settings, past: Past) -> ModelChosen | None:
    """How the resumed run talked to its model. Raises UsageError where the settings say otherwise: all answers would be foreign."""
    chosen = past.chosen
    if chosen is None:
        return None
    for name, then, now in (
        ("model", chosen.model, settings.model),
        ("strategy", chosen.strategy, settings.strategy),
        ("window", chosen.window, settings.window or chosen.window),
        ("max-output", chosen.max_output, min(settings.max_output or chosen.max_output, chosen.window // 2)),
    ):
        if then != now:
            raise UsageError(
                f"run {past.run} had --{name} {then}, not {now}: leave --{name} out, or start afresh without --resume"
            )
    return chosen


async def _ask(profile: Profile) -> Description:
    try:
        async with connect(profile) as stack:
            return await stack.describe()
    except RejectedError as error:  # a key that cannot even be sent
        raise UsageError(str(error)) from None


def _chosen(settings: Settings, profile: Profile, said: Description, template: Template) -> ModelChosen:
    """Window and output by the user, else the server, else the table."""
    window, longest = sizes(profile, said)
    if window is None:
        raise UsageError(_unknown_window(profile, said))
    source = "as you say" if settings.window else "says the server" if said.window else "of well-known models"
    return as_chosen(settings, profile, Said(window, longest, source), template)


def _unknown_window(profile: Profile, said: Description) -> str:
    where, names = ", ".join(profile.base_urls), said.models
    if said.denied:
        return _denied(profile, said)
    if not names:
        return (
            f"{where} does not answer /models ({said.failure}), so nobody says how large the window is: "
            "is it up? Check its URL, or give --window TOKENS"
        )
    if profile.model not in names:
        shown = ", ".join(names[:8])
        return f"{where} has no model {profile.model!r}, only {shown}; name one of them, or give --window TOKENS"
    return f"{where} does not say how large the window of {profile.model} is: give --window TOKENS"


def _denied(profile: Profile, said: Description) -> str:
    where = ", ".join(profile.base_urls)
    return f"{where} refuses the key ({said.denied}): check OPENAI_API_KEY, or the profile's key"
