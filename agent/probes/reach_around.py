"""By which way the box's packets go out at this moment, as labels of what it measures; none for a school's usual line
on a wire, so that a province's windows stay small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.route import Gateway
from agent.speedtest.path import Way, is_backup

SYS_NET = Path("/sys/class/net")


def labels(gateways: Sequence[Gateway], settings: Mapping[str, Any], sys_net: Path = SYS_NET) -> dict[str, str]:
    """``medium`` "wifi", ``way`` "spare": by the best default gateway. ``settings`` as those of ``speed``: ``usual``
    (the ways out so far) and ``backup`` (what a person calls a spare line)."""
    if not gateways:
        return {}
    first, usual, spare = gateways[0], settings.get("usual"), settings.get("backup")
    found = {}
    if any((sys_net / first.interface / sign).exists() for sign in ("wireless", "phy80211")):
        found["medium"] = "wifi"
    known = usual if isinstance(usual, Mapping) else {}
    named = [str(each) for each in spare] if isinstance(spare, list | tuple) else []
    if is_backup(Way(first.interface, first.address, ""), known, named, ""):
        found["way"] = "spare"
    return found
