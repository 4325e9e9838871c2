"""``GET /live``: server-sent events that say what changed, and nothing more; the page fetches what it shows anew.

A stream ends after some minutes (the browser opens the next one), so that a session that ended or a right that was
taken away does not go on listening. The number of streams is bounded; whoever finds no place looks every half minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlmodel import select

from controller.changes import Change, Changes
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.tables import School
from controller.web.places import Places
from controller.web.render import web_of

router = APIRouter(include_in_schema=False)

LIFETIME = 300.0  # seconds
KEEP_ALIVE = 15.0


def visible(session: Db, who: Caller) -> frozenset[int] | None:
    """The schools that this person may hear of; None: all."""
    if who.scope.is_all:
        return None
    return frozenset(number for number in session.exec(who.scope.schools(select(School.id))) if number is not None)


@router.get("/live")
def live(
    request: Request, who: Annotated[Caller, require("overview.read", session_only=True)], session: Db, services: Sv
) -> Response:
    places = web_of(request).places
    if places.is_full(who.user_id):
        raise Problem("busy", retry_after=30)
    mine = visible(session, who)
    session.close()  # a stream lives long and must not hold a connection
    stream = events(services.changes, mine, places, who.user_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def events(changes: Changes, mine: frozenset[int] | None, places: Places, user_id: int) -> AsyncIterator[bytes]:
    """What changed, as server-sent events, for ``LIFETIME`` seconds."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIFETIME
    with places.take(user_id) as is_taken, changes.subscribe() as feed:
        yield b"retry: 3000\n\n"
        while is_taken and (left := ends - loop.time()) > 0:
            try:
                change = await asyncio.wait_for(feed.get(), min(KEEP_ALIVE, left))
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if concerns(change, mine):
                yield b"data: " + orjson.dumps({"school": change.school_id, "kind": change.kind}) + b"\n\n"


def concerns(change: Change, mine: frozenset[int] | None) -> bool:
    return mine is None or change.school_id is None or change.school_id in mine
