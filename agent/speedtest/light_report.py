"""A light measurement as samples and facts, whose samples have names of their own: they stand in no statistic with
full measurements."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from agent.frame import Reading
from agent.speedtest.light import Guess, Light
from agent.speedtest.others import Own, others
from agent.speedtest.report import Outward, around_facts, foreign_before, others_facts
from agent.speedtest.udp import udp_facts, udp_samples
from agent.speedtest.validity import light_reasons, unseen
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
    rates = _others(light)
    validity = [] if light.around.is_loopback else _validity(light, out, rates)
    facts = {
        "method": METHOD,
        "mode": "light",
        "valid": not validity,
        "validity": validity,
        "remarks": [] if light.around.is_loopback else unseen(rates.values()),
        "others": others_facts(light.around, rates),
        **around_facts(light.around, out),
        "rtt_idle_min_seconds": min(light.idle_rtts),
        "udp": udp_facts(idle=light.idle_udp),
        "light_down": _facts(light.down),
        "light_up": _facts(light.up),
    }
    return Reading(samples=[Sample(name=name, value=value) for name, value in samples.items()], facts=facts)


def _others(light: Light) -> dict[str, float | None]:
    """Over the whole measurement, since each direction is too short for a counter that stands still for a second."""
    asked = light.bytes_used - light.down.bytes_used - light.up.bytes_used
    found: dict[str, float | None] = {}
    for guess in (light.down, light.up):
        carried = None if light.wan is None else light.wan.received if guess.way == "down" else light.wan.sent
        lost = guess.lost / guess.packets if guess.packets else 0.0
        own = Own(guess.bytes_used * (1 - lost), guess.bytes_used + asked)
        found[guess.way] = None if light.wan is None or carried is None else others(carried, own, light.wan.seconds)
    return found


def _validity(light: Light, out: Outward, rates: Mapping[str, float | None]) -> list[str]:
    return light_reasons(
        (light.down.bits_per_second, light.up.bits_per_second),
        medium=light.around.interface.medium,
        link_bits_per_second=light.around.interface.slowest,
        foreign_before=foreign_before(light.before),
        is_backup=out.is_backup(light.around),
        others=tuple(rates.values()),
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
