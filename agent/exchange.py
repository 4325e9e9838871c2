"""One exchange with the controller, and one beat: what goes up, what comes down, what is kept before it is used.

Several calls make one exchange: batches go up in order, bounded, until the controller has all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from agent import machine
from agent.clock import boot_id, monotonic, stamp
from agent.decode import BadMessage, decode
from agent.encode import to_json
from agent.epoch import proven_epoch_by_child
from agent.identity import Identity
from agent.link import Link, LinkError, Refused
from agent.seal import BadSeal, seal, verified_payload
from agent.spool import Sealed, Spool
from agent.standing import Standing
from agent.version import VERSION
from agent.wire import (
    BATCH_TYPE,
    EXCHANGE_CONTENT_TYPE,
    HEAD_TYPE,
    MAX_EXCHANGE_BYTES,
    WIRE_VERSION,
    Beat,
    BeatReply,
    ExchangeHead,
    ExchangeReply,
)

HEAD_ROOM = 16 * 1024  # bytes of a request kept for its first line
FEWEST_BYTES = 64 * 1024
CALL_SECONDS = 120.0  # the whole of one call
QUICK, SLOW = 5.0, 20.0  # seconds: below, the next call carries twice as much; above, half
BEAT_SECONDS = 20.0
MAX_LEAP = 10_000_000  # batch numbers: further ahead of ours is no number that we ever made
ACCEPTS = ("settings/1", "measure/1")

T = TypeVar("T")


@dataclass(slots=True)
class Exchange:
    """Speaks for one accepted box. Used by one thread."""

    identity: Identity
    link: Link
    spool: Spool
    standing: Standing
    settings_revision: Callable[[], int]
    on_reply: Callable[[ExchangeReply], None]  # what the reply tells beyond the acknowledgement
    between: Callable[[], None] = lambda: None  # called between two calls, so that a beat is never late
    beat_token: str = ""
    last_problems: list[dict[str, object]] = field(default_factory=list)
    _bytes: int = 512 * 1024  # of batches in one call: grows and shrinks with the line
    _heard_at: float = 0.0  # our monotonic clock when the last reply was made

    def run(self) -> ExchangeReply:
        """Send all there is and take what comes. Raises LinkError; all that was not acknowledged stays in the spool."""
        self.spool.seal(self.identity.agent, self.identity.key)
        first = 0
        while True:
            batches = self._sound(self.spool.pending(first, min(self._bytes, MAX_EXCHANGE_BYTES - HEAD_ROOM)))
            began = monotonic()
            try:
                reply = self._call(batches)
            except LinkError as error:
                if not self._smaller(error, batches):
                    raise
                continue
            self._pace(monotonic() - began)
            rewound = self._taken(reply)
            first = reply.next_seq if rewound or not batches else max(reply.next_seq, batches[-1].seq + 1)
            if not self.spool.pending(first, 1):
                return reply
            self.between()

    def beat(self) -> BeatReply:
        """Say "I am here". Raises LinkError."""
        said = Beat(
            agent=self.identity.agent,
            token=self.beat_token,
            boot=boot_id(),
            up=round(monotonic(), 1),
            next_seq=self.spool.next_seq,
        )
        data = self.link.call_json("/v1/beat", to_json(asdict(said)), seconds=BEAT_SECONDS)
        return _decoded(BeatReply, data)

    # -- up -----------------------------------------------------------------------------------------------------------

    def _call(self, batches: list[Sealed]) -> ExchangeReply:
        words = self.standing.words
        head = ExchangeHead(
            v=WIRE_VERSION,
            agent=self.identity.agent,
            now=stamp(),
            token=words.token,
            epoch=words.epoch,
            next_seq=self.spool.next_seq,
            expects=words.expects,
            version=VERSION,
            accepts=list(ACCEPTS),
            spool=self.spool.state(),
            hostname=machine.hostname(),
            settings_revision=self.settings_revision(),
        )
        lines = [seal(HEAD_TYPE, to_json(asdict(head)), self.identity.key), *(batch.envelope for batch in batches)]
        began = monotonic()
        data = self.link.call_json("/v1/exchange", b"\n".join(lines), EXCHANGE_CONTENT_TYPE, CALL_SECONDS)
        reply = _decoded(ExchangeReply, data)
        # The reply was made somewhere in the call; its middle is off by half the round trip at most.
        self._heard_at = (began + monotonic()) / 2
        return reply

    def _sound(self, batches: list[Sealed]) -> list[Sealed]:
        """Without those that the disk spoiled: one bad seal would have the whole exchange refused, for ever."""
        sound = []
        for batch in batches:
            try:
                verified_payload(json.loads(batch.envelope), BATCH_TYPE, self.identity.public_key)
            except (BadSeal, ValueError):
                self.spool.discard_damaged(batch.seq)
            else:
                sound.append(batch)
        return sound

    def _smaller(self, error: LinkError, batches: list[Sealed]) -> bool:
        """Whether to try again at once with less; a batch refused even alone is held back."""
        if not isinstance(error, Refused) or error.reason != "too-large" or not batches:
            if error.reason == "timeout":
                self._bytes = max(FEWEST_BYTES, self._bytes // 2)
            return False
        if len(batches) == 1:
            self.spool.hold(batches[0].seq)
        self._bytes = max(FEWEST_BYTES, sum(len(batch.envelope) for batch in batches) // 2)
        return True

    def _pace(self, seconds: float) -> None:
        if seconds < QUICK:
            self._bytes = min(self._bytes * 2, MAX_EXCHANGE_BYTES)
        elif seconds > SLOW:
            self._bytes = max(FEWEST_BYTES, self._bytes // 2)

    # -- down ---------------------------------------------------------------------------------------------------------

    def _taken(self, reply: ExchangeReply) -> bool:
        """Keep what the reply says, in the order in which a power cut does least harm. True when it rewound us."""
        if not 1 <= reply.next_seq <= self.spool.next_seq + MAX_LEAP:
            raise LinkError("bad-reply", f"next_seq {reply.next_seq}")
        restored = self._is_restored(reply)
        if reply.next_seq > self.spool.next_seq:
            # It knows numbers of ours that we do not: an older state of this disk. Nothing may go out under them again.
            self.spool.reseal(self.identity.key, next_seq=reply.next_seq)
            self.spool.seal(self.identity.agent, self.identity.key)
        kept = self.spool.acknowledge(reply.next_seq, reply.now, may_rewind=restored)
        if kept or not restored:  # an epoch whose rewinding the disk refused is to be met again
            offset = reply.now - self._heard_at
            self.standing.keep(token=reply.token, epoch=reply.epoch, offset=offset, boot=boot_id())
        self.beat_token, self.last_problems = reply.beat_token, reply.problems
        self.on_reply(reply)
        return restored

    def _is_restored(self, reply: ExchangeReply) -> bool:
        """Whether the controller proves a newer epoch. Raises LinkError when it claims one without proof."""
        known = self.standing.words.epoch
        if reply.epoch == known:
            return False
        if reply.epoch < known:
            raise LinkError("epoch-backwards", f"{reply.epoch}, after {known}")
        if self.identity.roots and (known or reply.epoch_proof):
            try:
                proven = proven_epoch_by_child(reply.epoch_proof, self.identity.roots)
            except BadSeal as error:
                raise LinkError("epoch-unproven", str(error)) from None
            if proven != reply.epoch:
                raise LinkError("epoch-unproven", f"the proof is of {proven}, not {reply.epoch}")
        return True


def _decoded(kind: type[T], data: object) -> T:
    try:
        return decode(kind, data)
    except BadMessage as error:
        raise LinkError("bad-reply", str(error)) from None
