"""One exchange against what the database knows of its box: may it speak, what of it is new, and what is it answered.

No database here: the row goes in as a mapping, the columns to change come out. Token rule: the current and the previous
token are good, since a reply can be lost; any other means that two machines speak with one identity.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.wire import WIRE_VERSION, ExchangeReply, Stamp
from agent.wire import Thinned as ThinnedBody
from controller.epochs import CurrentEpoch
from controller.exchange import Parcel, settled_number
from controller.records import Row, Rows, Source, add_batch
from controller.refusal import Refusal
from controller.stream import Stream
from controller.tokens import beat_token, exchange_token
from monitoring.clock import BoxClock, Timeline, observe

CLOCK_OFF = 300.0  # seconds; a wall clock more wrong than this is an event


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is the same for every box of a group."""

    now: float
    epoch: CurrentEpoch
    key: bytes  # of tokens
    roots: list[str]
    roots_digest: str
    beat_every: float
    exchange_every: float
    hour_days: int
    day_days: int


@dataclass(slots=True)
class Outcome:
    parcel: Parcel
    update: Row
    rows: Rows
    refusal: Refusal | None = None
    reply: ExchangeReply | None = None
    accepted: int = 0  # batches that are new


@dataclass(slots=True)
class Visit:
    """One exchange being worked on."""

    parcel: Parcel
    box: Mapping[str, Any]
    terms: Terms
    rows: Rows = field(default_factory=Rows)
    problems: list[dict[str, Any]] = field(default_factory=list)
    full_inventory: bool = False

    @property
    def source(self) -> Source:
        return Source(
            agent=self.parcel.agent,
            school_id=self.box["school_id"],
            now=self.terms.now,
            oldest_window=self.terms.now - self.terms.hour_days * 86_400,
            oldest_record=self.terms.now - self.terms.day_days * 86_400,
        )


def may_speak(box: Mapping[str, Any], head: Stamp) -> None:
    """Raises Refusal when a person has to decide first, or when this very exchange was heard before."""
    state = box["state"]
    if state == "pending":
        raise Refusal("not-accepted", "a person has to compare the fingerprint and accept this box", 30, state=state)
    if state == "quarantined":
        raise Refusal("quarantined", f"this box is quarantined: {box['reason']}; it needs a new join code", 3600)
    if state != "accepted":
        raise Refusal("not-accepted", f"this box is {state}; it needs a new join code", 3600, state=state)
    if head.boot == box["boot"] and box["boot_mono"] is not None and head.mono <= box["boot_mono"]:
        raise Refusal("replayed", "this exchange, or a later one of the same boot, was heard before", 1)


def token_kind(box: Mapping[str, Any], token: str, epoch: int) -> str:
    """ "current", "previous" or "clone". After a restore a box's first exchange is taken with any token."""
    if token == box["token"]:
        return "current"
    if token == box["previous_token"] or not box["token"] or box["epoch"] < epoch:
        return "previous"
    return "clone"


def admit(parcel: Parcel, box: Mapping[str, Any], terms: Terms, seen_unreadable: Container[str]) -> Outcome:
    """Decide about one exchange. A refusal is in the outcome, with what has to be written down about it."""
    visit = Visit(parcel, box, terms)
    try:
        may_speak(box, parcel.head.now)
    except Refusal as refusal:
        return Outcome(parcel, {}, visit.rows, refusal)
    kind = token_kind(box, parcel.head.token, terms.epoch.number)
    if kind == "clone":
        return _quarantine(visit)
    clock = observe(_clock_of(box), parcel.head.now, parcel.received, box["last_exchange_at"])
    timeline = Timeline(clock, parcel.received)
    stream = Stream(box["next_seq"], [list(one) for one in box["ahead"]])
    taken = _take_lines(visit, stream, timeline)
    _take_unreadable(visit, stream, box["next_seq"], seen_unreadable)
    _note_clock(visit, clock)
    update = _update(visit, stream, timeline.clock, kind)
    return Outcome(parcel, update, visit.rows, None, _reply(visit, update), taken)


def _clock_of(box: Mapping[str, Any]) -> BoxClock:
    return BoxClock(offsets=box["boots"], boot=box["boot"], skew=box["clock_skew"] or 0.0)


