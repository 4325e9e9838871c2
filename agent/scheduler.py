"""The run loop: probes at their times, their results into the spool, the courier beside it.

``reach``, ``traffic`` and ``wan`` run in a thread of this process, since they run all the time; every other probe in a
child, so that an idle box stays small. All results come back to the one loop here, so nothing below it needs a lock.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import signal
import threading
from dataclasses import asdict, replace
from types import FrameType
from typing import Any

from agent import frame, identity
from agent.box import Box
from agent.child import run_in_child
from agent.clock import monotonic, stamp
from agent.courier import Courier
from agent.inventory_keeper import InventoryKeeper
from agent.lan.keeper import LanKeeper
from agent.lifeline import Lifeline
from agent.probes import MEASURING, PROBES, WITHIN, load
from agent.surroundings import Looker
from agent.traffic import Traffic
from agent.watch import Told, Watch
from agent.ways_out import WaysOut
from agent.windows import Windows
from agent.wire import ExchangeReply, ItemKind, MeasureToken, Result, StateChange

SLOTTED_FROM = 300.0  # seconds: probes that run less often have a slot of their own in the period
START_GAP = 2.0  # seconds between the first runs of the probes
LAN_DELAY = 10.0
ASKING_THE_ROUTER = ("speed", "wan")  # for its counters, with the community that somebody set for ``lan``
STOP_SECONDS = 2.0  # for the courier; systemd allows more, a person at the keyboard does not

DEFECT_PAUSE = 1.0  # so that a defect that comes back at once does not burn the processor

log = logging.getLogger("truongnet.scheduler")


class Stop:
    """On the queue: end the loop."""


Event = Stop | Result | ExchangeReply


def slot(agent: str, probe: str, every: float) -> float:
    """Seconds into each period at which this box runs this probe: a hash, so that a province's boxes are spread out,
    and the same box keeps its time."""
    return int.from_bytes(hashlib.sha256(f"{agent} {probe}".encode()).digest()[:6], "big") / 2**48 * every


def next_slot(agent: str, probe: str, every: float, now: float) -> float:
    """Seconds from ``now`` (any clock that goes on) to the next slot; at least half a second."""
    wait = (slot(agent, probe, every) - now) % every
    return wait if wait > 0.5 else wait + every


class Scheduler:
    def __init__(self, box: Box) -> None:
        self._box = box
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._watch = Watch(Windows(stamp(), box.config.first_window))
        self._traffic = {"traffic": Traffic(), "wan": Traffic()}
        self._ways_out = WaysOut(box.directory)
        self._inventory = InventoryKeeper(box.directory)
        self._lifeline = Lifeline(box.directory)
        self._looker = Looker()
        self._running: set[str] = set()
        self._due: dict[str, float] = {}
        self._measure: MeasureToken | None = None
        self._spent = ""  # the last token that a speed test was started with
        self.identity_replaced = False  # by a new `join`: the loop ends, to be started again with it
        self.courier = Courier(box, self._events.put)

    def run(self) -> None:
        """Until SIGTERM or SIGINT, which end it cleanly. Call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        self._begin()
        try:
            self._loop()
        finally:
            self._end()

    def stop(self) -> None:
        self._events.put(Stop())

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()  # SimpleQueue.put may be called within a signal handler

    def _begin(self) -> None:
        now = monotonic()
        names = [name for name in PROBES if name not in MEASURING]
        self._due = {
            name: now + (LAN_DELAY if name == "lan" else START_GAP * number) for number, name in enumerate(names)
        }
        if self._box.spool.was_damaged:
            self._tell("state", StateChange(at=stamp(), subject="spool", before="up", after="up", detail="damaged"))
        self._tell("state", self._lifeline.started())
        self.courier.start()

    def _loop(self) -> None:
        while True:
            try:
                event = self._events.get(timeout=max(0.05, self._next() - monotonic()))
            except queue.Empty:
                event = None
            if isinstance(event, Stop):
                return
            try:
                if isinstance(event, Result):
                    self._finished(event)
                elif event is not None:
                    self._heard(event)
                self._tick()
            except Exception:  # the one broad catch: a defect in one reading must not end a box
                log.exception("defect in the run loop")
                self._stopping.wait(DEFECT_PAUSE)

    def _end(self) -> None:
        """Everything in memory goes to the disk; nothing here waits for the network for long."""
        self._stopping.set()
        self.courier.stop(STOP_SECONDS)
        self._tell_all(self._watch.finish(stamp()))
        self._tell("state", self._lifeline.stopped())
        self._box.board.note(stopped=True)
        self._box.close()

    # -- time ---------------------------------------------------------------------------------------------------------

    def _next(self) -> float:
        config, mono = self._box.config, monotonic()
        window = self._watch.next_tick(mono, config.window, config.trouble_window, self._offset())
        due = [each for name, each in self._due.items() if name not in self._running]
        measure = [mono + self._until_measure()] if self._measure else []
        return min([window, self._lifeline.due, *due, *measure])

    def _offset(self) -> float:
        """The controller's time minus our monotonic clock; 0 when it is not known."""
        controller = self._box.standing.controller_time(0.0)
        return controller if controller is not None else 0.0

    def _tick(self) -> None:
        config, now = self._box.config, stamp()
        is_first = self._watch.windows.first > 0
        told = self._watch.tick(now, config.window, config.trouble_window, self._offset())
        if self._tell_all(told) and is_first:
            self.courier.wake()  # a new box shows at once
        for name, due in list(self._due.items()):
            if due <= now.mono and name not in self._running:
                self._due[name] = self._start(name)
        if self._measure is not None and self._until_measure() <= 0 and self._running.isdisjoint(MEASURING):
            measure, self._measure = self._measure, None
            self._start("second" if measure.mode == "second" else "speed", measure)
        if self._lifeline.due <= now.mono:
            self._lifeline.alive()
            self._check_identity()
            self._box.spool.flush()
            self._box.board.note(**self._facts())

    def _check_identity(self) -> None:
        try:
            known = identity.load(self._box.directory)
        except identity.IdentityError:
            return
        if known is None or known.private_key != self._box.identity.private_key:
            self.identity_replaced = True
            self.stop()

    def _start(self, name: str, measure: MeasureToken | None = None) -> float:
        """Run a probe beside the loop; when it is due next, by the monotonic clock."""
        every, now = self._box.settings.every(name), monotonic()
        if not every:  # switched off: look again now and then
            return now + SLOTTED_FROM
        self._running.add(name)
        if name in MEASURING:
            self._disturb()
        threading.Thread(target=self._probe, args=(name, measure), name=name, daemon=True).start()
        if every < SLOTTED_FROM:
            return now + every
        return now + next_slot(self._box.identity.agent, name, every, now + self._offset())

    def _probe(self, name: str, measure: MeasureToken | None) -> None:
        roots = self._box.identity.roots if measure is not None else ()
        seconds, target = PROBES[name][2], self._box.settings.target(name, measure, roots)
        if name in MEASURING:
            target = replace(target, settings={**target.settings, "usual": self._ways_out.usual()})
        if name == "reach":  # which way out is the usual one is learnt, and told, for speed alone
            spare = self._box.settings.target("speed").settings.get("backup")
            ways = {"usual": self._ways_out.usual(), "backup": spare}
            target = replace(target, settings={**target.settings, **ways})
        if name in ASKING_THE_ROUTER:
            community = self._box.settings.of("lan").get("snmp_community", "")
            target = replace(target, settings={**target.settings, "snmp_community": community})
        if name in WITHIN:
            # Loaded inside the frame: a probe that cannot even be imported is a result, too.
            result = frame.run(name, lambda told, deadline: load(name)(told, deadline), target, seconds)
        else:
            result = run_in_child(name, target, seconds, self._stopping)
        self._events.put(result)

    # -- what comes ---------------------------------------------------------------------------------------------------

    def _finished(self, result: Result) -> None:
        name = result.probe
        self._running.discard(name)
        self._box.board.note_probe(
            name, outcome=result.outcome, reason=result.reason, detail=result.detail, at=asdict(result.started)
        )
        if name == "reach":
            around = self._looker.look()
            told, changed = self._watch.take(result, around.links, around)
            self._tell_all(told)
            self._box.board.note(**self._facts())
            if changed:
                self.courier.wake()
            return
        if name in self._traffic:
            for sample in self._traffic[name].take(result):
                self._watch.windows.add(sample)
            if not self._running.isdisjoint(MEASURING):
                self._traffic[name].disturb()
            return
        if name in MEASURING:
            self._disturb()
            self._ways_out.note(result.facts, result.started.wall)
        if name == "host" and result.outcome == "ok":
            changed = self._take_inventory(result.facts)
            result = replace(result, facts={})
        elif name == "lan" and result.outcome == "ok":
            result, changes = LanKeeper(self._box.directory).take(result, self._box.settings.of("lan"))
            for change in changes:
                self._tell("state", change)
            changed = bool(changes)
        else:
            changed = name in MEASURING
        self._tell("result", result)
        if changed:
            self.courier.wake()

    def _disturb(self) -> None:
        for traffic in self._traffic.values():
            traffic.disturb()

    def _take_inventory(self, sections: dict[str, Any]) -> bool:
        items = self._inventory.found(sections, stamp())
        for item in items:
            self._tell("inventory", item)
        if items:
            self._inventory.told(sections)
        return bool(items)

    def _heard(self, reply: ExchangeReply) -> None:
        """From the courier's thread by way of the queue: what the controller wants beyond the data."""
        if reply.full_inventory:
            for item in self._inventory.again(stamp()):
                self._tell("inventory", item)
            self.courier.wake()
        if reply.settings is not None:
            now = monotonic()
            for name, due in self._due.items():
                self._due[name] = min(due, now + (self._box.settings.every(name) or SLOTTED_FROM))
        measure = reply.measure
        if measure is not None and measure.token != self._spent and self._box.settings.every("speed"):
            self._measure, self._spent = measure, measure.token

    def _until_measure(self) -> float:
        """Seconds until the leave to measure begins; when it is over it is forgotten."""
        if self._measure is None:
            return 0.0
        now = self._box.standing.controller_time()
        if now is None or now > self._measure.expires:
            self._measure = None
            return 0.0
        return self._measure.not_before - now

    # -- what is told -------------------------------------------------------------------------------------------------

    def _tell(self, kind: ItemKind, body: Any) -> None:
        self._box.spool.put(kind, body)

    def _tell_all(self, told: list[Told]) -> bool:
        for kind, at, body in told:
            self._box.spool.put(kind, body, at)
        return bool(told)

    def _facts(self) -> dict[str, Any]:
        box, now = self._box, stamp()
        controller = box.standing.controller_time(now.mono)
        return {
            "targets": self._watch.states.as_dict(),
            "clock_skew": round(now.wall - controller, 1) if controller is not None else None,
            "spool": asdict(box.spool.state()),
            "spool_trouble": box.spool.trouble or box.standing.trouble,
            "settings_problem": box.settings.problem,
            "calls": self.courier.calls,
        }
