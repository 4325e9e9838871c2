"""Sealed envelopes: exact bytes, and nothing that was touched is taken."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.seal import BadSeal, key_id, pae, seal, unseal
from agent.wire import BATCH_TYPE, HEAD_TYPE, MAX_BATCH_JSON_BYTES

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def test_pae_is_as_the_dsse_protocol_has_it() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_an_envelope_has_its_keys_in_order_and_no_spaces() -> None:
    envelope = seal(BATCH_TYPE, b'{"a":1}', KEY)
    assert envelope.startswith(b'{"payload":"')
    assert list(json.loads(envelope)) == ["payload", "payloadType", "signatures"]
    assert list(json.loads(envelope)["signatures"][0]) == ["keyid", "sig"]
    assert b", " not in envelope
    assert b"\n" not in envelope


def test_the_key_id_is_the_start_of_the_hash_of_the_raw_key() -> None:
    assert json.loads(seal(BATCH_TYPE, b"{}", KEY))["signatures"][0]["keyid"] == key_id(PUBLIC)
    assert key_id(PUBLIC) == hashlib.sha256(PUBLIC).hexdigest()[:16]


def test_the_same_document_gives_the_same_bytes_at_any_time() -> None:
    assert seal(BATCH_TYPE, b'{"a":1}', KEY) == seal(BATCH_TYPE, b'{"a":1}', KEY)


def test_what_was_sealed_comes_out_again() -> None:
    document = '{"tên":"Trường"}'.encode()
    assert unseal(seal(BATCH_TYPE, document, KEY), BATCH_TYPE, PUBLIC) == document


def test_another_type_another_key_and_any_flipped_byte_are_refused() -> None:
    envelope = seal(BATCH_TYPE, b'{"a":1}', KEY)
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(BadSeal, match="of type"):
        unseal(envelope, HEAD_TYPE, PUBLIC)
    with pytest.raises(BadSeal, match="does not fit"):
        unseal(envelope, BATCH_TYPE, other)
    for place in range(0, len(envelope), 7):
        flipped = bytearray(envelope)
        flipped[place] ^= 1
        try:
            assert unseal(bytes(flipped), BATCH_TYPE, PUBLIC) == b'{"a":1}'  # only where it changes nothing: keyid
        except BadSeal:
            continue
        assert json.loads(flipped)["payload"] == json.loads(envelope)["payload"]


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"[]", b"null", b'{"payloadType":1}', b'"x"', b'{"payload":"%%","payloadType":"x"}', b"\xff"]
)
def test_garbage_is_a_bad_seal_and_nothing_else(garbage: bytes) -> None:
    with pytest.raises(BadSeal):
        unseal(garbage, BATCH_TYPE, PUBLIC)


def test_a_gzip_bomb_under_a_good_seal_is_bounded() -> None:
    bomb = gzip.compress(b"0" * (MAX_BATCH_JSON_BYTES + 1), mtime=0)
    envelope = {
        "payload": base64.b64encode(bomb).decode(),
        "payloadType": BATCH_TYPE,
        "signatures": [{"keyid": "", "sig": base64.b64encode(KEY.sign(pae(BATCH_TYPE, bomb))).decode()}],
    }
    with pytest.raises(BadSeal, match="more than"):
        unseal(json.dumps(envelope).encode(), BATCH_TYPE, PUBLIC)
