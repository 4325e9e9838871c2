"""Whether the school reaches what it needs, and how fast: gateway, DNS, controller, provider, domestic, international.

Runs each 30 s in the agent's own process; windows, loss, jitter and changes of state are made of its samples elsewhere
(agent/windows.py, agent/state.py). Samples, each with labels ``target``, ``method`` and ``address``, and ``medium``
"wifi" or ``way`` "spare" while the box goes out so (agent/probes/reach_around.py):

* ``rtt_seconds``: one answer. By ICMP echo where this process may (net.ipv4.ping_group_range), else by the time of a
  TCP connection; DNS by a real question; the provider's first hop by a packet whose time to live ends there;
* ``lost_count``: so many tries without an answer;
* ``alive_count``: it did not answer itself, and what lies behind it did: a gateway that ignores pings is not down.

Settings: ``tries`` (3), ``gap`` (0.2 s), ``timeout`` (2 s), ``dns_name``. Targets with kind, name and address come from
the settings; ``address`` may be a name, then DNS is asked for it first, and while DNS is down such a target is not
measured. ``usual`` and ``backup``, as of ``speed``, are set by the agent itself.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from agent import route
from agent.clock import monotonic
from agent.frame import ProbeError, Reading, Skip, Target
from agent.probes.reach_around import labels
from agent.probes.reach_line import Line, measure
from agent.probes.reach_ways import Connect, Hop, Ping, Question, family, may_ping
from agent.wire import Sample

TRIES, GAP, TIMEOUT = 3, 0.2, 2.0
DNS_NAME = "vnnic.vn"  # the registry of .vn: as good a name as any, unless the controller has one
GATEWAY_PORT, OUTSIDE_PORT = 80, 443  # when there is no ICMP
OUTSIDE = ("domestic:", "international:")


def probe(target: Target, deadline: float) -> Reading:
    tries = _number(target.settings, "tries", TRIES, 1, 20)
    gap = _number(target.settings, "gap", GAP, 0.02, 2.0)
    timeout = _number(target.settings, "timeout", TIMEOUT, 0.1, 5.0)
    timeout = min(timeout, max(0.1, (deadline - monotonic() - tries * gap) / 3))
    gateways, servers = route.gateways(), route.nameservers()
    host, port = _controller(target.controller)
    names = [each["address"] for each in target.targets] + ([host] if host else [])
    known, unknown = _resolved(names, servers, timeout)
    ping = may_ping()
    lines = _lines(target, gateways, servers, known, ping)
    if host in known:
        lines.append(Connect("controller", known[host], port=port, refused_is_answer=False))
    beyond = _is_beyond(gateways, known.get(host, ""))
    hop = _hop(lines, gateways, known[host] if beyond else "")
    if hop is not None:
        lines.append(hop)
    if not lines:
        raise Skip("no-targets")
    measure(lines, int(tries), gap, timeout)
    if hop is not None:
        hop.settle()
    around = labels(gateways, target.settings)
    return reading(lines, OUTSIDE + (("controller",) if beyond else ()), ping, unknown, around)


def _number(settings: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ProbeError("bad-setting", f"{name} must be from {low:g} to {high:g}")
    return float(value)


def _controller(address: str) -> tuple[str, int]:
    """Host and port; ("", 0) when there is none."""
    try:
        parts = urlsplit(address)
        return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        return "", 0


def _is_address(text: str) -> bool:
    try:
        socket.inet_pton(family(text), text.partition("%")[0])
    except (OSError, ValueError):
        return False
    return True


def _resolved(names: list[str], servers: list[str], timeout: float) -> tuple[dict[str, str], list[str]]:
    """Name to address (an address is its own), and the names that nobody could tell. Not by getaddrinfo(): it has no
    deadline and would hold this thread of the agent for as long as resolv.conf allows."""
    known = {name: name for name in names if _is_address(name)} | {"localhost": "127.0.0.1"}
    for server in servers:
        asked = [Question("dns", server, name) for name in dict.fromkeys(names) if name not in known]
        measure(asked, 1, 0.1, timeout)
        known |= {each.name: each.addresses[0] for each in asked if each.addresses}
    return known, [name for name in names if name not in known]


def _lines(
    target: Target, gateways: list[route.Gateway], servers: list[str], known: Mapping[str, str], ping: bool
) -> list[Line]:
    def by(name: str, address: str, port: int) -> Line:
        return Ping(name, address) if ping else Connect(name, address, port=port)

    host, _port = _controller(target.controller)
    name = str(target.settings.get("dns_name") or (host if host and not _is_address(host) else DNS_NAME))
    if name == "localhost":
        name = DNS_NAME
    lines: list[Line] = [by("gateway", each.address, GATEWAY_PORT) for each in gateways[:1]]
    lines += [Question("dns", server, name) for server in servers[:2]]
    for each in target.targets:
        address = known.get(each["address"])
        if address is not None:
            lines.append(by(f"{each['kind']}:{each['name']}", address, OUTSIDE_PORT))
    return lines


def _hop(lines: list[Line], gateways: list[route.Gateway], controller: str) -> Hop | None:
    """The provider's first hop lies on the way to what is outside; None when nothing is known to be."""
    if not gateways:
        return None
    towards = [line.address for line in lines if line.target.startswith(OUTSIDE)] + [controller]
    outside = next((each for each in towards if _is_beyond(gateways, each)), "")
    return Hop("isp-hop", "", towards=outside) if outside else None


