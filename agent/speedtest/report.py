"""A finished measurement as samples and facts: what the province reads, draws and may have to prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from agent.frame import ProbeError, Reading
from agent.speedtest.context import Counters
from agent.speedtest.engine import Around, Measured
from agent.speedtest.estimate import STEADY_SECONDS, Estimate
from agent.speedtest.legs import Leg
from agent.speedtest.others import Own, others
from agent.speedtest.path import Way, is_backup, is_named
from agent.speedtest.responsiveness import round_trips_per_minute
from agent.speedtest.udp import udp_facts, udp_samples
from agent.speedtest.validity import Evidence, foreign, reasons, remarks, unseen
from agent.wire import Sample

METHOD = "truongnet-tcp/1"
# What ended before its time cannot see what a run of 8 s would, and its interval is told no narrower than this. The
# second is what recorded runs were off at worst when they were cut at 3 s (docs/decisions/0004-measuring-engine.md).
EARLY_MIDDLE, EARLY = 0.03, 0.15
LONG_ENOUGH = 5.0  # seconds counted, of a line whose slices do not agree
LEAST_SECONDS = {"full": 1.0, "short": 0.4}  # counted, or it is called "short"


def reading(measured: Measured, out: Outward) -> Reading:
    """Raises ProbeError("stalled") when a direction carried too little to say anything."""
    down, up = _estimate(measured.down), _estimate(measured.up)
    samples = {
        "down_bits_per_second": down.bits_per_second,
        "up_bits_per_second": up.bits_per_second,
        "rtt_idle_seconds": median(measured.idle_rtts),
        "bytes_used": float(measured.down.bytes_used + measured.up.bytes_used),
        "down_seconds": measured.down.points[-1][0],
        "up_seconds": measured.up.points[-1][0],
        "down_confidence_ratio": _width(down),
        "up_confidence_ratio": _width(up),
        "cpu_ratio": measured.around.own_cpu,
    }
    for leg in (measured.down, measured.up):
        if leg.rtts:
            samples[f"rtt_loaded_{leg.way}_seconds"] = median(leg.rtts)
    samples |= udp_samples("", measured.idle_udp)
    rpms = []
    for leg, tally in ((measured.down, measured.down_udp), (measured.up, measured.up_udp)):
        samples |= udp_samples(f"_loaded_{leg.way}", tally)
        rpm = round_trips_per_minute(leg.rtts, tally.rtts if tally else [])
        if rpm is not None:
            rpms.append(rpm)
            samples[f"responsiveness_{leg.way}_rpm"] = rpm
    if len(rpms) == 2:
        samples["responsiveness_rpm"] = min(rpms)
    evidence = (_evidence(measured.down, down), _evidence(measured.up, up))
    validity = _validity(measured, evidence, out)
    others_rates: dict[str, float | None] = {
        leg.way: one.others_bits_per_second for leg, one in zip((measured.down, measured.up), evidence, strict=True)
    }
    facts = {
        "method": METHOD,
        "mode": measured.mode,
        "valid": not validity,
        "validity": validity,
        "remarks": remarks(evidence) + ([] if measured.around.is_loopback else unseen(others_rates.values())),
        "others": others_facts(measured.around, others_rates),
        "streams": measured.streams,
        **around_facts(measured.around, out),
        "rtt_idle_min_seconds": min(measured.idle_rtts),
        "udp": udp_facts(idle=measured.idle_udp, down=measured.down_udp, up=measured.up_udp),
        "down": _facts(measured.down, down),
        "up": _facts(measured.up, up),
    }
    return Reading(samples=[Sample(name=name, value=value) for name, value in samples.items()], facts=facts)


@dataclass(frozen=True, slots=True)
class Outward:
    """By which way it went out, and what is known of the school's ways out."""

    way: Way
    usual: Mapping[str, Any] = field(default_factory=dict)
    spare: Sequence[str] = ()  # what the box's settings call a spare line

    def is_backup(self, around: Around) -> bool:
        return is_backup(self.way, self.usual, self.spare, around.public_address)


