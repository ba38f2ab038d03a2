"""As much of HTTP/1.1 as an API server needs: requests with Content-Length, keep-alive, whole and chunked responses."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

LARGEST_HEAD = 65_536
LARGEST_BODY = 64 * 1024 * 1024
_WATCH = 0.25
_JSON = "application/json"


class GoneError(Exception):
    """The client has closed the connection, or this side has."""


class ProtocolError(Exception):
    """The request is not one that this server reads. `status` is the response's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`path` has no query; header names are lower case; `old` is HTTP/1.0, which knows no chunks."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    keep: bool
    old: bool


class Connection:
    """One client. Everything that writes raises GoneError when the client is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._chunked = False

    async def read(self) -> HttpRequest | None:
        """The next request, None when the client is done. Raises ProtocolError, after which the connection must be closed."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise ProtocolError(431, "The headers are too large.") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        line, *lines = head.decode("latin-1").strip("\r\n").split("\r\n")
        try:
            method, target, version = line.split(" ")
        except ValueError:
            raise ProtocolError(400, "The request line is malformed.") from None
        headers = {name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        body = await self._body(headers)
        old = version == "HTTP/1.0"
        keep = headers.get("connection", "close" if old else "").lower() != "close"
        return HttpRequest(method, target.partition("?")[0], headers, body, keep, old)

    async def _body(self, headers: Mapping[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise ProtocolError(411, "Send a Content-Length.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise ProtocolError(400, "The Content-Length is not a number.")
        if int(length) > LARGEST_BODY:
            raise ProtocolError(413, f"The body is larger than {LARGEST_BODY} bytes.")
        if headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            return await self._reader.readexactly(int(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise GoneError from None

    async def respond(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Sends a whole response; `body` is a value that becomes JSON, or bytes of the type in `headers`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self._send(self.head(status, {"content-length": str(len(data)), **(headers or {})}) + data)

    def head(self, status: int, headers: Mapping[str, str]) -> bytes:
        """The bytes before a body. Every response says that it is simulated."""
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = {"content-type": _JSON, "x-simulated": "1", **headers}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {status} {phrase}\r\n{text}\r\n".encode("latin-1")

    async def start_events(self, chunked: bool) -> None:
        """Starts a response of server-sent events: in chunks, or, for HTTP/1.0, up to the end of the connection."""
        self._chunked = chunked
        how = {"transfer-encoding": "chunked"} if chunked else {"connection": "close"}
        await self._send(self.head(200, {"content-type": "text/event-stream", "cache-control": "no-cache", **how}))

    def event(self, data: str) -> bytes:
        """The bytes of one event, framed as `start_events` said."""
        payload = f"data: {data}\n\n".encode()
        return b"%x\r\n%b\r\n" % (len(payload), payload) if self._chunked else payload

    async def end_events(self) -> None:
        if self._chunked:
            await self._send(b"0\r\n\r\n")

    async def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        await self._send(data)

    async def _send(self, data: bytes) -> None:
        if self._writer.is_closing():
            raise GoneError
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            raise GoneError from None

    async def pause(self, seconds: float) -> None:
        """Waits, and raises GoneError soon after the client has gone: nobody works for a client that has given up."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _WATCH))
            self.check()

    def check(self) -> None:
        """Raises GoneError when the client has gone."""
        if self._writer.is_closing() or self._reader.at_eof():
            raise GoneError

    def reset(self) -> None:
        """Ends the connection with a reset instead of an orderly close."""
        raw = self._writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()
