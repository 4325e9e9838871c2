"""Leave to measure once: signed by the controller, verified at the measurement server by the public key alone.

``base64url(JSON claims) "." base64url(Ed25519 signature over the first part)``, without padding.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SECONDS = 300.0  # that a token is good for
MAX_BYTES = 1_000_000_000  # of one test, both ways: 3.5 s each way at 1 Gbit/s
MAX_LENGTH = 1_024
LEEWAY = 30.0  # seconds that the clocks of controller and measurement server may differ


class TokenError(Exception):
    """``reason`` is stable: token-malformed, token-foreign, token-early, token-expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    id: str  # 16 hexadecimal digits; spent once
    school: str
    nbf: float  # Unix seconds
    exp: float
    max_bytes: int


def issue(key: Ed25519PrivateKey, school: str, now: float, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> str:
    claims = Claims(
        id=secrets.token_hex(8), school=school, nbf=int(now) - 5, exp=int(now + seconds), max_bytes=max_bytes
    )
    first = _encode(json.dumps(asdict(claims), separators=(",", ":")).encode())
    return (first + b"." + _encode(key.sign(first))).decode()


def verify(token: str, key: Ed25519PublicKey, now: float) -> Claims:
    """The claims of a token that is good now; whether it was spent is not known here. Raises TokenError."""
    if len(token) > MAX_LENGTH or not token.isascii():
        raise TokenError("token-malformed")
    first, dot, second = token.encode().partition(b".")
    if not dot:
        raise TokenError("token-malformed")
    try:
        key.verify(_decode(second), first)
    except InvalidSignature:
        raise TokenError("token-foreign") from None
    claims = _claims(_decode(first))
    if now < claims.nbf - LEEWAY:
        raise TokenError("token-early")
    if now > claims.exp + LEEWAY:
        raise TokenError("token-expired")
    return claims


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise TokenError("token-malformed") from None


def _claims(data: bytes) -> Claims:
    """Signed, so nobody means harm, but an older or newer controller may have said less."""
    try:
        known = json.loads(data)
        return Claims(
            id=str(known["id"]),
            school=str(known["school"]),
            nbf=float(known["nbf"]),
            exp=float(known["exp"]),
            max_bytes=int(known["max_bytes"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TokenError("token-malformed") from None
