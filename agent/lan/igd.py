"""How an Internet gateway device tells the bytes of its line: WANCommonInterfaceConfig:1 of the UPnP Forum. Pure.

Texts of the device are searched, never parsed as XML: no entity is ever expanded.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from agent.lan.ssdp import place

SERVICE = "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"
TARGETS = (SERVICE, "urn:schemas-upnp-org:device:InternetGatewayDevice:1")
COUNTS = ("TotalBytesReceived", "TotalBytesSent")
MAX_SERVICES = 64
CONTROL = re.compile(rb"<controlURL>\s*([^<\s]{1,256})\s*</controlURL>")
BASE = re.compile(rb"<URLBase>\s*([^<\s]{1,256})\s*</URLBase>")


def control(description: bytes, location: str, address: str) -> tuple[int, str] | None:
    """Port and path at which ``address`` takes questions about its line, by its description from ``location``; None
    where it offers none, or names another machine."""
    base = BASE.search(description)
    for part in description.split(b"<service>")[1 : MAX_SERVICES + 1]:
        service = part.partition(b"</service>")[0]
        found = CONTROL.search(service)
        if found is None or SERVICE.encode() not in service:
            continue
        root = base[1].decode("ascii", "replace") if base else location
        try:
            where = urljoin(root, found[1].decode("ascii", "replace"))
        except ValueError:
            return None
        return place(where, address)
    return None


def question(name: str, address: str, port: int, path: str) -> bytes:
    """The request for one of COUNTS."""
    body = (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:Get{name} xmlns:u="{SERVICE}"></u:Get{name}></s:Body></s:Envelope>'
    )
    head = (
        f'POST {path} HTTP/1.0\r\nHost: {address}:{port}\r\nContent-Type: text/xml; charset="utf-8"\r\n'
        f'SOAPAction: "{SERVICE}#Get{name}"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    return (head + body).encode()


def count(answer: bytes, name: str) -> int | None:
    """Bytes, in the answer to :func:`question`."""
    if not re.match(rb"HTTP/1\.\d 200\b", answer):
        return None
    found = re.search(rb"<New" + name.encode() + rb"[^>]{0,64}>\s*(\d{1,20})\s*</New", answer)
    return int(found[1]) if found else None
