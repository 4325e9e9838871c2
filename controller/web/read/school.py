"""What a school's page shows besides its charts: registry, status, boxes, hardware, devices, people to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.deps import Caller
from controller.tables import Agent, Commune, Contact, InventorySnapshot, Latest, Link, Measurement, Room, School
from controller.web.read.school_hardware import Card, cards, summary

SHOWN_STATES = ("pending", "accepted", "quarantined")


@dataclass(frozen=True, slots=True)
class Box:
    agent: Agent
    seen: float | None  # newest beat or exchange


@dataclass(frozen=True, slots=True)
class Hardware:
    agent_id: str
    hostname: str
    at: float
    summary: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    school: School
    commune: Commune | None
    latest: Latest | None
    links: tuple[Link, ...]
    boxes: tuple[Box, ...]
    swept_at: float | None  # when the LAN was last looked at

    @property
    def status(self) -> str:
        return self.latest.status if self.latest else "no-box"

    @property
    def contract(self) -> tuple[float | None, float | None]:
        """Down and up in bit/s of the line that carries the school."""
        main = next((link for link in self.links if link.is_primary), None) or next(iter(self.links), None)
        return (main.down_bps, main.up_bps) if main else (None, None)

    @property
    def last_seen(self) -> float | None:
        return max((box.seen for box in self.boxes if box.seen is not None), default=None)


def read_head(session: Session, school: School, heard: Mapping[str, float]) -> Head:
    links = session.exec(
        select(Link).where(Link.school_id == school.id).order_by(col(Link.is_primary).desc(), col(Link.name)).limit(20)
    ).all()
    boxes = session.exec(
        select(Agent)
        .where(Agent.school_id == school.id, col(Agent.state).in_(SHOWN_STATES))
        .order_by(col(Agent.created_at).desc())
        .limit(20)
    ).all()
    swept = select(func.max(Measurement.at)).where(Measurement.school_id == school.id, Measurement.probe == "lan")
    return Head(
        school=school,
        commune=session.get(Commune, school.commune_code),
        latest=session.get(Latest, school.id),
        links=tuple(links),
        boxes=tuple(Box(agent, seen(agent, heard)) for agent in boxes),
        swept_at=session.exec(swept).one(),
    )


def seen(agent: Agent, heard: Mapping[str, float]) -> float | None:
    """The newest sign of life; beats are written down once a minute only."""
    times = (agent.last_beat_at, agent.last_exchange_at, heard.get(agent.id))
    return max((at for at in times if at is not None), default=None)


def read_hardware(session: Session, school: School) -> list[Hardware]:
    """Of the boxes that are in use, newest first."""
    statement = (
        select(InventorySnapshot, Agent)
        .join(Agent, col(Agent.id) == InventorySnapshot.agent_id)
        .where(InventorySnapshot.school_id == school.id, Agent.state == "accepted")
        .order_by(col(InventorySnapshot.at).desc())
        .limit(5)
    )
    return [
        Hardware(agent.id, agent.hostname, held.at, summary(held.sections), tuple(cards(held.sections)))
        for held, agent in session.exec(statement)
    ]


def read_rooms(session: Session, school: School) -> Sequence[Room]:
    return session.exec(select(Room).where(Room.school_id == school.id).order_by(col(Room.code)).limit(500)).all()


def read_contacts(session: Session, school: School, who: Caller) -> Sequence[Contact] | None:
    """None: not for this person."""
    if not (who.can("contact.read") and who.scope_of("contact.read").holds(school)):
        return None
    return session.exec(select(Contact).where(Contact.school_id == school.id).order_by(col(Contact.id)).limit(50)).all()
