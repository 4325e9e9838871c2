"""What a person decides about a box: accept, refuse, retire, release from quarantine. The caller audits and commits."""

from __future__ import annotations

from sqlmodel import Session, col, select

from controller import joincodes
from controller.join import set_state
from controller.joincodes import NewCode
from controller.pki import Keys
from controller.tables import Agent, School

ALLOWED = {
    "accepted": {"pending"},
    "refused": {"pending"},
    "retired": {"accepted", "quarantined", "refused", "pending"},
    "quarantined": {"accepted", "pending"},
}


class DecisionError(ValueError):
    """The box is not in a state for this; ``code`` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def _decide(session: Session, agent_id: str, state: str, by: str, now: float, detail: str = "") -> Agent:
    agent = session.get(Agent, agent_id, with_for_update=True)
    if agent is None:
        raise DecisionError("unknown-agent", f"no box {agent_id}")
    if agent.state == state:
        return agent  # asked twice
    if agent.state not in ALLOWED[state]:
        raise DecisionError("wrong-state", f"box {agent_id} is {agent.state}; it cannot become {state}")
    set_state(session, agent, state, by=by, now=now, detail=detail)
    session.flush()
    return agent


def accept(session: Session, agent_id: str, *, by: str, now: float) -> Agent:
    """The fingerprint was compared: the box may speak."""
    return _decide(session, agent_id, "accepted", by, now)


def refuse(session: Session, agent_id: str, *, by: str, now: float, reason: str = "refused") -> Agent:
    return _decide(session, agent_id, "refused", by, now, reason)


def retire(session: Session, agent_id: str, *, by: str, now: float) -> Agent:
    """The box is gone for good; its history stays."""
    return _decide(session, agent_id, "retired", by, now)


def quarantine(session: Session, agent_id: str, *, by: str, now: float, reason: str = "by-hand") -> Agent:
    return _decide(session, agent_id, "quarantined", by, now, reason)


def make_main(session: Session, agent_id: str) -> list[str]:
    """This box hangs at the school's router, and no other one does; ids of those that did. A box that is not accepted
    any more keeps what it was: its figures were taken there."""
    agent = session.get(Agent, agent_id, with_for_update=True)
    if agent is None:
        raise DecisionError("unknown-agent", f"no box {agent_id}")
    if agent.state != "accepted":
        raise DecisionError("wrong-state", f"box {agent_id} is {agent.state}, not accepted")
    session.get(School, agent.school_id, with_for_update=True)
    query = select(Agent).where(Agent.school_id == agent.school_id, Agent.state == "accepted", col(Agent.is_main))
    before = sorted(session.exec(query).all(), key=lambda one: one.id)
    for one in before:
        one.is_main = False
    agent.is_main = True
    session.flush()
    return [one.id for one in before]


def release(session: Session, keys: Keys, agent_id: str, *, by: str, url: str, now: float) -> NewCode:
    """End a quarantine: the suspected identity is retired for good, and a new code lets one box join afresh.

    Whoever has the copied disk has the old key, so the old identity cannot simply be trusted again.
    """
    agent = session.get(Agent, agent_id, with_for_update=True)
    if agent is None:
        raise DecisionError("unknown-agent", f"no box {agent_id}")
    if agent.state not in ("quarantined", "retired", "refused"):
        raise DecisionError("wrong-state", f"box {agent_id} is {agent.state}, not quarantined")
    school = session.get(School, agent.school_id)
    if school is None:
        raise DecisionError("unknown-school", "the school of this box is gone")
    if agent.state != "retired":
        set_state(session, agent, "retired", by=by, now=now, detail="released")
    return joincodes.create(session, keys, school=school, by=by, url=url, now=now)
