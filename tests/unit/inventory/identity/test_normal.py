"""Values in the one form in which they are compared, and what carries no weight."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.identity.junk import is_junk_uuid, lists, swapped
from inventory.identity.normal import FORMS, MAX_VALUES, SERIAL, host, mac, model, normal, serial, uuid

JUNK_SERIALS = (
    "To be filled by O.E.M.", "TO BE FILLED BY O.E.M", "Default string", "[ Default  String ]", "System Serial Number",
    "Chassis Serial#", "0", "00000000", "XXXXXXXX", "123456789", "0123456789", "9876543210", "1234567890123", "N/A",
    "none", "Not Specified", "ababababab", "....", "", "   ", "Unknown", "12121212", "SerNum0", "\x00\x00\x00\x00",
)  # fmt: skip
GOOD_SERIALS = (
    "5CG8231XYZ",
    "PF1A2B3C",
    "MXL0123ABC",
    "640HP72",
    "/640HP72/CE129536461378/",
    "S29NNXAH146409",
    "1A2B3C4D",
)


@pytest.mark.parametrize("value", JUNK_SERIALS)
def test_what_makers_leave_in_the_firmware_is_no_serial_number(value: str) -> None:
    assert serial(value) == ""


@pytest.mark.parametrize("value", GOOD_SERIALS)
def test_a_real_serial_number_is_kept_in_capitals(value: str) -> None:
    assert serial(f"  {value.lower()} ") == value.upper()


@pytest.mark.parametrize(
    "value",
    [
        "03000200-0400-0500-0006-000700080009", "03000200040005000006000700080009",
        "00020003-0004-0005-0006-000700080009",
        "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "not a uuid", "",
        "11111111-1111-1111-1111-111111111111", "12345678-1234-5678-90ab-cddeefaabbcc",
    ],
)  # fmt: skip
def test_the_uuid_that_689_schools_share_and_its_like_are_none(value: str) -> None:
    assert uuid(value) == ""


def test_windows_and_linux_mean_the_same_machine_by_a_uuid_in_either_byte_order() -> None:
    linux, windows = "4c4c4544-0034-3010-8048-b6c04f503732", "44454c4c-3400-1030-8048-b6c04f503732"
    assert uuid(linux) == uuid(windows.upper()) == min(linux, windows)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("18-C0-4D-AA-BB-03", "18:c0:4d:aa:bb:03"),
        ("18c04daabb03", "18:c0:4d:aa:bb:03"),
        ("18:c0:4d:aa:bb", ""),
        ("da:a1:19:00:00:01", ""),  # private: made up for a network
        ("01:00:5e:00:00:fb", ""),  # for a group
        ("00:00:00:00:00:00", ""),
        ("ff:ff:ff:ff:ff:ff", ""),
        ("00:e0:4c:53:44:58", ""),  # adapters that all carry this one
        ("00:50:56:c0:00:08", ""),  # VMware's adapter on every host
    ],
)
def test_only_an_address_of_its_own_counts(value: str, form: str) -> None:
    assert mac(value) == form


def test_a_name_loses_its_domain_and_says_nothing_when_everyone_has_it() -> None:
    assert host("PHONG-TIN-01.truong.local") == "phong-tin-01"
    assert host("localhost.localdomain") == host("DELL-PC") == host("") == ""
    assert model("System Product Name") == ""
    assert model("OptiPlex 3080") == "optiplex 3080"


def test_a_flood_of_values_is_cut() -> None:
    assert len(normal(SERIAL, (f"AB{number:06}X" for number in range(500)))) == MAX_VALUES


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=300))
def test_any_text_has_one_form_and_that_form_is_its_own(kind: str, value: str) -> None:
    once = FORMS[kind](value)
    assert len(once) <= 120
    assert once.encode("utf-8").decode() == once  # every database takes it
    assert FORMS[kind](once) in (once, "")


@given(st.uuids())
def test_a_uuid_and_its_other_byte_order_are_junk_together(value: UUID) -> None:
    assert is_junk_uuid(value) == is_junk_uuid(swapped(value))
    assert uuid(str(value)) == uuid(str(swapped(value)))


def test_every_listed_value_is_junk_in_each_kind_that_it_can_stand_in() -> None:
    assert all(serial(text) == "" for text in lists().texts)
    assert all(uuid(text) == "" for text in lists().uuids)
    assert all(mac(text) == "" for text in lists().macs)
