"""A school whose box has something to say for some days, and evidence files made of it."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from sqlmodel import Session, select

from agent.wire import Item, RawSamples, Result, Sample, Thinned
from controller import audit
from controller.evidence import container, manifest, parts
from controller.evidence.build import Asked, build
from controller.evidence.container import Part
from controller.evidence.keys import open_keys
from controller.tables import Agent, Link, School
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province

DAY = 86_400.0
CODE = "82001"


def accepted(province: Province, school: str = CODE) -> Box:
    """A box that a person accepted, with the row that the API writes."""
    box = province.accepted(school)
    with province.session() as session:
        row = session.get(Agent, box.id)
        assert row is not None
        detail = {"school": school, "before": "pending", "after": "accepted", "fingerprint": row.fingerprint}
        audit.record(session, "hoa", "agent.accept", f"agent:{box.id}", row.school_id, now=province.clock(), **detail)
        session.commit()
    return box


def with_contract(province: Province, school: str = CODE, down: float = 100e6, up: float = 50e6) -> None:
    with province.session() as session:
        row = session.exec(select(School).where(School.code == school)).one()
        session.add(
            Link(school_id=row.id or 0, provider="VNPT Đồng Tháp", down_bps=down, up_bps=up, contract="HĐ-01/2026")
        )
        session.commit()


def wifi(box: Box, at: float) -> Item:
    return box.speed(at, down=20e6, up=9e6, valid=False, validity=["wifi"], interface={"medium": "wifi"})


def failed(box: Box, at: float) -> Item:
    result = Result(
        probe="speed", outcome="failed", started=box.stamp(at), duration=3.0, reason="server-unreachable",
        detail="timed out",
    )  # fmt: skip
    return Item(kind="result", body=asdict(result))


def raw(box: Box, at: float) -> Item:
    samples = [
        Sample(name="rtt_seconds", value=0.01 + n / 1e4, labels={"target": "gateway"}, at=box.stamp(at - 60 + n * 10))
        for n in range(12)
    ]
    return Item(kind="raw", body=asdict(RawSamples(subject="target:gateway", around=box.stamp(at), samples=samples)))


def thinned(box: Box, at: float) -> Item:
    body = Thinned(
        at=box.stamp(at), reason="spool-full", records=3, oldest=box.stamp(at - 7200), newest=box.stamp(at - 3600)
    )
    return Item(kind="thinned", body=asdict(body))


def lan(box: Box, at: float) -> Item:
    facts = {"devices": [{"mac": "b8:27:eb:00:00:01", "ip": "10.0.0.9"}]}
    return Item(
        kind="result",
        body=asdict(Result(probe="lan", outcome="ok", started=box.stamp(at), duration=1.0, facts=facts)),
    )


def speak(province: Province, box: Box, days: int = 3, per_day: int = 4, every: float = 3600.0) -> None:
    """Windows each hour, some tests a day, one outage; a batch of windows and one of results each time."""
    start = province.clock.now
    steps = int(days * DAY / every)
    for step in range(steps):
        province.clock.now = now = start + (step + 1) * every
        is_cut = step % 24 == 13
        windows = [
            box.windows(now - every + n * 900, "gateway", "domestic:vnix", lost=30 if is_cut and n == 1 else 0)
            for n in range(int(every // 900))
        ]
        batches = [box.batch(now, windows)]
        items = []
        if step % (24 // per_day) == 0:
            items.append(
                box.speed(now - 30, down=95e6 - step * 1e5, up=48e6, mode="full", interface={"medium": "wire"})
            )
        if step % 24 == 7:
            items += [wifi(box, now - 20), failed(box, now - 10)]
        if is_cut:
            items += [box.state(now - 600, "target:gateway", "up", "down"), raw(box, now - 600)]
            items += [box.state(now - 300, "target:gateway", "down", "up"), thinned(box, now - 1)]
        if step % 24 == 20:
            items.append(lan(box, now - 5))
        if items:
            batches.append(box.batch(now, items))
        province.exchange(box, *batches)


def make(province: Province, start: float, end: float, code: str = CODE) -> bytes:
    services = province.services
    with Session(services.engine) as session:
        school = session.exec(select(School).where(School.code == code)).one()
    asked = Asked(school=school, start=start, end=end, now=province.clock())
    return build(services.engine, services.keys, services.settings, asked, lambda _part, _note: None)


def fingerprint(province: Province) -> str:
    return province.services.keys.fingerprint


def resigned(province: Province, parts_now: list[Part], changes: dict[str, bytes]) -> bytes:
    """The file with other contents, signed again by the province: what its own insider could make."""
    own = open_keys(province.services.keys, province.services.settings.province_name, province.clock())
    made = [
        Part(part.name, changes[part.name], 0, changes[part.name]) if part.name in changes else part
        for part in parts_now
        if part.name not in (manifest.MANIFEST, manifest.SIGNATURE)
    ]
    said = manifest.make(made, {})
    signed = manifest.sign(said, own.manifest_key)
    return container.write(
        [*made, container.stored(manifest.MANIFEST, said), container.stored(manifest.SIGNATURE, signed)]
    )


def public(box: Box) -> str:
    return base64.b64encode(box.public).decode()


def content(data: bytes) -> dict[str, bytes]:
    return {part.name: part.content for part in container.read(data)}


def facts(checked: Any) -> dict[str, Any]:
    found: dict[str, Any] = checked.facts
    return found


__all__ = ["CODE", "DAY", "Box", "Province", "accepted", "content", "make", "parts", "resigned", "speak"]
