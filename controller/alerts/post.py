"""One POST to a receiver: no redirects, a bounded answer, a bounded time, and no word about what we sent."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from controller.alerts.addresses import AddressError, Target, connect, target_of
from controller.alerts.alert import one_line
from controller.alerts.deadline import Deadline
from controller.alerts.retry import LONGEST_PAUSE, Outcome, is_final

SECONDS = 10.0  # for all of it
MAX_ANSWER = 16 * 1024  # bytes that we read; what comes after is left unread
MAX_SAID = 300


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    reason: str
    body: bytes
    retry_after: float | None

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def said(self) -> str:
        text = one_line(self.body.decode("utf-8", "replace"), MAX_SAID)
        return one_line(f"HTTP {self.status} {self.reason}", 80) + (f": {text}" if text else "")


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float | None = None) -> Answer | Outcome:
    """The answer, or the outcome when there was none. ``seconds``: for all of it."""
    seconds = SECONDS if seconds is None else seconds
    try:
        target = target_of(url)
        connection = connect(target.host, target.port, seconds, is_tls=target.is_tls)
        with connection, Deadline(connection, seconds) as deadline:
            try:
                answer: Answer | Outcome = _ask(target, connection, body, headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                answer = Outcome(False, trouble(error))
            if deadline.passed:  # a connection that it closed may also look like an answer that has ended
                return Outcome(False, f"hết giờ / no whole answer within {seconds:g} s")
            return answer
    except AddressError as error:
        return Outcome(False, str(error), is_final=True)
    except (OSError, ValueError) as error:
        return Outcome(False, trouble(error))


def _ask(target: Target, connection: socket.socket, body: bytes, headers: Mapping[str, str]) -> Answer:
    wire = http.client.HTTPConnection(target.host, target.port)
    wire.auto_open = 0  # this one connection, to the address that was checked
    wire.default_port = 443 if target.is_tls else 80
    wire.sock = connection
    if target.is_tls:
        wire.sock = ssl.create_default_context().wrap_socket(connection, server_hostname=target.host)
    try:
        sent = {"Content-Type": "application/json", "User-Agent": "TruongNet", "Connection": "close", **headers}
        wire.request("POST", target.path, body, sent)
        answer = wire.getresponse()
        return Answer(answer.status, answer.reason, answer.read(MAX_ANSWER), _seconds(answer.getheader("Retry-After")))
    finally:
        wire.close()


def _seconds(text: str | None) -> float | None:
    return min(float(text), LONGEST_PAUSE) if text and text.isascii() and text.isdigit() and len(text) < 8 else None


def trouble(error: Exception) -> str:
    """What a person can do something with, and nothing of what was sent."""
    if isinstance(error, TimeoutError):
        return "hết giờ chờ / timed out"
    if isinstance(error, ConnectionRefusedError):
        return "không ai nghe ở địa chỉ này / nobody listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"chứng thư không tin được / certificate not trusted: {one_line(error.verify_message, 120)}"
    if isinstance(error, http.client.HTTPException):
        return f"không phải câu trả lời HTTP / not an HTTP answer ({type(error).__name__})"
    detail = one_line(error.strerror or "", 120) if isinstance(error, OSError) else ""
    return f"không kết nối được / no connection: {detail or type(error).__name__}"


def outcome_of(answer: Answer | Outcome) -> Outcome:
    """By the status alone. A redirect is not followed: the address has to be put right."""
    if isinstance(answer, Outcome):
        return answer
    if answer.is_good:
        return Outcome(True, answer.said())
    if 300 <= answer.status < 400:
        return Outcome(False, f"chuyển hướng không được theo / redirects are not followed: {answer.said()}")
    return Outcome(False, answer.said(), is_final(answer.status), answer.retry_after)
