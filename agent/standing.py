"""How the box stands with its controller: the few words that must survive a restart, and a full disk."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from agent.clock import boot_id, monotonic
from agent.decode import BadMessage, decode
from agent.slots import Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    token: str = ""  # for the next exchange
    epoch: int = 0  # of the controller
    expects: int = 1  # the next number of work; this version is given none
    offset: float = 0.0  # the controller's time minus our monotonic clock …
    boot: str = ""  # … in this boot


class Standing:
    """The words, on disk before they are used. Safe to use from several threads."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError when the file can neither be opened nor made."""
        self._slots = Slots(directory / "exchange.slots")
        self._lock = threading.Lock()
        self.words = _decoded(self._slots.value)
        self.trouble = ""

    def keep(self, **changes: Any) -> bool:
        """Take these changes over, on disk first. False when the disk refuses: then the old words go on being used,
        which is safe, since the controller still takes the token before the last."""
        with self._lock:
            words = replace(self.words, **changes)
            try:
                self._slots.write(asdict(words))
            except (OSError, ValueError) as error:
                self.trouble = str(error)
                return False
            self.words, self.trouble = words, ""
            return True

    def controller_time(self, mono: float | None = None) -> float | None:
        """The controller's time, Unix seconds, now or at ``mono`` of this boot; None when it was not heard since."""
        if self.words.boot != boot_id():
            return None
        return self.words.offset + (monotonic() if mono is None else mono)

    def close(self) -> None:
        self._slots.close()


def _decoded(value: Mapping[str, Any]) -> Words:
    try:
        return decode(Words, value)
    except BadMessage:
        return Words()
