"""One HTTP exchange with an OpenAI-compatible endpoint. Whatever goes wrong is one of our errors when it leaves here.

Always streams, so that a dead connection is noticed within seconds. The events are read as raw lines: an object of the SDK for every
piece of an answer would cost more than the answer's text is worth, with hundreds of calls under way.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rao_review.errors import ModelError, OverflowingError, RejectedError, TransientError, UnsupportedError
from rao_review.models.assembly import Assembly
from rao_review.models.body import Dialect, body
from rao_review.models.connection import Connection, Response
from rao_review.models.profile import Profile
from rao_review.models.rates import Rates, rates
from rao_review.models.refusals import Refusal, meaning
from rao_review.models.wire import Reply, Request, TokenUsage

Measure = Callable[[Request, Reply | None], int]
"""Estimated tokens of a prompt, or of an answer to it."""
Heard = Callable[[Rates], None]

# Shorter texts are no secrets, and would blot out words.
_SECRET = 8
# A dialect has five features; more changes than that would go in circles.
_ADAPTATIONS = 6


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the bytes of a response ended: `done` when the server said that this was all."""

    assembly: Assembly
    done: bool


class Endpoint:
    """A replica.

    Args:
        url: the base URL.
        profile: which model, and how.
        connection: shared by all replicas.
        measure: counts where the server does not.
    """

    def __init__(self, url: str, profile: Profile, connection: Connection, measure: Measure) -> None:
        self.url = url
        self.name = shown(url)
        self._profile = profile
        self._connection = connection
        self._measure = measure
        self._dialect = Dialect()

    async def complete(self, request: Request, heard: Heard = lambda _: None) -> Reply:
        """The model's answer. Raises TransientError, RejectedError and its kinds.

        heard  gets what the headers of the response say of rates, also when the response is a refusal.
        """
        began = time.perf_counter()
        for _ in range(_ADAPTATIONS):
            dialect = self._dialect
            try:
                return await self._exchange(request, dialect, heard, began)
            except RejectedError as error:
                # Others may have adapted it meanwhile: then this request only has to be sent again.
                adapted = None if isinstance(error, OverflowingError) else dialect.adapted(str(error))
                if adapted is None:
                    raise
                if self._dialect == dialect:
                    self._dialect = adapted
        raise UnsupportedError(f"{self.name}: refuses every form of the request that we know", 400, "stream")

    async def _exchange(self, request: Request, dialect: Dialect, heard: Heard, began: float) -> Reply:
        fields = body(request, self._profile.model, dialect, self._profile.temperature)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._profile.timeout
        timer = asyncio.timeout_at(end)

        inactivity, armed = self._profile.inactivity, 0.0

        def alive() -> None:
            # A new timer for every piece would cost as much as reading it; a twentieth too late or early does not matter.
            nonlocal armed
            if (now := loop.time()) - armed > inactivity / 20:
                armed = now
                timer.reschedule(min(end, now + inactivity))

        try:
            async with timer, self._connection.post(self.url, fields) as response:
                heard(rates(response.headers))
                if response.status >= 400:
                    raise self._refused(await response.text(), response)
                ended = await self._read(response, alive)
        except TimeoutError:
            passed = self._profile.timeout if loop.time() >= end else inactivity
            raise TransientError("time-out", f"{self.name}: silent for {passed:g} s", sent=True) from None
        except self._connection.errors as error:
            raise self._connection.meaning(error, self.name) from None
        return self._reply(request, ended, time.perf_counter() - began)

    async def _read(self, response: Response, alive: Callable[[], None]) -> _Ended:
        """Reads events, or one JSON object. Raises ModelError for an error among them."""
        assembly = Assembly()
        done, plain, rest = False, [], b""
        async for data in response.bytes():
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if line[:5] == b"data:":
                    done = self._event(line[5:], assembly, response) or done
                elif line[:1] not in b":e\r" or line[:6] == b"error:":
                    plain.append(line)
            if assembly.chosen:
                alive()
        if rest[:5] == b"data:":
            done = self._event(rest[5:], assembly, response) or done
        else:
            plain.append(rest)
        left = b"\n".join(plain).strip()
        if left and not assembly.chosen:
            self._event(left.removeprefix(b"error:"), assembly, response)
            done = done or assembly.chosen
        return _Ended(assembly, done)

    def _event(self, data: bytes, assembly: Assembly, response: Response) -> bool:
        """Takes one event, and gives whether it is the end of all."""
        if data.strip() == b"[DONE]":
            return True
        try:
            piece = json.loads(data.decode("utf-8", "replace"))
        except ValueError:
            begin = data[:80].decode("utf-8", "replace").strip()
            raise TransientError(
                "server error", f"{self.name}: not JSON: {begin!r}; is the URL right?", sent=True
            ) from None
        if isinstance(piece, Mapping) and not piece.get("error") and piece.get("object") != "error":
            assembly.take(piece)
            return False
        raise self._refused(data.decode("utf-8", "replace"), response)

    def _refused(self, text: str, response: Response) -> ModelError:
        """The error that a body is. Some servers repeat the key they were given: it goes no further than here."""
        for secret in (self._profile.key, *self._profile.headers.values()):
            if len(secret) >= _SECRET:
                text = text.replace(secret, "***")
        good = response.status < 400
        return meaning(Refusal(self.name, 0 if good else response.status, text, response.headers, sent=good))

    def _reply(self, request: Request, ended: _Ended, seconds: float) -> Reply:
        found = ended.assembly
        if not found.finished and not ended.done:
            raise TransientError("truncated", f"{self.name}: the answer broke off", sent=True)
        if found.empty:
            raise TransientError("empty", f"{self.name}: an empty answer", sent=True)
        model = found.model or self._profile.model
        reply = Reply(found.text, found.calls, found.finish, TokenUsage(), found.reasoning, model, self.name, seconds)
        usage = found.usage or self._counted(request, reply)
        return Reply(
            reply.text, reply.calls, reply.finish, usage, reply.reasoning, reply.model, reply.endpoint, reply.seconds
        )

    def _counted(self, request: Request, reply: Reply) -> TokenUsage:
        return TokenUsage(self._measure(request, None), self._measure(request, reply), estimated=True)


def shown(url: str) -> str:
    """A URL without anything secret: no user, no password, no query."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}".rstrip("/")
