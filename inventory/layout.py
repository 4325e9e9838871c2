"""Where to draw schools that have no coordinates: around their commune, and communes without any on an even grid.

These are **not real places**: they only keep the schools of a commune together, the same way each time, so that a map
can be read before anybody has measured where the schools stand. Whoever draws them says so (``Position.is_real``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

GOLDEN = math.pi * (3 - math.sqrt(5))  # radians: neighbours on the spiral never line up
FILL = 0.42  # of the distance between two communes: their schools do not mix


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A commune, or a school in the commune ``commune``; degrees, None where nobody knows."""

    code: str
    lat: float | None = None
    lon: float | None = None
    commune: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    lat: float
    lon: float
    is_real: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the world that the grid fills, in degrees."""

    south: float
    west: float
    north: float
    east: float


DONG_THAP = Frame(south=10.12, west=105.20, north=10.96, east=106.76)


def place(schools: Iterable[Spot], communes: Iterable[Spot], frame: Frame = DONG_THAP) -> dict[str, Position]:
    """A position for each school, by its code. Pure: the same schools and communes always lie the same way.

    A school of a commune that is not among ``communes`` gets one on the grid behind the known ones.
    """
    listed = sorted(schools, key=lambda school: school.code)
    known = {commune.code: commune for commune in communes}
    codes = sorted(known) + sorted({school.commune for school in listed} - set(known))
    centres, step = _centres(codes, known, frame)
    inside: dict[str, list[Spot]] = {}
    found: dict[str, Position] = {}
    for school in listed:
        if school.lat is not None and school.lon is not None:
            found[school.code] = Position(school.lat, school.lon, True)
        else:
            inside.setdefault(school.commune, []).append(school)
    for commune, members in inside.items():
        lat, lon = centres[commune]
        for number, school in enumerate(members):
            radius = step * FILL * math.sqrt((number + 0.5) / max(len(members), 4))
            angle = number * GOLDEN
            stretched = radius * math.cos(angle) / math.cos(math.radians(lat))  # a degree of longitude is shorter
            found[school.code] = Position(round(lat + radius * math.sin(angle), 5), round(lon + stretched, 5), False)
    return found


def _centres(codes: list[str], known: dict[str, Spot], frame: Frame) -> tuple[dict[str, tuple[float, float]], float]:
    """The middle of each commune: its own when known, else a place on the grid; and the grid's step in degrees."""
    width, height = frame.east - frame.west, frame.north - frame.south
    columns = max(1, round(math.sqrt(max(1, len(codes)) * width / height)))
    rows = max(1, math.ceil(len(codes) / columns))
    step = min(width / columns, height / rows)
    centres = {}
    for number, code in enumerate(codes):
        commune = known.get(code)
        if commune is not None and commune.lat is not None and commune.lon is not None:
            centres[code] = (commune.lat, commune.lon)
            continue
        column, row = divmod(number, rows)
        row = row if column % 2 == 0 else rows - 1 - row  # like an ox ploughs: neighbours by code stay neighbours
        centres[code] = (frame.north - (row + 0.5) * height / rows, frame.west + (column + 0.5) * width / columns)
    return centres, step
