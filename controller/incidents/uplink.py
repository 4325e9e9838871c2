"""The province's own line, checked by plain TCP connections to hosts outside.

``uplink_targets = "203.119.8.1:443, 1.1.1.1:443"`` names them. Without it they are the targets that the province
sets for its boxes, in the country and abroad, at ports that are mostly open: one host that is gone, or a sea cable, is
not our line. One answer is enough; a refusal is one, since somebody is there. What two looks in a row
without any mean is said in ``monitoring.side``.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from controller import our_side
from controller.services import Services
from controller.tell import stored_settings
from monitoring.side import looked

SECONDS = 4.0
EVERY = 30.0
REACHED = (0, errno.ECONNREFUSED)
HOSTS, PORTS = 6, (443, 80, 53)  # of the boxes' targets: web, and name servers

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


def wanted(connection: Connection, named: str) -> list[Place]:
    """Whom to ask: those that the setting names, else the boxes' targets; none when there are neither."""
    if named.strip():
        return places(named)
    targets = stored_settings(connection).value.get("targets") or ()
    hosts = [str(one["address"]) for one in sorted(targets, key=lambda one: one.get("kind") != "domestic")]
    return [(host, port) for host in hosts[:HOSTS] for port in PORTS]


class Uplink:
    """Looks in a thread of its own, since a line that is down takes seconds to say so."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._thread: threading.Thread | None = None

    def tick(self, now: float) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        with self._services.engine.connect() as connection:
            asked = wanted(connection, self._services.settings.uplink_targets)
        if not asked:
            return
        self._thread = threading.Thread(target=self._look, args=(asked, now), name="uplink", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the look under way is over; for tests."""
        if self._thread is not None:
            self._thread.join(60)

    def _look(self, asked: Sequence[Place], now: float) -> None:
        try:
            self._keep(look(asked), now)
        except Exception:  # the one broad catch of this thread: the next look comes by itself
            log.exception("the check of our own line failed")

    def _keep(self, answers: dict[str, bool], now: float) -> None:
        with self._services.engine.begin() as connection:
            before = our_side.last_look(connection)
            found = looked(before, answers, now)
            our_side.write(connection, our_side.UPLINK, asdict(found), now)
        if found.state != before.state:
            log.warning("our own line is %s: %s", found.state, answers)


def look(asked: Sequence[Place]) -> dict[str, bool]:
    """All at once; who answered."""
    found: dict[str, bool] = {f"{host}:{port}": False for host, port in asked}

    def ask(place: Place) -> None:
        found[f"{place[0]}:{place[1]}"] = answers(place)

    threads = [threading.Thread(target=ask, args=(place,), daemon=True) for place in asked]
    ends = time.monotonic() + 2 * SECONDS + 1
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return dict(found)
