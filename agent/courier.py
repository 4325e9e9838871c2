"""The thread that talks to the controller: joins, beats, exchanges, and waits the right time in between.

Times: a beat each 30 s or as the controller says; an exchange each 15 min or as it says, at once on a change of state
or when a beat's answer says that work waits. After failures beats slow down to five minutes and exchanges to an hour,
both with jitter, so that a province's boxes do not come back as one; a time that the controller names always wins. All
boxes of a province see within half a minute that a line is back: what is urgent then waits a random while, too, unless
the answer to the beat that is sent first says that there is room (``controller/beats.py``).
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from agent.backoff import Backoff
from agent.box import Box
from agent.clock import monotonic
from agent.epoch import proven_epoch_by_child
from agent.exchange import Exchange
from agent.identity import Identity
from agent.join import JoinError, ask, checked_roots, link_to, with_root
from agent.link import Link, LinkError, Refused
from agent.seal import BadSeal
from agent.tls import pinned
from agent.wire import ExchangeReply

BEAT_EVERY = 30.0  # until the controller says otherwise
LONGEST_BEAT = 300.0
JOIN_FIRST = 30.0  # the first wait after a failure, doubling from there
EXCHANGE_FIRST = 60.0
URGENT_GAP = 5.0  # seconds between exchanges at least, however much happens
# After a cut the first exchange comes within this, at random. A constant, since no box knows how many were cut off with
# it: with the minute until the line is believed it leaves a minute of the five in which all shall be acknowledged.
RETURN_SPLAY = 180.0
BEAT_TROUBLE_GAP = 60.0
STUBBORN = frozenset({"unknown-agent", "quarantined", "clone-suspected", "version", "bad-seal"})

log = logging.getLogger("truongnet.courier")


class Courier:
    def __init__(self, box: Box, on_reply: Callable[[ExchangeReply], None]) -> None:
        self._box, self._on_reply = box, on_reply
        self._random = random.SystemRandom()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._urgent = self._is_cut = False  # cut: a call failed, and no exchange succeeded since
        self._urgent_at: float | None = None
        self._join_backoff, self._exchange_backoff = Backoff(first=JOIN_FIRST), Backoff(first=EXCHANGE_FIRST)
        self._beat_backoff = Backoff(first=BEAT_EVERY, longest=LONGEST_BEAT)
        self._beat_every = box.config.beat_every or BEAT_EVERY
        self._next_beat = self._next_exchange = self._not_before = 0.0
        self._last_exchange = float("-inf")
        self._exchange: Exchange | None = None
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Ends after the call under way, or is left behind (a daemon thread) after ``seconds``."""
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds)

    def wake(self) -> None:
        """Something is worth telling now."""
        self._urgent = True
        self._wake.set()

    @property
    def calls(self) -> int:
        """Calls of the controller since the start."""
        return self._exchange.link.calls if self._exchange is not None else 0

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                wait = self._turn()
            except Exception:
                log.exception("defect in the courier")
                wait = self._exchange_backoff.failed()
                self._link_closed()
            if wait > 0:
                self._wake.wait(wait)
            self._wake.clear()
        self._link_closed()

    def _turn(self) -> float:
        """Do what is due; seconds until the next thing is."""
        now = monotonic()
        if self._box.identity.state != "accepted":
            if now >= self._next_exchange:
                self._next_exchange = monotonic() + self._join()
            return self._next_exchange - monotonic()
        due = self._next_exchange
        if self._urgent:
            if self._urgent_at is None:
                self._urgent_at = now
                if self._is_cut:
                    self._urgent_at, self._next_beat = self._splayed(now), min(self._next_beat, now)
            due = min(due, max(self._urgent_at, self._not_before, self._last_exchange + URGENT_GAP))
        if now >= due:
            self._urgent, self._urgent_at = False, None
            self._next_exchange = monotonic() + self._try_exchange()
        elif now >= self._next_beat:
            self._next_beat = monotonic() + self._try_beat()
        return min(due if self._urgent else self._next_exchange, self._next_beat) - monotonic()

    def _splayed(self, now: float) -> float:
        return now + self._random.uniform(0.0, RETURN_SPLAY)

    # -- joining ------------------------------------------------------------------------------------------------------

    def _join(self) -> float:
        """Ask once whether we are accepted; seconds until the next try."""
        box = self._box
        link: Link | None = None
        try:
            self._keep(with_root(box.identity))
            link = link_to(box.identity, box.config.controller)
            identity, reply = ask(box.identity, link)
        except (LinkError, JoinError) as error:
            return self._failed(error, self._join_backoff)
        finally:
            if link is not None:
                link.close()
        self._join_backoff.succeeded()
        self._keep(identity)
        self._note(reason="" if reply.state == "accepted" else reply.reason or "not-accepted")
        if reply.state == "accepted":
            return 0.0
        return min(max(reply.retry_after, 5.0), 3600.0) * self._random.uniform(1.0, 1.2)

    def _keep(self, identity: Identity) -> None:
        if identity == self._box.identity:
            return
        try:
            identity.save(self._box.directory)
        except OSError as error:
            log.warning("identity not written: %s", error)  # asked again after a restart, and answered the same
        self._box.identity = identity

    # -- exchange -----------------------------------------------------------------------------------------------------

    def _try_exchange(self) -> float:
        self._last_exchange = monotonic()
        try:
            reply = self._partner().run()
        except Refused as error:
            return self._refused(error)
        except LinkError as error:
            return self._failed(error, self._exchange_backoff)
        self._exchange_backoff.succeeded()
        self._beat_backoff.succeeded()
        self._not_before, self._is_cut = 0.0, False
        self._beat_every = self._box.config.beat_every or min(max(reply.beat_every, 1.0), 3600.0)
        self._next_beat = monotonic() + self._beat_every
        self._note(reason="", exchanged=self._box.standing.controller_time())
        every = self._box.config.exchange_every or min(max(reply.exchange_after, 5.0), 86_400.0)
        return every * self._random.uniform(0.95, 1.05)

    def _partner(self) -> Exchange:
        box = self._box
        if self._exchange is None:
            link = link_to(box.identity, box.config.controller)
            self._exchange = Exchange(
                box.identity, link, box.spool, box.standing, lambda: box.settings.revision, self._heard, self._between
            )
        return self._exchange

    def _between(self) -> None:
        """Between two calls of a long exchange: beats go on."""
        if self._stop.is_set():
            raise LinkError("stopped")
        if monotonic() >= self._next_beat and self._exchange is not None and self._exchange.beat_token:
            with suppress(Refused):  # the exchange under way brings a new token
                self._exchange.beat()
            self._next_beat = monotonic() + self._beat_every

    def _heard(self, reply: ExchangeReply) -> None:
        if reply.settings is not None:
            self._box.settings.take(reply.settings)
        roots = checked_roots(reply.roots) if self._box.identity.root_hint else []
        if roots and roots != self._box.identity.roots and self._exchange is not None:
            self._keep(replace(self._box.identity, roots=roots))
            self._exchange.identity = self._box.identity
            self._exchange.link.trust(pinned(roots))
        self._on_reply(reply)

    def _refused(self, error: Refused) -> float:
        if error.reason == "unknown-agent" and self._is_restored(error.body.get("epoch_proof")):
            self._note(reason="rejoining")
            self._keep(replace(self._box.identity, state="pending"))
            self._link_closed()
            self._exchange = None
            return 0.0
        if error.reason in STUBBORN and error.retry_after is None:
            self._exchange_backoff.failures = max(self._exchange_backoff.failures, 5)  # half an hour, an hour
        return self._failed(error, self._exchange_backoff)

    def _is_restored(self, proof: Any) -> bool:
        try:
            return proven_epoch_by_child(proof, self._box.identity.roots) > self._box.standing.words.epoch
        except BadSeal:
            return False

    # -- beat ---------------------------------------------------------------------------------------------------------

    def _try_beat(self) -> float:
        if self._exchange is None or not self._exchange.beat_token:
            return self._beat_every  # after a start the first exchange brings the token
        try:
            reply = self._exchange.beat()
        except Refused as error:
            if error.retry_after is None and monotonic() - self._last_exchange >= BEAT_TROUBLE_GAP:
                self.wake()  # our token is not known any more: an exchange brings a new one
            return self._beat_backoff.failed(error.retry_after)
        except LinkError as error:
            return self._failed(error, self._beat_backoff)
        if self._beat_backoff.failures:
            self._beat_backoff.succeeded()
            self._note(reason="")
            self._is_cut = True  # also when we were only refused: then others were, too
            self._urgent_at = self._urgent_at or self._splayed(monotonic())
            self.wake()
        if reply.work:
            self._urgent_at = monotonic()
            self.wake()
        return self._box.config.beat_every or min(max(reply.after, 1.0), LONGEST_BEAT)

    # -- both ---------------------------------------------------------------------------------------------------------

    def _failed(self, error: LinkError | JoinError, backoff: Backoff) -> float:
        said = error.retry_after if isinstance(error, Refused) else None
        wait = backoff.failed(said)
        if said is not None:
            self._not_before = monotonic() + wait
        log.warning("%s; again in %.0f s", error, wait)
        self._note(reason=error.reason, detail=error.detail)
        if not isinstance(error, Refused):
            self._is_cut = True
            self._link_closed()
        return wait

    def _link_closed(self) -> None:
        if self._exchange is not None:
            self._exchange.link.close()

    def _note(self, *, reason: str, detail: str = "", **facts: Any) -> None:
        box = self._box
        box.board.note(
            joined=box.identity.state,
            reason=reason,
            detail=detail,
            school=box.identity.school_name,
            spool_trouble=box.spool.trouble or box.standing.trouble,
            **facts,
        )
