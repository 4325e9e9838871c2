"""A few words that must survive everything, also a full disk and a power cut in mid-write.

One preallocated file of two slots, written in turn and in place: a torn write spoils one slot, and the other still
holds the last word. Nothing is allocated after creation, so a full disk cannot refuse a write.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SLOT = 4096  # bytes: one page, one block
HEADER = 26  # turn (10 digits), space, length (5 digits), space, CRC-32 (8 hex), newline


class Slots:
    """A small JSON object with an atomic, synchronised ``write``."""

    def __init__(self, path: Path) -> None:
        """Opens ``path``, creating it full-sized when it is missing or short. Raises OSError."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < 2 * SLOT:
            os.pwrite(self._file, b"\0" * (2 * SLOT - os.fstat(self._file).st_size), os.fstat(self._file).st_size)
            os.fsync(self._file)
            _sync_directory(path.parent)
        readable = [slot for slot in (self._read(0), self._read(1)) if slot is not None]
        self._turn, self.value = max(readable, key=lambda slot: slot[0], default=(0, {}))

    def _read(self, index: int) -> tuple[int, dict[str, Any]] | None:
        page = os.pread(self._file, SLOT, index * SLOT)
        try:
            turn, length, checksum = page[: HEADER - 1].decode("ascii").split()
            body = page[HEADER : HEADER + int(length)]
            value = json.loads(body) if zlib.crc32(body) == int(checksum, 16) else None
            return (int(turn), value) if isinstance(value, dict) else None
        except ValueError:
            return None  # never written, or torn

    def write(self, value: Mapping[str, Any]) -> None:
        """Replace the value; on disk when this returns. Raises ValueError when too large, OSError from the disk."""
        body = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
        if len(body) > SLOT - HEADER:
            raise ValueError(f"{len(body)} bytes do not fit a slot")
        turn = self._turn + 1
        page = b"%010d %05d %08x\n" % (turn, len(body), zlib.crc32(body)) + body
        os.pwrite(self._file, page.ljust(SLOT, b"\0"), turn % 2 * SLOT)
        os.fdatasync(self._file)
        self._turn, self.value = turn, dict(value)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1  # a later use is an OSError, not a write into whatever has the number next


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write ``path`` whole or not at all, on disk when this returns. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
