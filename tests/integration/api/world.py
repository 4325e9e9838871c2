"""A small province for tests: two communes, three schools with one of everything, and people of every role.

``OWN`` is the school that tests act on, ``SIBLING`` lies in the same commune, ``STRANGER`` in another one. What belongs
to a school carries its code, so that an answer that shows too much gives itself away.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from agent.wire import fingerprint
from controller import audit
from controller.people import sessions
from controller.people.permissions import ROLE_SCOPES
from controller.services import Services
from controller.tables import (
    Agent,
    AlertRoute,
    Asset,
    AssetEvent,
    AssetIdentifier,
    AssetPair,
    AssetTransfer,
    Commune,
    Contact,
    Day,
    Device,
    Event,
    Hour,
    Incident,
    IncidentSchool,
    IncidentStep,
    InventorySnapshot,
    JoinCode,
    Latest,
    Link,
    Maintenance,
    Measurement,
    Provider,
    Rejected,
    RoleGrant,
    Room,
    School,
    SchoolLink,
    SurveyAnswer,
    User,
)
from inventory.fold import school_search

NOON = 1_795_496_400.0  # 24 November 2026, 12:00 in Viet Nam
HERE, THERE = "29001", "29002"
OWN, SIBLING, STRANGER = "SEN-OWN", "SUNG-SIBLING", "TRAM-STRANGER"
COMMUNE_OF = {OWN: HERE, SIBLING: HERE, STRANGER: THERE}
BOX_STATES = ("pending", "accepted", "quarantined")


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Person:
    """A role over a part of the tree; ``role`` empty: someone with an account and no role."""

    role: str
    kind: str = ""
    place: str = ""

    @property
    def login(self) -> str:
        return f"{self.role or 'nobody'}-{self.kind or 'x'}-{self.place or 'all'}".lower()

    def covers(self, school: str) -> bool:
        return self.kind == "province" or self.place in (school, COMMUNE_OF[school])

    @property
    def sees(self) -> set[str]:
        return {school for school in COMMUNE_OF if self.covers(school)} if self.role else set()


def people() -> Iterator[Person]:
    """Every role over every part that it can be granted over."""
    places = {"province": ("",), "commune": (HERE, THERE), "school": (OWN, SIBLING, STRANGER)}
    for role, kinds in ROLE_SCOPES.items():
        for kind in sorted(kinds):
            for place in places[kind]:
                yield Person(role, kind, place)


ADMIN = Person("province-admin", "province")
NOBODY = Person("")


@dataclass
class World:
    app: FastAPI
    client: TestClient
    clock: Clock
    cookies: dict[str, sessions.NewSession] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def session(self) -> Session:
        return Session(self.services.engine)

    def call(self, person: Person | None, method: str, path: str, **more: Any) -> httpx.Response:
        """One request as this person, by a session's cookie and CSRF token."""
        headers = {"Accept-Language": "en", **more.pop("headers", {})}
        if person is not None:
            if person.login not in self.cookies:
                self.sign_in(person)
            started = self.cookies[person.login]
            headers |= {"Cookie": f"truongnet={started.cookie}", "X-CSRF-Token": started.csrf}
        self.client.cookies.clear()
        answer = self.client.request(method, path, headers=headers, **more)
        self.client.cookies.clear()
        return answer

    def as_admin(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.call(ADMIN, method, path, **more)

    def sign_in(self, person: Person) -> None:
        """An account with its grant, and a session that skips the password."""
        with self.session() as session:
            add_person(session, person)
            user = user_of(session, person)
            self.cookies[person.login] = sessions.start(session, user, self.clock(), is_full=True)
            session.commit()


def user_of(session: Session, person: Person) -> User:
    return session.exec(select(User).where(User.login == person.login)).one()


def add_person(session: Session, person: Person) -> None:
    user = User(login=person.login, name=f"Người {person.login}", lang="en", created_at=NOON)
    session.add(user)
    session.flush()
    if person.role:
        assert user.id is not None
        session.add(RoleGrant(user_id=user.id, role=person.role, scope_kind=person.kind, scope_id=person.place))
    session.flush()


def fill(session: Session) -> None:
    """The province with one of everything in each school."""
    for code, name in ((HERE, "Phường Cao Lãnh"), (THERE, "Xã Mỹ Thọ")):
        session.add(Commune(code=code, name=name, kind="phường", province_code="82"))
    session.flush()
    for code in COMMUNE_OF:
        add_school(session, code)
    add_transfer(session)
    session.add(Provider(name="VNPT", phone="1800 1166"))
    nobody = "http://127.0.0.1:9/nothing"
    session.add(AlertRoute(name="Trực mạng", channel="webhook", address=nobody, secret="", severity="warning"))
    session.commit()


def add_school(session: Session, code: str) -> None:
    name = f"Trường THCS Đốc Binh Kiều {code}"
    school = School(code=code, name=name, search=school_search(name, code), commune_code=COMMUNE_OF[code])
    session.add(school)
    session.flush()
    assert school.id is not None
    key = school.id
    room = Room(school_id=key, code="A101", name=f"room {code}")
    session.add(room)
    session.add(Link(school_id=key, name="1", provider=f"VNPT {code}", down_bps=150e6))
    session.add(Contact(school_id=key, name=f"contact {code}", phone="0277 385 1234", email="hoa@example.vn"))
    session.add(JoinCode(id=code_id(code), secret_hash="x", school_id=key, created_at=NOON, expires_at=NOON + 3600))
    for state in BOX_STATES:
        session.add(box(code, key, state))
    session.flush()
    agent = box_id(code, "accepted")
    session.add(Latest(school_id=key, at=NOON, status="up", down_bps=90e6, up_bps=40e6, speed_at=NOON, rtt=0.02))
    window = {"name": "rtt_seconds", "labels": {"target": "gateway"}, "at": NOON - 900, "seconds": 900.0}
    window |= {"count": 15, "lost": 0, "min": 0.001, "median": 0.002, "p95": 0.004, "max": 0.004, "jitter": 0.001}
    session.add(Hour(school_id=key, hour_at=int(NOON) // 3600 * 3600 - 3600, windows=[window]))
    session.add(Day(school_id=key, day="2026-11-23", up_seconds=86_400))
    session.add(
        Measurement(
            school_id=key, agent_id=agent, seq=1, item=0, probe="speed", outcome="ok", at=NOON, down_bps=90e6,
            reason=f"={code}", body={"school": code},
        )
    )  # fmt: skip
    session.add(Event(school_id=key, at=NOON, kind="school", subject=code, before="down", after="up"))
    session.add(Device(school_id=key, mac=f"b8:27:eb:00:00:{key:02x}", name=f"TV {code}", last_seen=NOON))
    add_machines(session, code, key)
    add_answer(session, code, key)
    session.add(InventorySnapshot(agent_id=agent, school_id=key, at=NOON, digest="d", sections={"board": code}))
    session.add(Rejected(agent_id=agent, school_id=key, seq=2, item=0, reason="too-old", at=NOON, body=code))
    add_incident(session, code, key)
    audit.record(session, "system", "school.create", f"school:{code}", key, now=NOON)


def add_machines(session: Session, code: str, key: int) -> None:
    """Two machines that may be one, with a question about them, and an address for inventory agents."""
    for number in (1, 2):
        name = f"may-{number}-{code}".lower()
        asset = Asset(school_id=key, kind="pc", name=name, search=name, serial=f"SN{number} {code}", source="glpi")
        asset.first_seen = asset.last_seen = NOON - 86_400 * number
        session.add(asset)
        session.flush()
        assert asset.id is not None
        value = f"SN{number}-{code}"
        session.add(AssetIdentifier(asset_id=asset.id, kind="serial", value=value, since=NOON - 86_400, source="glpi"))
        session.add(AssetEvent(asset_id=asset.id, school_id=key, at=NOON - 86_400, kind="found", after="glpi"))
    evidence = {"kind": "disk", "state": "agrees", "points": 32, "here": [f"D-{code}"], "there": [f"D-{code}"]}
    session.add(
        AssetPair(
            one_id=(asset.id or 0) - 1,
            other_id=asset.id or 0,
            school_id=key,
            score=30,
            evidence=[evidence],
            opened_at=NOON,
        )
    )
    session.add(
        SchoolLink(id=link_id(code), school_id=key, purpose="glpi", created_at=NOON, expires_at=NOON + 86_400 * 30)
    )


def add_transfer(session: Session) -> None:
    """SIBLING's machines went to OWN once and came back, so nothing is changed by it."""
    keys = {school.code: school.id or 0 for school in session.exec(select(School))}
    row = AssetTransfer(
        from_id=keys[SIBLING], to_id=keys[OWN], at=NOON - 86_400, by="x", undone_at=NOON - 3_600, undone_by="x"
    )
    row.facts = {"records": [], "machines": 0, "rooms": {}, "devices": {}, "renamed": {}, "stayed": 0}
    session.add(row)


def add_answer(session: Session, code: str, key: int) -> None:
    """What the school answered to the survey, waiting to be looked at."""
    answers = {"rooms": [{"code": "A1", "items": {"display": 1}}], "note": f"note {code}"}
    session.add(SurveyAnswer(school_id=key, edition="2026", answers=answers, via=f"link:{code}", sent_at=NOON))


def link_id(school: str) -> str:
    return hashlib.sha256(f"link {school}".encode()).hexdigest()[:16]


def add_incident(session: Session, code: str, key: int) -> None:
    """An open one of this school alone, and planned work for next week."""
    evidence = [{"code": "unclean", "at": NOON - 600, "values": {"school": code}}]
    incident = Incident(schools=1, opened_at=NOON - 500, began_at=NOON - 600, cause="power", provider=f"VNPT {code}")
    session.add(incident)
    session.flush()
    assert incident.id is not None
    part = IncidentSchool(incident_id=incident.id, school_id=key, status="silent", began_at=NOON - 600)
    part.provisional_cause, part.provisional_evidence = "power", evidence
    session.add(part)
    step = IncidentStep(incident_id=incident.id, school_id=key, at=NOON - 500, kind="comment", text=f"step {code}")
    session.add(step)
    week = 7 * 86_400
    session.add(Maintenance(scope_kind="school", scope_id=code, starts_at=NOON + week, ends_at=NOON + week + 3_600))


def code_id(school: str) -> str:
    return hashlib.sha256(school.encode()).hexdigest()[:8]


def box_id(school: str, state: str) -> str:
    return hashlib.sha256(f"{school} {state}".encode()).hexdigest()[:16]


def box(school: str, key: int, state: str) -> Agent:
    raw = secrets.token_bytes(32)
    return Agent(
        id=box_id(school, state),
        school_id=key,
        state=state,
        public_key=base64.b64encode(raw).decode(),
        fingerprint=fingerprint(raw),
        hostname=f"box-{school}".lower(),
        created_at=NOON,
    )
