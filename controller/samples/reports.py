"""Speed tests, other runs of probes, and events of an invented school. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from controller.samples.life import REASONS, Life
from controller.samples.plan import Plan
from controller.samples.windows import SPEAKS

DAY, SIX_HOURS = 86_400, 21_600
Row = dict[str, Any]
REFUSALS = ("cross-traffic", "wifi", "unsteady", "nic-slow")
FAILURES = ("stalled", "deadline", "server-unreachable")
DETAILED = 7 * DAY  # older runs keep only what says how they were made


class Reports:
    def __init__(self, plan: Plan, life: Life, school_id: int, *, now: int) -> None:
        self.plan, self.life, self.school_id, self.now = plan, life, school_id, now
        self._seq = 1

    def _state(self, at: float) -> str:
        return next((span.kind for span in self.life.spans if span.start <= at < span.end), "up")

    def measurements(self) -> Iterator[Row]:
        """Oldest first."""
        draw = self.plan.chance("speed")
        first = self.life.joined + draw.randrange(300, SIX_HOURS)
        runs = [("speed", at) for at in range(first, self.now, SIX_HOURS)]
        recent = max(self.life.joined, self.now - 3 * DAY)
        runs += [(probe, at) for probe in ("host", "lan") for at in range(recent + 4_000, self.now, DAY)]
        for probe, at in sorted(runs, key=lambda run: run[1]):
            moment = at + draw.randrange(240)
            state = self._state(moment)
            if state in ("dead", "off") or moment >= self.now:
                continue
            self._seq += draw.randrange(2, 9)
            yield self._speed(draw, moment, state) if probe == "speed" else self._other(draw, probe, moment)

    def _row(self, probe: str, at: int, duration: float) -> Row:
        return {
            "school_id": self.school_id,
            "agent_id": self.plan.box_id,
            "seq": self._seq,
            "item": 0,
            "probe": probe,
            "outcome": "ok",
            "reason": "",
            "detail": "",
            "at": float(at),
            "box_wall": float(at),
            "duration": duration,
            "scope": "",
            "is_valid": True,
            "down_bps": None,
            "up_bps": None,
            "rtt": None,
            "body": {"probe": probe, "outcome": "ok", "samples": [], "facts": {}},
        }

    def _other(self, draw: Random, probe: str, at: int) -> Row:
        row = self._row(probe, at, round(draw.uniform(1.5, 4.0), 2))
        if draw.random() < 0.06:
            row |= {"outcome": "skipped", "reason": "needs-root", "is_valid": False}
        elif draw.random() < 0.02:
            row |= {"outcome": "failed", "reason": "deadline", "is_valid": False}
        row["body"] |= {"outcome": row["outcome"], "reason": row["reason"]}
        return row

    def _speed(self, draw: Random, at: int, state: str) -> Row:
        row = self._row("speed", at, round(draw.uniform(14, 26), 2))
        row["scope"] = "network"
        if state in ("internet", "gateway") or draw.random() < 0.006:
            reason = "server-unreachable" if state in ("internet", "gateway") else draw.choice(FAILURES)
            row |= {"outcome": "failed", "reason": reason, "is_valid": False}
            row["body"] |= {"outcome": "failed", "reason": reason}
            return row
        plan = self.plan
        busy = (
            draw.uniform(0.82, 0.99) if (at + 7 * 3600) % DAY // 3600 in (8, 9, 10, 14, 15) else draw.uniform(0.95, 1.0)
        )
        loss = draw.uniform(0.2, 0.5) if state == "lossy" else 1.0
        down = round(plan.down_bps * plan.delivers * busy * loss)
        up = round(plan.up_bps * min(1.0, plan.delivers * draw.uniform(0.9, 1.05)) * busy * loss)
        rtt = round(plan.rtt * draw.uniform(0.95, 1.2), 5)
        reasons = [draw.choice(REFUSALS)] if draw.random() < 0.035 else []
        if plan.habit and draw.random() < 0.55:
            reasons = [plan.habit]
            down, up = (min(round(rate * 0.12), 94_000_000) for rate in (down, up))
        row |= {"down_bps": float(down), "up_bps": float(up), "rtt": rtt, "is_valid": not reasons}
        row["body"] = self._body(draw, row, reasons, is_full=at > self.now - DETAILED)
        return row

    def _body(self, draw: Random, row: Row, reasons: list[str], *, is_full: bool) -> Row:
        facts: Row = {
            "method": "truongnet-tcp/1",
            "scope": "network",
            "valid": not reasons,
            "validity": reasons,
            "streams": 4,
        }
        body: Row = {"probe": "speed", "outcome": "ok", "facts": facts}
        if not is_full:
            return body
        wifi = "wifi" in reasons
        link = 100e6 if "nic-slow" in reasons else 1e9
        facts["interface"] = {"name": "wlan0" if wifi else "eth0", "medium": "wifi" if wifi else "wire"}
        facts["interface"]["bits_per_second"] = link
        facts["cpu"] = {
            "own_core_share": round(draw.uniform(0.04, 0.3), 3),
            "machine_share": round(draw.uniform(0.1, 0.5), 3),
        }
        for way in ("down", "up"):
            bits, seconds = row[f"{way}_bps"], round(draw.uniform(5, 9), 2)
            used = int(bits * seconds / 8)
            facts[way] = {
                "ended": "steady",
                "bits_per_second": bits,
                "confidence_ratio": round(draw.uniform(0.003, 0.015), 4),
                "ramp_seconds": round(draw.uniform(0.4, 1.4), 2),
                "counted_seconds": seconds,
                "bytes_used": used,
                "client": {"bytes": used},
                "server": {"bytes": used, "cpu": round(draw.uniform(0.02, 0.2), 3)},
            }
        used = facts["down"]["bytes_used"] + facts["up"]["bytes_used"]
        values = {
            "down_bits_per_second": row["down_bps"],
            "up_bits_per_second": row["up_bps"],
            "rtt_idle_seconds": row["rtt"],
        }
        values |= {"bytes_used": float(used), "rtt_loaded_down_seconds": round(row["rtt"] * draw.uniform(1.5, 5), 5)}
        body["samples"] = [{"name": name, "value": value, "labels": {}} for name, value in values.items()]
        return body

    def events(self) -> Iterator[Row]:
        """What became another, oldest first: what the box saw and what the controller judged."""
        if not self.plan.has_box:
            return
        yield self._event(self.life.joined, "agent", f"agent:{self.plan.box_id}", "pending", "accepted", box=True)
        yield self._event(self.life.joined, "inventory", f"agent:{self.plan.box_id}", "", "", box=True)
        yield self._event(self.life.joined, "school", "school", "no-box", "up")
        for span in self.life.spans:
            status, reason = REASONS[span.kind]
            yield from self._seen_by_box(span.start, span.kind, "up", "down")
            yield self._event(span.start, "school", "school", "up", status, reason)
            if span.end < self.now:
                yield from self._seen_by_box(span.end, span.kind, "down", "up")
                yield self._event(span.end, "school", "school", status, "up")

    def _seen_by_box(self, at: int, kind: str, before: str, after: str) -> Iterator[Row]:
        subjects = {"internet": (f"target:{SPEAKS}", "target:international:cloud"), "gateway": ("target:gateway",)}
        for subject in subjects.get(kind, ()):
            yield self._event(at, "target", subject, before, after, box=True)
        if kind == "dead" and after == "up":
            yield self._event(at, "box", "box", "down", "up", "power", box=True)

    def _event(
        self, at: int, kind: str, subject: str, before: str, after: str, detail: str = "", *, box: bool = False
    ) -> Row:
        return {
            "school_id": self.school_id,
            "agent_id": self.plan.box_id if box else "",
            "at": float(at),
            "seen_at": float(at + (2 if box else 95)),
            "kind": kind,
            "subject": subject,
            "before": before,
            "after": after,
            "detail": detail,
            "seq": None,
            "item": None,
            "facts": {},
        }
