"""Which rules the province has chosen: kept as one setting, laid over ``monitoring.rules``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import Session

from controller.tables import Setting
from monitoring.rules import Chosen, chosen

KEY = "plan.rules"  # {"contract": id, "target": id, "province-contract": {…}, "province-target": {…}, "enough": {…}}


def read(source: Session | Connection) -> Chosen:
    table = Setting.__table__  # type: ignore[attr-defined]
    value: Any = source.execute(select(table.c.value).where(table.c.key == KEY)).scalar_one_or_none()
    return chosen(value if isinstance(value, dict) else None)
