"""One kept connection to the controller, all bounded: connecting, each read, the whole call, the reply's size.

LinkError              the call did not succeed; ``reason`` is a stable code, say.py has the words and what to do
└── Refused            the controller answered with a problem (RFC 9457); ``reason`` is its code
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from agent.clock import monotonic

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0
MAX_REPLY_BYTES = 2 * 1024 * 1024


class LinkError(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail[:500]


class Refused(LinkError):
    def __init__(self, status: int, code: str, detail: str, retry_after: float | None, body: dict[str, Any]) -> None:
        super().__init__(code, detail)
        self.status, self.retry_after, self.body = status, retry_after, body


class _Stream(io.RawIOBase):
    """A socket's reading side under a deadline for the whole call, not only for each read."""

    def __init__(self, owner: _Socket) -> None:
        self._owner, self._deadline = owner, owner.deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the whole call took too long")
        self._owner.sock.settimeout(min(left, READ_SECONDS))
        return self._owner.sock.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._owner.release()


class _Socket:
    """What http.client uses of a socket, with the deadline of the current call. As with a real socket, closing waits
    for the last reader: http.client closes a connection that will not be kept before it reads the answer."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.deadline = sock, 0.0
        self._readers, self._closed = 0, False
        self._request: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Collected until the answer is asked for: http.client hands over head and body apart, and a beat in one
        segment instead of two saves a seventh of what an idle box sends."""
        self._request.append(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        request, self._request = b"".join(self._request), []
        self.sock.settimeout(max(self.deadline - monotonic(), 0.01))  # sendall takes it as a total
        self.sock.sendall(request)
        self._readers += 1
        return io.BufferedReader(_Stream(self))

    def release(self) -> None:
        self._readers -= 1
        if self._closed:
            self.close()

    def close(self) -> None:
        self._closed = True
        if self._readers <= 0:
            self.sock.close()


class _Connection(http.client.HTTPConnection):
    sock: Any  # a _Socket once connected


@dataclass(slots=True)
class Link:
    """Calls ``base`` (https://host:port, or http:// on loopback). Used by one thread at a time."""

    base: str
    context: ssl.SSLContext | None = None
    calls: int = 0
    _connection: _Connection | None = None
    _session: ssl.SSLSession | None = field(default=None, repr=False)

    def call(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json", seconds: float = 60.0
    ) -> bytes:
        """The body of a 200 answer. Raises Refused for a problem, LinkError for everything else.

        A kept connection that the other side closed meanwhile is opened once more; every call of the wire may be
        repeated.
        """
        deadline = monotonic() + seconds
        self.calls += 1
        kept = self._connection is not None
        try:
            return self._once(method, path, body, kind, deadline)
        except (http.client.HTTPException, OSError, LinkError) as error:
            self.close()
            if kept and isinstance(error, http.client.RemoteDisconnected | ConnectionError | ssl.SSLEOFError):
                try:
                    return self._once(method, path, body, kind, deadline)
                except (http.client.HTTPException, OSError) as again:
                    self.close()
                    raise _explained(again) from again
            raise (error if isinstance(error, LinkError) else _explained(error)) from error

    def call_json(self, path: str, body: bytes, kind: str = "application/json", seconds: float = 60.0) -> Any:
        """POST, answered by JSON. Raises as ``call`` does."""
        reply = self.call("POST", path, body, kind, seconds)
        try:
            return json.loads(reply)
        except (ValueError, RecursionError) as error:
            raise LinkError("bad-reply", f"not JSON: {error!s:.100}") from None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def trust(self, context: ssl.SSLContext) -> None:
        """Use other roots from the next connection on."""
        self.context, self._session = context, None

    def _once(self, method: str, path: str, body: bytes, kind: str, deadline: float) -> bytes:
        if self._connection is None:
            self._connection = self._connect(deadline)
        connection = self._connection
        connection.sock.deadline = deadline
        connection.putrequest(method, path, skip_accept_encoding=True)
        if body:
            connection.putheader("Content-Type", kind)
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        with connection.getresponse() as response:
            content = _bounded(response)
            if response.will_close:
                self.close()
            elif isinstance(connection.sock.sock, ssl.SSLSocket):
                self._session = connection.sock.sock.session
            return _judged(response, content)

    def _connect(self, deadline: float) -> _Connection:
        parts = urlsplit(self.base)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        connection = _Connection(host, port)
        wait = min(CONNECT_SECONDS, max(deadline - monotonic(), 0.01))
        try:
            sock = socket.create_connection((host, port), timeout=wait)
        except socket.gaierror as error:
            raise LinkError("no-dns", f"{host}: {error}") from error
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if parts.scheme == "https":
                if self.context is None:
                    raise LinkError("no-roots", self.base)
                sock.settimeout(wait)
                sock = self.context.wrap_socket(sock, server_hostname=host, session=self._session)
        except BaseException:
            self._session = None
            sock.close()
            raise
        connection.sock = _Socket(sock)
        return connection


def _bounded(response: http.client.HTTPResponse) -> bytes:
    if (response.length or 0) > MAX_REPLY_BYTES:
        raise LinkError("reply-too-large", f"{response.length} bytes")
    content = response.read(MAX_REPLY_BYTES + 1)
    if len(content) > MAX_REPLY_BYTES:
        raise LinkError("reply-too-large", f"more than {MAX_REPLY_BYTES} bytes")
    return content


def _judged(response: http.client.HTTPResponse, content: bytes) -> bytes:
    kind = response.headers.get_content_type()
    if response.status == 200 and kind != "text/html":
        if response.length:  # fewer bytes came than were announced
            raise LinkError("bad-reply", "cut short")
        return content
    if 300 <= response.status < 400 or response.status == 511 or (kind == "text/html" and response.status == 200):
        raise LinkError("captive-portal", f"{response.status} {response.headers.get('Location', kind)!s:.200}")
    try:
        problem = json.loads(content)
        code = problem["code"]
        if not isinstance(code, str):
            raise TypeError(code)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LinkError("not-a-controller", f"HTTP {response.status} {response.reason} ({kind})") from None
    try:
        retry_after = max(0.0, float(response.headers["Retry-After"]))
    except (TypeError, ValueError):
        retry_after = None
    raise Refused(
        response.status, code[:100], str(problem.get("detail") or problem.get("title") or ""), retry_after, problem
    )


def _explained(error: Exception) -> LinkError:
    """Python's exceptions as our few reasons."""
    if isinstance(error, ssl.SSLCertVerificationError):
        wrong_name = error.verify_code in (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH
        return LinkError("wrong-name" if wrong_name else "wrong-ca", error.verify_message)
    if isinstance(error, TimeoutError):
        return LinkError("timeout", str(error))
    if isinstance(error, ssl.SSLError):
        return LinkError("no-tls", getattr(error, "reason", None) or str(error))
    if isinstance(error, ConnectionRefusedError):
        return LinkError("refused", str(error))
    if isinstance(error, http.client.HTTPException):
        return LinkError("bad-reply", f"{type(error).__name__}: {error!s:.200}")
    return LinkError("unreachable", str(error))
