"""Whether a box may measure now: the one place where leave is given.

Called once for each group of exchanges, inside its transaction, so that a place is booked before anybody is told of it.
Only boxes whose turn is near are looked at more closely; the others cost a comparison. What is decided by which rule is
in ``monitoring/`` (slots, ladder, admission) and in docs/decisions/0008-who-measures-when.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from agent.wire import MeasureToken
from controller import admission_data as data
from controller.admission_data import Place
from controller.bulk import insert_rows, replacing
from controller.config import Settings
from controller.db import one_at_a_time
from controller.measure.tokens import issue
from controller.records import Row
from controller.store import table_of
from controller.tables import MeasurePlan
from monitoring.admission import GRACE, HEAVY, Board, Booking, Wish
from monitoring.calendar import quiet_spans
from monitoring.ladder import LIGHT_BYTES, UNKNOWN_BPS, Rung, choose
from monitoring.slots import next_slot, share

LEAD = 1.0  # seconds from a decision to the earliest start
CATCH_UP = 900.0  # seconds over which tests after a start, or missed ones, are spread
MISSED = 300.0  # seconds after its slot from which a test counts as missed
AFTER_START = 3_600.0  # seconds since the last test before a start of the box is worth one
GAP = 1_800.0  # seconds between two tests of a box at least
RETRIES = (300.0, 1_800.0, 3_600.0)  # seconds after a leave that brought no valid result; then the next slot
LOOK_AGAIN = 21_600.0  # seconds after which a box without a next slot is looked at again
OFTEN = 3_600.0  # an interval below this is meant: no slots, as for a demonstration
LIGHT_BPS = 8e6  # what a light probe loads
COLUMNS = tuple(MeasurePlan.model_fields)
CHANGES = replacing(("agent_id",), COLUMNS[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A box that exchanges: its row as ``store.load_boxes`` reads it, and what came with it."""

    agent: str
    box: Mapping[str, Any]
    boot: str
    is_heard: bool = True  # our last reply arrived
    results: Sequence[Row] = field(default=())  # of speed tests, as they were stored


@dataclass(frozen=True, slots=True)
class Answer:
    leave: MeasureToken | None = None
    come_again: float | None = None  # seconds until the next exchange, when that is sooner than usual


NOTHING = Answer()


def leave(
    settings: Settings, key: Ed25519PrivateKey, school: str, start: float, rung: Rung, seconds: float = GRACE
) -> MeasureToken:
    """Leave for this school (its code) to measure once, to be begun within ``seconds`` of ``start``."""
    return MeasureToken(
        token=issue(key, school, start, seconds, rung.max_bytes),
        host=settings.measuring_host,
        port=settings.measure_port,
        plain=settings.is_plain,
        not_before=start,
        expires=start + seconds,
        mode=rung.mode,
        max_bytes=rung.max_bytes,
    )


class Admission:
    """Decides whose turn it is to measure, how much, and when. Holds nothing between two groups."""

    def __init__(self, settings: Settings, key: Ed25519PrivateKey) -> None:
        self._settings, self._key = settings, key
        self.horizon = (
            settings.exchange_every * 1.1 + 60
        )  # a box whose turn comes before its next exchange is served now

    def decide(self, connection: Connection, askers: Iterable[Asker], now: float) -> dict[str, Answer]:
        """What each box is answered; boxes that are not named get nothing. Writes the plans of those it looked at."""
        due = [asker for asker in askers if self._is_due(asker, now)]
        if not due:
            return {}
        one_at_a_time(connection, data.LOCK)
        rules, default = data.stored(connection)
        held = data.bookings(connection, now)
        schools = (asker.box["school_id"] for asker in due)
        month = data.month_of(now, self._settings.zone)
        desk = _Desk(
            settings=self._settings,
            key=self._key,
            now=now,
            horizon=self.horizon,
            board=Board(rules.limits, (data.booking_of(row) for row in held)),
            places=data.places(connection, schools, rules, default, month),
            plans=data.plans(connection, (asker.agent for asker in due)),
            reserved=_sums(held),
        )
        answers = {asker.agent: desk.serve(asker) for asker in sorted(due, key=_order)}
        rows = [{**_FRESH, **desk.plans[agent]} for agent in sorted(answers)]
        insert_rows(connection, table_of(MeasurePlan), COLUMNS, rows, CHANGES)
        return answers

    def _is_due(self, asker: Asker, now: float) -> bool:
        box = asker.box
        if box["plan_decided_at"] is None or box["plan_asked_at"] is not None or asker.results:
            return True
        if box["plan_boot"] != asker.boot:
            return True
        if box["plan_until"] > now:
            return not asker.is_heard
        next_at: float | None = box["plan_next_at"]
        return next_at <= now + self.horizon if next_at is not None else now - box["plan_decided_at"] > LOOK_AGAIN


