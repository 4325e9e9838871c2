"""Throughput of the school's line to the province's measurement server, both ways, as TCP payload goodput.

Needs leave from the controller (a single-use token); how it measures is in ``agent/speedtest`` and
docs/decisions/0004-measuring-engine.md. The leave says how much the school can spare: ``mode`` "full", "short" (a short
ramp, at most 1.5 s counted each way) or "light" (at most 1 MB both ways, docs/decisions/0009-measuring-lightly.md), and
``max_bytes``; a mode that this box does not know is measured as light, since nobody asks for more by a new word.

Settings that it understands: ``streams``, ``max_seconds`` (of one direction), ``max_bytes`` (both ways), ``backup``
(interfaces, gateways or networks of a spare line); ``roots`` (PEM texts), ``usual`` (the ways out so far) and
``snmp_community`` (of the probe ``lan``: the router is asked what others use meanwhile), set by the agent itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from agent import route
from agent.clock import monotonic
from agent.decode import BadMessage, decode
from agent.frame import ProbeError, Reading, Skip, Target
from agent.lan.wan import Counter, find, gateway
from agent.speedtest.engine import Around, Mode, Plan, allowed, measure
from agent.speedtest.light import measure_light
from agent.speedtest.light_report import light_reading
from agent.speedtest.path import Way, network_of
from agent.speedtest.report import Outward, reading
from agent.tls import BadRoot, pinned
from agent.wire import MeasureToken

SPARE = 1.0  # seconds before the deadline by which it is over
BOUNDS = {"streams": (1, 16), "max_seconds": (2, 30), "max_bytes": (1_000_000, 10_000_000_000)}


def probe(target: Target, deadline: float) -> Reading:
    """Raises Skip("no-token"), Skip("server-busy") and ProbeError with the reasons of ``agent/speedtest``."""
    if target.measure is None:
        raise Skip("no-token", "the province gave no leave to measure")
    plan = plan_of(target.measure, target.settings)
    try:
        return asyncio.run(_within(plan, target.settings, deadline - monotonic() - SPARE))
    except TimeoutError:
        raise ProbeError("deadline", "the measurement did not end in time") from None


async def _within(plan: Plan, settings: Mapping[str, Any], seconds: float) -> Reading:
    async with asyncio.timeout(seconds):
        until = asyncio.get_running_loop().time() + seconds
        if plan.mode == "light":
            light = await measure_light(plan, until)
            return light_reading(light, outward(light.around, settings))
        measured = await measure(plan, until)
        return reading(measured, outward(measured.around, settings))


def plan_of(leave: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    """Raises ProbeError."""
    try:
        token = decode(MeasureToken, dict(leave))
    except BadMessage as error:
        raise ProbeError("token-malformed", str(error)) from None
    if token.plain and not _is_here(token.host):
        raise ProbeError("tls", f"{token.host}: control without TLS is for this machine only")
    context = None if token.plain else _pinned(settings.get("roots"))
    chosen = {name: _setting(settings[name], name) for name in BOUNDS if name in settings}
    community = str(settings.get("snmp_community") or "")
    plan = Plan(
        host=token.host,
        port=token.port,
        token=token.token,
        context=context,
        mode=_mode(token.mode),
        router=lambda: _counter(community),
        **chosen,
    )
    return replace(plan, max_bytes=allowed(plan.max_bytes, token.max_bytes, is_light=plan.mode == "light"))


def _counter(community: str) -> Counter | None:
    router = gateway()
    return find(router, community) if router is not None else None


def _mode(name: str) -> Mode:
    return "full" if name in ("full", "") else "short" if name == "short" else "light"


def outward(around: Around, settings: Mapping[str, Any]) -> Outward:
    """By which way it went out: the interface that carried it, and the default gateway there."""
    name, usual, spare = around.interface.name, settings.get("usual"), settings.get("backup")
    gateway = next((each.address for each in route.gateways() if each.interface == name), "")
    return Outward(
        Way(name, gateway, network_of(around.public_address)),
        usual if isinstance(usual, Mapping) else {},
        [str(each) for each in spare] if isinstance(spare, list | tuple) else [],
    )


def _setting(value: Any, name: str) -> Any:
    low, high = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ProbeError("bad-setting", f"probes.speed.{name} = {value!r:.40}: must be from {low} to {high}")
    return float(value) if name == "max_seconds" else int(value)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _pinned(roots: Any) -> ssl.SSLContext:
    if not isinstance(roots, list | tuple) or not roots:
        raise ProbeError("no-roots", "the province's root certificate is not known yet")
    try:
        return pinned([str(root) for root in roots])
    except BadRoot as error:
        raise ProbeError("no-roots", str(error)) from None
