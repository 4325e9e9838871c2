"""The legacy HTTP paths that speedtest-cli asks a server for, in one place.

A leaf that the box (agent/speedtest/second_child.py), the measurement server (controller/measure/legacy.py) and the
benchmarks' peer share: standard library only. ``GET /speedtest/latency.txt`` is answered by LATENCY,
``GET /speedtest/random<side>x<side>.jpg`` by so many bytes as PICTURES says, and ``POST /speedtest/upload.php`` by how
many bytes came (:func:`taken`). What the pictures show does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FOLDER = "/speedtest/"
LATENCY_PATH, UPLOAD_PATH = f"{FOLDER}latency.txt", f"{FOLDER}upload.php"
LATENCY = b"test=test\n"
PICTURES: Mapping[int, int] = MappingProxyType(
    {
        350: 245_388,
        500: 505_544,
        750: 1_118_012,
        1000: 1_986_284,
        1500: 4_468_241,
        2000: 7_907_740,
        2500: 12_407_926,
        3000: 17_816_816,
        3500: 24_262_167,
        4000: 31_625_365,
    }
)  # bytes by side, as servers of that kind have them


def picture_path(side: int) -> str:
    return f"{FOLDER}random{side}x{side}.jpg"


def taken(count: int) -> bytes:
    """The answer to an upload of ``count`` bytes."""
    return f"size={count}".encode()
