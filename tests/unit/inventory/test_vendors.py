"""Vendors by MAC."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.macs import is_private, vendor_of
from inventory import vendors

HEAD = "Registry,Assignment,Organization Name,Organization Address\n"


@pytest.fixture
def ieee(tmp_path: Path) -> Path:
    (tmp_path / "oui.csv").write_text(
        HEAD
        + 'MA-L,001122,"Big, Maker  Inc",Somewhere\nMA-L,70B3D5,IEEE Registration Authority,\nMA-L,AABBCC,Private,\n'
    )
    (tmp_path / "mam.csv").write_text(HEAD + "MA-M,0011223,Half Maker,\n")
    (tmp_path / "oui36.csv").write_text(HEAD + "MA-S,70B3D5F2F,Small Maker,\nMA-S,001122345,Tiny Maker,\n")
    return tmp_path


def test_the_longest_prefix_wins(ieee: Path) -> None:
    table = vendors.build(vendors.read_csv(ieee), "test")
    assert table.vendor("00:11:22:99:00:00") == "Big, Maker Inc"
    assert table.vendor("00:11:22:3f:00:00") == "Half Maker"
    assert table.vendor("00:11:22:34:5f:ff") == "Tiny Maker"
    assert table.vendor("70-B3-D5-F2-F0-01") == "Small Maker"


def test_a_block_that_was_given_away_in_parts_and_a_secret_owner_name_nobody(ieee: Path) -> None:
    table = vendors.build(vendors.read_csv(ieee), "test")
    assert table.vendor("70:b3:d5:00:00:01") == ""
    assert table.vendor("aa:bb:cc:00:00:01") == ""


@pytest.mark.parametrize("mac", ["", "zz:zz:zz:zz:zz:zz", "00:11", "😀"])
def test_what_is_no_mac_has_no_vendor(ieee: Path, mac: str) -> None:
    assert vendors.build(vendors.read_csv(ieee), "test").vendor(mac) == ""


def test_the_compact_table_holds_what_the_csv_files_hold(ieee: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "vendors.tsv.gz"
    vendors.write_table(vendors.read_csv(ieee), path)
    packed = vendors.build(vendors.read_table(path), "packed")
    plain = vendors.build(vendors.read_csv(ieee), "plain")
    assert packed.prefixes == plain.prefixes
    for mac in ("00:11:22:99:00:00", "00:11:22:3f:00:00", "70:b3:d5:f2:f0:01", "aa:bb:cc:00:00:01"):
        assert packed.vendor(mac) == plain.vendor(mac)


def test_without_any_data_no_vendor_is_known_and_the_source_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError, match="ieee-data"):
        list(vendors.read_csv(tmp_path))
    for name in ("read_csv", "read_table"):
        read = getattr(vendors, name)
        monkeypatch.setattr(vendors, name, lambda read=read: read(tmp_path / "nothing"))
    vendors.table.cache_clear()
    try:
        assert vendors.vendor("b8:27:eb:01:02:03") == ""
        assert vendors.source() == ""
    finally:
        vendors.table.cache_clear()


@pytest.mark.skipif(not vendors.IEEE_DATA.exists(), reason="the Debian package ieee-data is not installed")
def test_debian_s_data_names_well_known_makers_from_each_registry() -> None:
    table = vendors.build(vendors.read_csv(), "debian")
    assert len(table) > 45_000
    assert "Raspberry Pi" in table.vendor("b8:27:eb:01:02:03")
    assert table.vendor("20:85:93:b0:00:00") == "IOG Products LLC"
    assert table.vendor("70:b3:d5:f2:f0:01") == "TELEPLATFORMS"
    assert table.vendor("00:50:c2:7d:50:00") == "DEUTA-WERKE GmbH"


@pytest.mark.parametrize(
    ("mac", "private"),
    [("02:fc:00:00:00:01", True), ("da:a1:19:00:00:01", True), ("b8:27:eb:00:00:01", False), ("", False)],
)
def test_a_private_mac_never_has_a_vendor(mac: str, private: bool) -> None:
    assert is_private(mac) is private
    if private:
        assert vendor_of(mac) == ""
