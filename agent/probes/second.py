"""A second opinion on the throughput: speedtest-cli 2.1.3 against the province's own measurement server.

It needs leave of its own (``mode`` "second"), and a measurement server that opened its port for it. It runs in a child
process that can reach nobody but that server (agent/speedtest/second_child.py). Its samples have names of their own and
its method is told: it counts an upload where it leaves, takes the ramp into its mean, and stands in no statistic.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from statistics import median
from typing import Any

from agent.clock import monotonic
from agent.frame import ProbeError, Reading, Skip, Target
from agent.probes.speed import SPARE, outward, plan_of
from agent.speedtest.control import Control, Message, connected, number
from agent.speedtest.engine import ON_THE_WIRE, Plan, Surroundings, hello, idle
from agent.speedtest.report import around_facts
from agent.wire import Sample

VERSION = 1  # of what the server offers
PINGS = 6
STAY = 4.0  # seconds between two words to the server, which drops who is silent
TALK = 5.0  # seconds kept back for the beginning and the end
LONGEST = 10.0  # of one direction, as its vendor tells it
MAX_ANSWER = 64 * 1024


def probe(target: Target, deadline: float) -> Reading:
    """Raises Skip("no-token"), Skip("no-speedtest-cli"), Skip("not-offered") and the reasons of ``speed``."""
    if target.measure is None:
        raise Skip("no-token", "the province gave no leave to measure")
    if find_spec("speedtest") is None:
        raise Skip("no-speedtest-cli")
    plan = plan_of(target.measure, target.settings)
    try:
        return asyncio.run(_within(plan, target.settings, deadline - monotonic() - SPARE))
    except TimeoutError:
        raise ProbeError("deadline", "the measurement did not end in time") from None


async def _within(plan: Plan, settings: Mapping[str, Any], seconds: float) -> Reading:
    async with asyncio.timeout(seconds), connected(plan.host, plan.port, plan.context) as control:
        welcome = await hello(control, plan.token)
        port, nonce = _offered(welcome)
        looking, host = Surroundings.of(control, welcome), control.addresses[1]
        rtts = await idle(control, PINGS)
        staying = asyncio.create_task(_stay(control))
        try:
            budget = min(plan.max_bytes, int(number(welcome, "max_bytes")))
            found = await _asked(
                {
                    "host": host,
                    "port": port,
                    "nonce": nonce,
                    "length": min(LONGEST, (seconds - TALK) / 2 - 1.0),
                    "budget": int(budget / ON_THE_WIRE),
                }
            )
        finally:
            staying.cancel()
        control.send(op="bye")
        around = looking.seen()
        out = outward(around, settings)
    samples = {
        "second_down_bits_per_second": _number(found, "down"),
        "second_up_bits_per_second": _number(found, "up"),
        "rtt_idle_seconds": median(rtts),
        "bytes_used": _number(found, "received") + _number(found, "sent"),
    }
    facts = {
        "method": f"speedtest-cli/{found.get('version', '')!s:.20}",
        "mode": "second",
        "valid": not found.get("shortened"),
        "validity": ["short"] if found.get("shortened") else [],
        "second_opinion": True,
        **around_facts(around, out),
        "child": {"rss_bytes": _number(found, "rss"), "cpu_seconds": _number(found, "cpu")},
    }
    return Reading(samples=[Sample(name=name, value=value) for name, value in samples.items()], facts=facts)


def _offered(welcome: Message) -> tuple[int, str]:
    offer = welcome.get("legacy")
    if not isinstance(offer, dict) or offer.get("v") != VERSION:
        raise Skip("not-offered", "the measurement server has no port for speedtest-cli")
    port, nonce = offer.get("port"), offer.get("nonce")
    if type(port) is not int or not 0 < port < 65_536 or not isinstance(nonce, str) or not nonce.isalnum():
        raise ProbeError("protocol", f"legacy is {offer!r:.60}")
    return port, nonce[:64]


async def _stay(control: Control) -> None:
    while True:
        await asyncio.sleep(STAY)
        with contextlib.suppress(TimeoutError):  # a full line: the next one will do
            await control.ping()


async def _asked(question: Message) -> Message:
    """What the child found. Raises ProbeError, TimeoutError."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "agent.speedtest.second_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "2"},
    )
    try:
        output, complaint = await child.communicate(json.dumps(question).encode())
    finally:
        if child.returncode is None:  # the time is over
            child.kill()
            await child.wait()
    try:
        found = json.loads(output[:MAX_ANSWER]) if child.returncode == 0 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProbeError("second-failed", complaint.decode("utf-8", "replace").strip()[-300:])
    return found


def _number(found: Message, name: str) -> float:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise ProbeError("second-failed", f"{name} is {value!r:.40}")
    return float(value)
