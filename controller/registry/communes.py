"""Fills the communes of the province at first start; what a person corrected since stays."""

from __future__ import annotations

from sqlalchemy import Engine, select

from controller.bulk import insert_rows
from controller.store import SKIP, table_of
from controller.tables import Commune
from inventory.communes import of_province

COLUMNS = ("code", "name", "kind", "province_code")


def fill_communes(engine: Engine, province_code: str) -> int:
    """Add the communes of the province that are missing when it has none yet; how many were added."""
    table = table_of(Commune)
    with engine.begin() as connection:
        if connection.scalar(select(table.c.code).where(table.c.province_code == province_code).limit(1)) is not None:
            return 0
        rows = [
            {"code": one.code, "name": one.name, "kind": one.kind, "province_code": one.province_code}
            for one in of_province(province_code)
        ]
        insert_rows(connection, table, COLUMNS, rows, SKIP)
    return len(rows)