_FRESH: Row = MeasurePlan(agent_id="", school_id=0).model_dump()


def _validity(row: Row) -> Sequence[str]:
    facts = row["body"].get("facts")
    codes = facts.get("validity") if isinstance(facts, dict) else None
    return codes if isinstance(codes, list) else ()


def _order(asker: Asker) -> tuple[bool, float, str]:
    """Who was asked for by a person comes first, then who waits longest."""
    box = asker.box
    return box["plan_asked_at"] is None, box["plan_asked_at"] or box["plan_next_at"] or 0.0, asker.agent


def _sums(held: Iterable[Row]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for row in held:
        sums[row["school_id"]] = sums.get(row["school_id"], 0) + row["bytes"]
    return sums


@dataclass(slots=True, kw_only=True)
class _Desk:
    """One group's decisions, one after the other."""

    settings: Settings
    key: Ed25519PrivateKey
    now: float
    horizon: float
    board: Board
    places: Mapping[int, Place]
    plans: dict[str, Row]
    reserved: dict[int, int]  # bytes granted and not reported, by school

    def serve(self, asker: Asker) -> Answer:
        plan = self.plans.setdefault(asker.agent, {**_FRESH, "agent_id": asker.agent})
        is_fresh, plan["decided_at"] = not plan["decided_at"], self.now
        plan["school_id"] = asker.box["school_id"]
        self._take_results(asker, plan)
        is_started, plan["boot"] = plan["boot"] != asker.boot, asker.boot
        if plan["until"] > self.now and plan["start"] is not None:
            is_lost = not asker.is_heard or (is_started and not is_fresh)
            return self._again(asker, plan) if is_lost and plan["start"] + GRACE > self.now + LEAD else NOTHING
        plan["bytes"] = 0
        due = self._due(asker, plan, is_started=is_started and not is_fresh)
        if due is None or due > self.now + self.horizon:
            plan["next_at"] = due
            return NOTHING
        return self._try(asker, plan, max(due, self.now + LEAD))

    def _take_results(self, asker: Asker, plan: Row) -> None:
        """A result ends the place that was held for it; a valid one also ends the tries."""
        start = plan["start"]
        rates = [row[way] or 0.0 for row in asker.results[-1:] for way in ("down_bps", "up_bps")]
        if any(rates) and asker.results[-1]["scope"] != "loopback":
            plan["seen_bps"] = max(rates) if "short" in _validity(asker.results[-1]) else 0.0
        ours = [row for row in asker.results if start is None or row["at"] >= start - GRACE]
        if not ours or start is None:
            return
        plan["until"] = min(plan["until"], self.now)
        self._release(asker.box["school_id"], plan)
        if any(row["is_valid"] for row in ours):
            plan["tries"] = 0
            plan["next_at"] = self._slot(asker, plan, start + self._gap())

    def _release(self, school: int, plan: Row) -> None:
        self.reserved[school] = max(0, self.reserved.get(school, 0) - plan["bytes"])
        plan["bytes"] = 0

    def _again(self, asker: Asker, plan: Row) -> Answer:
        """The same place once more: the first leave was lost on its way, or with the box's memory."""
        rung = Rung(plan["mode"], plan["bytes"], plan["reason"])
        return Answer(leave(self.settings, self.key, asker.box["school_code"], plan["start"], rung))

    def _due(self, asker: Asker, plan: Row, *, is_started: bool) -> float | None:
        """When this box's next test is due."""
        if plan["asked_at"] is not None:
            return self.now
        last, next_at = plan["start"], plan["next_at"]
        if last is None and asker.box["speed_at"] is None:
            return self.now if next_at is None else max(next_at, self.now)  # a school's first figure comes at once
        if is_started and (last is None or self.now - last > AFTER_START):
            return min(next_at or self.now + CATCH_UP, self.now + self._spread(asker.agent, asker.boot))
        if next_at is None:
            return self._slot(asker, plan, self.now)
        return next_at if next_at > self.now - MISSED else self.now + self._spread(asker.agent, next_at)

    def _spread(self, *words: object) -> float:
        return share(*words) * min(CATCH_UP, self.settings.speed_every / 4)

    def _gap(self) -> float:
        return min(GAP, self.settings.speed_every / 2)

    def _slot(self, asker: Asker, plan: Row, after: float) -> float | None:
        every = self.settings.speed_every
        if every < OFTEN:
            return (plan["start"] or self.now) + every
        place = self.places[asker.box["school_id"]]
        slot = next_slot(asker.agent, place.calendar, after, self.settings.zone, every)
        return slot.at if slot is not None else None

    def _try(self, asker: Asker, plan: Row, at: float) -> Answer:
        """Book a place from ``at`` on: what the ladder wants, else a light probe."""
        place = self.places[asker.box["school_id"]]
        used = place.spent + self.reserved.get(asker.box["school_id"], 0)
        rung = choose(data.known(place, plan, used, at, self.settings.zone))
        booking = self._book(asker, place, rung, at) if rung.mode != "passive" else None
        if booking is None and rung.mode in HEAVY:
            rung = Rung("light", LIGHT_BYTES, "crowded")
            booking = self._book(asker, place, rung, at)
        if booking is not None:
            return self._grant(asker, plan, rung, booking)
        plan["mode"], plan["bytes"], plan["reason"] = "passive", 0, rung.reason
        if rung.mode == "passive":
            plan["asked_at"], plan["asked_by"] = None, ""
            plan["next_at"] = self._slot(asker, plan, self.now + self._gap())
            return NOTHING
        plan["reason"] = "full-up"
        wait = self.settings.exchange_every * (1 + share(asker.agent, round(self.now))) / 2
        plan["next_at"] = self.now + wait
        return Answer(None, wait)

    def _book(self, asker: Asker, place: Place, rung: Rung, at: float) -> Booking | None:
        latest = max(at, self.now + self.horizon)
        wish = Wish(
            agent=asker.agent,
            school=asker.box["school_id"],
            server=f"{self.settings.measuring_host}:{self.settings.measure_port}",
            provider=place.provider,
            backhaul=place.backhaul,
            mode=rung.mode,
            bps=LIGHT_BPS if rung.mode == "light" else place.down_bps or UNKNOWN_BPS,
            earliest=at,
            latest=latest if rung.mode == "light" else min(latest, self._quiet_until(place, at)),
        )
        return self.board.book(wish)

    def _quiet_until(self, place: Place, at: float) -> float:
        """The last moment at which a test that loads the line may start and be over before a lesson begins."""
        end = next((end for _, end in quiet_spans(place.calendar, at, self.settings.zone)), at)
        return end - GRACE - 30.0

    def _grant(self, asker: Asker, plan: Row, rung: Rung, booking: Booking) -> Answer:
        start, tries = booking.start, plan["tries"]
        slot = self._slot(asker, plan | {"start": start}, start + self._gap())
        retry = start + min(RETRIES[tries], self.settings.speed_every) if tries < len(RETRIES) else None
        plan |= {
            "mode": rung.mode,
            "reason": rung.reason,
            "server": booking.server,
            "provider": booking.provider,
            "backhaul": booking.backhaul,
            "bps": booking.bps,
            "bytes": rung.max_bytes,
            "start": start,
            "until": booking.until,
            "full_at": start if rung.mode == "full" else plan["full_at"],
            "tries": tries + 1,
            "asked_at": None,
            "asked_by": "",
            "next_at": min((at for at in (slot, retry) if at is not None), default=None),
        }
        self.plans[asker.agent] = plan
        school = asker.box["school_id"]
        self.reserved[school] = self.reserved.get(school, 0) + rung.max_bytes
        return Answer(leave(self.settings, self.key, asker.box["school_code"], start, rung))
