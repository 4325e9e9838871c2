"""One measurement from hello to bye. Full and short: idle round-trip time, then down, then up, each until the figure is
steady. What a light one does instead stands in ``light.py``."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Literal

from agent.frame import ProbeError, Skip
from agent.speedtest.context import Counters, Interface, Load, counters, interface_of
from agent.speedtest.control import PATIENCE, Control, Message, connected, number
from agent.speedtest.echo import Echo, Tally, echoing
from agent.speedtest.estimate import STEADY_SECONDS, ramp_for
from agent.speedtest.legs import Bulk, Leg
from agent.speedtest.others import Find, Others

VERSION = 1
IDLE_PINGS = 12
IDLE_GAP = 0.05  # seconds
IDLE_ECHOES, ECHO_GAP = 40, 0.025
NEAR = 0.003  # seconds of round-trip time; below it one stream fills any line, and more only overflow a router's queue
TALK = 3.0  # seconds kept back for opening and closing a direction
ON_THE_WIRE = 1.08  # bytes on the line for one of payload: headers, acknowledgements, some retransmissions
SHORT_COUNTED = 1.5  # seconds of a short measurement, after the ramp
SHORT_STEADY = 1.0

Mode = Literal["full", "short", "light"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    host: str
    port: int
    token: str
    context: ssl.SSLContext | None
    mode: Mode = "full"
    streams: int = 4
    max_seconds: float = 8.0  # of one direction
    max_bytes: int = 1_000_000_000  # both ways; payload, but of a light one all that is on the line
    router: Find = lambda: None  # finds the counters of the school's router


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What surrounded a measurement of any mode."""

    interface: Interface
    own_cpu: float
    waited: float | None  # share of the time that we waited for a processor
    machine_cpu: float
    is_loopback: bool
    public_address: str  # how the server sees us
    router: str = ""  # by what its router told its counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    mode: Mode
    idle_rtts: list[float]
    down: Leg
    up: Leg
    around: Around
    streams: int
    before: tuple[Counters, Counters, float] | None = field(default=None)  # around the idle pings, and seconds
    idle_udp: Tally | None = None
    down_udp: Tally | None = None
    up_udp: Tally | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Looks around from now until :meth:`seen`."""

    interface: Interface
    load: Load
    is_loopback: bool
    public_address: str
    others: Others

    @classmethod
    def of(cls, control: Control, welcome: Message, router: Find = lambda: None) -> Surroundings:
        own, peer = control.addresses
        interface = interface_of(own)
        is_loopback = interface.medium == "loopback" or own == peer
        others = Others((lambda: None) if is_loopback else router)
        return cls(interface, Load(), is_loopback, str(welcome.get("peer", ""))[:64], others)

    def seen(self) -> Around:
        return Around(
            interface=self.interface,
            own_cpu=self.load.own(),
            waited=self.load.waited(),
            machine_cpu=self.load.machine(),
            is_loopback=self.is_loopback,
            public_address=self.public_address,
            router=self.others.by,
        )


async def measure(plan: Plan, until: float) -> Measured:
    """Measure; ``until`` by the loop's clock. Raises ProbeError and Skip."""
    async with connected(plan.host, plan.port, plan.context) as control:
        welcome = await hello(control, plan.token)
        looking, loop = Surroundings.of(control, welcome, plan.router), asyncio.get_running_loop()
        first, began = counters(looking.interface.name), loop.time()
        rtts = await idle(control, IDLE_PINGS)
        second, lasted = counters(looking.interface.name), loop.time() - began
        async with echoing(control.addresses[1], welcome.get("udp")) as echo:
            idle_udp = await echo.ask_some(IDLE_ECHOES, ECHO_GAP) if echo else None
            bulk = _bulk(plan, control, welcome, looking, min(rtts), echo)
            longest = min(plan.max_seconds, number(welcome, "max_seconds"))
            if plan.mode == "short":
                longest = min(longest, bulk.ramp + SHORT_COUNTED)
            budget = max(1, min(plan.max_bytes, int(number(welcome, "max_bytes"))) // 2)
            down = await bulk.leg("down", _seconds(until, 2, longest), budget)
            up = await bulk.leg("up", _seconds(until, 1, longest), budget)
            if echo and echo.is_answered:
                await echo.settle()
            control.send(op="bye")
            return Measured(
                mode=plan.mode,
                idle_rtts=rtts,
                down=down,
                up=up,
                around=looking.seen(),
                streams=bulk.streams,
                before=(first, second, lasted) if first and second else None,
                idle_udp=idle_udp,
                down_udp=echo.tally(*down.asked) if echo and echo.is_answered else None,
                up_udp=echo.tally(*up.asked) if echo and echo.is_answered else None,
            )


def _bulk(plan: Plan, control: Control, welcome: Message, looking: Surroundings, rtt: float, echo: Echo | None) -> Bulk:
    wanted = plan.streams if rtt >= NEAR else 1
    return Bulk(
        control=control,
        host=control.addresses[1],
        port=int(number(welcome, "bulk_port")),
        streams=max(1, min(wanted, int(number(welcome, "max_streams")))),
        interface=looking.interface,
        ramp=ramp_for(rtt),
        others=looking.others,
        steady=SHORT_STEADY if plan.mode == "short" else STEADY_SECONDS,
        echo=echo,
    )


def _seconds(until: float, legs: int, longest: float) -> float:
    """What is left for each of ``legs`` directions. Raises ProbeError when it is too little to say anything."""
    left = (until - asyncio.get_running_loop().time()) / legs - TALK
    if left < 1.0:
        raise ProbeError("deadline", "no time is left for a direction")
    return min(left, longest)


async def hello(control: Control, token: str) -> Message:
    """The server's welcome. Raises ProbeError and Skip."""
    control.send(op="hello", v=VERSION, token=token)
    answer = await control.receive("welcome", "refused")
    if answer["op"] == "welcome":
        return answer
    reason = str(answer.get("reason", ""))[:40]
    if reason == "server-busy":
        raise Skip("server-busy", f"the measurement server is full; again in {number(answer, 'retry_after'):.0f} s")
    raise ProbeError(reason or "refused", "the measurement server refused the leave to measure")


async def idle(control: Control, pings: int) -> list[float]:
    """Round-trip times in seconds, ``pings`` of them. Raises ProbeError."""
    rtts = []
    try:
        for _ in range(pings):
            rtts.append(await control.ping())
            await asyncio.sleep(IDLE_GAP)
    except TimeoutError:
        control.take("pong")  # raises when the connection is gone
        raise ProbeError("server-hung", f"no answer to a ping within {PATIENCE:.0f} s") from None
    return rtts


def allowed(own: int, of_token: int, *, is_light: bool) -> int:
    """Bytes that a measurement may take, both ways. ``of_token`` counts all that is on the line, 0 nothing; our own
    bound counts payload, except that of a light measurement, which counts what is on the line, too."""
    if of_token <= 0:
        return own
    return min(own, of_token if is_light else int(of_token / ON_THE_WIRE))
