"""Codes of the second factor: RFC 6238's own examples, each code once, secrets sealed."""

from __future__ import annotations

import base64

import pytest

from controller.people import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()  # of RFC 6238, appendix B
KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("now", "code"), [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
)
def test_codes_are_those_of_the_standard(now: int, code: str) -> None:
    assert totp.matching_step(SECRET, code, now, 0) == now // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    at, code = 1_111_111_109, "081804"
    for seconds in (-30, 0, 30):
        assert totp.matching_step(SECRET, code, at + seconds, 0) == at // 30
    for seconds in (-61, 61):
        assert totp.matching_step(SECRET, code, at + seconds, 0) is None


def test_a_step_that_was_used_is_not_good_again() -> None:
    assert totp.matching_step(SECRET, "287082", 59, 59 // 30) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", "２８７０８２", "-87082"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert totp.matching_step(SECRET, code, 59, 0) is None


def test_blanks_between_the_digits_do_not_matter() -> None:
    assert totp.matching_step(SECRET, "287 082", 59, 0) is not None


def test_a_secret_is_opened_by_its_own_key_only() -> None:
    sealed = totp.seal_secret(KEY, SECRET)
    assert SECRET not in sealed
    assert totp.open_secret(KEY, sealed) == SECRET
    assert totp.open_secret(OTHER, sealed) is None


def test_a_ticket_brings_its_secret_back_to_its_owner_only() -> None:
    ticket = totp.make_ticket(KEY, 7, SECRET)
    assert totp.read_ticket(KEY, 7, ticket) == SECRET
    assert totp.read_ticket(KEY, 8, ticket) is None
    assert totp.read_ticket(OTHER, 7, ticket) is None
    assert totp.read_ticket(KEY, 7, "rubbish") is None
