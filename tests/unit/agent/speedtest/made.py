"""A measurement as the engine leaves it, for tests: two directions of 20 Mbit/s on a quiet wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.lan.wan import Span
from agent.speedtest.context import Interface
from agent.speedtest.engine import Around, Measured
from agent.speedtest.estimate import estimate
from agent.speedtest.legs import Leg, Way
from agent.speedtest.path import Way as WayOut
from agent.speedtest.report import Outward, reading
from agent.speedtest.tcp_info import TcpInfo

BYTES = 2_500_000  # a second
POINTS = [(round(n * 0.1, 1), int(n * BYTES / 10)) for n in range(41)]
SECONDS, ALL = POINTS[-1]
OUT = Outward(WayOut("eth0", "192.168.1.1", ""))
QUIET = Span(int(ALL * 1.05), int(ALL * 1.05), SECONDS + 0.1)


def leg(way: Way, **changes: Any) -> Leg:
    made = Leg(
        way=way,
        points=POINTS,
        estimate=estimate(POINTS, 0.7),
        ended="steady",
        bytes_used=ALL,
        rtts=[0.02],
        sender=TcpInfo(),
        congestion="bbr",
        own_bytes=ALL,
        server={"bytes": float(ALL), "seconds": SECONDS, "cpu": 0.1},
        before=None,
        after=None,
        wan=QUIET,
    )
    return replace(made, **changes)


def measured(down: Leg, up: Leg, **around: Any) -> Measured:
    settings: dict[str, Any] = {
        "interface": Interface(name="eth0", medium="wire", bits_per_second=1e9),
        "own_cpu": 0.1,
        "waited": 0.0,
        "machine_cpu": 0.1,
        "is_loopback": False,
        "public_address": "203.113.7.9",
        "router": "upnp",
    }
    return Measured(mode="full", idle_rtts=[0.01], down=down, up=up, around=Around(**settings | around), streams=1)


def facts(down: Leg, up: Leg, **around: Any) -> dict[str, Any]:
    return reading(measured(down, up, **around), OUT).facts
