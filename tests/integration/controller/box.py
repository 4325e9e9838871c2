"""A school's box as the controller sees it: its key, its clocks, its stream. No agent code but the seal."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.seal import key_id, seal
from agent.wire import (
    BATCH_TYPE,
    HEAD_TYPE,
    JOIN_TYPE,
    ExchangeHead,
    Item,
    JoinRequest,
    Result,
    Sample,
    SpoolState,
    Stamp,
    StateChange,
    Window,
)


def to_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


@dataclass
class Box:
    wall_error: float = 0.0
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    boot: str = "boot-1"
    booted_at: float = 0.0  # controller's time
    token: str = ""
    epoch: int = 0
    seq: int = 1
    settings_revision: int = 0
    ticks: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        return key_id(self.public)

    def stamp(self, at: float) -> Stamp:
        return Stamp(wall=at + self.wall_error, mono=at - self.booted_at + next(self.ticks) * 1e-3, boot=self.boot)

    def join_request(self, code: dict[str, str], at: float, **changes: Any) -> bytes:
        request = JoinRequest(
            v=1,
            code_id=code["i"],
            secret=code["s"],
            public_key=base64.b64encode(self.public).decode(),
            hostname="truong-hung-vuong",
            machine={"vendor": "FPT", "product": "Elead"},
            now=self.stamp(at),
            version="0.1.0",
        )
        return seal(JOIN_TYPE, to_json({**asdict(request), **changes}), self.key)

    def head(self, at: float, **changes: Any) -> bytes:
        head = ExchangeHead(
            v=1,
            agent=self.id,
            now=self.stamp(at),
            token=self.token,
            epoch=self.epoch,
            next_seq=self.seq,
            expects=1,
            version="0.1.0",
            accepts=[],
            spool=SpoolState(bytes=4096, limit=512_000_000, unacknowledged=1),
            hostname="truong-hung-vuong",
            settings_revision=self.settings_revision,
        )
        return seal(HEAD_TYPE, to_json({**asdict(head), **changes}), self.key)

    def batch(self, at: float, contents: Sequence[Any], **changes: Any) -> bytes:
        """Sealed, with the next number. Contents are wire Items or anything at all."""
        self.seq += 1
        plain = [asdict(item) if isinstance(item, Item) else item for item in contents]
        document = {
            "v": 1,
            "agent": self.id,
            "seq": self.seq - 1,
            "sealed": asdict(self.stamp(at)),
            "items": plain,
            **changes,
        }
        return seal(BATCH_TYPE, to_json(document), self.key)

    def keep(self, reply: dict[str, Any]) -> None:
        """What a box does with a good reply."""
        self.token, self.epoch = reply["token"], reply["epoch"]
        if reply.get("settings"):
            self.settings_revision = reply["settings"]["revision"]

    # items
    def windows(self, at: float, *targets: str, lost: int = 0, count: int = 30, rtt: float = 0.01) -> Item:
        body = [
            Window(
                name="rtt_seconds",
                labels={"target": target, "address": "192.0.2.1", "method": "icmp"},
                start=self.stamp(at),
                seconds=900.0,
                count=count,
                lost=lost,
                min=rtt / 2,
                median=rtt,
                p95=rtt * 2,
                max=rtt * 3,
                jitter=rtt / 10,
            )
            for target in targets
        ]
        return Item(kind="windows", body=[asdict(window) for window in body])

    def speed(self, at: float, down: float = 95e6, up: float = 40e6, **facts: Any) -> Item:
        result = Result(
            probe="speed",
            outcome="ok",
            started=self.stamp(at),
            duration=20.0,
            samples=[
                Sample(name="down_bits_per_second", value=down),
                Sample(name="up_bits_per_second", value=up),
                Sample(name="rtt_idle_seconds", value=0.012),
            ],
            facts={"scope": "network", "valid": True, **facts},
        )
        return Item(kind="result", body=asdict(result))

    def state(self, at: float, subject: str, before: str, after: str) -> Item:
        change = StateChange(at=self.stamp(at), subject=subject, before=before, after=after)
        return Item(kind="state", body=asdict(change))
