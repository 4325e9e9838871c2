"""Which way the last measurements went out, in a small file: what is usual can only be told by who remembers.

A measurement by another way than the usual one does not count towards what is usual, or a spare line that was used for
a day would become the school's line. Only when all went by other ways, for NEW_COUNT measurements and NEW_SECONDS, is
it a new line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.encode import to_json
from agent.slots import replace_file
from agent.speedtest.path import Way, is_backup

FILE = "ways-out.json"
KEPT = 40  # measurements
NEW_COUNT, NEW_SECONDS = 40, 10 * 86_400.0  # an invalid test is repeated, so that a count alone would be three days
LEAST, SHARE = 5, 0.6  # measurements, and the part of them, that make a way out the usual one
LEAST_NETWORK, SHARE_NETWORK = 10, 0.9  # a line whose address jumps between networks has no usual network
PARTS = ("interface", "gateway", "network")

Row = list[str]


class WaysOut:
    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._ways: list[Row] = []
        self._other: list[Row] = []  # what went by other ways since the last that went by the usual one
        self._since = 0.0  # when the first of them did
        self._read()

    def _read(self) -> None:
        """Whatever lies there; a file that makes no sense is a beginning."""
        try:
            said = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return
        said = said if isinstance(said, dict) else {"ways": said}  # until 0.1 it was the list alone
        self._ways, self._other = _rows(said.get("ways")), _rows(said.get("other"))
        since = said.get("since")
        self._since = float(since) if isinstance(since, int | float) else 0.0

    def note(self, facts: Mapping[str, Any], at: float) -> None:
        """Of a measurement that succeeded, by whichever way, at Unix seconds."""
        path = facts.get("path")
        if not isinstance(path, Mapping) or facts.get("scope") != "network" or not path.get("interface"):
            return
        if path.get("is_named_spare"):  # by the box's settings: never the school's line, however long it is used
            return
        row = [str(path.get(part, ""))[:64] for part in PARTS]
        if is_backup(Way(*row), self.usual(), (), ""):
            self._since = min(self._since, at) if self._other else at
            self._other = [*self._other, row][-NEW_COUNT:]
            if len(self._other) == NEW_COUNT and at - self._since >= NEW_SECONDS:
                self._ways, self._other = self._other, []
        else:
            self._ways, self._other = [*self._ways, row][-KEPT:], []
        with suppress(OSError):  # a full disk: known until the next start
            replace_file(self._path, to_json({"ways": self._ways, "other": self._other, "since": self._since}))

    def usual(self) -> dict[str, str]:
        return usual(self._ways)


def _rows(said: Any) -> list[Row]:
    rows = said if isinstance(said, list) else []
    good = [row for row in rows if isinstance(row, list) and len(row) == len(PARTS)]
    return [[str(part)[:64] for part in row] for row in good][-KEPT:]


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
