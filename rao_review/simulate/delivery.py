"""How an answer goes over the wire: whole or as events, at the pace of the latency model, or broken on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rao_review.simulate.chat import PIECE_TOKENS, completion, events
from rao_review.simulate.exchange import Job
from rao_review.simulate.http import Connection, GoneError
from rao_review.simulate.options import Options

_DRIP = 24
_PAGE = b"<!DOCTYPE html><html><body><h1>Simulated proxy</h1><p>Please sign in.</p></body></html>"
_BATCH = 65_536


async def deliver(connection: Connection, job: Job, options: Options, created: int, chunked: bool) -> bool:
    """Sends what is to be sent, and gives whether the connection can be used again. Raises GoneError when the client has gone."""
    record = job.record
    if job.refusal is not None:
        record.status = job.refusal[0]
        await connection.respond(*job.refusal, job.headers)
        return True
    if job.fault == "hang":
        await connection.pause(options.hang_seconds)
        return False
    if job.fault == "html":
        record.status = 200
        await connection.respond(200, _PAGE, {"content-type": "text/html"})
        return True
    usage = job.usage
    await connection.pause(options.latency.before(usage.prompt - usage.cached if usage else 0))
    if job.stream:
        return await _stream(connection, job, options, created, chunked)
    return await _whole(connection, job, options, created)


async def _whole(connection: Connection, job: Job, options: Options, created: int) -> bool:
    if job.fault == "reset":
        connection.reset()
        raise GoneError
    usage = None if job.fault == "no-usage" else job.usage
    await connection.pause(options.latency.writing(job.record.completion_tokens))
    data = json.dumps(completion(job.name, created, job.answer, usage)).encode()
    head = connection.head(200, {"content-length": str(len(data))})
    job.record.status = 200
    if job.fault == "truncated":
        await connection.send(head + data[: len(data) // 2])
        return False
    if job.fault == "drip":
        await connection.send(head)
        if not await _drip(connection, [data[n : n + _DRIP] for n in range(0, len(data), _DRIP)], options):
            return False
    else:
        await connection.send(head + data)
    job.record.done = True
    return True


async def _stream(connection: Connection, job: Job, options: Options, created: int, chunked: bool) -> bool:
    """Events in batches where there is no pace to keep, so that a long answer costs few writes."""
    job.record.status = 200
    await connection.start_events(chunked)
    frames = list(_frames(connection, job, options, created))
    pace = options.latency.writing(PIECE_TOKENS)
    if job.fault in ("reset", "truncated"):
        frames = frames[: max(1, len(frames) // 2)]
    if job.fault == "drip":
        if not await _drip(connection, frames, options):
            return False
    elif pace:
        for frame in frames:
            await connection.pause(pace)
            await connection.send(frame)
    else:
        await connection.send(b"".join(frames))
    if job.fault == "reset":
        connection.reset()
        raise GoneError
    await connection.end_events()
    job.record.done = job.fault != "truncated"
    return chunked


def _frames(connection: Connection, job: Job, options: Options, created: int) -> Iterator[bytes]:
    usage = job.usage if job.usage_event and job.fault != "no-usage" else None
    piece = max(1, int(PIECE_TOKENS * options.bytes_per_token))
    for event in events(job.name, created, job.answer, usage, piece):
        yield connection.event(json.dumps(event))
    yield connection.event("[DONE]")


async def _drip(connection: Connection, pieces: list[bytes], options: Options) -> bool:
    """Sends piece by piece, and gives whether it came to the end: a drip lasts no longer than a hang."""
    most = int(options.hang_seconds / options.drip_seconds) if options.drip_seconds else len(pieces)
    for piece in pieces[:most]:
        await connection.send(piece)
        await connection.pause(options.drip_seconds)
    return most >= len(pieces)
