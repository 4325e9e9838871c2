"""Leave to measure: what the controller signs and the measurement server believes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from controller.measure.tokens import LEEWAY, MAX_BYTES, SECONDS, TokenError, issue, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW = 1_764_000_000.0


def reason(token: str, now: float = NOW) -> str:
    with pytest.raises(TokenError) as caught:
        verify(token, KEY.public_key(), now)
    return caught.value.reason


def signed(payload: bytes) -> str:
    first = base64.urlsafe_b64encode(payload).rstrip(b"=")
    return (first + b"." + base64.urlsafe_b64encode(KEY.sign(first)).rstrip(b"=")).decode()


def test_what_was_issued_is_verified() -> None:
    claims = verify(issue(KEY, "82001", NOW), KEY.public_key(), NOW)
    assert (claims.school, claims.max_bytes) == ("82001", MAX_BYTES)
    assert claims.nbf <= NOW < claims.exp


def test_no_two_tokens_have_one_id() -> None:
    ids = {verify(issue(KEY, "82001", NOW), KEY.public_key(), NOW).id for _ in range(100)}
    assert len(ids) == 100


def test_it_is_good_until_its_end_and_the_leeway_of_two_clocks() -> None:
    token = issue(KEY, "82001", NOW)
    verify(token, KEY.public_key(), NOW + SECONDS + LEEWAY - 1)
    assert reason(token, NOW + SECONDS + LEEWAY + 1) == "token-expired"
    assert reason(token, NOW - LEEWAY - 10) == "token-early"


def test_another_key_is_foreign() -> None:
    assert reason(issue(Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)), "82001", NOW)) == "token-foreign"


@given(st.integers(0, 10_000), st.integers(1, 127))
def test_no_change_of_any_character_makes_another_token(place: int, shift: int) -> None:
    token = issue(KEY, "82001", NOW)
    place %= len(token)
    changed = token[:place] + chr((ord(token[place]) + shift) % 128) + token[place + 1 :]
    try:
        claims = verify(changed, KEY.public_key(), NOW)
    except TokenError:
        return
    # The last character of base64 carries unused bits: a change of those alone is no other token.
    assert claims == verify(token, KEY.public_key(), NOW)


@given(st.text(max_size=300))
def test_any_text_is_refused_calmly(text: str) -> None:
    with pytest.raises(TokenError):
        verify(text, KEY.public_key(), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        [],
        None,
        {},
        {"id": "1", "school": "82001", "nbf": 0, "exp": "later", "max_bytes": 1},
        {"id": "1", "school": "82001", "nbf": 0, "max_bytes": 1},
    ],
    ids=str,
)
def test_signed_claims_of_another_shape_are_malformed(claims: Any) -> None:
    assert reason(signed(json.dumps(claims).encode())) == "token-malformed"


def test_claims_that_a_newer_controller_added_are_ignored() -> None:
    claims = {"id": "1", "school": "82001", "nbf": 0, "exp": NOW + 9, "max_bytes": 1, "box": "x"}
    assert verify(signed(json.dumps(claims).encode()), KEY.public_key(), NOW).id == "1"
