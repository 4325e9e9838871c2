"""What the newest sweep says of a school's wire as a whole: where the box hangs, who gives addresses, what was not
heard; and the event of a rogue DHCP server in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Event, Latest, Measurement
from controller.web.i18n import N_
from controller.web.read.school_words import Said

ROGUE = "lan:rogue-dhcp"
KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "router": N_("Bộ định tuyến"),
        "switch": N_("Bộ chuyển mạch"),
        "ap": N_("Bộ phát Wi-Fi"),
        "printer": N_("Máy in"),
        "tv": N_("TV, máy chiếu"),
        "camera": N_("Camera"),
        "phone": N_("Điện thoại"),
        "server": N_("Máy chủ"),
        "pc": N_("Máy tính"),
    }
)
WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "no-scapy": N_("Thiết bị đo chưa có scapy nên không nghe được LLDP, CDP và DHCP. Cài lại từ bộ cài: {command}"),
        "needs-root": N_("Thiết bị đo chạy không có quyền nên không nghe được LLDP, CDP và DHCP. Bật lại: {command}"),
    }
)
COMMANDS = {"no-scapy": "sudo sh install.sh", "needs-root": "sudo systemctl enable --now truongnet-helper"}
OTHER = N_("Lần quét này không nghe được LLDP, CDP và DHCP ({code}).")
ADVICE = N_(
    "Thường là một bộ phát Wi-Fi cắm nhầm cổng LAN: tìm máy có MAC này và rút ra, hoặc tắt DHCP của nó. Nếu đó "
    "là máy chủ của trường, ghi địa chỉ vào dhcp_servers trong cài đặt của thiết bị đo."
)
MAX_ROWS = 8


@dataclass(frozen=True, slots=True)
class Port:
    """A switch or what else the box hangs on, by LLDP or CDP."""

    by: str
    name: str
    port: str
    vlan: str
    ago_runs: int


@dataclass(frozen=True, slots=True)
class Server:
    """Who gives addresses."""

    address: str
    mac: str
    is_rogue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lan:
    ports: tuple[Port, ...] = ()
    servers: tuple[Server, ...] = ()
    is_rogue: bool = False
    rogue_since: float | None = None
    private: int = 0  # devices with addresses that they made up: only counted
    waiting: int = 0  # newcomers that are not told yet, since somebody changes addresses all the time
    missing: Said | None = None

    @property
    def advice(self) -> str:
        """What to do about the rogue server."""
        return ADVICE if self.is_rogue else ""


def read_lan(session: Session, school_id: int) -> Lan:
    """Of the newest sweep that worked; all empty without one."""
    statement = (
        select(Measurement.body)
        .where(Measurement.school_id == school_id, Measurement.probe == "lan", Measurement.outcome == "ok")
        .order_by(col(Measurement.at).desc())
        .limit(1)
    )
    latest = session.get(Latest, school_id)
    state = _dict(_dict(latest.states if latest else None).get(ROGUE))
    return of_body(_dict(session.exec(statement).first()), state)


def of_body(body: Mapping[str, Any], state: Mapping[str, Any]) -> Lan:
    facts = _dict(body.get("facts"))
    rogues = [str(one) for one in _list(facts.get("rogues"))]
    counts = {_text(one, "name"): one.get("value") for one in map(_dict, _list(body.get("samples"), 64))}
    missing = _dict(_dict(facts.get("missing")).get("listen"))
    since = state.get("at")
    return Lan(
        ports=tuple(_port(_dict(one)) for one in _list(facts.get("neighbours"))),
        servers=tuple(
            Server(_text(one, "server"), _text(one, "mac"), _text(one, "server") in rogues)
            for one in map(_dict, _list(facts.get("servers")))
        ),
        is_rogue=state.get("after") == "present",
        rogue_since=float(since) if isinstance(since, int | float) else None,
        private=_count(counts.get("lan_private_macs")),
        waiting=_count(counts.get("lan_devices_waiting")),
        missing=_missing(_text(missing, "reason")) if missing else None,
    )


def _port(one: Mapping[str, Any]) -> Port:
    name = _text(one, "name") or _text(one, "chassis") or _text(one, "mac")
    port = _text(one, "port")
    named = _text(one, "port_name")
    shown = f"{port} ({named})" if named and named != port else port or named
    ago = one.get("runs_ago")
    return Port(_text(one, "by").upper(), name, shown, _text(one, "vlan"), ago if isinstance(ago, int) else 0)


def _missing(reason: str) -> Said:
    if reason in WHY_NOT:
        return Said(WHY_NOT[reason], {"command": COMMANDS[reason]})
    return Said(OTHER, {"code": reason})


def tell_rogue(event: Event) -> tuple[str, Said, str]:
    """Tone, sentence and advice."""
    if event.after != "present":
        return "good", Said(N_("Không còn máy lạ cấp địa chỉ (DHCP) trong mạng trường")), ""
    facts = _dict(event.facts)
    values = {"server": _text(facts, "server") or "?", "mac": _text(facts, "mac") or "?"}
    return (
        "bad",
        Said(N_("Có máy lạ cấp địa chỉ (DHCP) trong mạng trường: {server}, MAC {mac}"), values),
        ADVICE,
    )


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any, most: int = MAX_ROWS) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    return str(value)[:96] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e6 else 0
