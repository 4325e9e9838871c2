"""Light measurements and second opinions are kept, and stand in no statistic of full and short ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from sqlmodel import col, select

from agent.wire import Item, Result, Sample
from controller import retention
from controller.tables import Day, Latest, Measurement
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province


def light(box: Box, at: float, down: float = 45e6, **facts: Any) -> Item:
    """As a box of today sends it."""
    result = Result(
        probe="speed",
        outcome="ok",
        started=box.stamp(at),
        duration=3.0,
        samples=[
            Sample(name="light_down_bits_per_second", value=down),
            Sample(name="light_up_bits_per_second", value=20e6),
            Sample(name="rtt_idle_seconds", value=0.012),
            Sample(name="bytes_used", value=900_000.0),
        ],
        facts={"scope": "network", "mode": "light", "valid": True, "validity": [], **facts},
    )
    return Item(kind="result", body=asdict(result))


def second(box: Box, at: float) -> Item:
    result = Result(
        probe="second",
        outcome="ok",
        started=box.stamp(at),
        duration=22.0,
        samples=[
            Sample(name="second_down_bits_per_second", value=300e6),
            Sample(name="second_up_bits_per_second", value=300e6),
        ],
        facts={"scope": "network", "method": "speedtest-cli/2.1.3", "valid": True},
    )
    return Item(kind="result", body=asdict(result))


def sent(province: Province, *contents: Any) -> None:
    box = province.accepted()
    made = [one(box) if callable(one) else one for one in contents]
    province.exchange(box, box.batch(province.clock(), made))


def test_a_light_one_is_kept_without_rates_in_the_columns(province: Province) -> None:
    now = province.clock()
    sent(province, lambda box: light(box, now - 60))
    with province.session() as session:
        (row,) = session.exec(select(Measurement)).all()
    assert (row.probe, row.is_valid, row.down_bps, row.up_bps, row.rtt) == ("speed", True, None, None, 0.012)
    assert row.body["facts"]["mode"] == "light"


@pytest.mark.parametrize("other", [light, second], ids=["light", "second"])
def test_the_newest_speed_stays_that_of_the_full_one(province: Province, other: Any) -> None:
    now = province.clock()
    sent(province, lambda box: box.speed(now - 600, down=90e6), lambda box: other(box, now - 60))
    with province.session() as session:
        (latest,) = session.exec(select(Latest).where(col(Latest.speed_at).is_not(None))).all()
    assert latest.down_bps == 90e6
    assert latest.speed_at == pytest.approx(now - 600, abs=1)


def test_the_day_counts_full_and_short_ones_alone(province: Province) -> None:
    now = province.clock()
    sent(
        province,
        lambda box: box.speed(now - 600, down=90e6, mode="full"),
        lambda box: box.speed(now - 500, down=80e6, mode="short"),
        *(lambda box, n=n: light(box, now - 400 + n, down=1e6) for n in range(5)),
        lambda box: second(box, now - 300),
        lambda box: box.speed(now - 200, down=1e6, valid=False, validity=["backup-line"]),
    )
    retention.roll_up_days(province.services.engine, province.services.settings, now)
    with province.session() as session:
        (day,) = session.exec(select(Day)).all()
    assert (day.tests, day.tests_valid, day.down_bps_median) == (3, 2, 85e6)
