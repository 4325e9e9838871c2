"""The interface of a measurement, from a tree of files as the kernel shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.speedtest.context import Counters, Load, counters, interface_of

WIRELESS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   54.  -56.  -256        0      0      0      0      0        0
"""
IF_INET6 = (
    "fe80000000000000020c29fffe9f2a31 02 40 20 80     eth7\n00000000000000000000000000000001 01 80 10 80       lo\n"
)


@pytest.fixture
def system(tmp_path: Path) -> tuple[Path, Path]:
    """A card at 1 Gbit/s, one without a cable, and one for Wi-Fi."""
    net, proc = tmp_path / "net", tmp_path / "proc"
    for name, speed, duplex in (("eth7", "1000", "full"), ("eth8", "-1", "unknown"), ("wlan0", "", "")):
        (net / name / "statistics").mkdir(parents=True)
        (net / name / "speed").write_text(f"{speed}\n")
        (net / name / "duplex").write_text(f"{duplex}\n")
        (net / name / "statistics" / "rx_bytes").write_text("700\n")
        (net / name / "statistics" / "tx_bytes").write_text("70\n")
    (net / "wlan0" / "wireless").mkdir()
    (proc / "net").mkdir(parents=True)
    (proc / "net" / "wireless").write_text(WIRELESS)
    (proc / "net" / "if_inet6").write_text(IF_INET6)
    return net, proc


def named(system: tuple[Path, Path], name: str) -> tuple[Path, Path]:
    net, proc = system
    (proc / "net" / "if_inet6").write_text(IF_INET6.replace("eth7", name))
    return net, proc


ADDRESS = "fe80::20c:29ff:fe9f:2a31"


def test_a_wired_card_says_its_speed(system: tuple[Path, Path]) -> None:
    found = interface_of(ADDRESS, *system)
    assert (found.name, found.medium, found.bits_per_second, found.duplex) == ("eth7", "wire", 1e9, "full")


def test_an_address_with_a_zone_is_found(system: tuple[Path, Path]) -> None:
    assert interface_of(f"{ADDRESS}%eth7", *system).name == "eth7"


def test_a_card_that_tells_no_speed_has_none(system: tuple[Path, Path]) -> None:
    assert interface_of(ADDRESS, *named(system, "eth8")).bits_per_second is None


def test_wifi_is_named_with_the_rates_that_iw_tells(system: tuple[Path, Path]) -> None:
    told = {"signal_dbm": -71.0, "send_bps": 65e6, "receive_bps": 130e6}
    found = interface_of(ADDRESS, *named(system, "wlan0"), iw=lambda name: told if name == "wlan0" else {})
    assert (found.signal_dbm, found.send_bits_per_second, found.receive_bits_per_second) == (-71.0, 65e6, 130e6)
    assert found.slowest == 65e6


def test_a_mobile_card_is_named(system: tuple[Path, Path]) -> None:
    (system[0] / "eth7" / "uevent").write_text("DEVTYPE=wwan\nINTERFACE=eth7\n")
    assert interface_of(ADDRESS, *system).medium == "mobile"


def test_a_card_without_a_speed_has_no_slowest(system: tuple[Path, Path]) -> None:
    assert interface_of(ADDRESS, *named(system, "eth8")).slowest is None


def test_wifi_is_named_with_its_level(system: tuple[Path, Path]) -> None:
    found = interface_of(ADDRESS, *named(system, "wlan0"))
    assert (found.medium, found.bits_per_second, found.signal_dbm) == ("wifi", None, -56.0)


@pytest.mark.parametrize("address", ["::1", "127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1"])
def test_this_machine_is_loopback(system: tuple[Path, Path], address: str) -> None:
    assert interface_of(address, *system).medium == "loopback"


def test_an_address_of_no_interface_is_unknown(system: tuple[Path, Path]) -> None:
    found = interface_of("2001:db8::1", *system)
    assert (found.name, found.medium) == ("", "unknown")


def test_the_load_of_now_is_a_share() -> None:
    load = Load()
    sum(range(200_000))
    waited = load.waited()
    assert load.own() > 0
    assert 0 <= load.machine() <= 1
    assert waited is None or 0 <= waited < 1.5


def test_counters_are_read_and_absent_ones_are_none(system: tuple[Path, Path]) -> None:
    assert counters("eth7", system[0]) == Counters(received=700, sent=70)
    assert counters("eth9", system[0]) is None
    assert counters("", system[0]) is None
