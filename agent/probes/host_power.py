"""Batteries, mains and uninterruptible supplies; and how warm it is."""

from __future__ import annotations

from typing import Any

from agent.frame import ProbeError, Skip
from agent.probes.host_devices import is_ups
from agent.probes.host_source import Source, filled, key_values

SUPPLY = "sys/class/power_supply"
STEP = 0.05  # of a battery's health: a finer change is no news


def power(source: Source, usb: list[dict[str, Any]]) -> dict[str, Any]:
    """Charge and mains move, and are samples."""
    batteries: list[dict[str, Any]] = []
    ups: list[dict[str, Any]] = []
    for name in source.names(SUPPLY):
        base = f"{SUPPLY}/{name}"
        kind = source.text(f"{base}/type")
        if source.text(f"{base}/scope") == "Device":  # of a mouse
            continue
        if kind == "Mains":
            source.sample("mains_online", source.number(f"{base}/online"), supply=name)
        elif kind in ("Battery", "UPS") and source.text(f"{base}/present") != "0":
            charge = source.number(f"{base}/capacity")
            source.sample("battery_charge_ratio", charge / 100 if charge is not None else None, battery=name)
            (batteries if kind == "Battery" else ups).append(_battery(source, name))
    return {"batteries": batteries, "ups": ups + _ups(source, usb)}


def _battery(source: Source, name: str) -> dict[str, Any]:
    base = f"{SUPPLY}/{name}"
    health = None
    for measure in ("energy", "charge"):
        full, design = (source.number(f"{base}/{measure}_{what}") for what in ("full", "full_design"))
        if full and design:
            health = round(min(1.0, round(full / design / STEP) * STEP), 2)
            break
    return filled(
        {
            "name": name,
            "vendor": source.text(f"{base}/manufacturer"),
            "model": source.text(f"{base}/model_name"),
            "technology": source.text(f"{base}/technology"),
            "health_ratio": health,
        }
    )


def _ups(source: Source, usb: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By Network UPS Tools when it runs here; else what hangs on USB, of which no more is known."""
    try:
        names = source.run(["upsc", "-l"]).split()
        return [_nut(source, name) for name in names[:8]]
    except (Skip, ProbeError) as error:
        seen = [
            filled({"vendor": each.get("vendor", ""), "model": each.get("product", "")}) for each in usb if is_ups(each)
        ]
        if seen:
            reason = "no-nut" if isinstance(error, Skip) else error.reason
            source.lack("power.ups", reason)
        return seen


def _nut(source: Source, name: str) -> dict[str, Any]:
    values = dict(key_values(source.run(["upsc", name]), ":"))
    charge = values.get("battery.charge", "")
    source.sample(
        "battery_charge_ratio", float(charge) / 100 if charge.replace(".", "", 1).isdigit() else None, battery=name
    )
    if values.get("ups.status"):
        source.sample("mains_online", float("OL" in values["ups.status"].split()), supply=name)
    return filled({"name": name, "vendor": values.get("ups.mfr", ""), "model": values.get("ups.model", "")})


def temperatures(source: Source) -> None:
    """Each thermal zone of the kernel, as samples."""
    for name in source.names("sys/class/thermal"):
        value = source.number(f"sys/class/thermal/{name}/temp") if name.startswith("thermal_zone") else None
        if value is not None and -40_000 < value < 150_000:
            source.sample("temperature_celsius", value / 1000, sensor=source.text(f"sys/class/thermal/{name}/type"))
