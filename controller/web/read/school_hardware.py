"""A box's inventory as cards that people read. Pure; a box made the sections, so nothing of their shape is trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from controller.web.i18n import N_

Kind = Literal["text", "word", "bytes", "memory", "bits", "number", "percent"]
Section = Mapping[str, Any]
MAX_ROWS = 64


@dataclass(frozen=True, slots=True)
class Fact:
    """``kind`` says how the template writes ``value``; ``label`` is a Vietnamese source text, or a name as it is."""

    label: str
    value: Any
    kind: Kind = "text"
    tone: str = ""  # "good", "warn", "bad": with an icon and a word, never colour alone


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    icon: str
    facts: tuple[Fact, ...] = ()
    missing: str = ""  # a source text: why this could not be read
    detail: str = ""  # what the box said about that
    none: str = ""  # a source text: looked, and there is none


MISSING: Mapping[str, str] = MappingProxyType(
    {
        "no-dmi": N_("Máy này không cho biết (không có bảng DMI)."),
        "not-filled-in": N_("Nhà sản xuất không ghi."),
        "needs-root": N_("Chưa có quyền đọc: thiết bị đo chạy không có quyền quản trị."),
        "no-smartctl": N_("Thiếu gói smartmontools trên thiết bị đo."),
        "no-smart": N_("Ổ đĩa không tự báo tình trạng (không có SMART)."),
        "asleep": N_("Ổ đĩa đang ngủ, không đánh thức để đọc."),
        "virtual-disk": N_("Ổ đĩa ảo, không có tình trạng riêng."),
        "no-iw": N_("Thiếu gói iw trên thiết bị đo."),
        "no-usb": N_("Máy không có USB."),
        "no-graphics": N_("Máy không có cổng màn hình."),
        "no-edid": N_("Màn hình không cho biết tên."),
        "no-cups": N_("Chưa cài CUPS nên không biết hàng đợi in."),
        "no-nut": N_("Chưa cài NUT nên không đọc được bộ lưu điện."),
        "no-dpkg": N_("Không phải hệ Debian."),
        "unreadable": N_("Không đọc được."),
        "deadline": N_("Hết giờ trước khi đọc xong."),
        "defect": N_("Lỗi phần mềm khi đọc."),
    }
)
# What the last word of a missing part is called; another one is a name of the machine's own (a disk, a connector).
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "serial": N_("Số sê-ri"),
        "product": N_("Máy"),
        "modules": N_("Thanh nhớ"),
        "packages": N_("Số gói phần mềm"),
        "queues": N_("Hàng đợi in"),
        "ups": "UPS",
    }
)
HEALTH: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ok": (N_("Tốt"), "good"),
        "worn": (N_("Đã mòn"), "warn"),
        "failing": (N_("Sắp hỏng"), "bad"),
        "unknown": (N_("Không rõ tình trạng"), ""),
    }
)
VIRTUAL = N_("Máy ảo")
DUPLEX: Mapping[str, str] = MappingProxyType({"full": N_("hai chiều cùng lúc"), "half": N_("từng chiều một")})


def cards(sections: Any) -> list[Card]:
    """One card a section, in the order of people's interest; unknown sections are left to the API."""
    held: Section = sections if isinstance(sections, dict) else {}
    missing = _dict(held.get("missing"))
    made = [_card(name, *SECTIONS[name], held.get(name), missing) for name in SECTIONS]
    return [card for card in made if card is not None]


def summary(sections: Any) -> str:
    """ "FPT Elead, Intel Core i3" for a list of boxes."""
    held: Section = sections if isinstance(sections, dict) else {}
    machine = _dict(held.get("system"))
    return ", ".join(
        text for text in (_join(machine, "vendor", "product"), _text(_dict(held.get("cpu")), "model")) if text
    )


