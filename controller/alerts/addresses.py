"""Where alerts may be sent: TLS, or this very machine; never a redirect, never an address that is no server's.

An address that a person typed is checked when it is saved and again, by what its name resolves to, when a connection is
made: the connection goes to the address that was checked.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from controller.alerts.alert import Both

MAX_URL = 500


class AddressError(Exception):
    """The address is not one that alerts may go to; ``why`` says so in both languages."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.why = Both(vi, en)


NOT_AN_ADDRESS = ("cần một địa chỉ như https://vidu.vn/duong-dan", "must be an address such as https://example.vn/path")
NOT_SAFE = (
    "chỉ nhận https, hoặc http tới chính máy này (127.0.0.1)",
    "only https is taken, or http to this very machine (127.0.0.1)",
)
NO_SERVER = ("địa chỉ này không phải của một máy chủ", "no server has this address")
NOT_LOCAL = (
    "không mã hoá (http, SMTP thường) chỉ được tới chính máy này",
    "without TLS only this very machine is allowed",
)


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int
    path: str
    is_tls: bool


def target_of(url: str) -> Target:
    """Raises AddressError."""
    if len(url) > MAX_URL or not url.isprintable() or any(letter.isspace() for letter in url) or "\\" in url:
        raise AddressError(*NOT_AN_ADDRESS)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # UnicodeError is one
        raise AddressError(*NOT_AN_ADDRESS) from None
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise AddressError(*NOT_AN_ADDRESS)
    is_tls = parts.scheme == "https"
    if not is_tls and not (parts.scheme == "http" and is_loopback_name(host)):
        raise AddressError(*NOT_SAFE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise AddressError(*NOT_AN_ADDRESS)
    return Target(host, port or (443 if is_tls else 80), path, is_tls)


def is_loopback_name(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check(address: IPv4Address | IPv6Address, *, is_tls: bool) -> None:
    """Raises AddressError for what no connection may go to."""
    mapped = getattr(address, "ipv4_mapped", None)
    known = mapped or address
    if known.is_unspecified or known.is_multicast or known.is_link_local or (known.is_reserved and known.version == 4):
        raise AddressError(*NO_SERVER)
    if not is_tls and not known.is_loopback:
        raise AddressError(*NOT_LOCAL)


def connect(host: str, port: int, seconds: float, *, is_tls: bool) -> socket.socket:
    """A TCP connection to one of the host's addresses, all of which were checked. Raises AddressError, OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        check(ip_address(str(place[0]).partition("%")[0]), is_tls=is_tls)
    trouble: OSError = OSError("no address")
    for family, kind, protocol, _, place in found:
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(seconds)
            made.connect(place)
        except OSError as error:
            made.close()
            trouble = error
            continue
        return made
    raise trouble