def around_facts(around: Around, out: Outward) -> dict[str, Any]:
    """What surrounded a measurement of any mode."""
    return {
        "scope": "loopback" if around.is_loopback else "network",
        "interface": asdict(around.interface),
        "path": {**asdict(out.way), "is_named_spare": is_named(out.way, out.spare, around.public_address)},
        "cpu": {
            "own_core_share": around.own_cpu,
            "waited_share": around.waited,
            "machine_share": around.machine_cpu,
        },
        "public_address": around.public_address,
    }


def others_facts(around: Around, rates: Mapping[str, float | None]) -> dict[str, Any]:
    """Which counter told what others used, and how much each way in bits per second (None: it did not)."""
    return {"by": around.router, **{f"{way}_bits_per_second": rate for way, rate in rates.items()}}


def foreign_before(before: tuple[Counters, Counters, float] | None) -> float | None:
    """Bits per second of others on the interface before the measurement."""
    if before is None:
        return None
    first, second, seconds = before
    return foreign(second.received - first.received, second.sent - first.sent, 0, 0, seconds)


def _estimate(leg: Leg) -> Estimate:
    if leg.estimate is None or not leg.estimate.bits_per_second:
        raise ProbeError("stalled", f"{leg.way}: too few bytes arrived to say anything")
    return leg.estimate


def _width(found: Estimate) -> float:
    """The half width that is told."""
    if found.by == "middle":
        least = 0.0 if found.seconds >= STEADY_SECONDS else EARLY_MIDDLE
    else:
        least = 0.0 if found.seconds >= LONG_ENOUGH else EARLY
    return max(found.half_width, least)


def _facts(leg: Leg, found: Estimate) -> dict[str, Any]:
    return {
        "ended": leg.ended,
        "bits_per_second": found.bits_per_second,
        "by": found.by,
        "mean_bits_per_second": found.mean_bits_per_second,
        "confidence_ratio": _width(found),
        "ramp_seconds": found.ramp,
        "counted_seconds": found.seconds,
        "slices": found.slices,
        "congestion_control": leg.congestion,
        "retransmits": leg.sender.retransmits,
        "rwnd_limited_ratio": leg.sender.rwnd_share,
        "rtt_min_seconds": leg.sender.min_rtt,
        "bytes_used": leg.bytes_used,
        "client": {"bytes": leg.own_bytes},
        "server": leg.server,
        "points": [[round(seconds, 4), count] for seconds, count in leg.points],
    }


def _validity(measured: Measured, evidence: tuple[Evidence, ...], out: Outward) -> list[str]:
    around = measured.around
    if around.is_loopback:
        return []  # nothing is claimed about a line: "this machine only" says more than any code
    return reasons(
        evidence,
        medium=around.interface.medium,
        link_bits_per_second=around.interface.slowest,
        own_cpu=around.own_cpu,
        waited=around.waited,
        machine_cpu=around.machine_cpu,
        foreign_before=foreign_before(measured.before),
        is_backup=out.is_backup(around),
        least_seconds=LEAST_SECONDS["short" if measured.mode == "short" else "full"],
    )


def _evidence(leg: Leg, found: Estimate) -> Evidence:
    strange = None
    if leg.before is not None and leg.after is not None:
        received, sent = leg.after.received - leg.before.received, leg.after.sent - leg.before.sent
        own = (leg.bytes_used, 0) if leg.way == "down" else (0, leg.bytes_used)
        strange = foreign(received - leg.asked_bytes, sent - leg.asked_bytes, *own, leg.points[-1][0])
    return Evidence(
        bits_per_second=found.bits_per_second,
        mean_bits_per_second=found.mean_bits_per_second,
        half_width=found.half_width,
        seconds=found.seconds,
        rwnd_share=leg.sender.rwnd_share,
        server_cpu=leg.server["cpu"],
        foreign_bits_per_second=strange,
        others_bits_per_second=_others(leg),
    )


def _others(leg: Leg) -> float | None:
    """Only the leg's own way: a router that counts anew once a second still tells the leg before it the other way."""
    if leg.wan is None:
        return None
    carried = leg.wan.received if leg.way == "down" else leg.wan.sent
    arrived = leg.own_bytes if leg.way == "down" else leg.server["bytes"]
    return others(carried, Own.of_payload(arrived, leg.bytes_used, leg.asked_bytes), leg.wan.seconds)
