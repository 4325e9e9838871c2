"""Windows say so when the box goes out over Wi-Fi or by a spare line, and nothing when it goes as usual."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.probes.reach_around import labels
from agent.route import Gateway

WIRE, AIR = Gateway("eth0", "192.168.1.1"), Gateway("wlan0", "192.168.1.1")
USUAL = {"interface": "eth0", "gateway": "192.168.1.1", "network": "203.113.0.0/16"}


@pytest.mark.parametrize(
    ("gateways", "settings", "expected"),
    [
        ([WIRE], {}, {}),
        ([WIRE, AIR], {"usual": USUAL, "backup": None}, {}),
        ([AIR], {}, {"medium": "wifi"}),
        ([AIR], {"usual": USUAL}, {"medium": "wifi", "way": "spare"}),
        ([Gateway("eth0", "192.168.8.1")], {"usual": USUAL}, {"way": "spare"}),
        ([WIRE], {"backup": ["192.168.1.1"]}, {"way": "spare"}),
        ([], {"backup": ["eth0"]}, {}),
    ],
)
def test_by_the_best_gateway(
    tmp_path: Path, gateways: list[Gateway], settings: dict[str, object], expected: dict[str, str]
) -> None:
    (tmp_path / "wlan0/wireless").mkdir(parents=True)
    assert labels(gateways, settings, tmp_path) == expected
