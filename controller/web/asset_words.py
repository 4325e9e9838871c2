"""Words for machines: kinds, states, identifiers, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from controller.web.i18n import N_, Translate

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "pc": N_("Máy tính để bàn"),
        "laptop": N_("Máy tính xách tay"),
        "tablet": N_("Máy tính bảng"),
        "server": N_("Máy chủ"),
        "box": N_("Thiết bị đo"),
        "display": N_("Màn hình, TV"),
        "projector": N_("Máy chiếu"),
        "camera": N_("Camera"),
        "speaker": N_("Loa"),
        "printer": N_("Máy in"),
        "access-point": N_("Điểm Wi-Fi"),
        "switch": N_("Bộ chuyển mạch"),
        "router": N_("Bộ định tuyến"),
        "ups": N_("Bộ lưu điện"),
        "phone": N_("Điện thoại"),
        "other": N_("Khác"),
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {"in-use": N_("Đang dùng"), "store": N_("Cất kho"), "repair": N_("Đang sửa"), "retired": N_("Đã thanh lý")}
)
SOURCES: Mapping[str, str] = MappingProxyType(
    {"box": N_("thiết bị đo"), "glpi": N_("GLPI agent"), "lan": N_("quét mạng"), "form": N_("người nhập")}
)
IDENTIFIERS: Mapping[str, str] = MappingProxyType(
    {
        "serial": N_("Số sê-ri"),
        "uuid": N_("UUID của máy"),
        "board": N_("Số bo mạch chủ"),
        "mac": N_("Địa chỉ MAC"),
        "disk": N_("Số ổ đĩa"),
        "memory": N_("Số thanh RAM"),
        "tag": N_("Mã tài sản"),
        "key": N_("Khoá của thiết bị đo"),
        "glpi": N_("Mã của GLPI agent"),
        "host": N_("Tên máy"),
        "model": N_("Kiểu máy"),
        "school": N_("Trường"),
    }
)
EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "agrees": N_("giống nhau"),
        "disagrees": N_("khác nhau"),
        "former": N_("từng giống"),
        "shared": N_("máy khác cũng có"),
    }
)
EVENTS: Mapping[str, str] = MappingProxyType(
    {
        **IDENTIFIERS,
        "found": N_("Được ghi nhận lần đầu"),
        "room": N_("Phòng"),
        "seat": N_("Vị trí trong phòng"),
        "name": N_("Tên"),
        "kind": N_("Loại"),
        "state": N_("Tình trạng"),
        "vendor": N_("Hãng"),
        "joined": N_("Gộp hai bản ghi"),
        "parted": N_("Tách bản ghi đã gộp"),
        "transferred": N_("Chuyển theo trường sáp nhập"),
        "returned": N_("Trả về trường cũ"),
        "kept-apart": N_("Xác nhận là hai máy khác nhau"),
    }
)
HOW: Mapping[str, str] = MappingProxyType(
    {
        "same": N_("máy đã biết"),
        "known": N_("không có gì mới"),
        "new": N_("máy mới"),
        "nothing": N_("không nhận ra máy nào"),
        "contact": N_("chỉ là lời chào của agent"),
    }
)
NO_ROOM = N_("Chưa xếp phòng")
PAIR_STATES: Mapping[str, str] = MappingProxyType(
    {"open": N_("Đang chờ"), "same": N_("Đã gộp"), "apart": N_("Đã tách riêng")}
)


def words(translate: Translate) -> dict[str, Any]:
    """Functions for templates: ``asset_word("kind", "pc")``; a code without a word is shown as it is."""
    tables = {
        "kind": KINDS, "state": STATES, "source": SOURCES, "identifier": IDENTIFIERS, "evidence": EVIDENCE,
        "event": EVENTS, "how": HOW, "pair": PAIR_STATES,
    }  # fmt: skip

    def asset_word(table: str, code: str) -> str:
        text = tables[table].get(code)
        return translate(text) if text else code

    def asset_value(kind: str, value: str) -> str:
        """A value of the history, put into words where it is a code."""
        table = {"kind": "kind", "state": "state", "found": "source"}.get(kind)
        return asset_word(table, value) if table and value else value

    def room_options(rooms: Sequence[Any]) -> list[tuple[str, str]]:
        return [("", translate(NO_ROOM)), *((str(room.id), f"{room.code} {room.name}".strip()) for room in rooms)]

    return {
        "asset_word": asset_word,
        "asset_value": asset_value,
        "asset_kinds": KINDS,
        "asset_states": STATES,
        "kind_options": lambda: [(code, translate(text)) for code, text in KINDS.items()],
        "state_options": lambda: [(code, translate(text)) for code, text in STATES.items()],
        "room_options": room_options,
    }
