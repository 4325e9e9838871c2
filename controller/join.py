"""Joining: a box presents a code and its public key, waits as pending, and a person decides.

A code is good once; the same request is answered the same however often it comes. Whatever is wrong is refused with a
stable reason and shown to the operator as an event with what to do, at the school that the code or the key belongs to,
and nothing of any other school is touched.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func
from sqlmodel import Session, col, select

from agent.wire import JOIN_TYPE, WIRE_VERSION, JoinReply, JoinRequest, JoinState, fingerprint
from controller import joincodes, seal
from controller.decode import DecodeError, clean, read_json
from controller.epochs import CurrentEpoch
from controller.pki import Keys
from controller.refusal import Refusal
from controller.tables import Agent, Event, JoinCode, Latest, Readmission, School

MAX_JOIN_BYTES = 64 * 1024
PENDING_RETRY = 10.0
REFUSED_RETRY = 3_600.0
EVENT_EVERY = 86_400.0  # the same trouble is told once a day
MAX_STRANGERS = 100  # events a day about codes that nobody made


@dataclass(frozen=True, slots=True)
class Joining:
    """One verified join request and where it is handled."""

    session: Session
    keys: Keys
    epoch: CurrentEpoch
    request: JoinRequest
    public_key: bytes
    now: float

    @property
    def agent_id(self) -> str:
        """A box's id is the id of its key: random, and the same again when a restored database has forgotten it."""
        return seal.keyid(self.public_key)


@cache
def _adapter() -> TypeAdapter[JoinRequest]:
    return TypeAdapter(JoinRequest)


def read(body: bytes) -> tuple[JoinRequest, bytes]:
    """The request and its public key, proven by its own seal. Raises Refusal."""
    if len(body) > MAX_JOIN_BYTES:
        raise Refusal("too-large", f"at most {MAX_JOIN_BYTES} bytes")
    try:
        envelope = seal.parse(body)
        # The key is inside what it signed, so this one payload is unpacked first, within its bound, then verified.
        data, careful = read_json(seal.unpack(envelope.payload, MAX_JOIN_BYTES))
        if isinstance(data, dict) and isinstance(data.get("v"), int) and data["v"] > WIRE_VERSION:
            raise Refusal("version", f"version {data['v']}; this controller knows up to {WIRE_VERSION}")
        request = _adapter().validate_python(clean(data) if careful else data)
        public_key = base64.b64decode(request.public_key, validate=True)
        if len(public_key) != 32 or base64.b64encode(public_key).decode() != request.public_key:
            raise Refusal("bad-request", "the public key is not 32 bytes in base64")
        seal.verify(envelope, public_key, JOIN_TYPE)
    except seal.SealError as error:
        raise Refusal(error.code, error.detail) from None
    except (DecodeError, ValidationError, binascii.Error, ValueError):
        raise Refusal("bad-request", "the request cannot be read") from None
    return request, public_key


def join(joining: Joining) -> JoinReply:
    """Decide about one request; the caller commits."""
    known = joining.session.get(Agent, joining.agent_id)
    if known is not None:
        return _again(joining, known)
    code = joining.session.get(JoinCode, joining.request.code_id, with_for_update=True)
    if code is None:
        return _forgotten(joining)
    if not hmac.compare_digest(code.secret_hash, joincodes.hash_of(joining.request.secret)):
        return _refuse(joining, "code-unknown", None)
    if code.used_at is not None:
        return _refuse(joining, "code-used", code.school_id)
    if code.expires_at < joining.now:
        return _refuse(joining, "code-expired", code.school_id)
    return _admit(joining, code)


def _again(joining: Joining, known: Agent) -> JoinReply:
    """The same box asks again: the same answer. The same key with another code is something to look at."""
    request = joining.request
    if known.public_key != request.public_key or known.code_id != request.code_id:
        return _refuse(joining, "key-known", known.school_id)
    if known.state == "accepted":
        return _reply(joining, known, "accepted")
    if known.state == "pending":
        return _reply(joining, known, "pending", PENDING_RETRY)
    return _reply(joining, known, "refused", REFUSED_RETRY, known.reason or known.state)


def _forgotten(joining: Joining) -> JoinReply:
    """A code that the database does not know: after a restore it may be one of ours all the same."""
    request = joining.request
    if joining.epoch.reason != "restore" or joining.now > joining.epoch.since + joincodes.MAX_SECONDS:
        return _refuse(joining, "code-unknown", None)
    school = joincodes.school_of_lost_code(joining.session, joining.keys, request.code_id, request.secret)
    if school is None or school.id is None:
        return _refuse(joining, "code-unknown", None)
    code = JoinCode(
        id=request.code_id,
        secret_hash=joincodes.hash_of(request.secret),
        school_id=school.id,
        created_at=joining.now,
        created_by="restore",
        expires_at=joining.now,
    )
    joining.session.add(code)
    return _admit(joining, code)


