"""Imports and exports over the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2 as httpx
from sqlmodel import SQLModel, select

from tests.integration.api.world import ADMIN, Person, World
from tests.unit.registry.files import csv_bytes, xlsx_bytes

HEAD = ("Mã trường", "Tên trường", "Xã/phường", "Số học sinh")
NEW = ("82901", "Trường Tiểu học Sen Hồng", "Mỹ Thọ", "1.234")


def schools_csv(*rows: Sequence[str]) -> bytes:
    return csv_bytes(HEAD, *rows, delimiter=";")


def book(**sheets: Sequence[Sequence[Any]]) -> bytes:
    names = {
        "schools": "Trường",
        "links": "Đường truyền",
        "rooms": "Phòng",
        "contacts": "Liên hệ",
        "users": "Tài khoản",
    }
    return xlsx_bytes({names[name]: rows for name, rows in sheets.items()})


def preview(world: World, data: bytes, person: Person = ADMIN, filename: str = "truong.csv") -> dict[str, Any]:
    answer = world.call(person, "POST", "/api/v1/imports/preview", params={"filename": filename}, content=data)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def run(world: World, data: bytes, person: Person = ADMIN, filename: str = "truong.csv") -> httpx.Response:
    return world.call(person, "POST", "/api/v1/imports", params={"filename": filename}, content=data)


def done(world: World, data: bytes, person: Person = ADMIN) -> dict[str, Any]:
    answer = run(world, data, person)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def counts(made: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {name: (one["new"], one["changed"], one["same"]) for name, one in made["counts"].items()}


def everything(world: World, *models: type[SQLModel]) -> list[dict[str, Any]]:
    """All rows of some tables, to see that nothing changed."""
    with world.session() as session:
        return [row.model_dump() for model in models for row in session.exec(select(model)).all()]


def table(text: str) -> list[list[str]]:
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.reader(io.StringIO(text[1:])))
