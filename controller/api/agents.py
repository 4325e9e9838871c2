"""Boxes: who waits for a decision, how they are, and the decisions about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from controller import audit, decisions
from controller.api.common import Paged, SearchText, fetch, ordered, problems, searched
from controller.api.shapes import BoxInPath, Code, In, Out
from controller.deps import Caller, Db, Sv, require
from controller.plan.marks import contracts_changed
from controller.plan.months import month_of
from controller.problems import Problem
from controller.scope import key_of
from controller.services import Services
from controller.tables import Agent, School

router = APIRouter(prefix="/api/v1/agents", tags=["boxes"])
State = Literal["pending", "accepted", "refused", "quarantined", "retired"]
Read = Annotated[Caller, require("agent.read")]
Decide = Annotated[Caller, require("agent.decide")]


class AgentOut(Out):
    id: str = Field(examples=["9f86d081884c7d65"])
    school_code: str = Field("", examples=["82001"])
    school_name: str = ""
    state: str = Field(examples=["pending"])
    reason: str = ""
    fingerprint: str = Field(description="six words; compare them with those that the box shows")
    hostname: str = ""
    machine: dict[str, Any] = Field(default_factory=dict)
    version: str = ""
    created_at: float
    decided_at: float | None = None
    decided_by: str = ""
    is_main: bool = Field(False, description="hangs at the school's router: the line is judged by it alone")
    epoch: int = 0
    next_seq: int = 1
    settings_revision: int = 0
    last_exchange_at: float | None = None
    last_beat_at: float | None = None
    clock_skew: float | None = Field(None, description="the box's own clock minus ours, seconds")
    spool_bytes: int | None = None
    spool_limit: int | None = None
    spool_unacknowledged: int | None = None


class Refuse(In):
    reason: Literal["refused", "unknown-box", "wrong-school", "wrong-fingerprint"] = "refused"


class Released(BaseModel):
    """The old identity is retired for good; this new code, shown once, lets one box join afresh."""

    code_id: str
    text: str = Field(examples=["tn1:…"])
    expires_at: float


def shown(agent: Agent, school: School, heard: float | None = None) -> AgentOut:
    """``heard``: the newest beat in memory, which is written down once a minute only."""
    beat = max((at for at in (agent.last_beat_at, heard) if at is not None), default=None)
    extra = {"school_code": school.code, "school_name": school.name, "last_beat_at": beat}
    return AgentOut.model_validate(agent).model_copy(update=extra)


def find(session: Session, who: Caller, agent_id: str) -> tuple[Agent, School]:
    agent = who.scope.require(session, Agent, agent_id)
    school = session.get(School, agent.school_id)
    if school is None:
        raise Problem("not-found")
    return agent, school


@router.get("", responses=problems())
def list_agents(
    who: Read,
    session: Db,
    services: Sv,
    response: Response,
    wanted: Paged,
    q: SearchText = "",
    state: Annotated[list[State], Query(max_length=5)] = [],  # noqa: B006 - FastAPI copies it
    school: Code | None = None,
    sort: Annotated[str, Query(max_length=40, examples=["-created_at"])] = "-created_at",
) -> list[AgentOut]:
    statement = who.scope.schools(select(Agent, School).join(School, col(School.id) == Agent.school_id))
    statement = searched(statement, q)
    if state:
        statement = statement.where(col(Agent.state).in_(state))
    if school is not None:
        statement = statement.where(School.code == school)
    names = ("created_at", "last_beat_at", "last_exchange_at", "version", "clock_skew", "spool_bytes", "state")
    columns = {name: col(getattr(Agent, name)) for name in names} | {"school": col(School.code)}
    heard = services.beats.last()
    rows = fetch(session, ordered(statement, sort, columns, Agent.id), wanted, response)
    return [shown(agent, its_school, heard.get(agent.id)) for agent, its_school in rows]


@router.get("/{agent_id}", responses=problems("not-found"))
def get_agent(agent_id: BoxInPath, who: Read, session: Db, services: Sv) -> AgentOut:
    agent, school = find(session, who, agent_id)
    return shown(agent, school, services.beats.last().get(agent.id))


@router.post("/{agent_id}/accept", responses=problems("not-found", "wrong-state"))
def accept(agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> AgentOut:
    """You compared the six words with those on the box: it may speak."""
    return _decide(session, services, who, agent_id, "accept", decisions.accept)


@router.post("/{agent_id}/refuse", responses=problems("not-found", "wrong-state"))
def refuse(agent_id: BoxInPath, body: Refuse, who: Decide, session: Db, services: Sv) -> AgentOut:
    def decide(session: Session, box: str, *, by: str, now: float) -> Agent:
        return decisions.refuse(session, box, by=by, now=now, reason=body.reason)

    return _decide(session, services, who, agent_id, "refuse", decide)


@router.post("/{agent_id}/retire", responses=problems("not-found", "wrong-state"))
def retire(agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> AgentOut:
    """The box is gone for good; what it reported stays."""
    return _decide(session, services, who, agent_id, "retire", decisions.retire)


@router.post("/{agent_id}/quarantine", responses=problems("not-found", "wrong-state"))
def quarantine(agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> AgentOut:
    """Stop listening to a box until someone has looked at it."""
    return _decide(session, services, who, agent_id, "quarantine", decisions.quarantine)


@router.post("/{agent_id}/main", responses=problems("not-found", "wrong-state"))
def make_main(agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> AgentOut:
    """This box hangs at the school's router: from this month on the line is judged by it alone."""
    agent, school = find(session, who, agent_id)
    now = services.clock()
    try:
        before = decisions.make_main(session, agent.id)
    except decisions.DecisionError:
        session.rollback()
        raise Problem("wrong-state") from None
    if before != [agent.id]:
        detail: dict[str, Any] = {"school": school.code, "before": before, "after": agent.id}
        audit.record(session, who.login, "agent.main", f"agent:{agent_id}", school.id, now=now, **detail)
        contracts_changed(session, month_of(now, services.settings.zone), [key_of(school)])
    session.commit()
    services.changes.publish(school.id, "agent")
    return shown(agent, school, services.beats.last().get(agent.id))


