"""From decoded items to rows, without touching the database: what one group of exchanges will write.

Times become the controller's here (monitoring/clock.py); everything keeps the number of the batch that proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.wire import Inventory, RawSamples, Result, Stamp, StateChange, Thinned, Window
from controller.db import dump
from controller.decode import BadItem, Decoded, GoodItem
from controller.speed_columns import speed_columns
from monitoring.clock import Timeline

MAX_REJECTED_BODY = 16_384
MAX_DEVICES = 1_024  # of one sweep
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose items these are, and how old they may be."""

    agent: str
    school_id: int
    now: float
    oldest_window: float
    oldest_record: float


@dataclass(frozen=True, slots=True)
class InventoryChange:
    body: Inventory
    at: float
    seq: int
    item: int
    sections: Mapping[str, Any]


@dataclass(slots=True)
class Rows:
    """Rows of one exchange, or of many laid together."""

    sealed: list[Row] = field(default_factory=list)
    measurements: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    hours: dict[tuple[int, int], list[Row]] = field(default_factory=dict)
    latest: dict[int, Row] = field(default_factory=dict)  # school -> {"at", "windows", "states", "speed"}
    devices: dict[tuple[int, str], Row] = field(default_factory=dict)
    inventories: dict[tuple[str, int], list[InventoryChange]] = field(default_factory=dict)  # (agent, school)
    stale: set[tuple[int, float]] = field(default_factory=set)  # (school, a moment of the day to be rolled up again)
    changed: set[tuple[int, str]] = field(default_factory=set)  # (school, kind) to tell the pages

    def patch(self, school_id: int) -> Row:
        return self.latest.setdefault(school_id, {"at": 0.0, "windows": [], "states": {}, "speed": None})

    def reject(self, source: Source, seq: int | None, item: int | None, reason: str, detail: str, body: Any) -> None:
        text = body if isinstance(body, str) else _text(body)
        self.rejected.append(
            {
                "agent_id": source.agent,
                "school_id": source.school_id,
                "seq": seq,
                "item": item,
                "reason": reason,
                "detail": printable(detail),
                "at": source.now,
                "body": printable(text)[:MAX_REJECTED_BODY],
            }
        )

    def event(self, source: Source, at: float, kind: str, subject: str, **more: Any) -> None:
        self.events.append(
            {
                "school_id": source.school_id,
                "agent_id": source.agent,
                "at": at,
                "seen_at": source.now,
                "kind": kind,
                "subject": subject,
                "before": "",
                "after": "",
                "detail": "",
                "seq": None,
                "item": None,
                "facts": {},
                **more,
            }
        )

    def join(self, other: Rows) -> None:
        """Lay the rows of another exchange beside these."""
        self.sealed += other.sealed
        self.measurements += other.measurements
        self.events += other.events
        self.rejected += other.rejected
        for hour, windows in other.hours.items():
            self.hours.setdefault(hour, []).extend(windows)
        for school_id, patch in other.latest.items():
            mine = self.patch(school_id)
            mine["at"] = max(mine["at"], patch["at"])
            mine["windows"] += patch["windows"]
            mine["states"] = later_states(mine["states"], patch["states"])
            mine["speed"] = patch["speed"] or mine["speed"]
        self.devices.update(other.devices)
        for owner, changes in other.inventories.items():
            self.inventories.setdefault(owner, []).extend(changes)
        self.stale |= other.stale
        self.changed |= other.changed


def printable(text: str) -> str:
    """What every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _text(body: Any) -> str:
    try:
        return dump(body)
    except (TypeError, ValueError):  # NaN is fine (null); half a surrogate pair and endless nesting are not
        return repr(body)[:MAX_REJECTED_BODY]


def later_states(kept: Mapping[str, Row], new: Mapping[str, Row]) -> dict[str, Row]:
    states = dict(kept)
    for subject, state in new.items():
        if subject not in states or state["at"] >= states[subject]["at"]:
            states[subject] = state
    return states


def add_batch(rows: Rows, source: Source, batch: Decoded, timeline: Timeline) -> list[Row]:
    """Add one batch's items. The problems to tell the box, ``{"seq", "item", "reason"}``; they are kept in Rejected."""
    bad = list(batch.bad)
    timeline.place(batch.sealed)
    for item in batch.items:
        reason = _add_item(rows, source, batch.seq, item, timeline)
        if reason:
            bad.append(BadItem(item.index, reason, "older than what is kept", item.raw))
    for one in bad:
        rows.reject(source, batch.seq, one.index, one.reason, one.detail, one.raw)
    return [{"seq": batch.seq, "item": one.index, "reason": one.reason} for one in bad]


