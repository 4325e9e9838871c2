"""What incidents are decided from, and the steps that are decided: plain data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LOST = ("down", "silent")
TROUBLED = (*LOST, "degraded")  # statuses of a part that something was measured of
DEGRADED = ("dns", "targets")  # reasons of "degraded" that are an outage of something
UNWATCHED = ("no-box", "expected-off")
Place = tuple[str, str]  # commune, provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A school as it is now."""

    id: int
    commune: str
    provider: str
    status: str
    reason: str = ""
    since: float = 0.0
    silent_after: float = 95.0  # how long silence had lasted when it was noticed
    is_planned: bool = False  # maintenance

    @property
    def is_lost(self) -> bool:
        return self.status in LOST

    @property
    def is_troubled(self) -> bool:
        return self.is_lost or (self.status == "degraded" and self.reason in DEGRADED)

    @property
    def noticed(self) -> float:
        return self.since + self.silent_after if self.status == "silent" else self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    school: int
    began: float
    ended: float | None = None
    flaps: int = 0
    is_measured: bool = True  # the trouble was seen, not only reported by people


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An incident that is not over yet."""

    id: int
    kind: str
    began: float
    opened: float
    commune: str = ""
    provider: str = ""
    severity: str = "down"
    members: Mapping[int, Member] = field(default_factory=dict)
    is_reported: bool = False  # by people: only they say that it is over, unless it was measured as well
    is_touched: bool = False  # somebody is on it: it is not merged into another any more
    is_ending: bool = False  # the province's side: well again since ``ended``
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    kind: str
    began: float
    severity: str = "down"
    commune: str = ""
    provider: str = ""
    schools: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    incident: int
    school: Seen


@dataclass(frozen=True, slots=True)
class Back:
    """A school is well again since ``at``."""

    incident: int
    school: int
    at: float


@dataclass(frozen=True, slots=True)
class Again:
    """A school that was well is in trouble again before the incident was over."""

    incident: int
    school: Seen


@dataclass(frozen=True, slots=True)
class Widen:
    """What seemed to be one school's is an area's."""

    incident: int
    kind: str
    commune: str
    provider: str
    began: float


@dataclass(frozen=True, slots=True)
class Merge:
    incident: int
    into: int


@dataclass(frozen=True, slots=True)
class Worsen:
    incident: int
    severity: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The province's side is well again, and is watched for a while."""

    incident: int
    at: float


@dataclass(frozen=True, slots=True)
class Resume:
    incident: int


@dataclass(frozen=True, slots=True)
class Close:
    incident: int
    ended: float


Step = Open | Join | Back | Again | Widen | Merge | Worsen | Ended | Resume | Close


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """The province's own side: ``since`` it is cut off; None when it is not, and then well again since ``ended``."""

    since: float | None = None
    ended: float | None = None