@router.post("/{agent_id}/release", responses=problems("not-found", "wrong-state"))
def release(agent_id: BoxInPath, who: Decide, session: Db, services: Sv) -> Released:
    """End a quarantine: the old identity is retired, a new code lets one box join afresh."""
    agent, school = find(session, who, agent_id)
    now, url = services.clock(), services.settings.base_url
    try:
        made = decisions.release(session, services.keys, agent.id, by=who.login, url=url, now=now)
    except decisions.DecisionError:
        session.rollback()
        raise Problem("wrong-state") from None
    detail: dict[str, Any] = {"school": school.code, "code": made.id}
    audit.record(session, who.login, "agent.release", f"agent:{agent_id}", school.id, now=now, **detail)
    session.commit()
    services.changes.publish(school.id, "agent")
    return Released(code_id=made.id, text=made.text, expires_at=made.expires_at)


def _decide(
    session: Session, services: Services, who: Caller, agent_id: str, action: str, decide: Callable[..., Agent]
) -> AgentOut:
    agent, school = find(session, who, agent_id)
    now, before = services.clock(), agent.state
    try:
        agent = decide(session, agent.id, by=who.login, now=now)
    except decisions.DecisionError:
        session.rollback()
        raise Problem("wrong-state") from None
    if agent.state != before:
        detail = {"school": school.code, "before": before, "after": agent.state, "fingerprint": agent.fingerprint}
        audit.record(session, who.login, f"agent.{action}", f"agent:{agent_id}", school.id, now=now, **detail)
        session.commit()
        services.changes.publish(school.id, "agent")
    return shown(agent, school, services.beats.last().get(agent.id))
