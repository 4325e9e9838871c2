"""The plan's survey of schools: what a form on the telephone may tell, how it is kept, and how it becomes registry.

Whoever has a school's link may send and correct an answer; nothing of it enters the registry until somebody who may
write there takes it over. What is known already is never replaced by it: rooms and counts are added, a first line is
written down, a person to call is added.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlmodel import Session, col, select

from controller import audit
from controller.api.links import Medium, Price
from controller.api.shapes import BitsPerSecond, Code, Count, In, Phone, Text
from controller.assets import rooms
from controller.deps import Caller
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Contact, Link, Room, RoomItem, School, SurveyAnswer
from inventory.rooms.gap import standard

EDITION = "2026"
MAX_ROOMS = 60
YesNo = Literal["yes", "no", "unknown"]
DEVICES = ("pc", "laptop", "tablet", "display", "projector", "printer", "camera", "access-point")


class RoomAnswer(In):
    code: Code
    kind: Literal["classroom", "computer-room", "library", "office", "server", "other"] = "classroom"
    seats: Count | None = None
    items: dict[str, Annotated[int, Field(ge=0, le=rooms.MAX_COUNT)]] = Field(default_factory=dict)


class LineAnswer(In):
    has: YesNo = "unknown"
    provider: Text = ""
    medium: Medium | Literal["unknown"] = "unknown"
    down_bps: BitsPerSecond | None = None
    up_bps: BitsPerSecond | None = None
    price_vnd: Price | None = None


class PowerAnswer(In):
    outages: Literal["never", "monthly", "weekly", "daily", "unknown"] = "unknown"
    ups: YesNo = "unknown"


class Answers(In):
    rooms: Annotated[list[RoomAnswer], Field(max_length=MAX_ROOMS)] = Field(default_factory=list)
    devices: dict[str, Count] = Field(default_factory=dict)
    line: LineAnswer = LineAnswer()
    power: PowerAnswer = PowerAnswer()
    contact_name: Text = ""
    contact_phone: Phone = ""
    note: Text = ""


def sent_by(session: Session, school_id: int, via: str) -> SurveyAnswer | None:
    """What came that way for the school and was not decided on: a second sending corrects it."""
    query = select(SurveyAnswer).where(SurveyAnswer.school_id == school_id, SurveyAnswer.via == via)
    return session.exec(query.where(SurveyAnswer.state == "sent")).first()


def store(session: Session, school_id: int, via: str, answers: Answers, now: float) -> SurveyAnswer:
    """``via``: a login, or "link:<id>" of a school's link."""
    row = sent_by(session, school_id, via) or SurveyAnswer(school_id=school_id, edition=EDITION, via=via, sent_at=now)
    row.answers, row.sent_at = answers.model_dump(exclude={"contact_name", "contact_phone"}), now
    row.contact_name, row.contact_phone = answers.contact_name, answers.contact_phone
    session.add(row)
    session.flush()
    audit.record(session, row.via, "survey.send", f"survey:{row.id}", school_id, now=now)
    return row


def of_school(session: Session, school: School) -> list[SurveyAnswer]:
    query = select(SurveyAnswer).where(SurveyAnswer.school_id == school.id)
    return list(session.exec(query.order_by(col(SurveyAnswer.sent_at).desc()).limit(20)))


def find(session: Session, who: Caller, number: int) -> tuple[SurveyAnswer, School]:
    """Problem "not-found" outside one's part."""
    row = who.scope.require(session, SurveyAnswer, number)
    school = session.get(School, row.school_id)
    if school is None:
        raise Problem("not-found")
    return row, school


def waiting(session: Session, who: Caller, number: int) -> tuple[SurveyAnswer, School]:
    """The same, and Problem "survey-decided" when it was decided on."""
    row, school = find(session, who, number)
    if row.state != "sent":
        raise Problem("survey-decided")
    return row, school


def dismiss(session: Session, who: Caller, row: SurveyAnswer, now: float) -> None:
    row.state, row.decided_at, row.decided_by = "dismissed", now, who.login
    session.add(row)
    audit.record(session, who.login, "survey.dismiss", f"survey:{row.id}", row.school_id, now=now)


def apply(session: Session, who: Caller, row: SurveyAnswer, school: School, now: float) -> dict[str, Any]:
    """Within the caller's transaction; what was written."""
    answers = Answers.model_validate(row.answers)
    done: dict[str, Any] = {"rooms": 0, "counts": 0, "line": False, "contact": False}
    known = {room.code: room for room in session.exec(select(Room).where(Room.school_id == school.id))}
    for told in answers.rooms:
        room = known.get(told.code)
        if room is None:
            room = Room(school_id=key_of(school), code=told.code, kind=told.kind, seats=told.seats)
            session.add(room)
            session.flush()
            done["rooms"] += 1
        elif room.seats is None and told.seats is not None:
            room.seats = told.seats
            session.add(room)
        done["counts"] += _count(session, school, room, told.items, row)
    first = session.exec(select(Link.id).where(Link.school_id == school.id).limit(1)).first() is None
    if first and answers.line.has == "yes":
        values = answers.line.model_dump(exclude={"has"})
        values["medium"] = "other" if values["medium"] == "unknown" else values["medium"]  # no guess becomes a fact
        session.add(Link(school_id=key_of(school), **values))
        done["line"] = True
    done["contact"] = _contact(session, school, row)
    row.state, row.decided_at, row.decided_by = "applied", now, who.login
    session.add(row)
    session.flush()
    audit.record(session, who.login, "survey.apply", f"survey:{row.id}", school.id, now=now, **done)
    return done


def _count(session: Session, school: School, room: Room, items: dict[str, int], row: SurveyAnswer) -> int:
    """Counts newer than the answer stay: somebody looked after that."""
    newer = select(RoomItem.item).where(RoomItem.room_id == room.id, col(RoomItem.at) > row.sent_at)
    later = set(session.exec(newer))
    good = {item: number for item, number in items.items() if item in standard().items and item not in later}
    rooms.lay(session, key_of(school), room, good, row.sent_at, by=row.contact_name or row.via, source="survey")
    return len(good)


def _contact(session: Session, school: School, row: SurveyAnswer) -> bool:
    if not row.contact_name or not row.contact_phone:
        return False
    same = select(Contact.id).where(Contact.school_id == school.id, Contact.phone == row.contact_phone)
    if session.exec(same.limit(1)).first() is not None:
        return False
    session.add(Contact(school_id=key_of(school), name=row.contact_name, phone=row.contact_phone))
    return True
