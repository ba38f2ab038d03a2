"""`rao-review simulate`"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer

from rao_review.cli.output import emit
from rao_review.simulate.answer import STYLES
from rao_review.simulate.faults import FAULTS, parse_faults
from rao_review.simulate.latency import parse_latency
from rao_review.simulate.options import Options
from rao_review.simulate.planted import load_planted
from rao_review.simulate.reviewer import Behaviour
from rao_review.simulate.server import SimulatedEndpoint
from rao_review.simulate.wording import WORDINGS

Port = Annotated[int, typer.Option("--port", help="Where to listen; 0 takes a free port.")]
Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Window = Annotated[
    int, typer.Option("--window", metavar="TOKENS", help="The model's window, prompt and answer together.")
]
BytesPerToken = Annotated[
    float, typer.Option("--bytes-per-token", metavar="N", help="How many bytes are a token here.")
]
Wording = Annotated[
    str,
    typer.Option(
        "--wording",
        metavar="|".join(WORDINGS),
        help="How to say that a prompt does not fit; 'silent' cuts it and says nothing.",
    ),
]
Latency = Annotated[
    str,
    typer.Option("--latency", metavar="SPEC", help="base=SECONDS,prompt=TOKENS_A_SECOND,completion=TOKENS_A_SECOND."),
]
Slots = Annotated[int, typer.Option("--slots", metavar="N", help="Requests worked on at a time; others wait.")]
Fault = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="NAME=P",
        help=f"Make a request fail with probability P; several, or separated by commas. all=P is any of them. "
        f"Names: {', '.join(FAULTS)}.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Which requests fail, by their number.")]
RetryAfter = Annotated[float, typer.Option("--retry-after", metavar="SECONDS", help="What a 429 asks to wait.")]
Hang = Annotated[float, typer.Option("--hang-seconds", metavar="SECONDS", help="How long a hanging request is held.")]
Drip = Annotated[float, typer.Option("--drip-seconds", metavar="SECONDS", help="The pause between pieces of a drip.")]
PlantedFile = Annotated[
    Path | None,
    typer.Option(
        "--planted", metavar="FILE", help="Faults to report when both their lines are in one prompt: JSON, as below."
    ),
]
Curious = Annotated[bool, typer.Option("--curious", help="Look up changed names before submitting.")]
Obey = Annotated[bool, typer.Option("--obey", help="Gullible: do what the text of the change says.")]
Lazy = Annotated[bool, typer.Option("--lazy", help="Submit at once, without reading anything.")]
Style = Annotated[
    list[str] | None,
    typer.Option(
        "--style", metavar="|".join(STYLES), help="How sloppy JSON in text is; several, or separated by commas."
    ),
]
Key = Annotated[str, typer.Option("--key", help="Refuse requests without this bearer token.")]


def command(  # one parameter an option
    port: Port = 0,
    host: Host = "127.0.0.1",
    window: Window = 32_768,
    bytes_per_token: BytesPerToken = 4.0,
    wording: Wording = "openai",
    latency: Latency = "",
    slots: Slots = 256,
    fault: Fault = None,
    seed: Seed = 0,
    retry_after: RetryAfter = 1.0,
    hang_seconds: Hang = 3600.0,
    drip_seconds: Drip = 1.0,
    planted: PlantedFile = None,
    curious: Curious = False,
    obey: Obey = False,
    lazy: Lazy = False,
    style: Style = None,
    key: Key = "",
) -> int:
    """Serve the OpenAI chat API with no model behind it: a simulated reviewer, for tests and demonstrations.

    Prints its URL and runs until it is interrupted. It finds planted faults only, and only when both lines that prove a fault are
    in one prompt; everything it says is marked as simulated. GET /stats and /log tell what was asked.

    \b
    --planted FILE is a list of faults, each with id, definition.text, use.text and finding:
      [{"id": "stale-call-1",
        "definition": {"text": "def rate(country, year):"},
        "use":        {"text": "total *= rate(country)"},
        "finding":    {"path": "shop/cart.py", "quote": "total *= rate(country)",
                       "title": "rate() now needs a year", "severity": "high"}}]

    The two texts are whole lines of the change or its files, without indentation; `finding` is sent when both are in a prompt,
    and may have what a model may submit: side, category, body, suggestion, checks.
    """
    options = Options(
        host=host,
        port=port,
        window=window,
        bytes_per_token=bytes_per_token,
        wording=wording,
        latency=parse_latency(latency),
        slots=slots,
        faults=parse_faults(fault or ()),
        seed=seed,
        retry_after=retry_after,
        hang_seconds=hang_seconds,
        drip_seconds=drip_seconds,
        behaviour=Behaviour(curious, obey, lazy),
        style=tuple(part.strip() for text in style or () for part in text.split(",") if part.strip()),
        planted=load_planted(planted) if planted is not None else (),
        key=key,
    )
    asyncio.run(_run(options))
    return 0


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # There are no such handlers on Windows: there, an interruption ends it as it ends every command.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with SimulatedEndpoint(options) as endpoint:
        emit(f"simulated endpoint: {endpoint.url} (model simulated, window {options.window}, no model behind it)\n")
        await stop.wait()
