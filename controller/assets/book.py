"""Lays a sighting to the machine that it surely is, or makes a new one and asks: the rules are inventory/identity's.

Each lookup is by an indexed value, and a value that many machines have is looked up no more, so a sighting costs the
same with fifty machines as with two million. Writers take turns, or one machine told by two sources at once would be
two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import func, tuple_, update
from sqlmodel import Session, col, select

from controller.assets import tree
from controller.assets.heirs import heir_of
from controller.db import one_at_a_time
from controller.tables import Asset, AssetCommon, AssetEvent, AssetIdentifier, AssetPair, School
from inventory.fold import fold
from inventory.identity.change import Change, Key, change
from inventory.identity.decide import Decision, decide, shared_values
from inventory.identity.match import Known, Match
from inventory.identity.memory import MANY
from inventory.identity.normal import HOST
from inventory.identity.sighting import Sighting, Values

LOCK = 0x6173_7365  # PostgreSQL's advisory lock of those who take sightings
MAX_ROWS = 2_000
MAX_NAMED = 16  # machines of one name at one school
SHOWN = ("name", "vendor", "model", "serial")  # of a sighting's facts, what stands in columns
CERTAIN = 2  # families that must agree before a machine is followed to another school


@dataclass(frozen=True, slots=True)
class Taken:
    """``asset``: the machine; None when the sighting told of none."""

    asset: Asset | None
    how: Literal["same", "new", "nothing"]
    decision: Decision


@dataclass(slots=True)
class Holding:
    """What one machine has and had, over all records that are it."""

    records: list[int]
    now: dict[Key, float]
    former: set[Key]


def serialise(session: Session) -> None:
    """From here to the commit nobody else takes a sighting."""
    one_at_a_time(session.connection(), LOCK)


def take(session: Session, seen: Sighting) -> Taken:
    """Within the caller's transaction, which called :func:`serialise` before it read anything.

    What is told at a school that was merged into another counts for that one; a person says where a machine stands.
    """
    if not seen.by_hand:
        seen = replace(seen, school=heir_of(session, seen.school))
    keys = _worth(session, seen)
    common = {key for key in seen.lookups() if key[0] != HOST} - set(keys)
    holders, roots = _holders(session, seen, keys)
    holdings = {number: holding(session, number) for number in sorted(roots)}
    known = [_known(session, number, holdings[number]) for number in sorted(holdings)]
    decision = decide(seen, known, shared_values(holders, _asked(session, roots), common))
    if decision.is_nothing:
        return Taken(None, "nothing", decision)
    asset, decision = _settle(session, seen, decision)
    how: Literal["same", "new"] = "same" if asset is not None else "new"
    if asset is None:
        asset = _new(session, seen)
    number = _id(asset)
    _lay(session, asset, holdings.get(number) or Holding([number], {}, set()), seen, is_new=how == "new")
    for match in decision.ask:
        _ask(session, asset, match, seen.at)
    session.flush()
    return Taken(asset, how, decision)


def holding(session: Session, number: int) -> Holding:
    records = tree.below(session, number)
    query = select(AssetIdentifier).where(col(AssetIdentifier.asset_id).in_(records))
    now: dict[Key, float] = {}
    former: set[Key] = set()
    for row in session.exec(query.order_by(col(AssetIdentifier.id)).limit(MAX_ROWS)):
        key = (row.kind, row.value)
        if row.until is None:
            now[key] = max(now.get(key, 0.0), row.seen_at)
        else:
            former.add(key)
    return Holding(records, now, former - now.keys())


def _id(asset: Asset) -> int:
    assert asset.id is not None  # noqa: S101 - it was read from the database or flushed to it
    return asset.id


def _worth(session: Session, seen: Sighting) -> list[Key]:
    """What to look up: without names, and without what many machines have."""
    keys = [key for key in seen.lookups() if key[0] != HOST]
    if not keys:
        return []
    table = AssetCommon.__table__.c  # type: ignore[attr-defined]
    common = session.execute(select(table.kind, table.value).where(tuple_(table.kind, table.value).in_(keys)))
    many = {(row.kind, row.value) for row in common}
    return [key for key in keys if key not in many]


def _holders(session: Session, seen: Sighting, keys: list[Key]) -> tuple[dict[Key, set[int]], set[int]]:
    """Who has each value now, and every machine that has or had one."""
    table = AssetIdentifier.__table__.c  # type: ignore[attr-defined]
    rows: list[Any] = []
    if keys:
        query = select(table.asset_id, table.kind, table.value, table.until)
        rows = list(session.execute(query.where(tuple_(table.kind, table.value).in_(keys)).limit(MAX_ROWS)))
    named = [
        number
        for value in seen.of(HOST)
        for number in session.exec(
            select(AssetIdentifier.asset_id)
            .join(Asset, col(Asset.id) == AssetIdentifier.asset_id)
            .where(AssetIdentifier.kind == HOST, AssetIdentifier.value == value, col(AssetIdentifier.until).is_(None))
            .where(Asset.school_id == seen.school)
            .limit(MAX_NAMED)
        )
    ]
    root = tree.roots(session, [*(row.asset_id for row in rows), *named])
    holders: dict[Key, set[int]] = {}
    for row in rows:
        if row.until is None:
            holders.setdefault((row.kind, row.value), set()).add(root[row.asset_id])
    return holders, set(root.values())


def _known(session: Session, number: int, held: Holding) -> Known:
    asset = session.get(Asset, number)
    school, device = (asset.school_id, asset.kind) if asset is not None else (0, "other")
    return Known(id=number, school=school, device=device, values=_by_kind(held.now), former=_by_kind(held.former))


def _by_kind(keys: Iterable[Key]) -> Values:
    found: dict[str, set[str]] = {}
    for kind, value in keys:
        found.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


def _asked(session: Session, roots: set[int]) -> list[tuple[int, int]]:
    if len(roots) < 2:
        return []
    query = select(AssetPair).where(AssetPair.state == "open", col(AssetPair.is_conflict).is_(False))
    query = query.where(col(AssetPair.one_id).in_(roots), col(AssetPair.other_id).in_(roots))
    return [(pair.one_id, pair.other_id) for pair in session.exec(query.limit(MAX_ROWS))]


def _settle(session: Session, seen: Sighting, decision: Decision) -> tuple[Asset | None, Decision]:
    """The machine that it is, unless that stands at another school and too little says that it really moved."""
    if decision.same is None:
        return None, decision
    asset = session.get(Asset, decision.same.id)
    if asset is None or asset.school_id == seen.school:
        return asset, decision
    if seen.source in ("box", "glpi") and decision.same.agreeing >= CERTAIN and seen.at >= asset.last_seen:
        return asset, decision
    return None, Decision(ask=(decision.same, *decision.ask)[:3])


def _new(session: Session, seen: Sighting) -> Asset:
    asset = Asset(school_id=seen.school, kind=seen.device, first_seen=seen.at, last_seen=seen.at, source=seen.source)
    session.add(asset)
    session.flush()
    return asset


def _lay(session: Session, asset: Asset, held: Holding, seen: Sighting, *, is_new: bool) -> None:
    told = change(held.now, seen)
    number = _id(asset)
    if is_new:
        note(session, asset, seen.at, "found", seen.source, after=seen.source)
    elif asset.school_id != seen.school:
        _move(session, asset, seen)
    _write(session, number, held.records, told, seen)
    for kind, (before, after) in told.replaced.items():
        note(session, asset, seen.at, kind, seen.source, before=before, after=after)
    if not is_new:
        for kind in ("disk", "mac"):
            gained = [value for one, value in told.opened if one == kind]
            lost = [value for one, value in told.closed if one == kind]
            if lost or (gained and any(one == kind for one, _ in held.now)):
                note(session, asset, seen.at, kind, seen.source, before=", ".join(lost), after=", ".join(gained))
    show(asset, seen)
    session.add(asset)


def _write(session: Session, number: int, records: list[int], told: Change, seen: Sighting) -> None:
    table = AssetIdentifier.__table__  # type: ignore[attr-defined]
    here = (table.c.asset_id.in_(records), table.c.until.is_(None))
    for keys, values in ((told.closed, {"until": seen.at}), (told.seen, {"seen_at": seen.at})):
        if keys:
            session.execute(update(table).where(*here, tuple_(table.c.kind, table.c.value).in_(keys)).values(**values))
    for kind, value in told.opened:
        row = AssetIdentifier(
            asset_id=number, kind=kind, value=value, since=seen.at, seen_at=seen.at, source=seen.source
        )
        session.add(row)
    session.flush()
    _learn(session, [key for key in told.opened if key[0] != HOST], seen.at)


def _learn(session: Session, keys: list[Key], now: float) -> None:
    """Values that many machines have by now say nothing of any of them."""
    if not keys:
        return
    table = AssetIdentifier.__table__.c  # type: ignore[attr-defined]
    query = select(table.kind, table.value).where(tuple_(table.kind, table.value).in_(keys), table.until.is_(None))
    many = session.execute(query.group_by(table.kind, table.value).having(func.count() >= MANY))
    for kind, value in many.all():
        if session.get(AssetCommon, (kind, value)) is None:
            session.add(AssetCommon(kind=kind, value=value, at=now))


def _move(session: Session, asset: Asset, seen: Sighting) -> None:
    before, after = session.get(School, asset.school_id), session.get(School, seen.school)
    names = {"before": before.code if before else "", "after": after.code if after else ""}
    note(session, asset, seen.at, "school", seen.source, **names)  # in the old school's history
    asset.school_id, asset.room_id, asset.seat = seen.school, None, ""
    note(session, asset, seen.at, "school", seen.source, **names)  # and in the new one's


def show(asset: Asset, seen: Sighting) -> None:
    """What pages show of the newest word; a source that does not tell a thing leaves it as it was."""
    if seen.at < asset.last_seen:
        return
    for name in SHOWN:
        value = str(seen.facts.get(name) or "")
        if value and (seen.source != "lan" or not getattr(asset, name)):
            setattr(asset, name, value[:200])
    tag = next(iter(seen.of("tag")), "")
    asset.tag = tag or asset.tag
    if seen.device != "other" and (asset.kind == "other" or seen.source in ("glpi", "box")):
        asset.kind = seen.device
    rest = {name: value for name, value in seen.facts.items() if name not in SHOWN}
    asset.facts = {**asset.facts, **rest}
    asset.last_seen, asset.source = seen.at, seen.source if seen.source != "lan" or not asset.source else asset.source
    asset.search = words(asset)


def words(asset: Asset) -> str:
    return fold(f"{asset.name} {asset.tag} {asset.vendor} {asset.model} {asset.serial} {asset.facts.get('ip') or ''}")


def _ask(session: Session, asset: Asset, match: Match, now: float) -> None:
    one, other = sorted((match.id, _id(asset)))
    if (
        one == other
        or session.exec(select(AssetPair.id).where(AssetPair.one_id == one, AssetPair.other_id == other)).first()
    ):
        return
    evidence = [asdict(line) for line in match.evidence]
    session.add(
        AssetPair(
            one_id=one, other_id=other, school_id=asset.school_id, score=match.score, is_conflict=match.is_conflict,
            evidence=evidence, opened_at=now,
        )
    )  # fmt: skip


def note(
    session: Session, asset: Asset, at: float, kind: str, actor: str, before: str = "", after: str = "", **facts: Any
) -> None:
    """A row of the machine's history."""
    session.add(
        AssetEvent(
            asset_id=_id(asset), school_id=asset.school_id, at=at, kind=kind, before=before[:500], after=after[:500],
            actor=actor, facts=facts,
        )
    )  # fmt: skip
