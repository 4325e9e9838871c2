"""Where to draw schools that have no coordinates: around their commune, and communes without any evenly strewn.

These are **not real places**: they only keep the schools of a commune together, the same way each time, so that a map
can be read before anybody has measured where the schools stand. Whoever draws them says so (``Position.is_real``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

GOLDEN = math.pi * (3 - math.sqrt(5))  # radians: neighbours on the spiral never line up
FILL = 0.56  # of the scale of ``_strewn``: the schools of two communes do not mix


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
    """The part of the world to be filled, in degrees."""

    south: float
    west: float
    north: float
    east: float


DONG_THAP = Frame(south=10.12, west=105.20, north=10.96, east=106.76)


def place(schools: Iterable[Spot], communes: Iterable[Spot], frame: Frame = DONG_THAP) -> dict[str, Position]:
    """A position for each school, by its code. Pure: the same schools and communes always lie the same way.

    A school of a commune that is not among ``communes`` gets a place behind the known ones.
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
    """The middle of each commune: its own when known, else one of the evenly strewn places; and their scale.

    Places are handed out from west to east in strips, and in each strip up or down by turns, so that neighbours by
    code, which mostly are neighbours on the ground, stay neighbours here.
    """
    width, height = frame.east - frame.west, frame.north - frame.south
    spots, scale = _strewn(len(codes), frame)
    strips = max(1, round(math.sqrt(max(1, len(codes)) * width / height)))
    size = max(1, math.ceil(len(codes) / strips))
    spots.sort(key=lambda spot: spot[1])
    ordered = []
    for number in range(0, len(spots), size):
        ordered += sorted(spots[number : number + size], reverse=number // size % 2 == 0)
    centres = dict(zip(codes, ordered, strict=True))
    for code, commune in known.items():
        if commune.lat is not None and commune.lon is not None:
            centres[code] = (commune.lat, commune.lon)
    return centres, scale


def _strewn(count: int, frame: Frame) -> tuple[list[tuple[float, float]], float]:
    """Places as the seeds of a sunflower lie, those nearest the middle of the frame's ellipse; and their scale.

    The seeds of r = c·√k lie no closer to each other than about 1.6 c (Vogel, 1979).
    """
    lat, lon = (frame.north + frame.south) / 2, (frame.east + frame.west) / 2
    half_height, half_width = (frame.north - frame.south) / 2, (frame.east - frame.west) / 2
    scale = math.sqrt(half_height * half_width / max(1, count))
    seeds = []
    for number in range(math.ceil((max(half_height, half_width) / scale) ** 2) + 1):
        radius, angle = scale * math.sqrt(number + 0.5), number * GOLDEN
        seeds.append((radius * math.sin(angle), radius * math.cos(angle)))
    seeds.sort(key=lambda seed: math.hypot(seed[0] / half_height, seed[1] / half_width))
    return [(lat + north, lon + east) for north, east in seeds[:count]], scale
