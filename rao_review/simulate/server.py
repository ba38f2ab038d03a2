"""The endpoint: listens, routes, and keeps the number of requests it works on within its slots."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from rao_review.errors import UsageError
from rao_review.simulate.chat import models
from rao_review.simulate.delivery import deliver
from rao_review.simulate.exchange import Exchanges, Job
from rao_review.simulate.http import LARGEST_HEAD, Connection, GoneError, HttpRequest, ProtocolError
from rao_review.simulate.options import Options
from rao_review.simulate.stats import Stats
from rao_review.simulate.wording import error

_BACKLOG = 1024


class SimulatedEndpoint:
    """A server, from `async with` to its end.

        async with SimulatedEndpoint(Options(window=8192)) as endpoint:
            ... endpoint.url, endpoint.stats ...

    Raises UsageError when it cannot listen.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.stats = Stats(self.options.planted)
        self._exchanges = Exchanges(self.options, self.stats)
        self._created = int(time.time())
        self._tasks: set[asyncio.Task[Any]] = set()
        self._port = self.options.port

    @property
    def url(self) -> str:
        """The base URL that clients are given; it ends in /v1."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._port}/v1"

    async def __aenter__(self) -> Self:
        options = self.options
        self._slots = asyncio.Semaphore(options.slots)
        try:
            self._server = await asyncio.start_server(
                self._serve, options.host, options.port, limit=LARGEST_HEAD, backlog=_BACKLOG
            )
        except OSError as failure:
            where = f"{options.host}:{options.port}"
            raise UsageError(f"cannot listen on {where}: {failure.strerror or failure}") from None
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end. Cancelled only when the server ends, so that the cancellation stops here."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = Connection(reader, writer)
        try:
            while await self._one(connection):
                pass
        except (GoneError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            connection.close()

    async def _one(self, connection: Connection) -> bool:
        """Reads and answers a request, and gives whether another may follow."""
        try:
            request = await connection.read()
        except ProtocolError as bad:
            await connection.respond(bad.status, error(str(bad)), {"connection": "close"})
            return False
        if request is None:
            return False
        path = request.path.removeprefix("/v1").rstrip("/")
        keep, chunked = request.keep, not request.old
        if path == "/chat/completions" and request.method == "POST" and self._is_known(request):
            job, start = self._planned(request.body), time.monotonic()
            # No prompt is held while its answer is on the way.
            del request
            return await self._deliver(connection, job, chunked, start) and keep
        status, answer = self._plain(path, request)
        await connection.respond(status, answer)
        return keep

    def _plain(self, path: str, request: HttpRequest) -> tuple[int, Any]:
        """Everything but the chat."""
        pages = {
            "/health": lambda: {"status": "ok", "simulated": True},
            "/models": lambda: models(self.options.window, self._created),
            "/stats": self.stats.summary,
            "/log": self.stats.log,
        }
        if path not in (*pages, "/chat/completions"):
            return 404, error(f"There is no {request.path} here.", code="not_found")
        if request.method != ("GET" if path in pages else "POST"):
            return 405, error(f"{request.method} is not allowed here.")
        if path in ("/models", "/chat/completions") and not self._is_known(request):
            return 401, error("Incorrect API key provided.", code="invalid_api_key")
        return 200, pages[path]()

    def _is_known(self, request: HttpRequest) -> bool:
        return not self.options.key or request.headers.get("authorization") == f"Bearer {self.options.key}"

    def _planned(self, body: bytes) -> Job:
        record = self.stats.begin(hashlib.blake2b(body, digest_size=8).hexdigest())
        return self._exchanges.plan(record, body)

    async def _deliver(self, connection: Connection, job: Job, chunked: bool, start: float) -> bool:
        try:
            if job.refusal or job.fault == "hang":
                return await deliver(connection, job, self.options, self._created, chunked)
            async with self._slots:
                connection.check()
                return await deliver(connection, job, self.options, self._created, chunked)
        finally:
            self.stats.finish(job.record, time.monotonic() - start)


@contextlib.contextmanager
def serve_in_thread(options: Options | None = None) -> Iterator[str]:
    """Runs an endpoint in a thread of its own, and gives its URL. Its counts are at /stats and /log."""
    ready: list[str | BaseException] = []
    loop = asyncio.new_event_loop()
    told, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with SimulatedEndpoint(options) as endpoint:
            ready.append(endpoint.url)
            told.set()
            await stop.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as failure:  # whatever it is, it is raised where it is waited for
            ready.append(failure)
        finally:
            told.set()
            loop.close()

    thread = threading.Thread(target=run, name="simulated-endpoint", daemon=True)
    thread.start()
    told.wait()
    if isinstance(ready[0], BaseException):
        thread.join()
        raise ready[0]
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