def _is_beyond(gateways: list[route.Gateway], address: str) -> bool:
    """Whether packets to this IPv4 address leave the school: neither this machine nor the card's own network."""
    if not address or ":" in address or address.startswith("127."):
        return False
    own = [found for found in (route.ipv4(each.interface) for each in gateways) if found is not None]
    return bool(own) and all(route.network(address, prefix) != route.network(mine, prefix) for mine, prefix in own)


def reading(
    lines: list[Line], outside: tuple[str, ...], ping: bool, unknown: list[str], around: Mapping[str, str]
) -> Reading:
    """``outside``: beginnings of the names of targets that lie behind the gateway; ``around``: more labels."""
    answers_behind = any(line.answered for line in lines if line.target.startswith((*outside, "isp-hop")))
    answers_outside = any(line.answered for line in lines if line.target.startswith(outside))
    samples: list[Sample] = []
    for line in lines:
        named = {**line.labels, **around}
        samples += [Sample(name="rtt_seconds", value=rtt, labels=named) for rtt in line.answered.values()]
        behind = {"gateway": answers_behind, "isp-hop": answers_outside}.get(line.target, False)
        if behind and not line.answered:
            samples.append(Sample(name="alive_count", value=1.0, labels=named))
        elif line.lost and not (line.target == "isp-hop" and answers_outside):  # routers answer when they have time
            samples.append(Sample(name="lost_count", value=float(line.lost), labels=named))
    facts: dict[str, Any] = {"targets": [_told(line) for line in lines]}
    if not ping:
        facts["no_icmp"] = "net.ipv4.ping_group_range"
    if unknown:
        facts["unresolved"] = unknown
    return Reading(samples=samples, facts=facts)


def _told(line: Line) -> dict[str, Any]:
    """One target in a line, for a person."""
    rtts = list(line.answered.values())
    told: dict[str, Any] = {**line.labels, "answered": f"{len(rtts)}/{len(line.sent)}"}
    if rtts:
        told["rtt_ms"] = round(1000 * sorted(rtts)[len(rtts) // 2], 2)
    if len(rtts) > 1:
        steps = [abs(later - earlier) for earlier, later in pairwise(rtts)]
        told["jitter_ms"] = round(1000 * sum(steps) / len(steps), 2)
    if line.trouble and line.lost:
        told["why"] = line.trouble
    return told
