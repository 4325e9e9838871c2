"""Simulated boxes that seal real exchanges, and the small province that they belong to."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from agent.seal import key_id, seal
from agent.wire import BATCH_TYPE, HEAD_TYPE, ExchangeHead, Item, Result, Sample, SpoolState, Stamp, Window
from controller.tables import Agent, Commune, Link, School


@dataclass
class Box:
    """One box: its key, its clocks, its stream. ``booted`` is the controller's time of its start."""

    number: int
    booted: float = 0.0
    boot: str = "boot-0"
    token: str = ""
    epoch: int = 0
    settings_revision: int = 0
    seq: int = 1
    ticks: int = 0
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    pending: list[bytes] = field(default_factory=list)  # sealed and not acknowledged

    def __post_init__(self) -> None:
        self.public = self.key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def start(self, at: float) -> None:
        self.booted, self.boot = at, f"boot-{int(at)}"

    def stamp(self, at: float) -> Stamp:
        self.ticks += 1
        return Stamp(wall=at, mono=at - self.booted + self.ticks * 1e-6, boot=self.boot)

    def put(self, at: float, *items: Item) -> None:
        """Seal a batch; it is sent with every exchange until ``keep``."""
        batch = {
            "v": 1,
            "agent": self.id,
            "seq": self.seq,
            "sealed": asdict(self.stamp(at)),
            "items": [asdict(one) for one in items],
        }
        self.seq += 1
        self.pending.append(seal(BATCH_TYPE, json.dumps(batch).encode(), self.key))

    def exchange(self, at: float) -> bytes:
        head = ExchangeHead(
            v=1,
            agent=self.id,
            now=self.stamp(at),
            token=self.token,
            epoch=self.epoch,
            next_seq=self.seq,
            expects=1,
            version="0.2.0",
            accepts=[],
            spool=SpoolState(bytes=1, limit=2, unacknowledged=len(self.pending)),
            settings_revision=self.settings_revision,
        )
        return b"\n".join([seal(HEAD_TYPE, json.dumps(asdict(head)).encode(), self.key), *self.pending])

    def keep(self, reply: Mapping[str, Any]) -> None:
        """What a box does with a good reply."""
        self.token, self.epoch = reply["token"], reply["epoch"]
        if reply["settings"]:
            self.settings_revision = reply["settings"]["revision"]
        self.pending.clear()

    def windows(self, at: float, seconds: float = 900.0) -> Item:
        body = [
            asdict(
                Window(
                    name="rtt_seconds",
                    labels={"target": target},
                    start=self.stamp(at - seconds),
                    seconds=seconds,
                    count=30,
                    lost=0,
                    min=0.01,
                    median=0.02,
                    p95=0.03,
                    max=0.04,
                )
            )
            for target in ("gateway", "domestic:vnix", "controller")
        ]
        return Item(kind="windows", body=body)

    def speed(self, at: float, *, mode: str, bps: float, used: float, seconds: float, is_valid: bool) -> Item:
        samples = {"down_bits_per_second": bps, "up_bits_per_second": bps, "bytes_used": used}
        result = Result(
            probe="speed",
            outcome="ok",
            started=self.stamp(at),
            duration=seconds,
            samples=[Sample(name=name, value=value) for name, value in samples.items()],
            facts={
                "mode": mode,
                "scope": "network",
                "valid": is_valid,
                "validity": [] if is_valid else ["cross-traffic"],
            },
        )
        return Item(kind="result", body=asdict(result))


def register(engine: Engine, boxes: Sequence[Box], now: float, *, calendar: Mapping[str, Any], **link: Any) -> None:
    """A school with one line and one accepted box each, in an empty database."""
    with Session(engine) as session:
        session.add(Commune(code="1", name="Cao Lãnh"))
        session.flush()
        schools = [
            School(code=f"S{box.number}", name=f"Trường {box.number}", commune_code="1", calendar=dict(calendar))
            for box in boxes
        ]
        session.add_all(schools)
        session.flush()
        for box, school in zip(boxes, schools, strict=True):
            public = base64.b64encode(box.public).decode()
            session.add(Link(school_id=school.id or 0, **link))
            session.add(Agent(id=box.id, school_id=school.id or 0, state="accepted", public_key=public, created_at=now))
        session.commit()
