"""A lean load generator in a process of its own: sends prepared HTTP/1.1 requests over kept connections and times them.

`python -m bench.knock PORT CONNECTIONS FILE`: FILE holds the requests, each after its length (4 bytes, big-endian). Prints
one JSON object: requests, seconds, rate, p50_ms, p99_ms, and how many answers had which status. It parses no more of an answer
than its status and length, so that it takes little from the cores that are measured.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from collections import Counter
from pathlib import Path


class Connection(asyncio.Protocol):
    """One connection: the next request goes out when the last one is answered."""

    def __init__(self, waiting: list[bytes], times: list[float], statuses: Counter[str]) -> None:
        self._waiting, self._times, self._statuses = waiting, times, statuses
        self._buffer = b""
        self._began = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(self._waiting.pop())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        fields = self._buffer[:head].lower()
        if b"transfer-encoding: chunked" in fields:
            if not self._buffer.endswith(b"0\r\n\r\n"):
                return
        else:
            place = fields.find(b"content-length:")
            end = fields.find(b"\r\n", place)
            length = int(fields[place + 15 : end if end > 0 else None])
            if len(self._buffer) < head + 4 + length:
                return
        self._times.append(time.perf_counter() - self._began)
        self._statuses[self._buffer[9:12].decode()] += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, failure: Exception | None) -> None:
        if not self.done.done():
            self._statuses["lost"] += 1
            self.done.set_result(None)


def prepared(requests: list[bytes]) -> bytes:
    """Requests as the file holds them."""
    return b"".join(struct.pack(">I", len(each)) + each for each in requests)


def _read(path: Path) -> list[bytes]:
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        found.append(data[place + 4 : place + 4 + length])
        place += 4 + length
    return found[::-1]


async def knock(port: int, connections: int, path: Path) -> dict[str, object]:
    """Send every request of the file."""
    waiting, times, statuses = _read(path), [], Counter[str]()  # type: ignore[var-annotated]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        (await loop.create_connection(lambda: Connection(waiting, times, statuses), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(each.done for each in made))
    seconds = time.perf_counter() - began
    times.sort()
    return {
        "requests": len(times),
        "seconds": seconds,
        "rate": len(times) / seconds,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[min(len(times) - 1, int(len(times) * 0.99))],
        "statuses": dict(statuses),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(knock(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))))
