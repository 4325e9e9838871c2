"""Who may load which line when: a board of what is booked, on which the first gap for one more test is found.

Two tests that load the line never overlap in a school or in a backhaul group; a measurement server and a provider take
so many tests and so much traffic at once. A test is booked from its start to the last moment at which it can still
run, so that nothing depends on a result's arrival. Pure: times are given, and the board is thrown away afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

TICK = 5.0  # seconds: bookings begin and end on ticks
HEAVY = ("full", "short")
GRACE = 15.0  # seconds after its start within which a box has to begin
LASTS = {"full": 30.0, "short": 15.0, "light": 15.0}  # seconds at most that a test takes once begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may run at once. Rates in bit/s; 0: without a limit."""

    server_bps: float = 1e9
    server_tests: int = 8
    provider_bps: float = 0.0
    provider_tests: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A test's place. Empty names are no group."""

    agent: str
    school: int
    server: str
    provider: str
    backhaul: str
    mode: str
    bps: float
    start: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One more test: ``bps`` is what it will load, ``latest`` the last moment at which it may start."""

    agent: str
    school: int
    server: str
    provider: str
    backhaul: str
    mode: str
    bps: float
    earliest: float
    latest: float

    @property
    def seconds(self) -> float:
        return GRACE + LASTS[self.mode]


@dataclass(slots=True)
class _Load:
    """What is booked at each tick of one server or provider."""

    tests: dict[int, int] = field(default_factory=dict)
    bps: dict[int, float] = field(default_factory=dict)

    def add(self, ticks: range, bps: float) -> None:
        for tick in ticks:
            self.tests[tick] = self.tests.get(tick, 0) + 1
            self.bps[tick] = self.bps.get(tick, 0.0) + bps

    def has_room(self, tick: int, bps: float, most_bps: float, most_tests: int) -> bool:
        """One test alone always has: a line faster than the limit is measured up to the limit by the server."""
        tests = self.tests.get(tick, 0)
        if most_tests and tests >= most_tests:
            return False
        return not most_bps or tests == 0 or self.bps.get(tick, 0.0) + bps <= most_bps


class Board:
    """What is booked, for one decision or a few hundred in a row."""

    def __init__(self, limits: Limits, bookings: Iterable[Booking] = ()) -> None:
        self._limits = limits
        self._servers: dict[str, _Load] = {}
        self._providers: dict[str, _Load] = {}
        self._taken: set[tuple[str, str | int, int]] = set()  # (kind, group, tick) with a test that loads the line
        for booking in bookings:
            self._add(booking)

    def book(self, wish: Wish) -> Booking | None:
        """Its place in the first gap, which is then taken; None when there is none up to ``latest``."""
        length = math.ceil(wish.seconds / TICK)
        first, last = math.ceil(wish.earliest / TICK), math.floor(wish.latest / TICK)
        start = first
        while start <= last:
            blocked = self._blocked(wish, range(start, start + length))
            if blocked is None:
                booking = self._booking(wish, start * TICK, (start + length) * TICK)
                self._add(booking)
                return booking
            start = blocked + 1
        return None

    def _blocked(self, wish: Wish, ticks: range) -> int | None:
        """The last tick at which there is no room."""
        return next((tick for tick in reversed(ticks) if not self._has_room(wish, tick)), None)

    def _has_room(self, wish: Wish, tick: int) -> bool:
        limits = self._limits
        if ("school", wish.school, tick) in self._taken:
            return False
        if wish.mode in HEAVY and wish.backhaul and ("backhaul", wish.backhaul, tick) in self._taken:
            return False
        server, provider = self._servers.get(wish.server), self._providers.get(wish.provider)
        if server is not None and not server.has_room(tick, wish.bps, limits.server_bps, limits.server_tests):
            return False
        if provider is None or wish.mode not in HEAVY:
            return True
        return provider.has_room(tick, wish.bps, limits.provider_bps, limits.provider_tests)

    def _add(self, booking: Booking) -> None:
        ticks = range(math.floor(booking.start / TICK), math.ceil(booking.until / TICK))
        self._servers.setdefault(booking.server, _Load()).add(ticks, booking.bps)
        for tick in ticks:
            self._taken.add(("school", booking.school, tick))
        if booking.mode not in HEAVY:
            return
        if booking.provider:
            self._providers.setdefault(booking.provider, _Load()).add(ticks, booking.bps)
        if booking.backhaul:
            for tick in ticks:
                self._taken.add(("backhaul", booking.backhaul, tick))

    def _booking(self, wish: Wish, start: float, until: float) -> Booking:
        return Booking(
            agent=wish.agent,
            school=wish.school,
            server=wish.server,
            provider=wish.provider,
            backhaul=wish.backhaul,
            mode=wish.mode,
            bps=wish.bps,
            start=start,
            until=until,
        )
