"""Packet trains: how fast a line is, told by how far apart it lets the packets of a burst arrive. Pure arithmetic.

A burst that comes faster than the line goes waits in front of it and leaves at the line's own rate, whatever the round
trip, and what is lost for want of room changes nothing about the distance of the rest. (Dispersion of packet trains:
Dovrolis, Ramanathan and Moore, INFOCOM 2001.) The first part of a train is not believed: a shaper's bucket lets it
through at once. So the rate is that of the second half.

What it cannot see: a bucket that is larger than half of a train. And a sender that is not faster than the line finds
its own rate: then the line is *at least* that fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HEAD = 0.5  # of the packets: not believed
LEAST = 12  # packets that must have arrived
FASTER = 1.25  # times the rate that we found must have been sent, or it is a bound only
WIDTHS = (0.3, 0.1)  # half width that is claimed at least: of one train, of several
TCP_FRAME = 66  # Ethernet, IPv4, TCP with time stamps
FRAME = 42  # Ethernet, IPv4, UDP


@dataclass(frozen=True, slots=True)
class Train:
    """One train as its receiver saw it. Rates count datagrams a second."""

    sent: int
    sent_seconds: float
    arrivals: Sequence[tuple[int, float]]  # index and seconds, in any order

    @property
    def rate(self) -> float | None:
        """Datagrams a second over the second half; None when too few came to say anything."""
        moments: dict[float, int] = {}
        for count, at in enumerate(sorted(seconds for _, seconds in self.arrivals), 1):
            moments[at] = count
        points = list(moments.items())
        if not points or points[-1][1] < LEAST:
            return None
        end, total = points[-1]
        start, before = next(point for point in points if point[1] >= HEAD * total)
        return (total - before) / (end - start) if end > start else None

    @property
    def is_bound(self) -> bool:
        """Whether the sender may have been what was slow."""
        rate = self.rate
        return rate is not None and self.sent_seconds > 0 and self.sent / self.sent_seconds < FASTER * rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """``bits_per_second`` as a TCP test would find them, ± ``half_width`` (a share)."""

    bits_per_second: float
    half_width: float
    is_bound: bool  # it is at least that fast
    trains: int
    packets: int  # that arrived
    lost: int


def capacity(trains: Sequence[Train], size: int, segment: int) -> Capacity | None:
    """Of trains of datagrams of ``size`` payload bytes, on a line with TCP segments of ``segment`` payload bytes."""
    rates = [rate for train in trains if (rate := train.rate) is not None]
    if not rates:
        return None
    middle = median(rates)
    spread = (max(rates) - min(rates)) / 2 / middle
    payload = (size + FRAME) * 8 * segment / (segment + TCP_FRAME)  # bits of TCP payload in the room of one datagram
    arrived = sum(len(train.arrivals) for train in trains)
    return Capacity(
        bits_per_second=middle * payload,
        half_width=min(1.0, max(spread, WIDTHS[len(rates) > 1])),
        is_bound=2 * sum(train.is_bound for train in trains if train.rate is not None) > len(rates),
        trains=len(rates),
        packets=arrived,
        lost=sum(train.sent for train in trains) - arrived,
    )
