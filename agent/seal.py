"""Seals what a box says: a DSSE v1 envelope, signed by the box's own Ed25519 key.

The signature covers the payload's type and its bytes, so the same envelope can be checked wherever it ends up: at the
controller, on a USB stick, in an evidence file. Format: https://github.com/secure-systems-lab/dsse (protocol.md).
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.wire import MAX_BATCH_JSON_BYTES


class BadSeal(Exception):
    """An envelope that does not hold: damaged, of another type, or signed by another key."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def key_id(public_key: bytes) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def seal(payload_type: str, document: bytes, key: Ed25519PrivateKey) -> bytes:
    """One line of JSON: the envelope over gzip(``document``); ``document`` is JSON in UTF-8."""
    payload = gzip.compress(document, compresslevel=6, mtime=0)
    signature = key.sign(pae(payload_type, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {"keyid": key_id(key.public_key().public_bytes_raw()), "sig": base64.b64encode(signature).decode()}
        ],
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def verified_payload(envelope: Any, payload_type: str, public_key: bytes) -> bytes:
    """The payload of a decoded envelope when one of its signatures is ``public_key``'s. Raises BadSeal otherwise."""
    try:
        if envelope["payloadType"] != payload_type:
            raise BadSeal(f"of type {envelope['payloadType']!r:.100}, not {payload_type}")
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(entry["sig"], validate=True) for entry in envelope["signatures"][:4]]
        verifier = Ed25519PublicKey.from_public_bytes(public_key)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadSeal(f"no envelope: {type(error).__name__}: {error!s:.200}") from None
    for signature in signatures:
        try:
            verifier.verify(signature, pae(payload_type, payload))
        except InvalidSignature:
            continue
        return payload
    raise BadSeal("the signature does not fit")


def unseal(envelope: bytes, payload_type: str, public_key: bytes) -> bytes:
    """The document inside a sealed envelope, after its signature was checked. Raises BadSeal."""
    try:
        decoded = json.loads(envelope)
    except ValueError as error:
        raise BadSeal(f"no envelope: {error!s:.200}") from None
    payload = verified_payload(decoded, payload_type, public_key)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        document = unpacker.decompress(payload, MAX_BATCH_JSON_BYTES)
    except zlib.error as error:
        raise BadSeal(f"not gzip: {error}") from None
    if not unpacker.eof:
        raise BadSeal(f"cut short, or more than {MAX_BATCH_JSON_BYTES} bytes inside")
    return document
