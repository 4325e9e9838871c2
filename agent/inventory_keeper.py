"""What the controller was told about this machine, kept on disk, so that only differences travel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.encode import to_json
from agent.inventory_diff import changes
from agent.slots import replace_file
from agent.wire import Inventory, Stamp


class InventoryKeeper:
    def __init__(self, directory: Path) -> None:
        self._file = directory / "inventory.json"
        self._told = self._kept()

    def found(self, sections: dict[str, Any], at: Stamp) -> list[Inventory]:
        """The items to tell, empty when nothing changed. Call ``told`` when they are in the spool."""
        return changes(self._told, _as_json(sections), at)

    def told(self, sections: dict[str, Any]) -> None:
        """A crash before this makes the next difference start from the older base; the controller then asks for all."""
        self._told = _as_json(sections)
        try:
            replace_file(self._file, to_json(self._told))
        except OSError:
            self._file.unlink(missing_ok=True)  # a full disk: after a restart everything is told once more

    def again(self, at: Stamp) -> list[Inventory]:
        """All of it, because the controller asks; empty when nothing was found yet."""
        return changes(None, self._told, at) if self._told is not None else []

    def _kept(self) -> dict[str, Any] | None:
        try:
            kept = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) else None


def _as_json(sections: dict[str, Any]) -> dict[str, Any]:
    """As the other side will read it, so that both make the digest of the same."""
    decoded: dict[str, Any] = json.loads(to_json(sections))
    return decoded
