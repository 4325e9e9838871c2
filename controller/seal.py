"""The verifying side of the seal: DSSE v1 envelopes signed with Ed25519 (https://github.com/secure-systems-lab/dsse).

The order is the point: an envelope's size is known, then its signature is checked over the packed bytes, and only what
was signed by a key that we know is unpacked, within a bound. Signatures are checked by libsodium (PyNaCl): half the
time of OpenSSL's, on the path that carries all the volume.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

GZIP = 16 + zlib.MAX_WBITS
SIGNATURE_BYTES = 64


class SealError(Exception):
    """The envelope cannot be taken. ``code`` is stable: "bad-seal" or "too-large"."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Envelope:
    payload: bytes
    payload_type: str
    keyid: str
    signature: bytes


def keyid(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()[:16]


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what the signature covers."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def parse(line: bytes) -> Envelope:
    """The parts of an envelope, none of them trusted yet. Raises SealError."""
    try:
        outer = orjson.loads(line)
        (signature,) = outer["signatures"]
        return Envelope(
            payload=base64.b64decode(outer["payload"], validate=True),
            payload_type=str(outer["payloadType"]),
            keyid=str(signature["keyid"]),
            signature=base64.b64decode(signature["sig"], validate=True),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise SealError("bad-seal", f"not a sealed envelope: {type(error).__name__}") from None


def verify(envelope: Envelope, public_key: bytes, payload_type: str) -> bytes:
    """The payload, once the key, the kind and the signature are right. Raises SealError."""
    if envelope.payload_type != payload_type:
        raise SealError("bad-seal", f"sealed as {envelope.payload_type[:80]}, expected {payload_type}")
    if envelope.keyid != keyid(public_key):
        raise SealError("bad-seal", "sealed by another key")
    if len(envelope.signature) != SIGNATURE_BYTES:
        raise SealError("bad-seal", "a signature has 64 bytes")
    try:
        crypto_sign_open(envelope.signature + pae(payload_type, envelope.payload), public_key)
    except (CryptoError, ValueError):
        raise SealError("bad-seal", "the signature does not fit the content") from None
    return envelope.payload


def unpack(payload: bytes, limit: int) -> bytes:
    """Gunzip of one complete member of at most ``limit`` bytes. Raises SealError; a bomb costs the limit at most."""
    inflater = zlib.decompressobj(GZIP)
    try:
        data = inflater.decompress(payload, limit + 1)
    except zlib.error:
        raise SealError("bad-seal", "the content is not gzip") from None
    if len(data) > limit:
        raise SealError("too-large", f"more than {limit} bytes after unpacking")
    if not inflater.eof or inflater.unused_data:
        raise SealError("bad-seal", "the content is truncated or followed by something else")
    return data


def open_sealed(line: bytes, public_key: bytes, payload_type: str, limit: int) -> bytes:
    """Parse, verify and unpack in that order; the JSON inside, as bytes."""
    return unpack(verify(parse(line), public_key, payload_type), limit)


def sign_plain(value: Any, payload_type: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """An envelope over plain JSON, as the controller makes for its epoch."""
    payload = orjson.dumps(value)
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {
                "keyid": keyid(key.public_key().public_bytes_raw()),
                "sig": base64.b64encode(key.sign(pae(payload_type, payload))).decode(),
            }
        ],
    }
