"""Epochs: the lives of this database. A restore begins a new one, signed, and the boxes send again what was lost.

A box believes an epoch only with its proof: a DSSE envelope signed by the epoch key, beside the certificate by which a
root that the box has pinned vouches for that key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from agent.wire import EPOCH_TYPE
from controller.pki import Keys
from controller.seal import sign_plain
from controller.tables import Epoch


@dataclass(frozen=True, slots=True)
class CurrentEpoch:
    number: int
    since: float
    reason: str
    proof: dict[str, Any]


def newest(session: Session) -> Epoch | None:
    return session.exec(select(Epoch).order_by(col(Epoch.number).desc())).first()


def start(session: Session, now: float) -> Epoch:
    """The newest epoch; a new database begins its first."""
    found = newest(session)
    if found is None:
        found = Epoch(number=1, since=now, reason="start")
        session.add(found)
        session.flush()
    return found


def begin_restore(session: Session, now: float) -> Epoch:
    """A new epoch after a restore. Its number is the time, so that two restores of one backup never share a number,
    even on a fresh machine, and every box sees that this one is newer than what it knows."""
    found = newest(session)
    epoch = Epoch(number=max((found.number if found else 0) + 1, int(now)), since=now, reason="restore")
    session.add(epoch)
    session.flush()
    return epoch


def proven(keys: Keys, epoch: Epoch) -> CurrentEpoch:
    """The epoch with its proof as it goes over the wire."""
    said = {"epoch": epoch.number, "since": epoch.since, "reason": epoch.reason}
    proof = {**sign_plain(said, EPOCH_TYPE, keys.epoch_key), "cert": keys.epoch_certificates()}
    return CurrentEpoch(epoch.number, epoch.since, epoch.reason, proof)
