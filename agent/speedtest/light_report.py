"""A light measurement as samples and facts, whose samples have names of their own: they stand in no statistic with
full measurements."""

from __future__ import annotations

from statistics import median
from typing import Any

from agent.frame import Reading
from agent.speedtest.light import Guess, Light
from agent.speedtest.report import Outward, around_facts, foreign_before
from agent.speedtest.udp import udp_facts, udp_samples
from agent.speedtest.validity import light_reasons
from agent.wire import Sample

METHOD = "truongnet-light/1"


def light_reading(light: Light, out: Outward) -> Reading:
    samples = {
        "light_down_bits_per_second": light.down.bits_per_second,
        "light_up_bits_per_second": light.up.bits_per_second,
        "light_down_confidence_ratio": light.down.half_width,
        "light_up_confidence_ratio": light.up.half_width,
        "rtt_idle_seconds": median(light.idle_rtts),
        "bytes_used": float(light.bytes_used),
        "cpu_ratio": light.around.own_cpu,
        **udp_samples("", light.idle_udp),
    }
    validity = [] if light.around.is_loopback else _validity(light, out)
    facts = {
        "method": METHOD,
        "mode": "light",
        "valid": not validity,
        "validity": validity,
        "remarks": [],
        **around_facts(light.around, out),
        "rtt_idle_min_seconds": min(light.idle_rtts),
        "udp": udp_facts(idle=light.idle_udp),
        "light_down": _facts(light.down),
        "light_up": _facts(light.up),
    }
    return Reading(samples=[Sample(name=name, value=value) for name, value in samples.items()], facts=facts)


def _validity(light: Light, out: Outward) -> list[str]:
    return light_reasons(
        (light.down.bits_per_second, light.up.bits_per_second),
        medium=light.around.interface.medium,
        link_bits_per_second=light.around.interface.slowest,
        foreign_before=foreign_before(light.before),
        is_backup=out.is_backup(light.around),
    )


def _facts(guess: Guess) -> dict[str, Any]:
    return {
        "by": guess.by,
        "bits_per_second": guess.bits_per_second,
        "is_bound": guess.is_bound,
        "confidence_ratio": guess.half_width,
        "trains": guess.trains,
        "packets": guess.packets,
        "lost": guess.lost,
        "bytes_used": guess.bytes_used,
    }
