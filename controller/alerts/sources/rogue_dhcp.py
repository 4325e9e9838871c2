"""A DHCP server that nobody knows in a school's network: a state change that the box reports as "lan:rogue-dhcp"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from controller.alerts.alert import Alert, Both, one_line
from controller.store import table_of
from controller.tables import Agent, Event, School

PREFIX = "rogue-dhcp:"
KIND, SUBJECT = "lan", "lan:rogue-dhcp"
ADVICE = (
    Both(
        "Tìm thiết bị theo địa chỉ MAC (thường là bộ phát Wi-Fi cắm nhầm cổng LAN) và rút nó ra.",
        "Find the device by its MAC (mostly a Wi-Fi router plugged in by its LAN port) and unplug it.",
    ),
    Both(
        "Bật DHCP snooping ở bộ chia nếu có. Máy nào nhận địa chỉ lạ thì rút dây mạng ra cắm lại.",
        "Switch on DHCP snooping where the switch has it. Machines with a wrong address: unplug and plug in again.",
    ),
    Both(
        "Nếu đó là máy chủ của trường, ghi địa chỉ vào dhcp_servers trong cài đặt của thiết bị đo.",
        "If it is the school's own server, put its address into dhcp_servers in the box's settings.",
    ),
)


def read(connection: Connection, known: Collection[str], now: float) -> list[Alert]:
    """The newest word of each school by a box that is in use there; one that says "none" ends what was raised before.

    What a box said that was retired since, or moved, is no word of the school any more: what it raised ends by itself,
    since nobody speaks of it.
    """
    event, school, box = table_of(Event), table_of(School), table_of(Agent)
    in_use = select(box.c.id).where(
        box.c.id == event.c.agent_id, box.c.school_id == event.c.school_id, box.c.state == "accepted"
    )
    ours = (event.c.kind == KIND, event.c.subject == SUBJECT, event.c.school_id.is_not(None), in_use.exists())
    newest = select(event.c.school_id, func.max(event.c.at).label("at")).where(*ours).group_by(event.c.school_id)
    last = newest.subquery()
    query = (
        select(event.c.id, event.c.at, event.c.after, event.c.facts, event.c.school_id, school.c.code, school.c.name,
               school.c.commune_code)
        .join(last, (event.c.school_id == last.c.school_id) & (event.c.at == last.c.at))
        .join(school, school.c.id == event.c.school_id)
        .where(*ours, school.c.is_sample.is_(False), school.c.is_demo.is_(False))
        .order_by(event.c.id)
    )  # fmt: skip
    rows = {row["school_id"]: dict(row) for row in connection.execute(query).mappings()}
    alerts = []
    for row in rows.values():
        is_present = row["after"] == "present"
        if is_present or f"{PREFIX}{row['school_id']}" in known:
            alerts.append(_alert(row, None if is_present else row["at"]))
    return alerts


def _alert(row: Mapping[str, Any], ended_at: float | None) -> Alert:
    facts = row["facts"] if isinstance(row["facts"], dict) else {}
    ip = one_line(str(facts.get("server_ip") or facts.get("server") or facts.get("ip") or "?"), 60)
    mac = one_line(str(facts.get("server_mac") or facts.get("mac") or "?"), 60)
    return Alert(
        key=f"{PREFIX}{row['school_id']}",
        kind="rogue-dhcp",
        severity="warning",
        started_at=row["at"],
        ended_at=ended_at,
        title=Both(f"Máy cấp DHCP lạ: {row['name']}", f"Rogue DHCP server: {row['name']}"),
        facts=(Both(f"Máy lạ: {ip} (MAC {mac})", f"The server: {ip} (MAC {mac})"),),
        advice=ADVICE,
        schools=(row["code"],),
        school_count=1,
        communes=(row["commune_code"],),
        path=f"/schools/{row['code']}",
    )