def _add_item(rows: Rows, source: Source, seq: int, item: GoodItem, timeline: Timeline) -> str:
    """Add one item; a reason when it cannot be taken."""
    body = item.body
    if isinstance(body, list):
        return _add_windows(rows, source, body, timeline)
    at = timeline.place(_moment(body))
    if at < source.oldest_record:
        return "too-old"
    if isinstance(body, Result):
        _add_result(rows, source, seq, item, body, at)
    elif isinstance(body, StateChange):
        _add_state(rows, source, seq, item, body, at, timeline)
    elif isinstance(body, RawSamples):
        facts = {"samples": item.raw.get("samples", [])}
        rows.event(source, at, "raw", body.subject, seq=seq, item=item.index, facts=facts)
    elif isinstance(body, Inventory):
        change = InventoryChange(body, at, seq, item.index, item.raw.get("sections") or {})
        rows.inventories.setdefault((source.agent, source.school_id), []).append(change)
        rows.changed.add((source.school_id, "inventory"))
    elif isinstance(body, Thinned):
        facts = {"records": body.records, "seqs": len(body.seqs)}
        for name, stamp in (("oldest", body.oldest), ("newest", body.newest)):
            if stamp is not None:
                facts[name] = timeline.place(stamp)
        rows.event(
            source, at, "spool", "spool", after="thinned", detail=body.reason, seq=seq, item=item.index, facts=facts
        )
    return ""


def _moment(body: Result | StateChange | RawSamples | Inventory | Thinned) -> Stamp:
    if isinstance(body, Result):
        return body.started
    return body.around if isinstance(body, RawSamples) else body.at


def _add_windows(rows: Rows, source: Source, windows: Iterable[Window], timeline: Timeline) -> str:
    patch = rows.patch(source.school_id)
    newest, reason = patch["at"], ""
    hour, in_hour = -1.0, patch["windows"]
    for window in windows:
        at = timeline.place(window.start)
        if at < source.oldest_window:
            reason = "too-old"
            continue
        if at // 3600 != hour:
            hour = at // 3600
            in_hour = rows.hours.setdefault((source.school_id, int(hour) * 3600), [])
            rows.stale.add((source.school_id, at))
        row = {
            "name": window.name,
            "labels": window.labels,
            "at": round(at, 3),
            "seconds": window.seconds,
            "count": window.count,
            "lost": window.lost,
            "min": window.min,
            "median": window.median,
            "p95": window.p95,
            "max": window.max,
            "jitter": window.jitter,
            "agent": source.agent,
        }
        in_hour.append(row)
        patch["windows"].append(row)
        if at > newest:
            newest = at
    patch["at"] = newest
    rows.changed.add((source.school_id, "windows"))
    return reason


def _add_result(rows: Rows, source: Source, seq: int, item: GoodItem, result: Result, at: float) -> None:
    row: Row = {
        "school_id": source.school_id,
        "agent_id": source.agent,
        "seq": seq,
        "item": item.index,
        "probe": result.probe,
        "outcome": result.outcome,
        "reason": result.reason,
        "detail": result.detail,
        "at": at,
        "box_wall": result.started.wall,
        "duration": result.duration,
        "scope": "",
        "is_valid": result.outcome == "ok",
        "down_bps": None,
        "up_bps": None,
        "rtt": None,
        "body": item.raw,
    }
    patch = rows.patch(source.school_id)
    patch["at"] = max(patch["at"], at)
    if result.probe == "speed":
        row.update(speed_columns(result))
        rows.stale.add((source.school_id, at))
        if row["is_valid"]:
            patch["speed"] = max(patch["speed"] or row, row, key=lambda one: one["at"])
    if result.probe == "lan" and result.outcome == "ok":
        _add_devices(rows, source, result, at)
    rows.measurements.append(row)
    rows.changed.add((source.school_id, "measurement"))


def _add_devices(rows: Rows, source: Source, result: Result, at: float) -> None:
    devices = result.facts.get("devices")
    for device in devices[:MAX_DEVICES] if isinstance(devices, list) else []:
        mac = device.get("mac") if isinstance(device, dict) else None
        if not isinstance(mac, str) or not 0 < len(mac) <= 32:
            continue
        rows.devices[(source.school_id, mac.lower())] = {
            "school_id": source.school_id,
            "mac": mac.lower(),
            "ip": str(device.get("ip") or "")[:64],
            "name": str(device.get("name") or "")[:256],
            "first_seen": at,
            "last_seen": at,
            "facts": {str(key): value for key, value in device.items() if key not in ("mac", "ip", "name", "vendor")},
        }
    rows.changed.add((source.school_id, "devices"))


def _add_state(
    rows: Rows, source: Source, seq: int, item: GoodItem, change: StateChange, at: float, timeline: Timeline
) -> None:
    facts = change.facts | last_alive(change, timeline)
    rows.event(
        source,
        at,
        change.subject.partition(":")[0] or "state",
        change.subject,
        before=change.before,
        after=change.after,
        detail=change.detail,
        seq=seq,
        item=item.index,
        facts=facts,
    )
    patch = rows.patch(source.school_id)
    patch["at"] = max(patch["at"], at)
    state = {"after": change.after, "at": at, "detail": change.detail}
    patch["states"] = later_states(patch["states"], {change.subject: state})
    rows.changed.add((source.school_id, "state"))


def last_alive(change: StateChange, timeline: Timeline) -> Row:
    """When the life before a start ended, by the controller's clock: the box knows it only by its own clocks."""
    said = change.facts.get("last_alive")
    if change.subject != "box" or not isinstance(said, dict):
        return {}
    boot, mono = said.get("boot"), said.get("mono")
    if not isinstance(boot, str) or isinstance(mono, bool) or not isinstance(mono, int | float):
        return {}
    at = timeline.known(boot, float(mono))
    return {} if at is None else {"last_alive_at": round(at, 3)}
