"""Labels with QR codes for the machines of a school, as a PDF of ready-cut A4 sheets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session, col, select

from controller import audit
from controller.api.csv_answer import file_answer
from controller.api.shapes import MAX_INT, CodeInPath
from controller.assets import labels
from controller.deps import Caller, Db, Sv, require
from controller.tables import Asset, Room, School
from controller.web import asset_words
from controller.web.i18n import N_
from controller.web.render import web_of

router = APIRouter(include_in_schema=False)
Write = Annotated[Caller, require("school.write")]
PDF = "application/pdf"


@router.get("/schools/{code}/assets/labels")
def sheet(
    request: Request,
    code: CodeInPath,
    who: Write,
    session: Db,
    services: Sv,
    room: Annotated[int | None, Query(ge=1, le=MAX_INT)] = None,
    skip: Annotated[int, Query(ge=0, le=23, description="labels of the first sheet that were used already")] = 0,
) -> Response:
    """One label a machine in use, by room and seat; a machine without a tag gets its number as one."""
    school = who.scope.require_school(session, code)
    translate = web_of(request).translate(who.lang)
    word = asset_words.words(translate)["asset_word"]
    made = [
        labels.Label(
            url=f"{services.settings.base_url}/assets/{asset.id}",
            tag=asset.tag or f"{school.code}-{asset.id}",
            school=school.name,
            room=" · ".join(part for part in (here.code if here else "", asset.seat) if part),
            text=f"{word('kind', asset.kind)} {asset.model}".strip(),
        )
        for asset, here in _machines(session, school, room)
    ]
    audit.record(session, who.login, "export", "file:truongnet-labels.pdf", school.id, now=services.clock())
    session.commit()
    title = translate(N_("Nhãn thiết bị của {name}"), name=school.name)
    return file_answer("truongnet-labels.pdf", PDF, lambda file: labels.write(made, file, skip=skip, title=title))


def _machines(session: Session, school: School, room: int | None) -> list[tuple[Asset, Room | None]]:
    query = select(Asset, Room).join(Room, col(Room.id) == Asset.room_id, isouter=True)
    query = query.where(Asset.school_id == school.id, col(Asset.merged_into).is_(None), Asset.state == "in-use")
    if room is not None:
        query = query.where(Asset.room_id == room)
    query = query.order_by(col(Room.code).asc().nulls_last(), col(Asset.seat), col(Asset.name), col(Asset.id))
    return [(asset, here) for asset, here in session.exec(query.limit(labels.MAX_LABELS))]
