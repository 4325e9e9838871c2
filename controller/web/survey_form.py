"""The survey's fields as they are typed, and back: rooms are rows of numbered fields, so no script is needed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from controller.assets.survey import DEVICES, MAX_ROOMS, Answers
from controller.web.fields import Form, number
from controller.web.i18n import N_
from controller.web.read.forms import plain
from inventory.registry import sense
from inventory.rooms.gap import standard

OUTAGES: Mapping[str, str] = MappingProxyType(
    {
        "unknown": N_("Chưa rõ"),
        "never": N_("Hầu như không"),
        "monthly": N_("Vài lần một tháng"),
        "weekly": N_("Vài lần một tuần"),
        "daily": N_("Gần như mỗi ngày"),
    }
)
YES_NO: Mapping[str, str] = MappingProxyType({"unknown": N_("Chưa rõ"), "yes": N_("Có"), "no": N_("Không")})
MORE = 3  # rows that a press adds
LINE = {"down_bps": "down_mbps", "up_bps": "up_mbps"}
TWICE = ("mã phòng này đã ghi ở trên", "this room stands above already")


def values_of(answers: Answers) -> dict[str, str]:
    """What was sent, as fields."""
    found = {"note": answers.note, "has": answers.line.has, "outages": answers.power.outages, "ups": answers.power.ups}
    found |= {"provider": answers.line.provider, "medium": answers.line.medium}
    found["price_vnd"] = plain(answers.line.price_vnd)
    for column, name in LINE.items():
        bits = getattr(answers.line, column)
        found[name] = "" if bits is None else f"{bits / 1e6:.6g}"
    found |= {f"d-{kind}": str(count) for kind, count in answers.devices.items()}
    for place, room in enumerate(answers.rooms):
        found |= {f"r{place}-code": room.code, f"r{place}-kind": room.kind, f"r{place}-seats": plain(room.seats)}
        found |= {f"r{place}-{item}": str(count) for item, count in room.items.items()}
    return found | {"rows": str(len(answers.rooms))}


def rows_of(form: Form) -> int:
    """Rows to show: as many as there were, and one more group when asked for."""
    text = form.text("rows")
    shown = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else 0
    return min(MAX_ROOMS, max(MORE, shown) + (MORE if form.text("more") else 0))


def read(form: Form) -> Answers | None:
    """The answers, or None and what is wrong at its field. Rows without a code are empty."""
    used = [place for place in range(rows_of(form)) if form.text(f"r{place}-code")]
    codes: set[str] = set()
    told = []
    for place in used:
        code = form.text(f"r{place}-code")
        if code in codes:
            form.wrong(f"r{place}-code", TWICE)
        codes.add(code)
        items = {item: number(form.text(f"r{place}-{item}")) for item in standard().items}
        told.append(
            {
                "code": code,
                "kind": form.text(f"r{place}-kind") or "classroom",
                "seats": number(form.text(f"r{place}-seats")) or None,
                "items": {item: count for item, count in items.items() if count},
            }
        )
    devices = {kind: number(form.text(f"d-{kind}")) for kind in DEVICES}
    given: dict[str, Any] = {
        "rooms": told,
        "devices": {kind: count for kind, count in devices.items() if count},
        "line": _line(form),
        "power": {"outages": form.text("outages") or "unknown", "ups": form.text("ups") or "unknown"},
        **{name: form.text(name) for name in ("contact_name", "contact_phone", "note")},
    }
    answers = form.bind(Answers, given)
    _rename(form, used)
    if answers is not None and answers.line.has == "yes":
        for name, said in sense.problems(answers.line.model_dump()):
            form.wrong(LINE.get(name, name), (said.vi, said.en))
    return answers if form.is_good else None


def _line(form: Form) -> dict[str, Any]:
    line: dict[str, Any] = {"has": form.text("has") or "unknown", "provider": form.text("provider")}
    line |= {"medium": form.text("medium") or "unknown", "price_vnd": number(form.text("price_vnd")) or None}
    for column, name in LINE.items():
        text = number(form.text(name))
        try:
            line[column] = float(text) * 1e6 if text else None
        except ValueError:
            line[column] = text  # the model says what is wrong with it
    return line


def _rename(form: Form, used: list[int]) -> None:
    """Errors of the model's fields at those that were typed into."""
    for name in list(form.errors):
        parts = name.split(".")
        shown = LINE.get(parts[-1], parts[-1])
        if parts[0] == "rooms" and len(parts) > 2 and parts[1].isdecimal():
            shown = f"r{used[int(parts[1])]}-{parts[-1]}"
        elif parts[0] == "devices" and len(parts) > 1:
            shown = f"d-{parts[1]}"
        if shown != name:
            form.errors.setdefault(shown, form.errors.pop(name))