def _admit(joining: Joining, code: JoinCode) -> JoinReply:
    session, request, now = joining.session, joining.request, joining.now
    agent = Agent(
        id=joining.agent_id,
        school_id=code.school_id,
        public_key=request.public_key,
        fingerprint=fingerprint(joining.public_key),
        hostname=request.hostname[:256],
        machine={str(name)[:64]: str(value)[:512] for name, value in list(request.machine.items())[:32]},
        version=request.version[:64],
        code_id=code.id,
        created_at=now,
    )
    code.used_at, code.used_by = now, agent.id
    session.add(code)
    session.add(agent)
    session.flush()
    shown = session.get(Readmission, agent.id)
    school = session.get(School, code.school_id)
    if shown is not None and school is not None and shown.school_code == school.code:
        session.delete(shown)
        set_state(session, agent, "accepted", by="restore", now=now, detail="readmitted-after-restore")
        return _reply(joining, agent, "accepted")
    _event(session, now, agent.school_id, agent.id, f"agent:{agent.id}", "", "pending", "compare-fingerprint")
    return _reply(joining, agent, "pending", PENDING_RETRY)


def _reply(joining: Joining, agent: Agent, state: JoinState, retry_after: float = 0.0, reason: str = "") -> JoinReply:
    school = joining.session.get(School, agent.school_id)
    return JoinReply(
        v=WIRE_VERSION,
        state=state,
        agent=agent.id,
        school=school.code if school else "",
        school_name=school.name if school else "",
        now=joining.now,
        retry_after=retry_after,
        reason=reason,
        roots=joining.keys.roots_pem,
    )


def _refuse(joining: Joining, reason: str, school_id: int | None) -> JoinReply:
    """Refuse, and tell the operator once a day; a stranger learns nothing but the reason."""
    session, now = joining.session, joining.now
    subject = f"join:{joining.request.code_id[:64]}"
    same = (
        select(func.count())
        .select_from(Event)
        .where(col(Event.kind) == "agent", col(Event.after) == "refused", col(Event.at) > now - EVENT_EVERY)
    )
    same = (
        same.where(col(Event.school_id).is_(None))
        if school_id is None
        else same.where(
            col(Event.subject) == subject, col(Event.detail) == reason, col(Event.agent_id) == joining.agent_id
        )
    )
    if session.exec(same).one() < (MAX_STRANGERS if school_id is None else 1):
        facts = {
            "hostname": joining.request.hostname[:256],
            "fingerprint": fingerprint(joining.public_key),
            "advice": ADVICE[reason],
        }
        _event(session, now, school_id, joining.agent_id, subject, "", "refused", reason, facts)
    return JoinReply(v=WIRE_VERSION, state="refused", now=now, retry_after=REFUSED_RETRY, reason=reason)


# What the operator should do: stable codes, worded by the pages in both languages.
ADVICE = {
    "code-unknown": "check-code-or-restore",
    "code-used": "compare-boxes-then-new-code",
    "code-expired": "new-code",
    "key-known": "copied-disk-reset-box-then-new-code",
}


def _event(
    session: Session,
    now: float,
    school_id: int | None,
    agent_id: str,
    subject: str,
    before: str,
    after: str,
    detail: str,
    facts: dict[str, Any] | None = None,
) -> None:
    session.add(
        Event(
            school_id=school_id,
            agent_id=agent_id,
            at=now,
            seen_at=now,
            kind="agent",
            subject=subject,
            before=before,
            after=after,
            detail=detail,
            facts=facts or {},
        )
    )


def set_state(session: Session, agent: Agent, state: str, *, by: str, now: float, detail: str = "") -> None:
    """Move a box to another state, with the row that says so; the caller audits and commits."""
    before, agent.state = agent.state, state
    agent.reason = detail if state in ("refused", "quarantined") else ""
    agent.decided_at, agent.decided_by = now, by
    session.add(agent)
    if state == "accepted" and not agent.is_main:
        agent.is_main = not _has_main(session, agent.school_id)
    if state == "accepted" and session.get(Latest, agent.school_id) is None:
        session.add(Latest(school_id=agent.school_id))
    _event(session, now, agent.school_id, agent.id, f"agent:{agent.id}", before, state, detail, {"by": by})


def _has_main(session: Session, school_id: int) -> bool:
    """Whether an accepted box hangs at the school's router; of two accepted at once the second waits for the first."""
    session.get(School, school_id, with_for_update=True)
    query = select(Agent.id).where(Agent.school_id == school_id, Agent.state == "accepted", col(Agent.is_main))
    return session.exec(query.limit(1)).first() is not None
