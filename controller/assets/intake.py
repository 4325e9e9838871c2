"""Takes an inventory that an agent sent or a person brought as a file; bounded, checked, and told in words what is
wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlmodel import Session

from controller.assets.book import holding, serialise, take
from controller.assets.feed import remember
from controller.assets.tree import root_of
from controller.problems import Problem
from controller.scope import key_of
from controller.tables import Asset, AssetSource, School
from inventory.identity import body, glpi
from inventory.identity.normal import HOST
from inventory.identity.sighting import Sighting

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "empty": ("Tệp trống.", "The file is empty."),
        "too-large": (
            "Tệp quá lớn (nhiều nhất 4 MB nén, 24 MB khi mở).",
            "Too large (at most 4 MB packed, 24 MB open).",
        ),
        "not-unpacked": ("Tệp nén bị hỏng hoặc bị cắt ngắn.", "The packed file is damaged or cut short."),
        "xml": (
            "Đây là XML của agent đời cũ (FusionInventory, OCS). Hãy dùng GLPI agent 1.0 trở lên, gửi JSON.",
            "This is XML of an older agent (FusionInventory, OCS). Use GLPI agent 1.0 or newer, which sends JSON.",
        ),
        "not-json": ("Không phải JSON hợp lệ.", "Not valid JSON."),
        "not-glpi": ("JSON này không phải bản kiểm kê của GLPI agent.", "This JSON is no inventory of a GLPI agent."),
        "no-device-id": ("Thiếu «deviceid».", "There is no deviceid."),
        "no-content": ("Thiếu phần «content».", "There is no content."),
        "not-for-us": (
            "Chỉ nhận bản kiểm kê máy, không nhận loại tin này.",
            "Only inventories are taken, not this message.",
        ),
        "unknown-type": ("Loại thiết bị này không được nhận.", "This type of item is not taken."),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What became of one message. ``asset``: the machine; 0 when it told of none or was only a greeting."""

    action: str
    asset: int = 0
    how: str = ""  # "same", "new", "nothing", "known" (the very same inventory again)
    asked: int = 0
    parts: int = 0  # printers and displays with numbers of their own


def refusal(code: str) -> Problem:
    vi, en = WORDS[code]
    return Problem("inventory-refused", detail={"vi": vi, "en": en})


def read(data: bytes) -> glpi.Message:
    """Problem "inventory-refused"."""
    try:
        return glpi.read(body.parse(data))
    except (body.BodyError, glpi.GlpiError) as error:
        raise refusal(str(error.args[0])) from None


def lay(session: Session, school: School, message: glpi.Message, now: float) -> Took:
    """Within the caller's transaction, which has written nothing yet."""
    if message.action == "contact":
        return Took(action="contact")
    serialise(session)
    key = key_of(school)
    seen = glpi.sightings(message, key, now)
    own = hashlib.sha256(message.device_id.encode("utf-8", "replace")).hexdigest()[:32]
    ref = f"glpi:{key}:{own}"
    said = repr([(one.device, sorted((kind, sorted(values)) for kind, values in one.values.items())) for one in seen])
    said += repr([sorted((name, repr(value)) for name, value in one.facts.items()) for one in seen])
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    known = session.get(AssetSource, ref)
    if message.is_partial and not any(kind != HOST for kind, _ in seen[0].lookups()):
        return _heard(session, known, seen[0], now)
    first, *parts = [take(session, one) for one in seen]
    number = first.asset.id if first.asset is not None else None
    is_known = known is not None and known.digest == digest and known.asset_id == number
    remember(session, ref, key, digest, number, now)
    for part in parts:
        if part.asset is not None and first.asset is not None and part.asset.room_id is None:
            part.asset.room_id = first.asset.room_id if part.asset.school_id == first.asset.school_id else None
    return Took(
        action="inventory", asset=number or 0, how="known" if is_known else first.how, asked=len(first.decision.ask),
        parts=len(parts),
    )  # fmt: skip


def _heard(session: Session, known: AssetSource | None, seen: Sighting, now: float) -> Took:
    """An agent's word on what changed, of a computer without any number of its own: it says that the computer is still
    there, when the name is that of the computer that this agent told of, and nothing by which to know another one."""
    asset = session.get(Asset, known.asset_id) if known is not None and known.asset_id is not None else None
    if (
        asset is None
        or asset.id is None
        or (HOST, min(seen.of(HOST), default="")) not in holding(session, asset.id).now
    ):
        return Took(action="inventory", how="nothing")
    asset = root_of(session, asset)
    asset.last_seen = max(asset.last_seen, now)
    session.add(asset)
    return Took(action="inventory", asset=asset.id or 0, how="known")
