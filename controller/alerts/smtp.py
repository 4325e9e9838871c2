"""One message to one mail server: TLS, or this very machine; bounded in time and answers, no secret in what is said."""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from typing import IO, Any

from controller.alerts.addresses import AddressError, connect
from controller.alerts.alert import one_line
from controller.alerts.deadline import Deadline
from controller.alerts.mailserver import MailServer
from controller.alerts.post import trouble
from controller.alerts.retry import Outcome

SECONDS = 20.0  # for all of it
MAX_LINES = 2_000  # that a server may say in one conversation


class _Bounded:
    """A server's lines, until it has said too many."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, MAX_LINES

    def readline(self, limit: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError("the server says too much")
        return self._file.readline(limit)

    def close(self) -> None:
        self._file.close()


class _Talk(smtplib.SMTP):
    """smtplib over a connection that is made already, to an address that was checked."""

    def __init__(self, connection: socket.socket, host: str) -> None:
        self._connection = connection
        super().__init__(timeout=SECONDS)
        self._host = host  # whose certificate STARTTLS wants to see

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connection

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()


def send(server: MailServer, message: EmailMessage) -> Outcome:
    try:
        connection = connect(server.host, server.port, SECONDS, is_tls=server.security != "plain")
        with connection, Deadline(connection, SECONDS) as deadline:
            try:
                return _talk(server, connection, message)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                return Outcome(False, "hết giờ / timed out") if deadline.passed else _outcome(error, server)
    except AddressError as error:
        return Outcome(False, str(error))
    except (OSError, ValueError) as error:
        return Outcome(False, trouble(error))


def _talk(server: MailServer, connection: socket.socket, message: EmailMessage) -> Outcome:
    if server.security == "tls":
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=server.host)
    with _Talk(connection, server.host) as talk:
        talk.connect(server.host, server.port)
        talk.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            talk.starttls(context=ssl.create_default_context())
            talk.ehlo()
        if server.login:
            talk.login(server.login, server.password)
        refused: dict[str, Any] = talk.send_message(message)
        said = "thư đã được nhận / the server took it"
        if refused:
            said += f"; {len(refused)} địa chỉ bị từ chối / addresses refused"
        return Outcome(True, said)


def _outcome(error: Exception, server: MailServer) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        text = next((_text(said, server) for _, said in error.recipients.values()), "")
        return Outcome(False, f"SMTP {codes[0] if codes else ''}: {text}", bool(codes) and min(codes) >= 500)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome(False, f"đăng nhập không được / sign-in refused: SMTP {error.smtp_code}")
    if isinstance(error, smtplib.SMTPResponseException):
        is_final = 550 <= error.smtp_code <= 554 and not isinstance(error, smtplib.SMTPConnectError)
        return Outcome(False, f"SMTP {error.smtp_code}: {_text(error.smtp_error, server)}", is_final)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome(False, "máy chủ thư không nhận TLS / the server takes no TLS or no sign-in")
    if isinstance(error, smtplib.SMTPException):
        return Outcome(False, f"máy chủ thư ngắt lời / the mail server broke off ({type(error).__name__})")
    return Outcome(False, trouble(error))


def _text(said: bytes | str, server: MailServer) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return one_line(text.replace(server.password, "•••") if server.password else text, 200)
