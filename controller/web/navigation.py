"""The main menu: what there is, and what of it this person may see."""

from __future__ import annotations

from dataclasses import dataclass

from controller.deps import Caller
from controller.people.principal import Principal
from controller.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Item:
    url: str
    label: str
    icon: str
    permission: str
    badge: str = ""  # name of a count in the page's context
    under: tuple[str, ...] = ()  # further beginnings of paths that belong to it


ITEMS = (
    Item("/", N_("Tổng quan"), "home", "overview.read"),
    Item("/incidents", N_("Sự cố"), "alert", "incident.read", under=("/maintenance",)),
    Item("/schools", N_("Các trường"), "school", "school.read", under=("/my-school", "/verify")),
    Item("/plan", N_("Kế hoạch"), "chart", "overview.read"),
    Item("/boxes", N_("Thiết bị"), "box", "agent.read", badge="boxes_pending", under=("/join-codes",)),
    Item("/assets", N_("Phần cứng"), "device", "device.read"),
    Item("/import", N_("Nhập dữ liệu"), "upload", "import.run"),
    Item("/users", N_("Người dùng"), "users", "user.read"),
    Item("/audit", N_("Nhật ký"), "list", "audit.read"),
    Item("/settings", N_("Cài đặt"), "settings", "settings.read"),
)


def menu(who: Caller | Principal | None) -> tuple[Item, ...]:
    return tuple(item for item in ITEMS if who is not None and who.can(item.permission))


def is_active(item: Item, path: str) -> bool:
    if item.url == "/":
        return path == "/"
    return any(path == start or path.startswith(f"{start}/") for start in (item.url, *item.under))
