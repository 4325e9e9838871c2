"""Whether somebody gives addresses who should not: a second router, plugged in by its LAN side, is a school's classic.
Pure.

Known are, in this order: the servers that the settings name (``dhcp_servers``); the gateway, when it gives addresses;
who offers the gateway as the router; a server that was alone when this was first looked at and offers no router at
all. Everyone else is a rogue.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

CLEAN_RUNS = 2  # without the rogue, before it is said to be gone: an offer can be lost
MAX_KNOWN = 8

Server = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is kept from run to run."""

    learned: tuple[str, ...] = ()  # servers that were taken for the school's own
    present: bool = False
    clean: int = 0  # runs since the rogue was last heard

    @classmethod
    def of(cls, kept: Any) -> Watched:
        """From its JSON; anything else is a beginning."""
        if not isinstance(kept, dict) or not isinstance(kept.get("learned"), list):
            return cls()
        learned = tuple(str(each) for each in kept["learned"][:MAX_KNOWN])
        clean = kept.get("clean")
        return cls(learned=learned, present=kept.get("present") is True, clean=clean if isinstance(clean, int) else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    watched: Watched
    rogues: tuple[Server, ...] = ()
    changed: str = ""  # "present" or "none" when that is news


def judge(
    watched: Watched, servers: Sequence[Server], gateways: Collection[str], named: Collection[str] = ()
) -> Verdict:
    """``servers``: of one run in which was listened; ``named``: by the settings."""
    known = set(named) or _trusted(watched, servers, gateways)
    rogues = tuple(each for each in servers if each["server"] not in known or _is_double(each, servers, gateways))
    learned = tuple(sorted(known))[:MAX_KNOWN] if known and not named else watched.learned
    after = replace(watched, learned=learned, clean=0 if rogues else watched.clean + 1)
    if rogues and not watched.present:
        return Verdict(watched=replace(after, present=True), rogues=rogues, changed="present")
    if watched.present and after.clean >= CLEAN_RUNS:
        return Verdict(watched=replace(after, present=False), changed="none")
    return Verdict(watched=after, rogues=rogues)


def _trusted(watched: Watched, servers: Sequence[Server], gateways: Collection[str]) -> set[str]:
    heard = {each["server"] for each in servers}
    own = heard & set(gateways)
    if own:
        return own
    if watched.learned:
        return set(watched.learned)
    leading = {each["server"] for each in servers if set(each.get("routers", ())) & set(gateways)}
    if leading:
        return leading
    return heard if len(heard) == 1 and not any(each.get("routers") for each in servers) else set()


def _is_double(server: Server, servers: Sequence[Server], gateways: Collection[str]) -> bool:
    """Two machines speak with one address: who leads to the gateway is taken for the right one."""
    twins = [each for each in servers if each["server"] == server["server"] and each["mac"] != server["mac"]]
    if not twins:
        return False
    leads = [each for each in (server, *twins) if set(each.get("routers", ())) & set(gateways)]
    return bool(leads) and server not in leads
