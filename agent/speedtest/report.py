"""A finished measurement as samples and facts: what the province reads, draws and may have to prove."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import Any

from agent.frame import ProbeError, Reading
from agent.speedtest.engine import Leg, Measured
from agent.speedtest.estimate import Estimate
from agent.speedtest.validity import Evidence, foreign, reasons, remarks
from agent.wire import Sample

METHOD = "truongnet-tcp/1"


def reading(measured: Measured) -> Reading:
    """Raises ProbeError("stalled") when a direction carried too little to say anything."""
    down, up = _estimate(measured.down), _estimate(measured.up)
    samples = {
        "down_bits_per_second": down.bits_per_second,
        "up_bits_per_second": up.bits_per_second,
        "rtt_idle_seconds": median(measured.idle_rtts),
        "bytes_used": float(measured.down.bytes_used + measured.up.bytes_used),
        "down_seconds": measured.down.points[-1][0],
        "up_seconds": measured.up.points[-1][0],
        "down_confidence_ratio": down.half_width,
        "up_confidence_ratio": up.half_width,
        "cpu_ratio": measured.own_cpu,
    }
    for leg in (measured.down, measured.up):
        if leg.rtts:
            samples[f"rtt_loaded_{leg.way}_seconds"] = median(leg.rtts)
    evidence = (_evidence(measured.down, down), _evidence(measured.up, up))
    validity = _validity(measured, evidence)
    facts = {
        "method": METHOD,
        "scope": "loopback" if measured.is_loopback else "network",
        "valid": not validity,
        "validity": validity,
        "remarks": remarks(evidence),
        "streams": measured.streams,
        "interface": asdict(measured.interface),
        "cpu": {
            "own_core_share": measured.own_cpu,
            "waited_share": measured.waited,
            "machine_share": measured.machine_cpu,
        },
        "public_address": measured.public_address,
        "rtt_idle_min_seconds": min(measured.idle_rtts),
        "down": _facts(measured.down, down),
        "up": _facts(measured.up, up),
    }
    return Reading(samples=[Sample(name=name, value=value) for name, value in samples.items()], facts=facts)


def _estimate(leg: Leg) -> Estimate:
    if leg.estimate is None or not leg.estimate.bits_per_second:
        raise ProbeError("stalled", f"{leg.way}: too few bytes arrived to say anything")
    return leg.estimate


def _facts(leg: Leg, found: Estimate) -> dict[str, Any]:
    return {
        "ended": leg.ended,
        "bits_per_second": found.bits_per_second,
        "by": found.by,
        "mean_bits_per_second": found.mean_bits_per_second,
        "confidence_ratio": found.half_width,
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


def _validity(measured: Measured, evidence: tuple[Evidence, ...]) -> list[str]:
    if measured.is_loopback:
        return []  # nothing is claimed about a line: "this machine only" says more than any code
    before = None
    if measured.before is not None:
        first, second, seconds = measured.before
        before = foreign(second.received - first.received, second.sent - first.sent, 0, 0, seconds)
    return reasons(
        evidence,
        medium=measured.interface.medium,
        link_bits_per_second=measured.interface.bits_per_second,
        own_cpu=measured.own_cpu,
        waited=measured.waited,
        machine_cpu=measured.machine_cpu,
        foreign_before=before,
    )


def _evidence(leg: Leg, found: Estimate) -> Evidence:
    strange = None
    if leg.before is not None and leg.after is not None:
        received, sent = leg.after.received - leg.before.received, leg.after.sent - leg.before.sent
        own = (leg.bytes_used, 0) if leg.way == "down" else (0, leg.bytes_used)
        strange = foreign(received, sent, *own, leg.points[-1][0])
    return Evidence(
        bits_per_second=found.bits_per_second,
        mean_bits_per_second=found.mean_bits_per_second,
        half_width=found.half_width,
        seconds=found.seconds,
        rwnd_share=leg.sender.rwnd_share,
        server_cpu=leg.server["cpu"],
        foreign_bits_per_second=strange,
    )
