"""Records that were joined: the later one points to the earlier, so each machine is a small tree with one root."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from controller.tables import Asset

MAX_DEPTH = 16  # joins of joins; deeper is a ring that somebody made by hand


def root_of(session: Session, asset: Asset) -> Asset:
    for _ in range(MAX_DEPTH):
        above = session.get(Asset, asset.merged_into) if asset.merged_into is not None else None
        if above is None:
            return asset
        asset = above
    return asset


def roots(session: Session, numbers: Iterable[int]) -> dict[int, int]:
    """record -> the record that stands for its machine."""
    found = {}
    for number in sorted(set(numbers)):
        asset = session.get(Asset, number)
        if asset is not None:
            found[number] = root_of(session, asset).id or number
    return found


def below(session: Session, number: int) -> list[int]:
    """A record and all that were joined to it."""
    found, edge = [number], [number]
    for _ in range(MAX_DEPTH):
        edge = [
            one for one in session.exec(select(Asset.id).where(col(Asset.merged_into).in_(edge))) if one is not None
        ]
        edge = [one for one in edge if one not in found]
        if not edge:
            break
        found += edge
    return found
