"""Schools merge: all machines and rooms of one become those of another, in one deed that can be undone.

Machines keep their records, their history and their rooms; a room whose code the other school has already gets a new
one. From then on what is told at the old school (its box, its network, its GLPI agents) counts for the new one, or the
machines would wander back with the next inventory. Undoing gives back what went along and is still there; a machine
that was joined with one of the other school meanwhile stays, since half a machine can go nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from controller import audit
from controller.assets import transfer_rooms, tree
from controller.assets.book import note, serialise
from controller.assets.heirs import next_heir
from controller.assets.transfer_rooms import Renamed
from controller.deps import Caller
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Asset, AssetPair, AssetTransfer, Room, School

MAX_LISTED = 50
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "same-school": ("Hãy chọn một trường khác.", "Choose another school."),
        "nothing": ("Trường này không có máy hay phòng nào.", "This school has neither machines nor rooms."),
        "sample": (
            "Dữ liệu mẫu, trường minh hoạ và trường thật không trộn vào nhau được.",
            "Samples, demonstrations and real schools do not mix.",
        ),
        "has-heir": (
            "Phần cứng của trường này đã chuyển sang một trường khác; hãy hoàn tác việc đó trước.",
            "The hardware of this school went to another one already; undo that first.",
        ),
        "heir-merged": (
            "Phần cứng của trường nhận cũng đã chuyển sang trường khác; hãy hoàn tác việc đó, hoặc chọn trường đó.",
            "The hardware of the receiving school went on to another one; undo that first, or choose that one.",
        ),
        "later": (
            "Sau đó đã chuyển thêm một lần; hãy hoàn tác lần sau trước.",
            "More was moved later; undo that first.",
        ),
        "undone": ("Việc này đã được hoàn tác.", "This was undone already."),
    }
)


def refusal(code: str) -> Problem:
    vi, en = WORDS[code]
    return Problem("transfer-refused", detail={"vi": vi, "en": en})


def transfer(session: Session, who: Caller, source: School, target: School, now: float) -> AssetTransfer:
    """Within the caller's transaction, who saw to it that the person may write at both. Problem "transfer-refused"."""
    serialise(session)
    _check(session, source, target)
    machines, rooms = _machines(session, source), transfer_rooms.of(session, source)
    if not machines and not rooms:
        raise refusal("nothing")
    devices = transfer_rooms.empty(session, rooms, now, who.login, keep={one.id for one in machines})
    row = AssetTransfer(from_id=key_of(source), to_id=key_of(target), at=now, by=who.login)
    row.facts = {
        "records": [one.id for one in machines],
        "machines": sum(one.merged_into is None for one in machines),
        "rooms": {str(room.id): room.code for room in rooms},
        "devices": {str(device): room for device, room in devices.items()},
    }
    session.add(row)
    session.flush()
    renamed = transfer_rooms.move(session, rooms, target, suffix=source.code)
    row.facts = {**row.facts, "renamed": {str(number): codes for number, codes in renamed.items()}}
    _move(session, row, machines, source, target, renamed, "transferred", who.login, now)
    _record(session, who, "asset.transfer", row, source, target, now)
    return row


def _check(session: Session, source: School, target: School) -> None:
    if source.id == target.id:
        raise refusal("same-school")
    if source.is_demo or target.is_demo or source.is_sample != target.is_sample:
        raise refusal("sample")
    if next_heir(session, key_of(target)) is not None:
        raise refusal("heir-merged")
    if next_heir(session, key_of(source)) not in (None, target.id):
        raise refusal("has-heir")


def undo(session: Session, who: Caller, row: AssetTransfer, source: School, target: School, now: float) -> None:
    """Give back what went along, as far as it is still there. Problem "transfer-refused"."""
    serialise(session)
    if row.undone_at is not None:
        raise refusal("undone")
    if next_heir(session, row.to_id) is not None:
        raise refusal("heir-merged")
    if _later(session, row):
        raise refusal("later")
    went = set(row.facts["records"])
    machines = [one for one in _machines(session, target) if one.id in went and _is_whole(session, one, went)]
    rooms = [room for room in transfer_rooms.of(session, target) if str(room.id) in row.facts["rooms"]]
    transfer_rooms.empty(session, rooms, now, who.login, keep={one.id for one in machines})
    transfer_rooms.take_out(session, machines, rooms, now, who.login)
    renamed = transfer_rooms.move(session, rooms, source, suffix=target.code, codes=_former(row, rooms))
    transfer_rooms.put_devices_back(session, source, rooms, row.facts["devices"])
    _move(session, row, machines, target, source, renamed, "returned", who.login, now)
    row.undone_at, row.undone_by = now, who.login
    back = sum(one.merged_into is None for one in machines)
    row.facts = {**row.facts, "stayed": row.facts["machines"] - back}
    session.add(row)
    _record(session, who, "asset.transfer-undo", row, source, target, now)


