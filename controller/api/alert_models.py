"""Shapes of what receivers of alerts are told apart by, and the checks that need more than a pattern."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlmodel import Session, select

from controller.alerts.addresses import AddressError, is_loopback_name, target_of
from controller.alerts.alert import KINDS, SEVERITIES, Kind, Severity
from controller.alerts.channels.email import recipients
from controller.alerts.channels.gateway import MAX_TEMPLATE, TemplateError, read_template
from controller.api.shapes import In, Name, Out
from controller.problems import Problem
from controller.tables import Commune, School

MAX_RECIPIENTS = 20
Channel = Literal["alertmanager", "email", "webhook", "zalo", "sms"]
Printable = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\x20-\x7e]*$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$"
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")]


class RouteIn(In):
    name: Name = Field(examples=["Trực mạng"])
    channel: Channel
    address: Address = Field(
        description="https address (http on this machine only), for SMS and Zalo with #receiver behind it; "
        "for e-mail up to 20 addresses with commas",
        examples=["https://127.0.0.1:9/alerts"],
    )
    secret: Printable | None = Field(
        None, description="HMAC key of a webhook, or the token that a gateway wants; absent: as it is", examples=["s"]
    )
    template: Annotated[str, StringConstraints(max_length=MAX_TEMPLATE)] = Field("", description="JSON, for gateways")
    kinds: Annotated[list[Kind], Field(max_length=len(KINDS))] = Field(
        default_factory=list, description="empty: every kind"
    )
    severity: Severity = Field("warning", description="the least that it wants")
    scope_kind: Literal["province", "commune", "school"] = "province"
    scope_id: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$")] = ""
    lang: Literal["vi", "en"] = "vi"
    wants_digest: bool = Field(False, description="the morning's page, for e-mail")
    is_active: bool = True


class RouteOut(Out):
    id: int
    name: str
    channel: str
    address: str
    has_secret: bool = False
    template: str
    kinds: list[str]
    severity: str
    scope_kind: str
    scope_id: str
    lang: str
    wants_digest: bool
    is_active: bool
    failures: int = Field(description="in a row")
    retry_at: float
    last_ok_at: float | None
    last_error_at: float | None
    last_error: str


class Told(Out):
    """How one try went: what the receiver said, or what kept us from it."""

    ok: bool
    said: str


class MailIn(In):
    host: Host = Field(examples=["mail.example.vn"])
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "plain"] = Field("starttls", description="plain: this very machine only")
    login: Printable = ""
    password: Printable | None = Field(None, description="absent: as it is")
    sender: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=EMAIL)] = Field(
        examples=["mang@example.vn"]
    )


class MailOut(Out):
    host: str = ""
    port: int = 587
    security: str = "starttls"
    login: str = ""
    has_password: bool = False
    sender: str = ""


class AlertOut(Out):
    key: str
    kind: str
    severity: str
    state: str
    muted: str
    raised_at: float
    ended_at: float | None
    body: dict[str, object]


class DeliveryOut(Out):
    id: int
    route_id: int
    subject: str
    phase: str
    state: str
    created_at: float
    due_at: float
    tries: int
    sent_at: float | None
    said: str


def wrong(field: str, code: str, vi: str, en: str) -> Problem:
    return Problem("invalid", errors=[{"field": field, "code": code, "message": f"{vi} / {en}"}])


def check_route(body: RouteIn, session: Session) -> None:
    """Problem "invalid" at the field that is wrong."""
    if body.channel == "email":
        _check_recipients(body.address)
    else:
        _check_url(body)
    if body.wants_digest and body.channel != "email":
        raise wrong(
            "wants_digest", "channel", "bản tin sáng chỉ gửi bằng thư", "the morning's page goes by e-mail only"
        )
    _check_template(body)
    _check_scope(body, session)
    if body.severity not in SEVERITIES or len(set(body.kinds)) != len(body.kinds):
        raise wrong("kinds", "duplicate", "một loại bị chọn hai lần", "a kind is chosen twice")


def _check_recipients(address: str) -> None:
    found = recipients(address)
    if not found or len(found) > MAX_RECIPIENTS or not all(re.match(EMAIL, one) for one in found):
        vi = f"cần từ 1 đến {MAX_RECIPIENTS} địa chỉ thư, cách nhau bằng dấu phẩy"
        raise wrong("address", "email", vi, f"must be 1 to {MAX_RECIPIENTS} e-mail addresses with commas between")


def _check_url(body: RouteIn) -> None:
    url, _, to = body.address.partition("#")
    if to and body.channel not in ("zalo", "sms"):
        raise wrong("address", "fragment", "không được có dấu # ở đây", "there must be no # in it")
    try:
        target_of(url)
    except AddressError as error:
        raise wrong("address", "address", *error.why) from None


def _check_template(body: RouteIn) -> None:
    if not body.template:
        return
    if body.channel not in ("zalo", "sms"):
        raise wrong("template", "channel", "kênh này không dùng mẫu", "this channel takes no template")
    try:
        read_template(body.template)
    except TemplateError as error:
        vi, _, en = str(error).partition(" / ")
        raise wrong("template", "template", vi, en) from None


def _check_scope(body: RouteIn, session: Session) -> None:
    if body.scope_kind == "province":
        if body.scope_id:
            raise wrong("scope_id", "scope", "cả tỉnh thì để trống", "must be empty for the province")
        return
    table = Commune if body.scope_kind == "commune" else School
    if session.exec(select(table.code).where(table.code == body.scope_id)).first() is None:
        raise wrong("scope_id", "scope", "không có nơi này", "there is no such place")


def check_mail(body: MailIn) -> None:
    if body.security == "plain" and not is_loopback_name(body.host):
        vi, en = "không mã hoá chỉ được tới chính máy này", "without TLS only this very machine is allowed"
        raise wrong("security", "plain", vi, en)