def _quarantine(visit: Visit) -> Outcome:
    visit.rows.event(
        visit.source,
        visit.terms.now,
        "agent",
        f"agent:{visit.parcel.agent}",
        before="accepted",
        after="quarantined",
        detail="clone-suspected",
        facts={"hostname": visit.parcel.head.hostname},
    )
    visit.rows.changed.add((visit.box["school_id"], "agent"))
    refusal = Refusal("clone-suspected", "two machines speak with this box's identity; it is quarantined", 3600)
    return Outcome(visit.parcel, {"state": "quarantined", "reason": "clone-suspected"}, visit.rows, refusal)


def _take_lines(visit: Visit, stream: Stream, timeline: Timeline) -> int:
    """Add every batch that is new; how many."""
    taken = 0
    for line in visit.parcel.lines:
        batch = line.decoded
        if not stream.add(batch.seq):
            continue
        taken += 1
        timeline.begin()
        visit.problems += add_batch(visit.rows, visit.source, batch, timeline)
        for item in batch.items:
            if isinstance(item.body, ThinnedBody):
                for seq in sorted(item.body.seqs):
                    stream.add(seq)
        visit.rows.sealed.append(
            {
                "agent_id": visit.parcel.agent,
                "seq": batch.seq,
                "received_at": visit.terms.now,
                "epoch": visit.terms.epoch.number,
                "digest": line.digest,
                "is_evidence": bool(batch.bad) or any(not isinstance(item.body, list) for item in batch.items),
                "clock": {
                    "now": timeline.now,
                    "offsets": timeline.used,
                    "first": timeline.first,
                    "last": timeline.last,
                },
                "envelope": line.envelope,
            }
        )
    return taken


def _take_unreadable(visit: Visit, stream: Stream, next_seq: int, seen: Container[str]) -> None:
    """Set lines aside that cannot be read, each once, and settle their numbers when there is no doubt about them."""
    for line in visit.parcel.unreadable:
        seq = settled_number(line, next_seq, visit.parcel.head.next_seq)
        if seq is not None:
            stream.add(seq)
        visit.problems.append({"seq": seq, "item": None, "reason": line.reason})
        if line.digest not in seen:
            text = line.envelope.decode("utf-8", "replace")
            visit.rows.reject(visit.source, seq, None, line.reason, line.detail, text)


def _note_clock(visit: Visit, clock: BoxClock) -> None:
    before = visit.box["clock_skew"]
    if abs(clock.skew) > CLOCK_OFF and (before is None or abs(before - clock.skew) > CLOCK_OFF):
        visit.rows.event(
            visit.source,
            visit.terms.now,
            "clock",
            f"agent:{visit.parcel.agent}",
            after="wrong",
            facts={"skew_seconds": round(clock.skew, 1)},
        )


def _update(visit: Visit, stream: Stream, clock: BoxClock, kind: str) -> Row:
    head, box, terms = visit.parcel.head, visit.box, visit.terms
    heard = kind == "current"  # the last reply arrived, so what it told is known
    return {
        "next_seq": stream.next_seq,
        "ahead": stream.ahead,
        "token": exchange_token(terms.key, visit.parcel.agent, box["school_code"]),
        "previous_token": head.token,
        "epoch": terms.epoch.number,
        "last_exchange_at": terms.now,
        "last_beat_at": terms.now,
        "boot": head.now.boot,
        "boot_mono": head.now.mono,
        "boot_offset": clock.offsets[head.now.boot],
        "boots": dict(clock.offsets),
        "clock_skew": clock.skew,
        "spool_bytes": head.spool.bytes,
        "spool_limit": head.spool.limit,
        "spool_unacknowledged": head.spool.unacknowledged,
        "version": head.version,
        "hostname": head.hostname or box["hostname"],
        "settings_revision": head.settings_revision,
        "roots": box["told_roots"] if heard else box["roots"],
        "told_roots": terms.roots_digest,
        "measure_at": box["measure_at"],
        "state": "accepted",
        "reason": "",
    }


def _reply(visit: Visit, update: Row) -> ExchangeReply:
    terms, parcel = visit.terms, visit.parcel
    return ExchangeReply(
        v=WIRE_VERSION,
        now=terms.now,
        epoch=terms.epoch.number,
        next_seq=update["next_seq"],
        token=update["token"],
        beat_token=beat_token(terms.key, parcel.agent, terms.now),
        beat_every=terms.beat_every,
        exchange_after=terms.exchange_every,
        epoch_proof=terms.epoch.proof if parcel.head.epoch != terms.epoch.number else None,
        roots=terms.roots if update["roots"] != terms.roots_digest else [],
        problems=visit.problems[:100],
    )
