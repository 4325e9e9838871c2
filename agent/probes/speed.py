"""Throughput of the school's line to the province's measurement server, both ways, as TCP payload goodput.

Needs leave from the controller (a single-use token); how it measures is in ``agent/speedtest`` and
docs/decisions/0004-measuring-engine.md. Settings that it understands: ``streams``, ``max_seconds`` (of one direction),
``max_bytes`` (both ways), ``roots`` (PEM texts, set by the agent itself).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from agent.clock import monotonic
from agent.decode import BadMessage, decode
from agent.frame import ProbeError, Reading, Skip, Target
from agent.speedtest.engine import Measured, Plan, measure
from agent.speedtest.report import reading
from agent.tls import BadRoot, pinned
from agent.wire import MeasureToken

SPARE = 1.0  # seconds before the deadline by which it is over
BOUNDS = {"streams": (1, 16), "max_seconds": (2, 30), "max_bytes": (1_000_000, 10_000_000_000)}


def probe(target: Target, deadline: float) -> Reading:
    """Raises Skip("no-token"), Skip("server-busy") and ProbeError with the reasons of ``agent/speedtest``."""
    if target.measure is None:
        raise Skip("no-token", "the province gave no leave to measure")
    plan = _plan(target.measure, target.settings)
    try:
        return reading(asyncio.run(_within(plan, deadline - monotonic() - SPARE)))
    except TimeoutError:
        raise ProbeError("deadline", "the measurement did not end in time") from None


async def _within(plan: Plan, seconds: float) -> Measured:
    async with asyncio.timeout(seconds):
        return await measure(plan, asyncio.get_running_loop().time() + seconds)


def _plan(leave: Mapping[str, Any], settings: Mapping[str, Any]) -> Plan:
    try:
        token = decode(MeasureToken, dict(leave))
    except BadMessage as error:
        raise ProbeError("token-malformed", str(error)) from None
    if token.plain and not _is_here(token.host):
        raise ProbeError("tls", f"{token.host}: control without TLS is for this machine only")
    context = None if token.plain else _pinned(settings.get("roots"))
    chosen = {name: _setting(settings[name], name) for name in BOUNDS if name in settings}
    return Plan(host=token.host, port=token.port, token=token.token, context=context, **chosen)


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
