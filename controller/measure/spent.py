"""Which tokens were spent: a file beside the measurement server, so that a restart or a power cut forgets none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

KEEP = 86_400.0  # seconds beyond a token's end, should this machine's clock be set back


class Spent:
    """Safe across processes that share the file. One call at a time: the caller holds a lock."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, timeout=10.0, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE IF NOT EXISTS spent (id TEXT PRIMARY KEY, expires REAL) WITHOUT ROWID")

    def spend(self, token_id: str, expires: float, now: float) -> bool:
        """True once for each id, on the disk before it returns; False ever after."""
        self._database.execute("DELETE FROM spent WHERE expires < ?", (now - KEEP,))
        row = self._database.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", (token_id, expires))
        return row.rowcount == 1

    def close(self) -> None:
        self._database.close()
