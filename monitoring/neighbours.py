"""Who vanished with whom: the schools around one that was lost, counted by what they have in common. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from monitoring.causes import TOGETHER, Neighbours
from monitoring.incident_steps import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A school that was lost near the time in question."""

    school: int
    began: float
    place: Place
    is_gone: bool  # still


def span(begins: Iterable[float]) -> tuple[float, float]:
    """When others must have begun to say anything about parts that began at ``begins`` (not empty)."""
    known = list(begins)
    return min(known) - TOGETHER, max(known) + TOGETHER


class Around:
    """``vanished``: who was lost within :func:`span`, each school once; ``well``: how many are there, by place."""

    def __init__(self, vanished: Iterable[Vanished], well: Mapping[Place, int]) -> None:
        self._vanished = {one.school: one for one in vanished}
        self._well = well

    def neighbours(self, school: int, began: float, place: Place) -> Neighbours:
        """Of the school that vanished at ``began``; it is not its own neighbour."""
        others = [one for one in self._vanished.values() if one.school != school]
        near = [one.place for one in others if abs(one.began - began) <= TOGETHER]
        # Those that are still gone are not among the well ones; those that are back are, and so is the school itself.
        gone = [one.place for one in others if one.is_gone]
        me = self._vanished.get(school)
        me_well = 1 if me is not None and not me.is_gone else 0

        def count(wanted: Callable[[Place], bool], less: int = 0) -> tuple[int, int]:
            there = sum(number for where, number in self._well.items() if wanted(where)) - less
            lost = sum(map(wanted, near))
            return max(there + sum(map(wanted, gone)), lost), lost

        commune, provider = place
        same = count(lambda where: where == place, me_well)
        beside = count(lambda where: where[0] == commune and where[1] != provider)
        away = count(lambda where: bool(provider) and where[1] == provider and where[0] != commune)
        return Neighbours(
            same=same[0], same_gone=same[1], others=beside[0], others_gone=beside[1], away=away[0], away_gone=away[1]
        )
