"""Which tables Alembic looks at: all but the months of ``hour``, which are made and dropped while we run."""

from __future__ import annotations

from typing import Any

from controller.migrations.partitions import is_partition


def include(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return not (kind == "table" and name is not None and is_partition(name))
