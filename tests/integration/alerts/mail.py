"""A real mail server on this machine (aiosmtpd), with or without TLS and sign-in, that keeps what it was sent."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(slots=True)
class Mailbox:
    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)  # address -> what to answer instead of 250
    answer: str = "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(email.message_from_bytes(content, EmailMessage, policy=email.policy.default))
            self.recipients.append(list(envelope.rcpt_tos))
        return self.answer


def _authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mang", b"mat-khau-bi-mat")
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, auth: bool = False
) -> Iterator[Mailbox]:
    box = Mailbox()
    options: dict[str, Any] = {"tls_context": starttls, "require_starttls": starttls is not None}
    if auth:
        options |= {"authenticator": _authenticator, "auth_required": True, "auth_require_tls": starttls is not None}
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = int(free.getsockname()[1])
    server = Controller(box, hostname="127.0.0.1", port=box.port, ssl_context=tls, ready_timeout=30, **options)
    server.start()
    try:
        yield box
    finally:
        server.stop()
