"""Machines of schools: their list, one with its history and evidence, by hand, from inventory files, and who is who."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import Field
from sqlmodel import Session

from controller.api.common import Paged, SearchText, fetch, problems
from controller.api.imports import body_of
from controller.api.shapes import MAX_INT, CodeInPath, In, NumberInPath, Out, Text
from controller.assets import deeds, intake, read
from controller.assets.book import Taken
from controller.deps import Caller, Db, Sv, require
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Asset, AssetPair, Room, School
from inventory.identity.body import MAX_PACKED

router = APIRouter(prefix="/api/v1", tags=["assets"], max_body_size=MAX_PACKED + 1024)
Read = Annotated[Caller, require("device.read")]
Write = Annotated[Caller, require("school.write")]
Kind = Literal[
    "pc", "laptop", "tablet", "server", "box", "display", "projector", "camera", "speaker", "printer", "access-point",
    "switch", "router", "ups", "phone", "other",
]  # fmt: skip
State = Literal["in-use", "store", "repair", "retired"]
PairState = Literal["open", "same", "apart"]
Mac = Annotated[str, Field(max_length=23, pattern=r"^$|^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}$")]


class AssetOut(Out):
    id: int
    school: str = Field(examples=["82001"])
    school_name: str
    commune: str
    room: str = Field("", description="the room's code")
    seat: str = ""
    kind: str = "other"
    state: str = "in-use"
    tag: str = ""
    name: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = Field("", description="as it was told; it may be a maker's junk")
    source: str = Field("", description="box, glpi, lan or form: who told of it last")
    first_seen: float
    last_seen: float
    facts: dict[str, Any] = Field(default_factory=dict)


class IdentifierOut(Out):
    kind: str = Field(examples=["serial"])
    value: str
    since: float
    until: float | None = Field(None, description="when it was replaced or gone; null: it has it now")
    seen_at: float
    source: str


class AssetEventOut(Out):
    at: float
    kind: str = Field(examples=["board"])
    before: str = ""
    after: str = ""
    actor: str = ""


class EvidenceOut(Out):
    kind: str
    state: str = Field(description="agrees, disagrees, former (had it once) or shared (other machines have it too)")
    points: int
    here: list[str] = Field(default_factory=list)
    there: list[str] = Field(default_factory=list)


class PairOut(Out):
    id: int
    state: PairState
    score: int
    is_conflict: bool = Field(description="something strong speaks against")
    evidence: list[EvidenceOut]
    opened_at: float
    decided_at: float | None = None
    decided_by: str = ""
    one: AssetOut
    other: AssetOut


class WholeOut(AssetOut):
    identifiers: list[IdentifierOut] = Field(default_factory=list)
    events: list[AssetEventOut] = Field(default_factory=list)


class AssetChange(In):
    name: Text | None = None
    kind: Kind | None = None
    state: State | None = None
    seat: Text | None = None
    vendor: Text | None = None
    model: Text | None = None
    tag: Text | None = None
    room_id: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None


class AssetIn(AssetChange):
    kind: Kind = "pc"
    serial: Text | None = None
    mac: Mac | None = None


class TakenOut(Out):
    how: Literal["same", "new", "nothing"] = Field(description="same: it was known already; new: it is a new record")
    asked: int = Field(description="questions that were put into the queue about it")
    asset: AssetOut | None


class TookOut(Out):
    action: str
    asset: int = Field(description="number of the machine; 0: none")
    how: str
    asked: int
    parts: int = Field(description="printers and displays with numbers of their own")


Short = Annotated[str, Query(max_length=100)]


def filters(
    q: SearchText = "", school: Short = "", commune: Short = "", device: Short = "", state: Short = "", room: Short = ""
) -> read.Filters:
    return read.Filters(q=q.strip(), school=school, commune=commune, device=device, state=state, room=room)


Asked = Annotated[read.Filters, Depends(filters)]


def shown(session: Session, who: Caller, numbers: Iterable[int]) -> dict[int, AssetOut]:
    """Records as they go out, joined ones too."""
    found = {}
    for number in numbers:
        asset = session.get(Asset, number)
        school = session.get(School, asset.school_id) if asset is not None else None
        if asset is None or school is None or not who.scope.holds(school):
            continue
        room = session.get(Room, asset.room_id) if asset.room_id is not None else None
        values = asset.model_dump() | {
            "school": school.code,
            "school_name": school.name,
            "commune": school.commune_code,
        }
        found[number] = AssetOut.model_validate(values | {"room": room.code if room is not None else ""})
    return found


@router.get("/assets", responses=problems())
def list_assets(
    who: Read, session: Db, wanted: Paged, response: Response, asked: Asked, sort: Short = ""
) -> list[AssetOut]:
    """Sorted by name, kind, state, tag, model, school, room, first_seen or last_seen; ``-`` in front: falling."""
    found = read.ordered(read.statement(who.scope, asked), read.sort_of(sort))
    response.headers["X-Total-Count"] = str(read.total(session, found))
    return [AssetOut.model_validate(row) for row in read.rows(session, found.limit(wanted.limit).offset(wanted.offset))]


@router.get("/assets/{number}", responses=problems("not-found"))
def get_asset(number: NumberInPath, who: Read, session: Db) -> WholeOut:
    """By the number of any record that was joined into it."""
    asset = deeds.find(session, who, number)
    whole = read.whole(session, who.scope, asset)
    return WholeOut(
        **shown(session, who, [asset.id or 0])[asset.id or 0].model_dump(),
        identifiers=[IdentifierOut.model_validate(row) for row in whole.identifiers],
        events=[AssetEventOut.model_validate(row) for row in whole.events],
    )


@router.patch("/assets/{number}", responses=problems("not-found"))
def change_asset(number: NumberInPath, body: AssetChange, who: Write, session: Db, services: Sv) -> AssetOut:
    """Each change is a row of its history. A null room takes it out of its room."""
    asset = deeds.find(session, who, number)
    given = body.model_dump(exclude_unset=True)
    values = {name: value for name, value in given.items() if value is not None or name == "room_id"}
    check_room(session, asset.school_id, values)
    deeds.edit(session, who, asset, values, services.clock())
    session.commit()
    services.changes.publish(asset.school_id, "assets")
    return shown(session, who, [asset.id or 0])[asset.id or 0]


@router.post("/schools/{code}/assets", status_code=status.HTTP_201_CREATED, responses=problems("school-not-found"))
def add_asset(code: CodeInPath, body: AssetIn, who: Write, session: Db, services: Sv) -> TakenOut:
    """Write a machine down as a person saw it. When it is one that is known, it is that one that is answered with."""
    school = who.scope.require_school(session, code)
    taken = write_down(session, services, who, school, body)
    asset = taken.asset
    out = shown(session, who, [asset.id]).get(asset.id) if asset is not None and asset.id is not None else None
    return TakenOut(how=taken.how, asked=len(taken.decision.ask), asset=out)


def write_down(session: Session, services: Sv, who: Caller, school: School, body: AssetIn) -> Taken:
    values = body.model_dump(exclude_none=True)
    check_room(session, key_of(school), values)
    taken = deeds.write_down(session, who, school, values, services.clock())
    session.commit()
    services.changes.publish(school.id, "assets")
    return taken


@router.post(
    "/schools/{code}/inventories",
    responses=problems("school-not-found", "inventory-refused"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "one message of a GLPI agent: JSON, plain or packed with zlib or gzip; at most 4 MB",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def take_inventory(
    code: CodeInPath, who: Write, session: Db, services: Sv, data: Annotated[bytes, Depends(body_of)]
) -> TookOut:
    school = who.scope.require_school(session, code)
    took = intake.lay(session, school, intake.read(data), services.clock())
    session.commit()
    services.changes.publish(school.id, "assets")
    return TookOut.model_validate(took)


@router.get("/asset-pairs", responses=problems())
def list_pairs(who: Read, session: Db, wanted: Paged, response: Response, state: PairState = "open") -> list[PairOut]:
    """Questions whether two records are one machine, with what speaks for and against."""
    pairs = fetch(session, read.queue(who.scope, state), wanted, response)
    return [pair_out(session, who, pair) for pair in pairs]


def pair_out(session: Session, who: Caller, pair: AssetPair) -> PairOut:
    both = shown(session, who, (pair.one_id, pair.other_id))
    values: dict[str, Any] = pair.model_dump()
    return PairOut.model_validate(values | {"one": both[pair.one_id], "other": both[pair.other_id]})


def _answer(session: Session, services: Sv, who: Caller, number: int, what: str) -> PairOut:
    pair, one, other = deeds.pair_in(session, who, number)
    deed = {"join": deeds.join, "apart": deeds.keep_apart, "undo": deeds.undo}[what]
    deed(session, who, pair, one, other, services.clock())
    session.commit()
    services.changes.publish(one.school_id, "assets")
    return pair_out(session, who, pair)


@router.post("/asset-pairs/{number}/join", responses=problems("not-found", "pair-decided"))
def join_pair(number: NumberInPath, who: Write, session: Db, services: Sv) -> PairOut:
    """They are one machine. Both keep all their rows; it can be undone."""
    return _answer(session, services, who, number, "join")


@router.post("/asset-pairs/{number}/apart", responses=problems("not-found", "pair-decided"))
def keep_pair_apart(number: NumberInPath, who: Write, session: Db, services: Sv) -> PairOut:
    """They are two machines; nobody is asked about them again. It can be undone."""
    return _answer(session, services, who, number, "apart")


@router.post("/asset-pairs/{number}/undo", responses=problems("not-found", "pair-decided"))
def undo_pair(number: NumberInPath, who: Write, session: Db, services: Sv) -> PairOut:
    """Take the answer back: the question is open again."""
    return _answer(session, services, who, number, "undo")


def check_room(session: Session, school_id: int, values: Mapping[str, Any]) -> None:
    number = values.get("room_id")
    room = session.get(Room, number) if number is not None else None
    if number is not None and (room is None or room.school_id != school_id):
        raise Problem("not-found")
