"""The province's own line, checked by plain TCP connections to hosts that the settings name; off when they name none.

``uplink_targets = "203.119.8.1:443, 1.1.1.1:443"``. One answer is enough; a refusal is one, since somebody is there.
Two checks in a row without any are "down"; nothing checked lately is "unknown", which is not well.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import Sequence

from controller import our_side
from controller.services import Services

SECONDS = 4.0
MISSES = 2
EVERY = 30.0
REACHED = (0, errno.ECONNREFUSED)

log = logging.getLogger("truongnet.uplink")
Place = tuple[str, int]


def places(text: str) -> list[Place]:
    """``host:port`` separated by commas; IPv6 in brackets. Raises ValueError with the part that is wrong."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        host, _, port = part.rpartition(":")
        host = host.strip("[]")
        if not host or not port.isdigit() or not 1 <= int(port) <= 65_535:
            raise ValueError(part)
        found.append((host, int(port)))
    return found


def answers(place: Place, seconds: float = SECONDS) -> bool:
    with contextlib.suppress(OSError):
        for family, kind, protocol, _, address in socket.getaddrinfo(*place, type=socket.SOCK_STREAM)[:2]:
            with socket.socket(family, kind, protocol) as sock:
                sock.settimeout(seconds)
                if sock.connect_ex(address) in REACHED:
                    return True
    return False


class Uplink:
    """Looks in a thread of its own, since a line that is down takes seconds to say so."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._places = places(services.settings.uplink_targets)
        self._misses, self._state, self._since = 0, "unknown", services.clock()
        self._thread: threading.Thread | None = None

    def tick(self, now: float) -> None:
        if not self._places or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._look, args=(now,), name="uplink", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the look under way is over; for tests."""
        if self._thread is not None:
            self._thread.join(60)

    def _look(self, now: float) -> None:
        try:
            self._keep(look(self._places), now)
        except Exception:  # the one broad catch of this thread: the next look comes by itself
            log.exception("the check of our own line failed")

    def _keep(self, found: dict[str, bool], now: float) -> None:
        self._misses = 0 if any(found.values()) else self._misses + 1
        state = "ok" if not self._misses else "down" if self._misses >= MISSES else self._state
        if state != self._state:
            self._state, self._since = state, now
            log.warning("our own line is %s: %s", state, found)
        value = {"state": state, "since": self._since, "checked_at": now, "targets": found}
        with self._services.engine.begin() as connection:
            our_side.write(connection, our_side.UPLINK, value, now)


def look(wanted: Sequence[Place]) -> dict[str, bool]:
    """All at once; who answered."""
    found: dict[str, bool] = {f"{host}:{port}": False for host, port in wanted}

    def ask(place: Place) -> None:
        found[f"{place[0]}:{place[1]}"] = answers(place)

    threads = [threading.Thread(target=ask, args=(place,), daemon=True) for place in wanted]
    ends = time.monotonic() + 2 * SECONDS + 1
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return dict(found)
