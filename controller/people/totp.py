"""The second factor: time-based codes (RFC 6238), each good once; secrets rest sealed by a key outside the database."""

from __future__ import annotations

import base64
import hmac

import pyotp
from cryptography.fernet import Fernet, InvalidToken

STEP = 30
ISSUER = "TruongNet"
TICKET_SECONDS = 900


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))


def new_secret() -> str:
    return pyotp.random_base32()


def seal_secret(key: bytes, secret: str) -> str:
    """``key``: 32 bytes, ``services.keys.secret("totp")``."""
    return _fernet(key).encrypt(secret.encode()).decode()


def open_secret(key: bytes, sealed: str) -> str | None:
    """None when the key is not the one that sealed it (a database restored beside other keys)."""
    try:
        return _fernet(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def uri(secret: str, login: str, province: str) -> str:
    """For the QR code that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=f"{ISSUER} {province}".strip())


def matching_step(secret: str, code: str, now: float, last_step: int) -> int | None:
    """The time step whose code this is, later than ``last_step``: now, or one step to either side. None: not good."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    step = int(now) // STEP
    found = None
    for candidate in (step - 1, step, step + 1):
        good = hmac.compare_digest(pyotp.TOTP(secret).at(candidate * STEP), digits)
        if good and candidate > last_step:
            found = candidate
    return found


def make_ticket(key: bytes, user_id: int, secret: str) -> str:
    """A secret on its way to being confirmed, kept by the caller so that nothing unconfirmed is stored."""
    return _fernet(key).encrypt(f"{user_id} {secret}".encode()).decode()


def read_ticket(key: bytes, user_id: int, ticket: str) -> str | None:
    """The secret, when the ticket is this user's and not older than ``TICKET_SECONDS``."""
    try:
        owner, _, secret = _fernet(key).decrypt(ticket.encode(), ttl=TICKET_SECONDS).decode().partition(" ")
    except (InvalidToken, ValueError):
        return None
    return secret if owner == str(user_id) else None
