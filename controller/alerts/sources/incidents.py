"""Incidents as alerts: one for each, from when it is opened until it is closed, however many schools it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from controller.alerts.alert import MAX_SCHOOLS, Alert, Both, Call, Kind, Severity
from controller.alerts.sources.causes import advice_for, name_of
from controller.store import table_of
from controller.tables import Commune, Contact, Incident, IncidentSchool, Provider, School

PREFIX = "incident:"
NAMED = 8  # schools that a text names
Row = Mapping[str, Any]


def read(connection: Connection, known: Collection[str], now: float) -> list[Alert]:
    ids = sorted(int(key.removeprefix(PREFIX)) for key in known if key.startswith(PREFIX))
    table = table_of(Incident)
    wanted = select(table).where(table.c.is_sample.is_(False), or_(table.c.state == "open", table.c.id.in_(ids)))
    rows = [dict(row) for row in connection.execute(wanted.order_by(table.c.id)).mappings()]
    members = _members(connection, [row["id"] for row in rows])
    phones = _phones(connection, {row["provider"] for row in rows if row["provider"]})
    called = [one for some in members.values() for one in some[:NAMED]]
    people = _people(connection, {one["id"] for one in called})
    return [_alert(row, members.get(row["id"], []), phones, people, now) for row in rows]


def _members(connection: Connection, ids: Sequence[int]) -> dict[int, list[Row]]:
    member, school, commune = table_of(IncidentSchool), table_of(School), table_of(Commune)
    query = (
        select(
            member.c.incident_id, school.c.id, school.c.code, school.c.name, school.c.commune_code,
            commune.c.name.label("commune_name"),
        )
        .join(school, school.c.id == member.c.school_id)
        .join(commune, commune.c.code == school.c.commune_code)
        .where(member.c.incident_id.in_(ids))
        .order_by(member.c.began_at, member.c.id)
    )  # fmt: skip
    found: dict[int, list[Row]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["incident_id"], []).append(dict(row))
    return found


def _phones(connection: Connection, names: Collection[str]) -> dict[str, str]:
    table = table_of(Provider)
    rows = connection.execute(select(table.c.name, table.c.phone).where(table.c.name.in_(sorted(names))))
    return {name: phone for name, phone in rows if phone}


def _people(connection: Connection, schools: Collection[int]) -> dict[int, str]:
    """The first at each school who has a telephone."""
    table = table_of(Contact)
    query = select(table.c.school_id, table.c.name, table.c.phone).where(
        table.c.school_id.in_(sorted(schools)), table.c.phone != ""
    )
    found: dict[int, str] = {}
    for school, name, phone in connection.execute(query.order_by(table.c.id)):
        found.setdefault(school, f"{name} {phone}")
    return found


def _alert(row: Row, members: Sequence[Row], phones: Mapping[str, str], people: Mapping[int, str], now: float) -> Alert:
    count = max(row["schools"], len(members))
    return Alert(
        key=f"{PREFIX}{row['id']}",
        kind=kind_of(row["kind"], row["severity"]),
        severity=severity_of(row["kind"], row["severity"]),
        started_at=row["began_at"],
        ended_at=_ended(row),
        title=_title(row, members, count),
        facts=tuple(_facts(row, members, phones)),
        calls=tuple(
            Call(one["code"], one["commune_code"], one["name"], people[one["id"]])
            for one in members[:NAMED]
            if one["id"] in people
        ),
        advice=advice_for(row["cause"], row["confidence"] or 0.0),
        schools=tuple(one["code"] for one in members[:MAX_SCHOOLS]),
        school_count=count,
        communes=tuple(sorted({one["commune_code"] for one in members} | ({row["commune_code"]} - {""}))),
        path=f"/incidents/{row['id']}",
        muted="merged" if row["state"] == "merged" else "muted" if (row["muted_until"] or 0.0) > now else "",
    )


def kind_of(kind: str, severity: str) -> Kind:
    return "province" if kind == "province" else "outage" if severity == "down" else "degraded"


def severity_of(kind: str, severity: str) -> Severity:
    """One school that is down is a warning; many at once, or our own side, is critical; slowness of one is news."""
    if severity == "down":
        return "warning" if kind == "school" else "critical"
    return "info" if kind == "school" else "warning"


def _ended(row: Row) -> float | None:
    if row["state"] == "open":
        return None
    return float(row["ended_at"] or row["closed_at"] or row["began_at"])


def _title(row: Row, members: Sequence[Row], count: int) -> Both:
    is_down = row["severity"] == "down"
    if row["kind"] == "province":
        if not count:  # our line is known to be down before the first school is missed
            return Both("Sự cố phía tỉnh: đường truyền của tỉnh", "Trouble on the province's side: its own line")
        return Both(
            f"Sự cố phía tỉnh: {count} trường mất liên lạc", f"Trouble on the province's side: {count} schools silent"
        )
    if row["kind"] == "school" or count == 1:
        name = members[0]["name"] if members else "?"
        return Both(f"Mất mạng: {name}", f"Offline: {name}") if is_down else Both(f"Mạng kém: {name}", f"Poor: {name}")
    where = next((one["commune_name"] for one in members if one["commune_code"] == row["commune_code"]), "")
    where = " · ".join(one for one in (where, row["provider"]) if one)
    vi, en = ("mất mạng", "offline") if is_down else ("mạng kém", "with a poor connection")
    return Both(f"{count} trường {vi}: {where}", f"{count} schools {en}: {where}")


def _facts(row: Row, members: Sequence[Row], phones: Mapping[str, str]) -> list[Both]:
    cause = name_of(row["cause"])
    sure = round(10 * (row["confidence"] or 0.0)) * 10
    stand = Both("đã rõ", "final") if row["is_final"] else Both("tạm thời", "provisional")
    facts = [Both(f"Nguyên nhân: {cause.vi} ({stand.vi}, {sure} %)", f"Cause: {cause.en} ({stand.en}, {sure} %)")]
    if not row["cause"]:
        facts = [Both(f"Nguyên nhân: {cause.vi}", f"Cause: {cause.en}")]
    if len(members) > 1:
        names = ", ".join(one["name"] for one in members[:NAMED])
        more = len(members) - NAMED
        facts.append(
            Both(
                f"Các trường: {names}" + (f" và {more} trường khác" if more > 0 else ""),
                f"Schools: {names}" + (f" and {more} more" if more > 0 else ""),
            )
        )
    if row["provider"]:
        phone = phones.get(row["provider"], "")
        said = f"{row['provider']}" + (f", {phone}" if phone else "")
        facts.append(Both(f"Nhà mạng: {said}", f"Provider: {said}"))
    if row["ticket"]:
        facts.append(Both(f"Số phiếu của nhà mạng: {row['ticket']}", f"The provider's ticket: {row['ticket']}"))
    return facts
