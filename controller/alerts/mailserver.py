"""The mail server that alerts go out by: settings in the database, the password sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from controller.people.totp import open_secret
from controller.store import table_of
from controller.tables import Setting

KEY = "alerts.mail"
Security = Literal["starttls", "tls", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """``security``: "plain" is for this very machine alone."""

    host: str
    port: int = 587
    security: Security = "starttls"
    login: str = ""
    password: str = ""
    sender: str = ""


def read(connection: Connection, key: bytes) -> MailServer | None:
    """None until someone has set it up. ``key``: ``services.keys.secret("alerts")``."""
    setting = table_of(Setting)
    value = connection.execute(select(setting.c.value).where(setting.c.key == KEY)).scalar()
    if not isinstance(value, dict) or not value.get("host"):
        return None
    sealed = str(value.get("password") or "")
    return MailServer(
        host=str(value["host"]),
        port=int(value.get("port") or 587),
        security=value.get("security") or "starttls",
        login=str(value.get("login") or ""),
        password=(open_secret(key, sealed) or "") if sealed else "",
        sender=str(value.get("sender") or ""),
    )
