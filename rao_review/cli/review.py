"""What the commands that review have in common: run the pipeline, show progress, deliver the report, give the exit code."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rao_review.cli.deliver import Delivery, deliver, exit_code
from rao_review.cli.output import InterruptedReview, emit
from rao_review.cli.past import PastRun
from rao_review.cli.progress import progress_for
from rao_review.diff.source import Source
from rao_review.errors import UsageError
from rao_review.pipeline import STAGES, Request, expect, review
from rao_review.profiles import Profile, load_profile
from rao_review.report.display import Detail
from rao_review.report.words import count
from rao_review.reviewers import Past
from rao_review.settings import Layers
from rao_review.trace.events import Event


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave on the command line: settings by name, and the profile to take others from.

    `asking` are the flags among them that make sense only when a model is asked, as they are written.
    """

    flags: Mapping[str, object] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    estimate: bool = False
    asking: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Mapping[str, object] | None = None, **flags: object) -> Given:
        """`model` are the model options; flags that are None or an empty list were not given. Raises UsageError."""
        options = dict(model or {})
        if options.get("model") == "":
            raise UsageError("--model is empty (a variable that is not set?): give a name, or leave it out")
        asking = tuple(f"--{key.replace('_', '-')}" for key in options if key not in ("model", "estimate"))
        name, estimate = options.pop("profile", None), bool(options.pop("estimate", False))
        if options.pop("no_mask", False):
            options["mask"] = False
        if flags.pop("no_cache", False):
            options["cache"] = False
        given = {key: value for key, value in flags.items() if value not in (None, [])}
        return cls({**options, **given}, load_profile(str(name) if name else None, os.environ), estimate, asking)

    def must_ask(self, layers: Layers) -> None:
        """Raises UsageError when flags say how a model is asked and no layer names one: they would do nothing."""
        if self.asking and not self.estimate and not layers.asks_a_model:
            plural = "" if len(self.asking) > 1 else "s"
            verb = "names no model" if self.asking == ("--profile",) else f"need{plural} a model to be asked"
            raise UsageError(f"{', '.join(self.asking)} {verb}: add --model NAME")


def run_review(
    source: Source, given: Given, delivery: Delivery, runs: Path | None = None, past: PastRun | None = None
) -> int:
    """Review `source` and deliver the report; the exit code of design §7. `past` is a run to go on with or to replay."""
    layers = Layers(given.flags, profile=given.profile.settings, past=past.settings if past else {})
    given.must_ask(layers)
    # An estimate and a replay ask nobody, and need no key.
    asks = layers.asks_a_model and not given.estimate and not (past and past.past.complete)
    key = given.profile.key(os.environ) if asks else ""
    request = Request(source, layers, runs, key, past.past if past else Past())
    if given.estimate:
        return _estimate(request)
    quiet, verbose = delivery.detail is Detail.QUIET, delivery.detail is Detail.FULL
    progress = progress_for(STAGES, quiet, verbose, layers.asks_a_model)
    with progress or contextlib.nullcontext():
        gc.disable()  # one review and the end: what it builds lives as long as the process
        begun = _Begun()
        try:
            result = review(request, begun, *([progress] if progress else []))
        except KeyboardInterrupt:
            if asks and begun.run and runs is None:  # else there is no journal, or no repository any more
                raise InterruptedReview("`rao-review diff --resume` goes on with it, and pays nothing twice") from None
            raise
    deliver(result.report, delivery)
    return exit_code(result.report, result.settings.fail_on)


class _Begun:
    """A recorder that knows whether the run is on record."""

    run = False

    def record(self, event: Event) -> None:
        self.run = True


def _estimate(request: Request) -> int:
    """Prints what the review would take."""
    change, expected = expect(request)
    share = expected.prompt_tokens / max(expected.diff_tokens, 1)
    cost = f"{expected.cost:.2f} dollars" if expected.cost is not None else "unknown: give --price IN/OUT"
    emit(
        f"Expected for {count(len(change.files), 'file')}, +{change.added:,} -{change.removed:,}, "
        f"window {expected.window:,} (nothing was asked):\n"
        f"  calls   {expected.calls:,} in {count(expected.nodes, 'node')}, depth {expected.depth}\n"
        f"  tokens  {expected.prompt_tokens:,} prompt ({share:.2f} x the diff's {expected.diff_tokens:,}), "
        f"{expected.completion_tokens:,} completion\n"
        f"  cost    {cost}\n"
    )
    return 0
