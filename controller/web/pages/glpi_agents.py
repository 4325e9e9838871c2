"""Where GLPI agents send what they found: the address of a school carries its leave, no account is needed.

An agent first greets (in the XML of its forebears, later by ``contact``) and is told to come with an inventory, then
sends it; all are answered in its own words (``status``, ``message``, ``expiration`` in hours), refusals too, so that
its log says what is wrong.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from controller.api import school_links
from controller.api.imports import FileBody
from controller.assets import intake, links
from controller.assets.links import LinkGate
from controller.deps import Db, Sv, address_of
from controller.problems import Problem
from inventory.identity.body import MAX_PACKED

router = APIRouter(include_in_schema=False, max_body_size=MAX_PACKED)
EXPIRES = 24  # hours until the agent shall come again


@router.post("/glpi/{token}")
def from_agent(request: Request, token: str, session: Db, services: Sv, data: FileBody) -> Response:
    """What a GLPI agent sends to its server's address; answered in its own words, refusals too."""
    now = services.clock()
    try:
        gate: LinkGate = request.app.state.link_gate
        gate.check(token, address_of(request), now)
        row, school = links.find(session, services.keys.secret(school_links.KEY), token, "glpi", now)
        intake.lay(session, school, intake.read(data), now)
        links.used(session, row, now)
        session.commit()
    except Problem as problem:
        session.rollback()
        said = f"{problem.body('vi')['title']}: {problem.body('vi')['detail']} / {problem.body('en')['detail']}"
        answer = {"status": "error", "message": said, "expiration": EXPIRES}
        headers = {"Retry-After": str(problem.params["seconds"])} if problem.retry_after else {}
        return JSONResponse(answer, problem.status, headers)
    services.changes.publish(school.id, "assets")
    return JSONResponse({"status": "ok", "expiration": EXPIRES})
