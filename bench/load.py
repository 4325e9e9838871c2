"""A load generator for one server on loopback: kept connections, prepared requests, run in a child process of its own.

``python -m bench.load HOST PORT FILE CONNECTIONS`` reads a pickled list of request sequences (one connection works
through a sequence in order, then takes the next), and prints one JSON object: seconds, requests, statuses, latencies.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import uvloop

LIMIT = 300.0  # seconds: a run never lasts longer


class Connection(asyncio.Protocol):
    """One kept connection: send a request, wait for its whole answer."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator or self.answer is None:
            return
        at = head.lower().index(b"content-length: ") + 16
        length = int(head[at:].partition(b"\r\n")[0])
        if len(body) >= length:
            self.buffer = b""
            self.answer.set_result(int(head[9:12]))

    def connection_lost(self, _error: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(0)

    def send(self, request: bytes) -> asyncio.Future[int]:
        assert self.transport is not None
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer


async def drive(host: str, port: int, sequences: list[Sequence[bytes]], connections: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    waiting, statuses, latencies = iter(sequences), Counter[int](), []

    async def work() -> None:
        _, connection = await loop.create_connection(Connection, host, port)
        for sequence in waiting:
            for request in sequence:
                begin = time.perf_counter()
                statuses[await connection.send(request)] += 1
                latencies.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*(work() for _ in range(connections)))
    seconds = time.perf_counter() - begin
    latencies.sort()
    return {
        "seconds": seconds,
        "requests": len(latencies),
        "per_second": len(latencies) / seconds,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "statuses": dict(statuses),
    }


def post(path: str, body: bytes, host: str = "127.0.0.1") -> bytes:
    """A prepared request."""
    return (
        b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (path.encode(), host.encode(), len(body)) + body
    )


def run(port: int, sequences: list[list[bytes]], connections: int) -> dict[str, Any]:
    """Send everything from a child process."""
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump(sequences, file)
        file.flush()
        child = subprocess.run(
            [sys.executable, "-m", "bench.load", "127.0.0.1", str(port), file.name, str(connections)],
            check=True,
            stdout=subprocess.PIPE,
            timeout=LIMIT + 30,
        )
    figures: dict[str, Any] = json.loads(child.stdout)
    return figures


def main(host: str, port: str, file: str, connections: str) -> None:
    sequences = pickle.loads(Path(file).read_bytes())  # noqa: S301 - our own parent wrote it a moment ago
    print(json.dumps(uvloop.run(drive(host, int(port), sequences, int(connections)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
