"""What people do with machines: write one down, correct it, join two records, keep them apart, take either back.

Nothing is removed: joining points the later record to the earlier one, and taking that back lets it stand alone again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from controller import audit
from controller.assets import tree
from controller.assets.book import Taken, note, serialise, take, words
from controller.deps import Caller
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Asset, AssetIdentifier, AssetPair, Room, School
from inventory.identity.normal import FORMS, TAG
from inventory.identity.sighting import sight

EDITED = ("name", "kind", "state", "seat", "vendor", "model", "tag", "room_id")


def write_down(session: Session, who: Caller, school: School, values: Mapping[str, Any], now: float) -> Taken:
    """A machine as a person saw it. It may turn out to be one that is known; then it is that one, or a question."""
    serialise(session)
    told = {
        "tag": [values.get("tag")],
        "serial": [values.get("serial")],
        "mac": [values.get("mac")],
        "host": [values.get("name")],
        "model": [values.get("model")],
    }
    facts = {name: values.get(name) or "" for name in ("name", "vendor", "model", "serial")}
    kind = str(values.get("kind") or "other")
    seen = sight("form", key_of(school), now, told, device=kind, facts=facts)
    taken = take(session, seen)
    if taken.asset is not None:
        kept = {name: values[name] for name in ("room_id", "seat", "state", "tag") if values.get(name)}
        for name, value in kept.items():
            setattr(taken.asset, name, value)
        taken.asset.search = words(taken.asset)
        session.add(taken.asset)
        audit.record(session, who.login, f"asset.{taken.how}", f"asset:{taken.asset.id}", school.id, now=now)
    return taken


def find(session: Session, who: Caller, number: int) -> Asset:
    """A machine in one's part of the province, by any of its records. Problem "not-found"."""
    asset = who.scope.require(session, Asset, number)
    root = tree.root_of(session, asset)
    return root if root is asset else who.scope.require(session, Asset, root.id)


def edit(session: Session, who: Caller, asset: Asset, values: Mapping[str, Any], now: float) -> list[str]:
    """Change what a person knows better; each change is a row of its history."""
    changed = [name for name in EDITED if name in values and getattr(asset, name) != values[name]]
    for name in changed:
        before, after = getattr(asset, name), values[name]
        if name == "room_id":
            before, after = _room(session, before), _room(session, after)
        elif name == TAG:
            _tag(session, asset, str(after), now)
        note(session, asset, now, "room" if name == "room_id" else name, who.login, str(before or ""), str(after or ""))
        setattr(asset, name, values[name])
    if changed:
        asset.search = words(asset)
        session.add(asset)
        audit.record(session, who.login, "asset.update", f"asset:{asset.id}", asset.school_id, now=now, fields=changed)
    return changed


def _room(session: Session, number: int | None) -> str:
    room = session.get(Room, number) if number is not None else None
    return room.code if room is not None else ""


def _tag(session: Session, asset: Asset, tag: str, now: float) -> None:
    """The sticker that a person put on it counts as evidence from now on; the one before had its time."""
    records = tree.below(session, asset.id or 0)
    query = select(AssetIdentifier).where(AssetIdentifier.kind == TAG, col(AssetIdentifier.until).is_(None))
    for row in session.exec(query.where(col(AssetIdentifier.asset_id).in_(records))):
        row.until = now
        session.add(row)
    value = FORMS[TAG](tag)
    if value:
        session.add(AssetIdentifier(asset_id=records[0], kind=TAG, value=value, since=now, seen_at=now, source="form"))


def pair_in(session: Session, who: Caller, number: int) -> tuple[AssetPair, Asset, Asset]:
    """A question with both records, of which both must lie in one's part of the province."""
    pair = session.get(AssetPair, number)
    if pair is None:
        raise Problem("not-found")
    one, other = who.scope.require(session, Asset, pair.one_id), who.scope.require(session, Asset, pair.other_id)
    return pair, one, other


def join(session: Session, who: Caller, pair: AssetPair, one: Asset, other: Asset, now: float) -> Asset:
    """They are one machine: the later record points to the earlier. Problem "wrong-state" when that is so already."""
    serialise(session)
    first, second = sorted((tree.root_of(session, one), tree.root_of(session, other)), key=lambda asset: asset.id or 0)
    if first is second or pair.state == "same":
        raise Problem("pair-decided")
    # The record that was heard of later knows where the machine is now.
    newer, older = (second, first) if second.last_seen >= first.last_seen else (first, second)
    for name in ("name", "vendor", "model", "serial", "tag"):
        setattr(first, name, getattr(newer, name) or getattr(older, name))
    if first.kind == "other":
        first.kind = second.kind
    if newer.school_id != first.school_id or newer.room_id is not None:
        first.school_id, first.room_id, first.seat = newer.school_id, newer.room_id, newer.seat
    first.facts = {**older.facts, **newer.facts}
    first.first_seen, first.last_seen = min(first.first_seen, second.first_seen), newer.last_seen
    first.search = words(first)
    second.merged_into = first.id
    session.add(first)
    session.add(second)
    _decide(session, who, pair, "same", now)
    for asset in (first, second):
        note(session, asset, now, "joined", who.login, str(second.id), str(first.id), pair=pair.id)
    audit.record(
        session, who.login, "asset.join", f"asset-pair:{pair.id}", first.school_id, now=now, one=first.id,
        other=second.id,
    )  # fmt: skip
    return first


def keep_apart(session: Session, who: Caller, pair: AssetPair, one: Asset, other: Asset, now: float) -> None:
    if pair.state == "same":
        raise Problem("pair-decided")
    _decide(session, who, pair, "apart", now)
    for asset, beside in ((one, other), (other, one)):
        note(session, asset, now, "kept-apart", who.login, after=str(beside.id), pair=pair.id)
    audit.record(session, who.login, "asset.apart", f"asset-pair:{pair.id}", one.school_id, now=now)


def undo(session: Session, who: Caller, pair: AssetPair, one: Asset, other: Asset, now: float) -> None:
    """Take an answer back: the question is open again, and what was joined by it stands alone."""
    serialise(session)
    if pair.state == "open":
        raise Problem("pair-decided")
    if pair.state == "same":
        second = _joined_by(session, pair, one, other)
        above = session.get(Asset, second.merged_into)
        second.merged_into = None
        session.add(second)
        note(session, second, now, "parted", who.login, before=str(above.id if above else ""), pair=pair.id)
        if above is not None:
            note(session, above, now, "parted", who.login, after=str(second.id), pair=pair.id)
    _decide(session, who, pair, "open", now)
    audit.record(session, who.login, "asset.undo", f"asset-pair:{pair.id}", one.school_id, now=now)


def _joined_by(session: Session, pair: AssetPair, one: Asset, other: Asset) -> Asset:
    """The record that this very answer pointed elsewhere: below one side and not below the other."""
    for asset in (other, one):
        chain = asset
        while chain.merged_into is not None:
            above = session.get(Asset, chain.merged_into)
            if above is None:
                break
            beside = other if asset is one else one
            if beside.id in tree.below(session, above.id or 0) and beside.id not in tree.below(session, chain.id or 0):
                return chain
            chain = above
    raise Problem("pair-decided")


def _decide(session: Session, who: Caller, pair: AssetPair, state: str, now: float) -> None:
    pair.state = state
    pair.decided_at, pair.decided_by = (None, "") if state == "open" else (now, who.login)
    session.add(pair)
