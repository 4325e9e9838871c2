"""Rates of real use from a card's counters."""

from __future__ import annotations

from agent.traffic import Traffic
from agent.wire import Result, Sample, Stamp


def counted(mono: float, received: int, sent: int, card: str = "eth0") -> Result:
    samples = [
        Sample(name="interface_received_bytes", value=float(received), labels={"interface": card}),
        Sample(name="interface_sent_bytes", value=float(sent), labels={"interface": card}),
    ]
    return Result(
        probe="traffic", outcome="ok", started=Stamp(wall=0.0, mono=mono, boot="b"), duration=0.0, samples=samples
    )


def rates(traffic: Traffic, result: Result) -> dict[str, float]:
    return {sample.name: sample.value for sample in traffic.take(result)}


def test_two_counts_make_a_rate() -> None:
    traffic = Traffic()
    assert rates(traffic, counted(10.0, 1_000_000, 0)) == {}
    assert rates(traffic, counted(15.0, 13_500_000, 625_000)) == {
        "passive_down_bits_per_second": 20e6,
        "passive_up_bits_per_second": 1e6,
    }


def test_the_card_is_named() -> None:
    traffic = Traffic()
    traffic.take(counted(10.0, 0, 0))
    assert {sample.labels["interface"] for sample in traffic.take(counted(15.0, 1, 1))} == {"eth0"}


def test_another_card_a_pause_and_a_reset_counter_make_none() -> None:
    traffic = Traffic()
    traffic.take(counted(10.0, 1_000_000, 1_000_000))
    assert rates(traffic, counted(15.0, 2_000_000, 2_000_000, "wlan0")) == {}
    assert rates(traffic, counted(95.0, 3_000_000, 3_000_000, "wlan0")) == {}
    assert rates(traffic, counted(100.0, 7, 7, "wlan0")) == {}
    assert rates(traffic, counted(105.0, 7, 7, "wlan0")) != {}


def test_our_own_test_is_no_real_use() -> None:
    traffic = Traffic()
    traffic.take(counted(10.0, 0, 0))
    traffic.disturb()
    assert rates(traffic, counted(15.0, 50_000_000, 0)) == {}
    assert rates(traffic, counted(20.0, 50_000_000, 0))["passive_down_bits_per_second"] == 0.0


def test_a_run_that_found_nothing_forgets_the_last_count() -> None:
    traffic = Traffic()
    traffic.take(counted(10.0, 0, 0))
    empty = Result(probe="traffic", outcome="skipped", started=Stamp(wall=0, mono=12.0, boot="b"), duration=0.0)
    traffic.take(empty)
    assert rates(traffic, counted(15.0, 1_000, 1_000)) == {}


def whole(mono: float, received: int, sent: int) -> Result:
    values = {"wan_received_bytes": received, "wan_sent_bytes": sent}
    samples = [Sample(name=name, value=float(value), labels={"by": "upnp"}) for name, value in values.items()]
    return Result(
        probe="wan", outcome="ok", started=Stamp(wall=0.0, mono=mono, boot="b"), duration=0.0, samples=samples
    )


def test_the_routers_count_makes_rates_of_its_own_also_when_its_32_bits_are_over() -> None:
    traffic = Traffic()
    traffic.take(whole(0.0, 2**32 - 1_000_000, 5))
    assert rates(traffic, whole(30.0, 74_000_000, 3_750_005)) == {
        "passive_wan_down_bits_per_second": 20e6,
        "passive_wan_up_bits_per_second": 1e6,
    }
    assert rates(traffic, whole(60.0, 10, 3_750_005)) == {"passive_wan_up_bits_per_second": 0.0}, "it began anew"
