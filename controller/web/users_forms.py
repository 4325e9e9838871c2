"""An account and a grant out of the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.api.grants import GrantIn
from controller.api.users import UserIn
from controller.web.fields import Form

AT_FIELDS: Mapping[str, str] = MappingProxyType({"login-exists": "login", "cannot-grant": "role", "conflict": "role"})
PLACE = {"commune": "commune_code", "school": "school_code"}
NO_PLACE = {
    "commune": ("hãy chọn xã, phường", "choose a commune"),
    "school": ("hãy ghi mã trường", "give the school's code"),
}


def read_user(form: Form) -> UserIn | None:
    login = form.text("login").casefold()
    return form.bind(
        UserIn,
        {"login": login, "name": form.text("name"), "email": form.text("email"), "lang": form.text("lang") or "vi"},
    )


def read_grant(form: Form) -> GrantIn | None:
    """The place is taken from the field that belongs to the kind chosen."""
    kind = form.text("scope_kind")
    place = form.text(PLACE[kind]) if kind in PLACE else ""
    if kind in PLACE and not place:
        form.wrong(PLACE[kind], NO_PLACE[kind])
    found = form.bind(GrantIn, {"role": form.text("role"), "scope_kind": kind, "scope_id": place})
    at_place(form)
    return found


def at_place(form: Form) -> None:
    """What is wrong with ``scope_id`` is said at the field that was typed into."""
    said = form.errors.pop("scope_id", "")
    if said:
        form.errors.setdefault(PLACE.get(form.text("scope_kind"), "scope_kind"), said)
