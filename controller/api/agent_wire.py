"""The agent wire, ``/v1/…``: plain ASGI in front of the application, because these two paths carry all the volume.

``POST /v1/exchange`` and ``POST /v1/beat`` answer thousands of times a second; ``POST /v1/join`` and ``GET /v1/ca`` are
here because they belong to the same wire. Nothing is parsed before its size is known.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from agent.wire import MAX_EXCHANGE_BYTES, Beat
from controller import exchange, join, seal
from controller.beats import BeatRefused
from controller.db import begin_write
from controller.intake import Arrived, Ticket
from controller.limits import Buckets
from controller.refusal import Refusal
from controller.services import Services
from controller.tables import Agent, Readmission
from controller.tokens import exchange_school

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BEAT_BYTES = 4_096
MAX_BYTES_IN_WORK = 512 * 1024 * 1024
MAX_KNOWN = 200_000
BODY_SECONDS = 120.0  # a slow line may need it for 4 MB; a body that never ends does not hold memory for longer

log = logging.getLogger("truongnet.wire")
JSON = (b"content-type", b"application/json")


@cache
def _beat_adapter() -> TypeAdapter[Beat]:
    return TypeAdapter(Beat)


class AgentWire:
    """ASGI middleware: takes ``/v1/…`` and hands everything else on."""

    def __init__(self, app: App, services: Services) -> None:
        self.app, self.services = app, services
        self._keys: dict[str, bytes] = {}  # agent -> public key; never changes, since an id is the id of its key
        self._is_warm = False
        self._joins = Buckets(rate=50.0, burst=500.0)  # of all boxes together
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        try:
            headers, body = await self._answer(scope, path, receive)
            status = 200
        except Refusal as refusal:
            headers = [(b"content-type", b"application/problem+json"), *refusal.headers]
            status, body = refusal.status, refusal.body()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, path: str, receive: Receive) -> tuple[list[tuple[bytes, bytes]], bytes]:
        method = scope["method"]
        if path == "/v1/ca" and method in ("GET", "HEAD"):
            pem = self.services.keys.served_pem.encode()
            return [(b"content-type", b"application/x-pem-file")], pem
        if path not in ("/v1/beat", "/v1/exchange", "/v1/join"):
            raise Refusal("not-found", "no such call")
        if method != "POST":
            raise Refusal("method", "POST is the only way")
        if path == "/v1/beat":
            return [JSON], self._beat(await self._read(scope, receive, MAX_BEAT_BYTES))
        if path == "/v1/join":
            return [JSON], await self._join(await self._read(scope, receive, join.MAX_JOIN_BYTES))
        return [JSON], await self._exchange(scope, receive)

    async def _read(self, scope: Scope, receive: Receive, limit: int) -> bytes:
        """The whole body, or Refusal as soon as it is known to be too large."""
        for name, value in scope["headers"]:
            if name == b"content-length" and int(value) > limit:
                raise Refusal("too-large", f"at most {limit} bytes")
        parts: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while more and size <= limit:
                    message = await receive()
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    more = bool(message.get("more_body"))
        except TimeoutError:
            raise Refusal("bad-request", f"the body took longer than {BODY_SECONDS:.0f} s") from None
        if message["type"] == "http.disconnect":
            raise Refusal("bad-request", "the body ended early")
        if size > limit:
            raise Refusal("too-large", f"at most {limit} bytes")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _beat(self, body: bytes) -> bytes:
        try:
            beat = _beat_adapter().validate_python(orjson.loads(body))
            return orjson.dumps(self.services.beats.take(beat))
        except (orjson.JSONDecodeError, ValidationError):
            raise Refusal("bad-request", "not a beat") from None
        except BeatRefused:
            raise Refusal("bad-token", "exchange first: that gives a new token") from None

    async def _exchange(self, scope: Scope, receive: Receive) -> bytes:
        if self._in_work > MAX_BYTES_IN_WORK:
            raise Refusal("busy", "more arrives than can be worked on; come again", 5)
        body = await self._read(scope, receive, MAX_EXCHANGE_BYTES)
        self._in_work += len(body)
        try:
            return await self._work(body)
        finally:
            self._in_work -= len(body)

    async def _work(self, body: bytes) -> bytes:
        received = self.services.clock()
        try:
            agent = seal.parse(exchange.first_line(body)).keyid
        except seal.SealError as error:
            raise Refusal(error.code, error.detail) from None
        public_key = self._keys.get(agent)
        if public_key is None:
            public_key = await asyncio.to_thread(self._look_up, agent, body)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self.services.ingest.receive(Arrived(agent, public_key, body, received, Ticket(loop, answer)))
        return await answer

    def _look_up(self, agent: str, body: bytes) -> bytes:
        """The public key of a box from the database. Raises Refusal for a box that is not known."""
        with Session(self.services.engine) as session:
            if not self._is_warm:  # the first box that comes after a start brings the keys of all
                self._is_warm = True
                for one, key in session.exec(select(Agent.id, Agent.public_key).limit(MAX_KNOWN)):
                    self._keys[one] = base64.b64decode(key)
            row = session.get(Agent, agent)
            if row is None:
                raise self._unknown(session, agent, body)
            public_key = base64.b64decode(row.public_key)
        if len(self._keys) >= MAX_KNOWN:
            self._keys.clear()
        self._keys[agent] = public_key
        return public_key

    def _unknown(self, session: Session, agent: str, body: bytes) -> Refusal:
        """A box that we do not know. After a restore, one that shows a token of ours is taken back when it joins."""
        epoch = self.services.ingest.epoch()
        if epoch.reason == "restore":
            try:
                head = exchange.read_head(seal.parse(exchange.first_line(body)).payload, agent)
            except (Refusal, seal.SealError):
                return Refusal("unknown-agent", "this box is not known here")
            school = exchange_school(self.services.keys.secret("box-tokens"), agent, head.token)
            if school is not None:
                session.merge(Readmission(agent_id=agent, school_code=school, at=self.services.clock()))
                session.commit()
        return Refusal("unknown-agent", "this box is not known here", 60, epoch=epoch.number, epoch_proof=epoch.proof)

    async def _join(self, body: bytes) -> bytes:
        wait = self._joins.wait("", self.services.clock())
        if wait:
            raise Refusal("slow-down", "too many boxes join at once", wait + 5)
        return await asyncio.to_thread(self._join_now, body)

    def _join_now(self, body: bytes) -> bytes:
        services = self.services
        request, public_key = join.read(body)
        try:
            epoch = services.ingest.epoch()
            with Session(services.engine) as session:
                begin_write(session.connection())
                now = services.clock()
                reply = join.join(join.Joining(session, services.keys, epoch, request, public_key, now))
                school = session.get(Agent, reply.agent) if reply.agent else None
                session.commit()
                services.changes.publish(school.school_id if school else None, "agent")
        except (IntegrityError, OperationalError):
            log.exception("join failed")
            raise Refusal("busy", "the same box or code is being worked on; come again", 5) from None
        return orjson.dumps(asdict(reply))
