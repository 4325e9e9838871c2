"""What every answer carries: security headers, a nonce for scripts, an ETag, a measured duration, no stack trace.

Plain ASGI, from outside: Observe (duration, one log line), Headers, ETags, Failures. The agent wire goes around all.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from controller.metrics import Metrics
from controller.problems import Problem, answer, language

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_SECONDS = 120.0  # until the whole body of a request is here; a slow line may need that for a file
MAX_BODY_BYTES = 1024 * 1024  # of a request; imports say their own limit where their router is made
MAX_TAGGED_BYTES = 4 * 1024 * 1024
log = logging.getLogger("truongnet.http")


def policy(nonce: str) -> str:
    """Content-Security-Policy: nothing from elsewhere, no inline script or style but with this answer's nonce."""
    return (
        "default-src 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; "
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; child-src blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class Headers:
    """Adds the security headers and ``request.state.nonce``."""

    def __init__(self, app: App, is_tls: bool) -> None:
        self.app, self.is_tls = app, is_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("content-security-policy", policy(nonce))
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "same-origin")
                headers.setdefault("x-frame-options", "DENY")
                headers.setdefault("cross-origin-opener-policy", "same-origin")
                headers.setdefault("permissions-policy", "camera=(self), geolocation=(), microphone=()")
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "private, no-cache")
                    headers.add_vary_header("Cookie, Authorization, Accept-Language")
                if self.is_tls:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, with_headers)


class ETags:
    """For JSON that is read: an ETag over the body, and 304 when the caller has it already. Also words a bare 413."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Tagging(scope, send))


class _Tagging:
    """``send`` that holds back a JSON body until it is whole and can be hashed."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._start: Message | None = None
        self._body: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._on_start(message)
        elif self._start is not None and message["type"] == "http.response.body":
            await self._on_body(message)
        elif message["type"] != "http.response.body" or not self._body:
            await self._send(message)

    async def _on_start(self, message: Message) -> None:
        kind = RequestHeaders(raw=message["headers"]).get("content-type", "")
        if message["status"] == 413 and kind.startswith("text/plain"):
            await self._say_too_large()
        elif self._scope["method"] == "GET" and message["status"] == 200 and kind.startswith("application/json"):
            self._start = message
        else:
            await self._send(message)

    async def _on_body(self, message: Message) -> None:
        assert self._start is not None  # noqa: S101 - the caller looked
        self._body.append(message.get("body", b""))
        self._size += len(self._body[-1])
        more = bool(message.get("more_body"))
        if more and self._size <= MAX_TAGGED_BYTES:
            return
        start, self._start = self._start, None
        body, self._body = b"".join(self._body), []
        headers = MutableHeaders(raw=start["headers"])
        if not more:
            headers.setdefault("etag", f'W/"{hashlib.sha256(body).hexdigest()[:24]}"')
            if matches(RequestHeaders(raw=self._scope["headers"]).get("if-none-match", ""), headers["etag"]):
                start["status"], body = 304, b""
                for name in ("content-length", "content-type"):
                    del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def _say_too_large(self) -> None:
        """The size limit answers before there is a request to answer; a program shall get problem+json all the same."""
        request = Request(self._scope)
        response = Problem("too-large").response(language(request))
        await self._send({"type": "http.response.start", "status": 413, "headers": response.raw_headers})
        self._body = [b"-"]  # swallow the plain text that follows
        await self._send({"type": "http.response.body", "body": response.body})


def matches(header: str, tag: str) -> bool:
    """If-None-Match, by weak comparison."""
    wanted = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") in (wanted, "*") for part in header.split(","))


class Failures:
    """The one place where a defect of ours becomes an answer: recorded by type and place, told as "internal"."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = False

        async def watch(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # the one broad catch: whatever it was, the caller gets an answer
            log.exception("request failed", exc_info=error)
            if is_started:
                raise
            await answer(Request(scope), Problem("internal"))(scope, receive, send)


class Patience:
    """A body that does not come to its end in time is taken as a caller who left: nobody waits for it for ever."""

    def __init__(self, app: App, seconds: float = BODY_SECONDS) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        end = asyncio.get_running_loop().time() + self.seconds
        is_over = False

        async def in_time() -> Message:
            nonlocal is_over
            if is_over:  # what comes now is only whether the caller is still there
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                is_over = True
                return {"type": "http.disconnect"}
            is_over = not message.get("more_body", False)
            return message

        await self.app(scope, in_time, send)


class Observe:
    """Times each request and logs it by its route: no path, query, address or person."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "") or "none"
            self.metrics.observe(route, scope["method"], status, seconds)
            level = logging.WARNING if status >= 500 else logging.INFO if route != "/healthz" else logging.DEBUG
            log.log(
                level,
                "request",
                extra={
                    "route": route,
                    "method": scope["method"][:16],
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                },
            )
