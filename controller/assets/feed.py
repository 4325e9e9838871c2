"""What boxes and networks have told already becomes machines, a little at a time, in the background.

Boxes: an inventory whose digest was not taken yet. Networks: all devices go by in turn, some each time, since most of
them say nothing new; what becomes a machine is not a guest's telephone: its address is its own and it was there for
days.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from controller.assets.book import serialise, take
from controller.tables import AssetSource, Device, InventorySnapshot, Setting
from inventory.identity.box import sight_box
from inventory.identity.sighting import sight

BOXES = 50  # inventories a round
DEVICES = 500
STAYS = 3 * 86_400.0  # seen over so many seconds: it belongs to the school
CURSOR = "assets.device"


def feed(engine: Engine, now: float) -> int:
    """One round; how many sightings were taken."""
    with Session(engine) as session:
        serialise(session)
        done = feed_boxes(session)
        session.commit()
        serialise(session)
        done += feed_devices(session, now)
        session.commit()
    return done


def feed_boxes(session: Session) -> int:
    ref = "box:" + col(InventorySnapshot.agent_id)
    query = select(InventorySnapshot).join(AssetSource, col(AssetSource.ref) == ref, isouter=True)
    query = query.where(or_(col(AssetSource.ref).is_(None), col(AssetSource.digest) != col(InventorySnapshot.digest)))
    rows = session.exec(query.order_by(col(InventorySnapshot.agent_id)).limit(BOXES)).all()
    for row in rows:
        taken = take(session, sight_box(row.sections, row.agent_id, row.school_id, row.at))
        number = taken.asset.id if taken.asset is not None else None
        remember(session, f"box:{row.agent_id}", row.school_id, row.digest, number, row.at)
    return len(rows)


def remember(session: Session, ref: str, school_id: int, digest: str, asset_id: int | None, at: float) -> None:
    known = session.get(AssetSource, ref)
    if known is None:
        known = AssetSource(ref=ref, school_id=school_id)
    known.school_id, known.digest, known.asset_id, known.at = school_id, digest, asset_id, at
    session.add(known)
    session.flush()


def feed_devices(session: Session, now: float) -> int:
    setting = session.get(Setting, CURSOR) or Setting(key=CURSOR, value={})
    kept: Any = setting.value  # a mapping: SQLite would keep a bare number as one, which is no JSON text to read back
    start = int(kept.get("after", 0)) if isinstance(kept, dict) else 0
    query = select(Device).where(col(Device.id) > start).order_by(col(Device.id)).limit(DEVICES)
    rows = session.exec(query).all()
    setting.value, setting.updated_at = {"after": rows[-1].id if len(rows) == DEVICES else 0}, now
    session.add(setting)
    done = 0
    for row in rows:
        if row.is_private_mac or not (row.last_seen - row.first_seen >= STAYS or row.name or row.room_id):
            continue
        ref = f"lan:{row.id}"
        digest = f"{row.mac} {row.ip} {row.name} {row.room_id} {int(row.last_seen // 86_400)}"
        known = session.get(AssetSource, ref)
        if known is not None and known.digest == digest:
            continue
        facts = {"name": row.name, "vendor": row.vendor, "ip": row.ip}
        device = "router" if row.facts.get("role") == "gateway" else "other"
        taken = take(
            session, sight("lan", row.school_id, row.last_seen, {"mac": [row.mac]}, device=device, facts=facts)
        )
        if taken.asset is not None and taken.how == "new" and taken.asset.school_id == row.school_id:
            taken.asset.room_id = row.room_id
        remember(session, ref, row.school_id, digest, taken.asset.id if taken.asset else None, row.last_seen)
        done += 1
    return done
