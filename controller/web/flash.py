"""A message that is shown once, on the next page, carried by a signed cookie. Secrets never travel in it."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "truongnet-flash"
MAX_AGE = 60
KINDS = ("success", "warning", "danger", "info")


@dataclass(frozen=True, slots=True)
class Message:
    kind: str
    text: str


def serializer(key: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="flash")


def put(response: Response, key: bytes, message: Message, *, is_tls: bool) -> None:
    value = serializer(key).dumps([message.kind, message.text[:600]])
    assert isinstance(value, str)  # noqa: S101 - text in, text out
    response.set_cookie(COOKIE, value, max_age=MAX_AGE, path="/", httponly=True, samesite="lax", secure=is_tls)


def read(request: Request, key: bytes) -> Message | None:
    value = request.cookies.get(COOKIE, "")
    if not value or len(value) > 3_000:
        return None
    try:
        kind, text = serializer(key).loads(value, max_age=MAX_AGE)
    except (BadSignature, ValueError, TypeError):
        return None
    return Message(kind if kind in KINDS else "info", str(text))


def clear(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")
