"""A bound on a whole conversation: a peer that says a byte now and then would outlive every timeout of a read."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Deadline:
    """Cuts the connection after ``seconds``; ``passed`` says whether it had to."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        # A second handle: the first one may be wrapped by TLS or closed by whoever reads from it.
        self._handle = connection.dup()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self.passed = False

    def _cut(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):
            self._handle.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._handle.close()
