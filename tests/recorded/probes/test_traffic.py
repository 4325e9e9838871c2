"""The counters of the card that carries the default route, from a machine's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.frame import ProbeError, Skip
from agent.probes.traffic import read
from tests.recorded.probes.machine import lay_out

HERE = Path(__file__).parent / "traffic"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_card_of_the_default_route_is_read(case: Path, tmp_path: Path) -> None:
    lay_out((case / "tree.txt").read_text(), tmp_path)
    expected = json.loads((case / "expected.json").read_text())
    if "reason" in expected:
        with pytest.raises(Skip) as caught:
            read(tmp_path)
        assert caught.value.reason == expected["reason"]
        return
    found = [{"name": one.name, "value": one.value, **one.labels} for one in read(tmp_path).samples]
    assert found == expected["samples"]


def test_a_card_that_does_not_count_is_named(tmp_path: Path) -> None:
    lay_out((HERE / "two-cards" / "tree.txt").read_text(), tmp_path)
    (tmp_path / "sys/class/net/eth0/statistics/tx_bytes").write_text("")
    with pytest.raises(ProbeError, match="eth0"):
        read(tmp_path)
