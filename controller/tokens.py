"""Tokens that a box carries from one call to the next. Both are checked without the database.

*Exchange token*: says that this very controller accepted this box for this school, so a box that joined after the
backup from which we were restored is known again. Which of them are still good, the database says (``admit.py``).
*Beat token*: good for a day, so that a beat is answered from memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

EXCHANGE_BYTES = 12
MAC_BYTES = 16
BEAT_SECONDS = 86_400


def _mac(key: bytes, *parts: str) -> str:
    digest = hmac.digest(key, "\0".join(parts).encode(), hashlib.sha256)[:MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def exchange_token(key: bytes, agent: str, school: str) -> str:
    nonce = secrets.token_urlsafe(EXCHANGE_BYTES)
    return f"{school}.{nonce}.{_mac(key, 'exchange', agent, school, nonce)}"


def exchange_school(key: bytes, agent: str, token: str) -> str | None:
    """The school code for which this controller once accepted ``agent``, or None when the token is not ours."""
    parts = token.rsplit(".", 2)
    if len(parts) != 3:
        return None
    school, nonce, mac = parts
    return school if hmac.compare_digest(mac.encode(), _mac(key, "exchange", agent, school, nonce).encode()) else None


def beat_token(key: bytes, agent: str, now: float) -> str:
    expires = f"{int(now) + BEAT_SECONDS:x}"
    return f"{expires}.{_mac(key, 'beat', agent, expires)}"


def is_beat_token(key: bytes, agent: str, token: str, now: float) -> bool:
    expires, _, mac = token.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(key, "beat", agent, expires).encode()):
        return False
    return int(expires, 16) > now
