"""A school's pages for tests: what they say, and figures to put there."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from sqlmodel import Session, select

from controller.tables import Hour, Latest, Measurement, School
from tests.integration.api.world import ADMIN, NOON, OWN, Person, World, box_id

PATH = f"/schools/{OWN}"
SCHOOL_HEAD = Person("school", "school", OWN)
AUDITOR = Person("auditor", "province")


def get(world: World, path: str = PATH, person: Person = ADMIN, **more: Any) -> str:
    answer = world.call(person, "GET", path, headers={"Accept": "text/html"}, **more)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def lasting(world: World, seconds: float) -> str:
    """As the page writes it."""
    return str(world.app.state.web.format("en").duration(seconds))


def school(session: Session, code: str = OWN) -> School:
    return session.exec(select(School).where(School.code == code)).one()


def window(at: float, target: str = "domestic:vnix", lost: int = 0, seconds: float = 900.0) -> dict[str, Any]:
    figures = {"min": 0.01, "median": 0.0123, "p95": 0.02, "max": 0.03, "jitter": 0.001} if lost < 60 else {}
    empty = dict.fromkeys(("min", "median", "p95", "max", "jitter"))
    labels = {"target": target, "address": "203.119.8.1"}
    return {
        "name": "rtt_seconds",
        "labels": labels,
        "at": at,
        "seconds": seconds,
        "count": 60,
        "lost": lost,
        **empty,
    } | figures


def put_hours(world: World, windows: list[dict[str, Any]]) -> None:
    with world.session() as session:
        for row in session.exec(select(Hour).where(Hour.school_id == school(session).id)):
            session.delete(row)
        session.flush()
        hours: dict[int, list[dict[str, Any]]] = {}
        for one in windows:
            hours.setdefault(int(one["at"]) // 3600 * 3600, []).append(one)
        for at, some in hours.items():
            session.add(Hour(school_id=school(session).id or 0, hour_at=at, windows=some))
        session.commit()


def set_latest(world: World, **values: Any) -> None:
    with world.session() as session:
        row = session.get(Latest, school(session).id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def add_test(world: World, at: float = NOON - 60, **values: Any) -> int:
    with world.session() as session:
        row = Measurement(
            school_id=school(session).id or 0, agent_id=box_id(OWN, "accepted"), item=0, at=at,
            **{"probe": "speed", "seq": 7, "outcome": "ok", "scope": "network", "rtt": 0.011,
               "down_bps": 93.4e6, "up_bps": 41.2e6, **values},
        )  # fmt: skip
        session.add(row)
        session.commit()
        assert row.id is not None
        return row.id


def drawing(page: str) -> dict[str, Any]:
    found = re.search(r'id="line-data">(.*?)</script>', page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data