def _later(session: Session, row: AssetTransfer) -> bool:
    """Whether more was moved from that school since and not undone."""
    query = select(AssetTransfer.id).where(AssetTransfer.from_id == row.from_id, col(AssetTransfer.id) > row.id)
    return session.exec(query.where(col(AssetTransfer.undone_at).is_(None)).limit(1)).first() is not None


def _former(row: AssetTransfer, rooms: Sequence[Room]) -> dict[int, str]:
    """The codes that rooms had before, of those that nobody renamed since."""
    codes = {room.id: room.code for room in rooms}
    renamed = {int(number): (before, after) for number, (before, after) in row.facts["renamed"].items()}
    return {number: before for number, (before, after) in renamed.items() if codes.get(number) == after}


def _machines(session: Session, school: School) -> list[Asset]:
    """Every record of the school, joined ones too."""
    return list(session.exec(select(Asset).where(Asset.school_id == school.id).order_by(col(Asset.id))))


def _is_whole(session: Session, one: Asset, went: Collection[int]) -> bool:
    """Nothing of this machine belonged to the receiving school: all its records there came along."""
    records = [session.get(Asset, number) for number in tree.below(session, tree.root_of(session, one).id or 0)]
    return all(record.id in went for record in records if record is not None and record.school_id == one.school_id)


def _move(
    session: Session, row: AssetTransfer, machines: Sequence[Asset], source: School, target: School, renamed: Renamed,
    kind: str, by: str, now: float,
) -> None:  # fmt: skip
    """The row of the history stands at both schools, each for those who may see it."""
    for one in machines:
        if one.merged_into is None:
            note(session, one, now, kind, by, source.code, target.code, transfer=row.id)
        one.school_id = key_of(target)
        session.add(one)
        if one.merged_into is None:
            note(session, one, now, kind, by, source.code, target.code, transfer=row.id)
            codes = renamed.get(one.room_id or 0)
            if codes is not None:
                note(session, one, now, "room", by, *codes, transfer=row.id)
    session.flush()
    here = select(Asset.id).where(Asset.school_id == target.id)
    asked = update(AssetPair).where(col(AssetPair.school_id) == source.id, col(AssetPair.other_id).in_(here))
    session.execute(asked.values(school_id=target.id))


def _record(
    session: Session, who: Caller, action: str, row: AssetTransfer, source: School, target: School, now: float
) -> None:
    """In the audit of both schools."""
    told = {"transfer": row.id, "machines": row.facts["machines"], "rooms": len(row.facts["rooms"])}
    told |= {"from": source.code, "to": target.code, "stayed": row.facts.get("stayed", 0)}
    for school in (source, target):
        audit.record(session, who.login, action, f"school:{school.code}", school.id, now=now, **told)


def find(session: Session, who: Caller, number: int) -> tuple[AssetTransfer, School, School]:
    """With both schools, which must lie in one's part of the province. Problem "not-found"."""
    row = session.get(AssetTransfer, number)
    source = session.get(School, row.from_id) if row is not None else None
    target = session.get(School, row.to_id) if row is not None else None
    if row is None or source is None or target is None or not (who.scope.holds(source) and who.scope.holds(target)):
        raise Problem("not-found")
    return row, source, target


def of_school(session: Session, who: Caller, school: School) -> list[tuple[AssetTransfer, School, School]]:
    """From it and to it, the newest first; those of which the other school lies elsewhere are left out."""
    mine = or_(col(AssetTransfer.from_id) == school.id, col(AssetTransfer.to_id) == school.id)
    found = []
    for row in session.exec(select(AssetTransfer).where(mine).order_by(col(AssetTransfer.id).desc()).limit(MAX_LISTED)):
        source, target = session.get(School, row.from_id), session.get(School, row.to_id)
        if source is not None and target is not None and who.scope.holds(source) and who.scope.holds(target):
            found.append((row, source, target))
    return found
