"""What an alert is: plain data in both languages, made by a source and carried unchanged to every channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

Kind = Literal["outage", "degraded", "province", "rogue-dhcp"]
Severity = Literal["info", "warning", "critical"]
KINDS: tuple[Kind, ...] = ("outage", "degraded", "province", "rogue-dhcp")
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")  # rising
MAX_SCHOOLS = 2_000  # codes in one alert; the count is always the true one
MAX_LINE = 400


class Both(NamedTuple):
    """The same thing said in Vietnamese and in English."""

    vi: str
    en: str


class Call(NamedTuple):
    """Somebody at a school to call: told only to those whose part of the province has the school."""

    school: str  # code
    commune: str
    whose: str  # the school's name
    person: str  # name and number


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """``key`` says what it is about and never changes; an alert with ``ended_at`` is over."""

    key: str  # "incident:17", "rogue-dhcp:4"
    kind: Kind
    severity: Severity
    started_at: float
    ended_at: float | None = None
    title: Both
    facts: tuple[Both, ...] = ()
    advice: tuple[Both, ...] = ()  # what to do, most useful first
    calls: tuple[Call, ...] = ()  # see routing.addressed
    schools: tuple[str, ...] = ()  # codes
    school_count: int = 0
    communes: tuple[str, ...] = ()
    path: str = "/"  # of the page that shows it
    muted: Literal["", "muted", "merged"] = ""  # why nothing goes out

    def as_data(self) -> dict[str, Any]:
        """For a JSON column and back with :func:`from_data`."""
        data = asdict(self)
        data["title"] = list(self.title)
        for name in ("facts", "advice"):
            data[name] = [list(pair) for pair in data[name]]
        data["calls"] = [list(one) for one in self.calls]
        return data


def from_data(data: Mapping[str, Any]) -> Alert:
    known = {name: value for name, value in data.items() if name in Alert.__dataclass_fields__}
    known["title"] = Both(*known["title"])
    for name in ("facts", "advice"):
        known[name] = tuple(Both(*pair) for pair in known.get(name, ()))
    known["calls"] = tuple(Call(*one) for one in known.get("calls", ()))
    for name in ("schools", "communes"):
        known[name] = tuple(known.get(name, ()))
    return Alert(**known)


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """Without line breaks and control characters, and not longer than ``limit``: for subjects, labels and logs."""
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
