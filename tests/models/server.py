"""A real HTTP server on loopback whose answers are scripted: the tests' other end of the wire."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Step = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes one response. A connection is closed after it unless it is whole."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Server:
    """Answers the n-th chat request by the n-th step, and all after the last one by the last. Pages are JSON, or steps."""

    steps: Sequence[Step]
    pages: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode("latin-1"), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        self.seen.append(Seen(method, path, headers, json.loads(raw) if raw else None))
        if method == "GET":
            page = self.pages.get(path)
            step = page if callable(page) else plain(page)
            await (step if page is not None else plain({"error": "no such page"}, 404))(writer)
            return
        posts = sum(s.method == "POST" for s in self.seen)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.steps[min(posts, len(self.steps)) - 1](writer)
            await writer.drain()
        finally:
            self.at_once -= 1

    @property
    def posts(self) -> list[Any]:
        return [s.body for s in self.seen if s.method == "POST"]


@asynccontextmanager
async def serving(*steps: Step, pages: Mapping[str, Any] | None = None) -> AsyncIterator[Server]:
    server = Server(steps, pages or {})
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=1 << 22)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()


def plain(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> Step:
    """One body with its length; a text goes as it is."""

    async def step(writer: asyncio.StreamWriter) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        lines = {"content-type": kind, "content-length": str(len(data)), **(headers or {})}
        head = f"HTTP/1.1 {status} Said\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
        writer.write(head.encode() + b"\r\n" + data)

    return step


def events(
    *pieces: Any, end: bool = True, headers: Mapping[str, str] | None = None, gap: float = 0.0, close: bool = False
) -> Step:
    """Server-sent events in chunks: objects as JSON, texts as whole lines. `end` sends [DONE]; `close` breaks off."""

    async def step(writer: asyncio.StreamWriter) -> None:
        lines = {"content-type": "text/event-stream", "transfer-encoding": "chunked", **(headers or {})}
        writer.write(("HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())).encode() + b"\r\n")
        for piece in (*pieces, *(["data: [DONE]"] if end else [])):
            data = (piece if isinstance(piece, str) else "data: " + json.dumps(piece)).encode() + b"\n\n"
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
            if gap:
                await asyncio.sleep(gap)
        if close:
            writer.close()
            return
        writer.write(b"0\r\n\r\n")

    return step


def text(*words: str, usage: Mapping[str, Any] | None = None, finish: str | None = "stop", **how: Any) -> Step:
    """A streamed answer in pieces."""
    pieces: list[Any] = [delta({"role": "assistant", "content": ""}), *(delta({"content": word}) for word in words)]
    pieces += [delta({}, finish)] if finish else []
    told = {"prompt_tokens": 7, "completion_tokens": 3} if usage is None else usage
    pieces += [{"choices": [], "usage": told}] if told else []
    return events(*pieces, **how)


def delta(fields: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def whole(message: Mapping[str, Any], finish: str = "stop", **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"object": "chat.completion", "choices": [choice], **fields}


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> Step:
    return plain({"error": {"message": message, "type": "error", **fields}}, status, headers)


def calls(*pieces: Iterable[Mapping[str, Any]], finish: str = "tool_calls") -> Step:
    return events(*(delta({"tool_calls": list(piece)}) for piece in pieces), delta({}, finish))


async def hang(writer: asyncio.StreamWriter) -> None:
    """Says nothing until the client goes away."""
    while not writer.is_closing():
        await asyncio.sleep(0.005)


async def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks the connection with RST, without an answer."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def later(seconds: float, step: Step) -> Step:
    async def waiting(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await step(writer)

    return waiting
