"""Which way the last measurements went out, in a small file: what is usual can only be told by who remembers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.encode import to_json
from agent.slots import replace_file

FILE = "ways-out.json"
KEPT = 40  # measurements: some days' worth, so that a new line becomes the usual one by itself
LEAST, SHARE = 5, 0.6  # measurements, and the part of them, that make a way out the usual one
LEAST_NETWORK, SHARE_NETWORK = 10, 0.9  # a line whose address jumps between networks has no usual network
PARTS = ("interface", "gateway", "network")


class WaysOut:
    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._ways = self._kept()

    def _kept(self) -> list[list[str]]:
        try:
            rows = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return []
        rows = rows if isinstance(rows, list) else []
        good = [row for row in rows if isinstance(row, list) and len(row) == len(PARTS)]
        return [[str(part)[:64] for part in row] for row in good][-KEPT:]

    def note(self, facts: Mapping[str, Any]) -> None:
        """Of a measurement that succeeded, by whichever way."""
        path = facts.get("path")
        if not isinstance(path, Mapping) or facts.get("scope") != "network" or not path.get("interface"):
            return
        self._ways = [*self._ways, [str(path.get(part, ""))[:64] for part in PARTS]][-KEPT:]
        with suppress(OSError):  # a full disk: known until the next start
            replace_file(self._path, to_json(self._ways))

    def usual(self) -> dict[str, str]:
        return usual(self._ways)


def usual(ways: Sequence[Sequence[str]]) -> dict[str, str]:
    """What most of the last measurements went by: interface and gateway together, and the network that the world sees;
    empty when none stands out."""
    found: dict[str, str] = {}
    pairs = Counter((way[0], way[1]) for way in ways)
    for (interface, gateway), count in pairs.most_common(1):
        if count >= LEAST and count >= SHARE * len(ways):
            found |= {"interface": interface, "gateway": gateway}
    networks = Counter(way[2] for way in ways if way[2])
    for network, count in networks.most_common(1):
        if count >= LEAST_NETWORK and count >= SHARE_NETWORK * len(ways):
            found["network"] = network
    return found
