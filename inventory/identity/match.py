"""How much speaks for and against a sighting's being a machine that is known.

Evidence comes in families that fail together: what stands in the firmware (serial, UUID, board) goes with the board,
addresses go with network cards, disks and memory can be carried elsewhere, a sticker can be moved, the key of a box
lies on its disk. One family can be wrong as a whole (a cloned firmware, a card that moved, a cloned disk), so a machine
is surely the same only when a family agrees and none disagrees, or two agree against one.

Points are made by hand from how often each thing goes wrong in schools (docs/decisions/0016-identity-by-evidence.md),
and measured by ``bench.identity``, which knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from inventory.identity.normal import BOARD, DISK, GLPI, HOST, KEY, MAC, MEMORY, MODEL, SERIAL, TAG, UUID_KIND
from inventory.identity.sighting import Sighting, Values

FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"tag": (TAG,), "firmware": (SERIAL, UUID_KIND, BOARD), "network": (MAC,), "parts": (DISK, MEMORY), "key": (KEY,)}
)
# kind -> points when it agrees, when it disagrees
POINTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        TAG: (60, -40), SERIAL: (50, -40), UUID_KIND: (45, -25), BOARD: (35, -20), MAC: (40, -20), DISK: (32, -8),
        MEMORY: (12, 0), KEY: (55, -10), GLPI: (10, 0), HOST: (8, -4), MODEL: (5, -25),
    }
)  # fmt: skip
MORE = 8  # for each further value or kind of a family that agrees
SAME_SCHOOL = 5
FORMER = 0.5  # part of the points that a value counts which the machine had once
SURE, SURE_THIN, MAYBE = 50, 45, 20
AGREES = 20  # points from which a family agrees; as many below nothing, it disagrees
CARRIED = frozenset({"parts", "tag", "key"})  # families that can be carried to another machine: always worth a look

State = Literal["agrees", "disagrees", "mixed"]
Level = Literal["sure", "maybe", "no"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the reasons. ``state``: "agrees", "disagrees", "former" (had it once), "shared" (others have it)."""

    kind: str
    state: str
    points: int
    here: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A machine that is known: what it has now and what it had once."""

    id: int
    school: int
    device: str = "other"
    values: Values = field(default_factory=dict)
    former: Values = field(default_factory=dict)

    def of(self, kind: str) -> frozenset[str]:
        return self.values.get(kind, frozenset())

    @property
    def is_thin(self) -> bool:
        """Known by nothing but an address on the wire."""
        return {kind for kind in self.values if self.values[kind]} <= {MAC, HOST}

    @property
    def is_by_hand(self) -> bool:
        """Known only by what a person can read off it and write down."""
        known = {kind for kind in self.values if self.values[kind]}
        return known <= {TAG, SERIAL, MAC, HOST, MODEL} and not known <= {MAC, HOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    id: int
    score: int
    level: Level
    evidence: tuple[Evidence, ...]
    families: Mapping[str, State]

    @property
    def agreeing(self) -> int:
        return sum(state == "agrees" for state in self.families.values())

    @property
    def is_conflict(self) -> bool:
        """Something strong speaks against: two machines until a human says otherwise."""
        return "disagrees" in self.families.values()


Shared = frozenset[tuple[str, str]]
COMPUTERS = frozenset({"pc", "laptop", "tablet", "server", "box"})


def is_other_kind(seen: Sighting, known: Known) -> bool:
    """A printer is no computer, whatever number they share."""
    kinds = {"computer" if kind in COMPUTERS else kind for kind in (seen.device, known.device)}
    return "other" not in kinds and len(kinds) > 1


def judge(seen: Sighting, known: Known, shared: Shared = frozenset()) -> Match:
    """``shared``: values that two or more machines hold now; they identify none of them."""
    lines: list[Evidence] = []
    families: dict[str, State] = {}
    score = 0
    for family, kinds in FAMILIES.items():
        found = [line for kind in kinds if (line := compare(kind, seen, known, shared)) is not None]
        if not found:
            continue
        lines += found
        points, state = _family(found)
        score += points
        if state is not None:
            families[family] = state
    for kind in (GLPI, HOST, MODEL):
        line = compare(kind, seen, known, shared)
        if line is not None and (kind != HOST or seen.school == known.school):
            lines.append(line)
            score += line.points
    if seen.school == known.school:
        lines.append(Evidence("school", "agrees", SAME_SCHOOL))
        score += SAME_SCHOOL
    said = {line.kind: line.state for line in lines}
    by_hand = seen.by_hand or known.is_by_hand
    told_again = said.get(GLPI) == "agrees" and "parts" not in families  # else its disks say whether it is
    named = said.get(HOST) == "agrees" and said.get(MODEL) != "disagrees" and (by_hand or told_again)
    named = named and "shared" not in said.values()
    level = _level(score, families, seen.is_thin or known.is_thin, named)
    # A number that a person copied is often a whole batch's: without a name or another family it is a question.
    if level == "sure" and by_hand and said.get(HOST) == "disagrees" and list(families.values()).count("agrees") < 2:
        level = "maybe"
    if is_other_kind(seen, known):
        level = "no"
    return Match(id=known.id, score=score, level=level, evidence=tuple(lines), families=families)


def compare(kind: str, seen: Sighting, known: Known, shared: Shared) -> Evidence | None:
    """What one kind says; None when either side does not tell it."""
    mine, theirs = seen.of(kind), known.of(kind)
    if not mine:
        return None
    for_, against = POINTS[kind]
    common = mine & theirs
    own = {value for value in common if (kind, value) not in shared}
    if own:
        points = for_ + MORE * (min(len(own), 3) - 1)
        if kind == MAC and len(own) == 1 and mine - common and theirs - common:
            points = for_ // 2  # one card of several: an adapter that is passed round looks like this
        return Evidence(kind, "agrees", points, tuple(sorted(common)), tuple(sorted(common)))
    if common:
        return Evidence(kind, "shared", 0, tuple(sorted(common)), tuple(sorted(common)))
    had = mine & known.former.get(kind, frozenset())
    if had:
        return Evidence(kind, "former", int(for_ * FORMER), tuple(sorted(had)), tuple(sorted(theirs)))
    if not theirs or not against:
        return None
    return Evidence(kind, "disagrees", against, tuple(sorted(mine)), tuple(sorted(theirs)))


def _family(lines: Iterable[Evidence]) -> tuple[int, State | None]:
    """Points and state of a family: its best line, a little for each more, and the worst that speaks against."""
    lines = list(lines)
    good = sorted((line.points for line in lines if line.points > 0), reverse=True)
    bad = min((line.points for line in lines if line.points < 0), default=0)
    points = (good[0] + MORE * (len(good) - 1) if good else 0) + bad
    agrees = any(line.state == "agrees" for line in lines)
    if agrees and points >= AGREES and not any(line.kind == MAC and line.points < POINTS[MAC][0] for line in lines):
        return points, "agrees"
    serial_differs = any(line.kind == SERIAL and line.state == "disagrees" for line in lines)
    if bad and (not good or serial_differs):
        return points, "disagrees"
    return points, "mixed" if good else None


def _level(score: int, families: Mapping[str, State], is_thin: bool, named: bool) -> Level:
    """``named``: a name that a machine of this school has, written by a person or told by that machine's own agent;
    worth asking (a board is new, a number was copied wrongly), never enough."""
    for_ = {name for name, state in families.items() if state == "agrees"}
    against = {name for name, state in families.items() if state == "disagrees"}
    enough = SURE_THIN if is_thin else SURE
    if score >= enough and for_ and (not against or (len(for_) >= 2 and len(for_) > len(against))):
        return "sure"
    if for_ & CARRIED or (score >= MAYBE and (for_ or "mixed" in families.values())):
        return "maybe"
    return "maybe" if named else "no"
