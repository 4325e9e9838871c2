"""What a province's boxes would load at once after an outage, by the controller's admission and by Giga Meter's way.

The boxes come at the moments that they are given and then each 15 minutes or as they are told, in groups as the writer
takes them; ``Admission.decide`` runs on a real SQLite database with a driven clock. Plans are as before the outage.
A tenth of the 41,000, on a tenth of their server: each decision lays out all that is booked, which for all of them
takes longer than everything else in this benchmark.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from controller.admission import LIGHT_BPS, NOTHING, Admission, Asker
from controller.bulk import insert_rows
from controller.config import load
from controller.db import begin_write, open_engine
from controller.ingest import MAX_GROUP, SOONEST
from controller.migrate import prepare
from controller.store import load_boxes, table_of
from controller.tables import Agent, MeasurePlan, Setting
from monitoring.admission import GRACE, LASTS

NOON = 1_795_496_400.0  # 24 November 2026, a Tuesday, noon in Viet Nam
MISSED = 3_600.0  # seconds of outage: turns that went by meanwhile
BOXES = 4_100
SERVER_MBPS = 1_000.0  # of the simulated measurement server
LINE = 100e6


def measured(engine: Engine, moments: Sequence[float], hours: float) -> dict[str, Any]:
    """``moments``: seconds after the return at which each box first comes."""
    settings = load(None, {}, data_dir=Path("unused"), public_url="https://province.test")
    admission = Admission(settings, Ed25519PrivateKey.generate())
    chance = random.Random(3)
    queue = [(NOON + at, f"{number:016x}") for number, at in enumerate(moments)]
    booked: list[tuple[float, float]] = []
    boxes: set[str] = set()
    for at, group in _groups(queue, NOON + hours * 3_600):
        with engine.begin() as connection:
            begin_write(connection)
            rows = load_boxes(connection, group)
            answers = admission.decide(connection, [Asker(agent=one, box=rows[one], boot="boot") for one in group], at)
        for agent in group:
            answer = answers.get(agent, NOTHING)
            wait = settings.exchange_every * chance.uniform(0.95, 1.05)
            if answer.come_again is not None:
                wait = min(wait, max(answer.come_again, SOONEST))
            heapq.heappush(queue, (at + wait, agent))
            if answer.leave is not None:
                boxes.add(agent)
                start, mode = answer.leave.not_before, answer.leave.mode
                rate = LIGHT_BPS if mode == "light" else LINE
                booked += [(start, rate), (start + GRACE + LASTS[mode], -rate)]
    peak = _peak(booked) / 1e6
    return {"minutes": round(hours * 60), "boxes_with_leave": len(boxes), "peak_mbps": round(peak)}


def _groups(queue: list[tuple[float, str]], until: float) -> Iterator[tuple[float, list[str]]]:
    """Boxes that come within the same two seconds, at most as many as the writer takes."""
    heapq.heapify(queue)
    while queue and queue[0][0] < until:
        begin, group = queue[0][0], list[str]()
        while queue and queue[0][0] < begin + 2 and len(group) < MAX_GROUP:
            group.append(heapq.heappop(queue)[1])
        yield begin, group


def _peak(changes: Sequence[tuple[float, float]]) -> float:
    level = most = 0.0
    for _, change in sorted(changes, key=lambda one: (one[0], one[1])):
        level += change
        most = max(most, level)
    return most


def giga_peak(moments: Sequence[float], chance: random.Random) -> float:
    """Mbit/s when each box tests for 20 s at random within 15 minutes of its return."""
    changes = []
    for at in moments:
        start = at + chance.uniform(0, 900)
        changes += [(start, LINE), (start + 20, -LINE)]
    return _peak(changes) / 1e6


def province(folder: Path, count: int) -> Engine:
    """Schools, lines and boxes by the thousand, with plans as they stood before the outage."""
    engine = open_engine(f"sqlite:///{folder / 'herd.sqlite'}")
    prepare(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO commune (code, name, kind, province_code) VALUES ('1', 'x', '', '')")
        connection.exec_driver_sql(
            "INSERT INTO school (id, code, name, search, level, commune_code, address, shifts, calendar, is_sample,"
            " is_demo, created_at, updated_at) VALUES (?, ?, 'x', '', 'other', '1', '', 1, '{}', 0, 0, 0, 0)",
            [(number + 1, f"S{number}") for number in range(count)],
        )
        connection.exec_driver_sql(
            "INSERT INTO link (school_id, name, provider, medium, down_bps, up_bps, contract, is_primary, backhaul)"
            " VALUES (?, '1', ?, 'fibre', 1e8, 1e8, '', 1, ?)",
            [(number + 1, ("VNPT", "Viettel", "FPT")[number % 3], f"OLT {number // 20}") for number in range(count)],
        )
    _boxes(engine, count, NOON)
    with Session(engine) as session:
        rules = {"server_mbps": SERVER_MBPS, "server_tests": 20, "provider_tests": 0}
        session.add(Setting(key="measure.limits", value=rules, updated_at=NOON))
        session.commit()
    return engine


def _boxes(engine: Engine, count: int, now: float) -> None:
    chance = random.Random(4)
    agents = [
        {**Agent(id=f"{number:016x}", school_id=number + 1, state="accepted", public_key=f"{number}").model_dump()}
        for number in range(count)
    ]
    plans = [
        MeasurePlan(
            agent_id=f"{number:016x}", school_id=number + 1, decided_at=now - 20_000, start=now - 20_000,
            next_at=now + chance.uniform(-MISSED, 21_600), boot="boot", full_at=now - 90_000,
        ).model_dump()
        for number in range(count)
    ]  # fmt: skip
    with engine.begin() as connection:
        insert_rows(connection, table_of(Agent), tuple(Agent.model_fields), agents)
        insert_rows(connection, table_of(MeasurePlan), tuple(MeasurePlan.model_fields), plans)
