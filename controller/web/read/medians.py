"""Medians that the database makes, on SQLite as on PostgreSQL: values are ranked, and the middle ones averaged."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, or_


def ranked(name: str, value: Any, key: Any = None) -> list[Any]:
    """Columns of an inner select: the value, its place among those of the same ``key``, and how many have one."""
    return [
        value.label(name),
        func.row_number().over(partition_by=key, order_by=value.asc().nulls_last()).label(f"{name}_place"),
        func.count(value).over(partition_by=key).label(f"{name}_n"),
    ]


def middle(inner: Any, name: str) -> Any:
    """The median, in a select over the columns ``inner`` of such a select; None when none has a value."""
    twice, count = inner[f"{name}_place"] * 2, inner[f"{name}_n"]
    return func.avg(case((or_(twice == count, twice == count + 1, twice == count + 2), inner[name])))
