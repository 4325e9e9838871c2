"""Why a measurement says less about the line than it seems to: stable codes, found by pure rules.

An invalid measurement is kept and its reasons are named; nobody may blame a provider with it. That the line itself was
unsteady is no such reason: it is what the measurement found, and is remarked (:func:`remarks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.speedtest.others import OVERHEAD

NIC_SHARE = 0.85  # of the interface's own link speed: TCP payload is at most 95 % of it
CPU_SHARE = 0.85  # of one core by this process: the engine is one thread
WAITED_SHARE = 0.05  # of the time: a processor that others use harms only when we have to wait for it
MACHINE_SHARE = 0.97  # of all cores by everybody, where the kernel does not tell how long we waited
SERVER_SHARE = 0.9
RWND_SHARE = 0.2  # of the busy time
HALF_WIDTH = 0.05
MEAN_SHARE = 0.9  # of the figure: below it the line was much slower for a part of the time
SECONDS = 1.0
FOREIGN_SHARE = 0.05  # of what we measured
LIGHT_FOREIGN = 0.5  # the same of a light measurement
FOREIGN_BITS = 64_000.0  # per second; the threshold of the FCC's Measuring Broadband America
ACKS = 0.05  # of the payload, the other way


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One direction, in the units of its names; None where the system does not tell."""

    bits_per_second: float
    mean_bits_per_second: float
    half_width: float
    seconds: float
    rwnd_share: float
    server_cpu: float
    foreign_bits_per_second: float | None  # on the box's own card
    others_bits_per_second: float | None = None  # of all machines that are not the box, by the router's counter


def reasons(
    legs: tuple[Evidence, ...],
    *,
    medium: str,
    link_bits_per_second: float | None,
    own_cpu: float,
    waited: float | None,
    machine_cpu: float,
    foreign_before: float | None,
    is_backup: bool = False,
    least_seconds: float = SECONDS,
) -> list[str]:
    """The codes that hold, in a fixed order; none: the measurement speaks for the line."""
    fastest = max(leg.bits_per_second for leg in legs)
    slowest = min(leg.bits_per_second for leg in legs)
    is_starved = machine_cpu >= MACHINE_SHARE if waited is None else waited >= WAITED_SHARE
    found = {
        "wifi": medium == "wifi",
        "backup-line": is_backup,
        "nic-slow": link_bits_per_second is not None and fastest >= NIC_SHARE * link_bits_per_second,
        "cpu-bound": own_cpu >= CPU_SHARE or is_starved,
        "server-limited": any(leg.server_cpu >= SERVER_SHARE for leg in legs),
        "receiver-limited": any(leg.rwnd_share >= RWND_SHARE for leg in legs),
        "cross-traffic": _is_foreign(foreign_before, slowest)
        or any(_is_foreign(leg.foreign_bits_per_second, leg.bits_per_second) for leg in legs)
        or any(_is_foreign(leg.others_bits_per_second, leg.bits_per_second) for leg in legs),
        "short": any(leg.seconds < least_seconds for leg in legs),
    }
    return [code for code, holds in found.items() if holds]


def light_reasons(
    bits_per_second: tuple[float, float],
    *,
    medium: str,
    link_bits_per_second: float | None,
    foreign_before: float | None,
    is_backup: bool,
    others: tuple[float | None, ...] = (),
) -> list[str]:
    """The same for a light measurement. Its packets are stamped by the kernel, and a burst stands in front of what
    others send: neither a busy processor nor a class at work is a reason here, unless others use half of it."""
    fastest, slowest = max(bits_per_second), min(bits_per_second)
    strange = [rate for rate in (foreign_before, *others) if rate is not None]
    found = {
        "wifi": medium == "wifi",
        "backup-line": is_backup,
        "nic-slow": link_bits_per_second is not None and fastest >= NIC_SHARE * link_bits_per_second,
        "cross-traffic": any(rate > max(FOREIGN_BITS, LIGHT_FOREIGN * slowest) for rate in strange),
    }
    return [code for code, holds in found.items() if holds]


def remarks(legs: tuple[Evidence, ...]) -> list[str]:
    """What else was found out about the line: "unsteady", its rate was not one rate."""
    return ["unsteady"] if any(_is_unsteady(leg) for leg in legs) else []


def unseen(others: Iterable[float | None]) -> list[str]:
    """The remark "others-unseen": no counter told what other machines used, so that a low figure may be theirs."""
    return ["others-unseen"] if any(rate is None for rate in others) else []


def foreign(received: int, sent: int, own_received: int, own_sent: int, seconds: float) -> float:
    """Bits per second on the interface that were not ours, the busier way; arguments in bytes."""
    down = received - OVERHEAD * own_received - ACKS * own_sent
    up = sent - OVERHEAD * own_sent - ACKS * own_received
    return max(0.0, down, up) * 8 / max(seconds, 1e-3)


def _is_unsteady(leg: Evidence) -> bool:
    return leg.half_width > HALF_WIDTH or leg.mean_bits_per_second < MEAN_SHARE * leg.bits_per_second


def _is_foreign(bits_per_second: float | None, measured: float) -> bool:
    return bits_per_second is not None and bits_per_second > max(FOREIGN_BITS, FOREIGN_SHARE * measured)
