"""A door from this machine into the lab: what connects to an inherited listening socket reaches a host in there.

The socket was opened outside, this process runs inside a namespace of the lab: so no wire has to lead from one to the
other. ``python -m tests.lab.forward DESCRIPTOR HOST PORT``; ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

CHUNK = 65_536


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


async def main(descriptor: int, host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):  # at the end
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    server = await asyncio.start_server(connected, sock=socket.socket(fileno=descriptor))
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
