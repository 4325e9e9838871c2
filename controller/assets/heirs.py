"""Which school answers for the machines of one that was merged into another."""

from __future__ import annotations

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from controller.tables import AssetEvent, AssetTransfer

MAX_MERGERS = 16  # one after the other; deeper is a ring that somebody made by hand


def next_heir(session: Session, school: int) -> int | None:
    """The school that took over from this one and was not given up since."""
    query = select(AssetTransfer.to_id).where(AssetTransfer.from_id == school, col(AssetTransfer.undone_at).is_(None))
    return session.exec(query.order_by(col(AssetTransfer.id).desc()).limit(1)).first()


def heir_of(session: Session, school: int) -> int:
    """Where a machine stands that is told of at this school: mostly the school itself."""
    for _ in range(MAX_MERGERS):
        after = next_heir(session, school)
        if after is None:
            return school
        school = after
    return school


def merged_into(session: Session, school: int) -> list[int]:
    """The schools whose machines this one took over, and those that they had taken over before."""
    found, edge = [school], [school]
    for _ in range(MAX_MERGERS):
        query = select(AssetTransfer.from_id).where(
            col(AssetTransfer.to_id).in_(edge), col(AssetTransfer.undone_at).is_(None)
        )
        edge = [one for one in set(session.exec(query)) if one not in found]
        if not edge:
            break
        found += edge
    return found[1:]


def forget(session: Session, school: int) -> None:
    """A school is removed: what its machines went through stays with the school that has them, under its own id."""
    heir = heir_of(session, school)
    if heir != school:
        session.execute(update(AssetEvent).where(col(AssetEvent.school_id) == school).values(school_id=heir))
    theirs = or_(col(AssetTransfer.from_id) == school, col(AssetTransfer.to_id) == school)
    session.execute(delete(AssetTransfer).where(theirs))
