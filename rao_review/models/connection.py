"""The `openai` SDK, behind the few things that are used of it: one connection pool, one post, what its errors mean."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from rao_review.errors import ModelError, RejectedError, TransientError
from rao_review.models.profile import Profile

_CONNECTIONS = 512
_CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 60.0
# The SDK insists on a key; servers without one do not look.
_NO_KEY = "none"
# A key that may chat but not list models is not a wrong one.
_SCOPE = re.compile(r"(?i)insufficient permissions|missing scopes?\b")


def preload() -> None:
    """Imports the SDK, which takes about a second: call it in a thread while there is other work."""
    import openai  # noqa: PLC0415  (a second of import time, only for reviews by a model)
    import openai.resources.chat  # noqa: F401, PLC0415  (which the package itself loads at its first use)


@dataclass(frozen=True, slots=True)
class Response:
    """A response under way."""

    status: int
    headers: Mapping[str, str]
    _http: Any

    def bytes(self) -> AsyncIterator[bytes]:
        """Its body, decompressed, as it comes."""
        stream: AsyncIterator[bytes] = self._http.aiter_bytes()
        return stream

    async def text(self) -> str:
        await self._http.aread()
        return str(self._http.text)


@dataclass(frozen=True, slots=True)
class Page:
    """What came of asking a server about itself.

    value      the JSON that it answered with; None for anything else.
    failure    why there is none: 'HTTP 404', or what broke the connection.
    denied     how it refused the key, 'HTTP 401'; '' when it did not.
    simulated  whether the server says of itself that no model is behind it.
    """

    value: Any = None
    failure: str = ""
    denied: str = ""
    simulated: bool = False


class Connection:
    """Clients of several base URLs over one pool of connections. Made when first used: the SDK is slow to import."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._pool: Any = None
        self._clients: dict[str, Any] = {}
        self.errors: tuple[type[Exception], ...] = ()
        self._refused: tuple[type[Exception], ...] = ()
        self._timed_out: tuple[type[Exception], ...] = ()

    @asynccontextmanager
    async def post(self, url: str, fields: Mapping[str, Any]) -> AsyncIterator[Response]:
        """Posts a chat request. Raises what `meaning` reads, except that a refusal of the server is a response as any other."""
        completions = self._client(url).chat.completions.with_streaming_response
        try:
            async with completions.create(**fields) as streamed:
                http = streamed.http_response
                yield Response(http.status_code, http.headers, http)
        except self._refused as error:
            http = error.response  # type: ignore[attr-defined]  # known when openai is imported
            yield Response(http.status_code, http.headers, http)

    async def get(self, url: str, path: str, seconds: float) -> Page:
        """The page that a path below the base URL answers with; '/props' and the like start at the root."""
        client = self._client(url)
        root = url.partition("?")[0].rstrip("/").removesuffix("/v1")
        try:
            response = await self._pool.get(
                root + path if path.startswith("/") else f"{url.rstrip('/')}/{path}",
                headers={**client.auth_headers, **self._profile.headers},
                timeout=seconds,
            )
        except self.errors as error:
            return Page(failure=self._silence(error, seconds))
        simulated, status = response.headers.get("x-simulated") == "1", f"HTTP {response.status_code}"
        if response.status_code != 200:
            denied = status if response.status_code in (401, 403) and not _SCOPE.search(response.text) else ""
            return Page(None, status, denied, simulated)
        try:
            return Page(response.json(), simulated=simulated)
        except ValueError:
            return Page(None, f"{status} with something that is not JSON", simulated=simulated)

    def _silence(self, error: Exception, seconds: float) -> str:
        """Why a server that was asked about itself gave no answer, in a few words."""
        cause: BaseException = error
        while inner := cause.__cause__ or cause.__context__:
            cause = inner
        if isinstance(cause, TimeoutError) or "Timeout" in type(error).__name__:
            return f"no answer within {seconds:g} s"
        number = cause.errno if isinstance(cause, OSError) else None
        said = os.strerror(number) if number and number > 0 else str(cause)
        return " ".join(said.split()) or type(error).__name__

    def meaning(self, error: Exception, endpoint: str) -> ModelError:
        """Of one of `errors`: whatever happened before the server answered, or while it did."""
        if isinstance(error, self._timed_out):
            return TransientError("connection", f"{endpoint}: no connection within {_CONNECT_SECONDS:g} s")
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split()) or type(cause).__name__
        name = type(cause).__name__
        if name in ("UnsupportedProtocol", "InvalidURL", "LocalProtocolError"):
            return RejectedError(f"{endpoint}: {reason}")
        sent = name not in ("ConnectError", "ConnectTimeout", "PoolTimeout")
        return TransientError("connection", f"{endpoint}: {reason}", sent=sent)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()
            self._pool, self._clients = None, {}

    def _client(self, url: str) -> Any:
        if url in self._clients:
            return self._clients[url]
        secrets = (self._profile.key, *self._profile.headers.values())
        if not all(secret.isascii() and secret.isprintable() and secret == secret.strip() for secret in secrets):
            raise RejectedError(
                "the key, or a header, has white space or characters that cannot be sent; check how it was set"
            )
        import openai  # noqa: PLC0415  (a second of import time, only for reviews by a model)

        if self._pool is None:
            # The SDK is built on httpx or on httpx2, by its version.
            http: Any = sys.modules[type(openai.DEFAULT_CONNECTION_LIMITS).__module__.partition(".")[0]]
            limits = http.Limits(
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_CONNECTIONS,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
            )
            self._pool = openai.DefaultAsyncHttpxClient(
                limits=limits, timeout=http.Timeout(None, connect=_CONNECT_SECONDS)
            )
            self.errors = (openai.APIError, http.HTTPError, http.InvalidURL, http.StreamError)
            self._refused = (openai.APIStatusError,)
            self._timed_out = (openai.APITimeoutError, http.ConnectTimeout)
        self._clients[url] = openai.AsyncOpenAI(
            api_key=self._profile.key or _NO_KEY,
            base_url=url,
            max_retries=0,
            timeout=self._pool.timeout,
            default_headers=dict(self._profile.headers),
            http_client=self._pool,
        )
        return self._clients[url]
