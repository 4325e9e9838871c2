"""From opened batches to the records of an evidence file. Pure: whoever has the batches gets the same records.

A record names the batch that proves it (``agent``, ``seq``, ``item``) and says whether that batch is in the file
(``sealed``). Times are the province's, to a millisecond; ``box_at`` is the box's own clock, from inside the seal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from agent.wire import RawSamples, Result, StateChange, Thinned, Window
from controller.evidence.seals import Clock, Opened
from controller.speed_columns import speed_columns

Record = dict[str, Any]
KINDS = ("results", "windows", "states", "raw", "thinned")
# What an evidence file is not about, though a batch that it cites may carry it.
DEVICE_PROBES = ("lan", "host")
DEVICE_SUBJECTS = "lan:"


@dataclass(slots=True)
class Records:
    """Each list in order of time."""

    results: list[Record] = field(default_factory=list)
    windows: list[Record] = field(default_factory=list)
    states: list[Record] = field(default_factory=list)
    raw: list[Record] = field(default_factory=list)
    thinned: list[Record] = field(default_factory=list)
    bad: list[Record] = field(default_factory=list)  # items of sealed batches that nobody could read
    with_devices: int = 0  # sealed batches that also carry an inventory or a sweep of the LAN

    def of(self, kind: str) -> list[Record]:
        found: list[Record] = getattr(self, kind)
        return found


def derive(
    opened: Iterable[Opened], unsealed: Mapping[str, Sequence[Record]], start: float, end: float
) -> tuple[Records, set[tuple[str, int]]]:
    """The records from ``start`` to ``end``, and the batches (agent, seq) that gave any.

    ``unsealed``: records whose batch is no longer kept, as the province's database has them; they are only its word.
    """
    records, cited = Records(), set[tuple[str, int]]()
    for one in opened:
        key = (one.sealed.agent, one.sealed.seq)
        if _take(records, one, start, end):
            cited.add(key)
    for kind in KINDS:
        records.of(kind).extend({**record, "sealed": False} for record in unsealed.get(kind, ()))
        records.of(kind).sort(key=_order)
    records.bad.sort(key=_order)
    return records, cited


def _order(record: Record) -> tuple[Any, ...]:
    seq, item = record.get("seq"), record.get("item")
    return (record["at"], record["agent"], -1 if seq is None else seq, -1 if item is None else item, *_name(record))


def _name(record: Record) -> tuple[str, ...]:
    labels = record.get("labels") or {}
    return (record.get("name", ""), *chain.from_iterable(sorted((str(k), str(v)) for k, v in labels.items())))


def _take(records: Records, one: Opened, start: float, end: float) -> bool:
    clock, before = one.sealed.clock, sum(len(records.of(kind)) for kind in KINDS)
    devices = False
    for item in one.batch.items:
        body, source = item.body, _source(one, item.index)
        if isinstance(body, list):
            for window in body:
                _add(records.windows, _window(window, source, clock), start, end)
        elif isinstance(body, Result) and body.probe == "speed":
            _add(records.results, _result(body, item.raw, source, clock), start, end)
        elif isinstance(body, StateChange) and not body.subject.startswith(DEVICE_SUBJECTS):
            _add(records.states, _state(body, source, clock), start, end)
        elif isinstance(body, RawSamples):
            _add(records.raw, _raw(body, source, clock), start, end)
        elif isinstance(body, Thinned):
            _add(records.thinned, _thinned(body, source, clock), start, end)
        elif not isinstance(body, Result) or body.probe in DEVICE_PROBES:
            devices = True
    for bad in one.batch.bad:
        at = clock.place(one.batch.sealed)
        _add(records.bad, {"at": at, "reason": bad.reason, **_source(one, bad.index)}, start, end)
    found = sum(len(records.of(kind)) for kind in KINDS) > before
    records.with_devices += found and devices
    return found


def _source(one: Opened, item: int) -> Record:
    return {"agent": one.sealed.agent, "seq": one.sealed.seq, "item": item, "sealed": True}


def _add(into: list[Record], record: Record, start: float, end: float) -> None:
    """Keep it when its time is known and lies inside."""
    if record["at"] is not None and start <= record["at"] < end:
        record["at"] = round(record["at"], 3)
        into.append(record)


def _result(result: Result, raw: Any, source: Record, clock: Clock) -> Record:
    facts = result.facts
    return {
        "at": clock.place(result.started),
        "box_at": result.started.wall,
        "duration": result.duration,
        "outcome": result.outcome,
        "reason": result.reason,
        **speed_columns(result),
        "mode": _text(facts.get("mode")) or "full",
        "medium": medium_of(facts),
        "validity": _texts(facts.get("validity")),
        "remarks": _texts(facts.get("remarks")),
        **source,
        "body": raw,
    }


def medium_of(facts: Mapping[str, Any]) -> str:
    """ "wire", "wifi" or "" when the box did not tell."""
    interface = facts.get("interface")
    return _text(interface.get("medium")) if isinstance(interface, Mapping) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _window(window: Window, source: Record, clock: Clock) -> Record:
    return {
        "at": clock.place(window.start),
        "box_at": window.start.wall,
        "seconds": window.seconds,
        "name": window.name,
        "labels": window.labels,
        "count": window.count,
        "lost": window.lost,
        "min": window.min,
        "median": window.median,
        "p95": window.p95,
        "max": window.max,
        "jitter": window.jitter,
        **source,
    }


def _state(change: StateChange, source: Record, clock: Clock) -> Record:
    return {
        "at": clock.place(change.at),
        "box_at": change.at.wall,
        "subject": change.subject,
        "before": change.before,
        "after": change.after,
        "detail": change.detail,
        "facts": change.facts,
        **source,
    }


def _raw(raw: RawSamples, source: Record, clock: Clock) -> Record:
    samples = [
        {
            "at": None if sample.at is None else _rounded(clock.place(sample.at)),
            "name": sample.name,
            "value": sample.value,
            "labels": sample.labels,
        }
        for sample in raw.samples
    ]
    return {"at": clock.place(raw.around), "subject": raw.subject, **source, "samples": samples}


def _rounded(at: float | None) -> float | None:
    return None if at is None else round(at, 3)


def _thinned(thinned: Thinned, source: Record, clock: Clock) -> Record:
    ends = {
        name: None if stamp is None else _rounded(clock.place(stamp))
        for name, stamp in (("oldest", thinned.oldest), ("newest", thinned.newest))
    }
    return {"at": clock.place(thinned.at), "reason": thinned.reason, "records": thinned.records, **ends, **source}
