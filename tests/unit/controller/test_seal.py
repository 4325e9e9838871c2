"""The controller's side of the seal, against the box's own."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.seal import key_id, seal
from agent.wire import BATCH_TYPE, HEAD_TYPE
from controller.seal import SealError, keyid, open_sealed, pae, parse, sign_plain, unpack, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
DOCUMENT = '{"xin": "chào"}'.encode()


def test_what_a_box_seals_the_controller_opens() -> None:
    assert open_sealed(seal(BATCH_TYPE, DOCUMENT, KEY), PUBLIC, BATCH_TYPE, 1000) == DOCUMENT
    assert keyid(PUBLIC) == key_id(PUBLIC)


def test_the_encoding_that_is_signed_is_the_one_of_dsse() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_one_kind_of_message_is_never_taken_for_another() -> None:
    with pytest.raises(SealError, match="expected"):
        open_sealed(seal(BATCH_TYPE, DOCUMENT, KEY), PUBLIC, HEAD_TYPE, 1000)
    envelope = json.loads(seal(BATCH_TYPE, DOCUMENT, KEY))
    envelope["payloadType"] = HEAD_TYPE
    with pytest.raises(SealError, match="signature"):
        open_sealed(json.dumps(envelope).encode(), PUBLIC, HEAD_TYPE, 1000)


def test_another_key_is_refused_even_under_the_right_name() -> None:
    other = Ed25519PrivateKey.generate()
    with pytest.raises(SealError, match="another key"):
        open_sealed(seal(BATCH_TYPE, DOCUMENT, other), PUBLIC, BATCH_TYPE, 1000)
    envelope = json.loads(seal(BATCH_TYPE, DOCUMENT, other))
    envelope["signatures"][0]["keyid"] = keyid(PUBLIC)
    with pytest.raises(SealError, match="signature"):
        open_sealed(json.dumps(envelope).encode(), PUBLIC, BATCH_TYPE, 1000)


def test_a_changed_byte_anywhere_is_refused() -> None:
    sealed = seal(BATCH_TYPE, DOCUMENT, KEY)
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealError):
            open_sealed(changed, PUBLIC, BATCH_TYPE, 1000)


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        [],
        {},
        {"payload": "", "payloadType": "", "signatures": []},
        {"payload": "", "payloadType": "", "signatures": [{}, {}]},
        {"payload": "é", "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]},
        {"payload": 5, "payloadType": "", "signatures": [{"keyid": "", "sig": ""}]},
        {"payload": "", "payloadType": "", "signatures": [{"keyid": "", "sig": "?"}]},
    ],
)
def test_what_is_no_envelope_is_refused(envelope: Any) -> None:
    with pytest.raises(SealError):
        parse(json.dumps(envelope).encode())


def test_a_signature_of_the_wrong_length_is_refused() -> None:
    for length in (0, 63, 65):
        envelope = json.loads(seal(BATCH_TYPE, DOCUMENT, KEY))
        envelope["signatures"][0]["sig"] = base64.b64encode(bytes(length)).decode()
        with pytest.raises(SealError):
            verify(parse(json.dumps(envelope).encode()), PUBLIC, BATCH_TYPE)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "bad-seal"),
        (b"plain", "bad-seal"),
        (gzip.compress(b"x", mtime=0)[:-1], "bad-seal"),
        (gzip.compress(b"x", mtime=0) + b"more", "bad-seal"),
        (gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0), "bad-seal"),
        (gzip.compress(b"x" * 101, mtime=0), "too-large"),
    ],
)
def test_what_cannot_be_unpacked_within_its_bound_is_refused(payload: bytes, code: str) -> None:
    with pytest.raises(SealError) as refused:
        unpack(payload, 100)
    assert refused.value.code == code


def test_what_fits_exactly_is_unpacked() -> None:
    assert unpack(gzip.compress(b"x" * 100, mtime=0), 100) == b"x" * 100


def test_a_plain_envelope_of_the_controller_is_one_that_boxes_verify() -> None:
    envelope = sign_plain({"epoch": 1}, "text/plain", KEY)
    payload = base64.b64decode(envelope["payload"])
    KEY.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), pae("text/plain", payload))
