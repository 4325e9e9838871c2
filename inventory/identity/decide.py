"""From a sighting and the machines that it may be to what shall be done. Two known machines are never merged here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from inventory.identity.match import Known, Match, Shared, judge
from inventory.identity.normal import HOST, MODEL
from inventory.identity.sighting import Sighting

MAX_ASKED = 3  # questions to a human about one sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``same``: the machine that it surely is. Without it, a new machine, unless ``is_nothing``: an address that
    several machines use tells of none. ``ask``: machines to be put before a human beside it.

    With ``same`` set, those in ``ask`` are as surely the same: two records of one machine, which a human joins.
    """

    same: Match | None = None
    ask: tuple[Match, ...] = ()
    is_nothing: bool = False


def decide(seen: Sighting, candidates: Iterable[Known], shared: Shared = frozenset()) -> Decision:
    """Independent of the candidates' order: ties go to the machine that has been known longer (the lower id)."""
    those = list(candidates)
    thin = {known.id for known in those if known.is_thin}
    matches = sorted((judge(seen, known, shared) for known in those), key=_rank)
    sure = [match for match in matches if match.level == "sure"]
    maybe = [match for match in matches if match.level == "maybe" and match.id not in thin]
    if seen.is_thin:  # an address alone is no machine to ask anyone about
        return Decision(same=sure[0]) if sure else Decision(is_nothing=bool(matches))
    if len(sure) > 1 and sure[0].agreeing == 1 and sure[1].id not in thin:
        # one family that several machines share is no ground to choose between them
        return Decision(ask=tuple(sure[:MAX_ASKED]))
    if sure and _is_doubtful(sure[0], [match for match in matches if match.id not in thin]):
        return Decision(ask=(sure[0], *maybe)[:MAX_ASKED])
    if sure:
        # what was but an address or a note gets a body now: that may be one that is known by other evidence
        by_hand = {known.id for known in those if known.is_by_hand}
        others = [match for match in sure[1:] if match.id not in thin]
        others += [match for match in maybe if sure[0].id in thin | by_hand or match.id in by_hand]
        return Decision(same=sure[0], ask=tuple(others[:MAX_ASKED]))
    named = [match for match in matches if _is_named(match)]
    if len(named) == 1 and not seen.by_hand:
        return Decision(same=named[0])
    if named:  # a person wrote a name that may have gone to another machine meanwhile
        return Decision(ask=(*named, *(match for match in maybe if match not in named))[:MAX_ASKED])
    return Decision(ask=tuple(maybe[:MAX_ASKED]))


def _is_doubtful(best: Match, matches: Iterable[Match]) -> bool:
    """One family alone speaks for it, that family speaks for another machine too, and the name is not this one's."""
    if best.agreeing > 1 or not any(line.kind == HOST and line.state == "disagrees" for line in best.evidence):
        return False
    family = {name for name, state in best.families.items() if state == "agrees"}
    return any(
        match.id != best.id and any(match.families.get(name) == "agrees" for name in family) for match in matches
    )


def _rank(match: Match) -> tuple[int, int, int]:
    return (-match.agreeing, -match.score, match.id)


def _is_named(match: Match) -> bool:
    """Of the few machines that share a value, the one that has this name and model at this school; none of its own
    values speaks against it. So two machines with one cloned address stay two, each with its own history."""
    state = {line.kind: line.state for line in match.evidence}
    return (
        "shared" in state.values()
        and "disagrees" not in state.values()
        and {state.get(HOST), state.get(MODEL, "agrees"), state.get("school")} == {"agrees"}
    )


def shared_values(
    holders: Mapping[tuple[str, str], Set[int]],
    asked: Iterable[tuple[int, int]],
    common: Iterable[tuple[str, str]] = (),
) -> Shared:
    """Values that two machines hold now, and ``common``: those that so many hold that they are not looked up.

    ``asked``: pairs that a human is asked about and nothing strong speaks against; they may be one machine, so they
    count as one.
    """
    leader: dict[int, int] = {}

    def lead(number: int) -> int:
        while leader.get(number, number) != number:
            number = leader[number]
        return number

    for first, second in asked:
        leader[max(lead(first), lead(second))] = min(lead(first), lead(second))
    return frozenset(common) | {key for key, those in holders.items() if len({lead(one) for one in those}) > 1}