def _card(
    title_of: str, title: str, icon: str, none: str, read: Callable[[Any], Iterable[Fact]], held: Any, missing: Section
) -> Card | None:
    whole = _dict(missing.get(title_of))
    if held is None and not whole:
        return None
    read_facts = [fact for fact in read(held) if fact.value not in (None, "", [])] if held else []
    # A disk says by itself why it does not know how it is.
    parts = [] if title_of == "disks" else _missing_parts(title_of, missing)
    facts = (*read_facts, *parts)[:MAX_ROWS]
    if facts and (read_facts or not whole):
        return Card(title, icon, facts)
    if whole:
        return Card(title, icon, missing=_why(whole), detail=str(whole.get("detail") or "")[:200])
    return Card(title, icon, none=none) if none else None


def _missing_parts(section: str, missing: Section) -> Iterable[Fact]:
    """Parts of a section that could not be read, each with its reason: never silently absent."""
    for name, why in missing.items():
        of, _, part = name.partition(".")
        if of == section and part:
            yield Fact(PARTS.get(part, part[:80]), _why(_dict(why)), "word")


def _why(missing: Section) -> str:
    return MISSING.get(_text(missing, "reason"), MISSING["unreadable"])


def _system(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    yield Fact(N_("Máy"), _join(one, "vendor", "product"))
    yield Fact(N_("Số sê-ri"), _text(one, "serial"))
    yield Fact(N_("Kiểu vỏ"), _text(one, "chassis"))
    if one.get("virtual"):
        yield Fact(VIRTUAL, _text(one, "virtual"))


def _board(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    yield Fact(N_("Bo mạch"), _join(one, "vendor", "product", "version"))
    yield Fact("BIOS", _join(one, "bios_vendor", "bios_version"))
    yield Fact(N_("Ngày BIOS"), _text(one, "bios_date"))


def _cpu(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    yield Fact(N_("Kiểu"), _text(one, "model"))
    yield Fact(N_("Số nhân"), _number(one, "cores"), "number")
    yield Fact(N_("Số luồng xử lý"), _number(one, "threads"), "number")
    yield Fact(N_("Xung tối đa (MHz)"), _number(one, "max_mhz"), "number")
    yield Fact(N_("Kiến trúc"), _text(one, "architecture"))


def _memory(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    yield Fact(N_("Tổng cộng"), _number(one, "total_bytes"), "memory")
    yield Fact(N_("Số khe"), _number(one, "slots"), "number")
    for module in _rows(one.get("modules")):
        yield Fact(_text(module, "slot") or N_("Thanh nhớ"), _number(module, "bytes"), "memory")
        yield Fact("", _join(module, "type", "vendor", "part"))


def _disks(held: Any) -> Iterable[Fact]:
    for disk in _rows(held):
        yield Fact(_join(disk, "name", "kind"), _number(disk, "bytes"), "bytes")
        yield Fact("", _text(disk, "model"))
        health = _dict(disk.get("health"))
        if health:
            words, tone = HEALTH.get(_text(health, "status"), HEALTH["unknown"])
            yield Fact(N_("Tình trạng"), words, "word", tone)
            if health.get("reason"):
                yield Fact("", _why(health), "word")


def _network(held: Any) -> Iterable[Fact]:
    for card in _rows(held):
        is_up = card.get("carrier") == "up"
        yield Fact(
            _text(card, "name"),
            N_("có tín hiệu") if is_up else N_("không có tín hiệu"),
            "word",
            "good" if is_up else "",
        )
        megabits = _number(card, "speed_mbps")
        yield Fact(N_("Tốc độ cổng"), megabits * 1e6 if megabits and megabits > 0 else None, "bits")
        yield Fact(N_("Song công"), DUPLEX.get(_text(card, "duplex"), "") if is_up else "", "word")
        yield Fact("MAC", _text(card, "mac"))
        yield Fact(N_("Trình điều khiển"), _text(card, "driver"))


def _wifi(held: Any) -> Iterable[Fact]:
    for one in _rows(held):
        yield Fact(_text(one, "name"), _text(one, "ssid"))
        yield Fact(N_("Mức sóng (dBm)"), _number(one, "signal_dbm"), "number")


def _displays(held: Any) -> Iterable[Fact]:
    for one in _rows(held):
        yield Fact(_text(one, "connector"), _join(one, "vendor", "model"))
        if _number(one, "width_px") and _number(one, "height_px"):
            yield Fact(N_("Độ phân giải"), f"{_number(one, 'width_px'):.0f} × {_number(one, 'height_px'):.0f}")
        yield Fact(N_("Năm sản xuất"), str(int(_number(one, "year") or 0)) if _number(one, "year") else "")


def _printers(held: Any) -> Iterable[Fact]:
    for one in _rows(held):
        yield Fact(_text(one, "name") or N_("Máy in"), _join(one, "vendor", "model") or _text(one, "connection"))


def _usb(held: Any) -> Iterable[Fact]:
    for one in _rows(held):
        name = _join(one, "vendor", "product") or _join(one, "vendor_id", "product_id")
        yield Fact(_text(one, "kind"), name)


def _power(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    for battery in _rows(one.get("batteries")):
        yield Fact(
            _text(battery, "name") or N_("Pin"), _join(battery, "vendor", "model") or _text(battery, "technology")
        )
        yield Fact(N_("Dung lượng còn so với mới"), _number(battery, "health_ratio"), "percent")
    for unit in _rows(one.get("ups")):
        yield Fact("UPS", _join(unit, "vendor", "model") or _text(unit, "name"))


def _os(held: Any) -> Iterable[Fact]:
    one = _dict(held)
    yield Fact(N_("Hệ điều hành"), _text(one, "name") or _join(one, "id", "version"))
    yield Fact(N_("Nhân"), _text(one, "kernel"))
    yield Fact(N_("Số gói phần mềm"), _number(one, "packages"), "number")
    yield Fact(N_("Tên máy"), _text(one, "hostname"))
    yield Fact(N_("Múi giờ"), _text(one, "timezone"))


# section -> title, icon, what to say when there is none of it, reader
SECTIONS: Mapping[str, tuple[str, str, str, Callable[[Any], Iterable[Fact]]]] = MappingProxyType(
    {
        "system": (N_("Máy"), "box", "", _system),
        "board": (N_("Bo mạch chủ"), "board", "", _board),
        "cpu": (N_("Bộ xử lý"), "cpu", "", _cpu),
        "memory": (N_("Bộ nhớ"), "memory", "", _memory),
        "disks": (N_("Ổ đĩa"), "disk", N_("Không có ổ đĩa nào."), _disks),
        "network": (N_("Cổng mạng"), "network", N_("Không có cổng mạng nào."), _network),
        "wifi": (N_("Wi-Fi"), "wifi", N_("Không có Wi-Fi."), _wifi),
        "displays": (N_("Màn hình"), "display", N_("Không cắm màn hình nào."), _displays),
        "printers": (N_("Máy in"), "printer", N_("Không có máy in nào."), _printers),
        "usb": (N_("Thiết bị USB"), "usb", N_("Không cắm thiết bị USB nào."), _usb),
        "power": (
            N_("Pin và bộ lưu điện"),
            "battery",
            N_("Không có: mất điện là tắt ngay."),
            _power,
        ),
        "os": (N_("Hệ điều hành"), "os", "", _os),
    }
)


def _dict(value: Any) -> Section:
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> list[Section]:
    return [row for row in value[:MAX_ROWS] if isinstance(row, dict)] if isinstance(value, list) else []


def _text(one: Section, name: str) -> str:
    value = one.get(name)
    return str(value)[:200] if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _join(one: Section, *names: str) -> str:
    """The texts after each other, without one that the next one says again."""
    words: list[str] = []
    for text in (_text(one, name) for name in names):
        if text and text not in words:
            words = [*(word for word in words if not text.startswith(word)), text]
    return " ".join(words)


def _number(one: Section, name: str) -> float | None:
    value = one.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
