"""One HTTP exchange with a device of the own wire: few bytes, short, and with nobody else than the address given."""

from __future__ import annotations

import socket

from agent.clock import monotonic

MOST = 32 * 1024  # bytes of an answer
PART = 8_192


def exchanged(address: str, port: int, request: bytes, deadline: float) -> bytes:
    """The answer, its head included, as far as it came by ``deadline`` (monotonic) and within MOST.

    ``request`` asks by HTTP/1.0: the device ends the answer by closing. Raises OSError.
    """
    body = b""
    with socket.create_connection((address, port), timeout=_left(deadline)) as wire:
        wire.sendall(request)
        while len(body) < MOST and deadline > monotonic():
            wire.settimeout(_left(deadline))
            part = wire.recv(min(PART, MOST - len(body)))
            if not part:
                break
            body += part
    return body


def got(address: str, port: int, path: str, deadline: float) -> bytes:
    """``GET path``. Raises OSError."""
    return exchanged(address, port, f"GET {path} HTTP/1.0\r\nHost: {address}:{port}\r\n\r\n".encode(), deadline)


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left
