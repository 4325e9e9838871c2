"""What answers UPnP's search, and what its description says of it. UPnP Device Architecture 1.1. Pure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from agent.lan.text import clean

GROUP, PORT = "239.255.255.250", 1900
MAX_TYPES = 16
MAX_HEADERS = 32
TYPE = re.compile(r"urn:[\w.-]{1,64}:(?:device|service):([\w.-]{1,64}):\d{1,3}")
PART = re.compile(rb"<(friendlyName|manufacturer|modelName|deviceType)>([^<]{1,512})</\1>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def search(target: str) -> bytes:
    """The question who is ``target``; whoever is may wait a second (MX) with the answer."""
    head = f'M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}:{PORT}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: {target}\r\n\r\n'
    return head.encode()


def parse(message: bytes) -> dict[str, Any]:
    """``{"server", "type", "location"}`` of an answer to a search or of an announcement; {} for what is none."""
    lines = message[:2_048].decode("utf-8", "replace").split("\r\n")[: MAX_HEADERS + 1]
    if not lines[0].startswith(("HTTP/1.1 200", "NOTIFY * ")):
        return {}
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    kind = TYPE.fullmatch(headers.get("st") or headers.get("nt") or "")
    told = {"server": clean(headers.get("server", ""), 128), "type": kind[1] if kind else ""}
    return {key: value for key, value in told.items() if value} | _location(headers.get("location", ""))


def _location(text: str) -> dict[str, Any]:
    return {"location": text} if len(text) <= 256 and text.startswith("http://") else {}


def place(location: str, address: str) -> tuple[int, str] | None:
    """Port and path of a description, only when the device that named it keeps it itself."""
    try:
        parts = urlsplit(location)
        port = parts.port or 80
    except ValueError:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if (
        parts.hostname != address
        or not path.startswith("/")
        or not path.isascii()
        or re.search(r"[\x00-\x20\x7f]", path)
    ):
        return None
    return port, path


def description(body: bytes) -> dict[str, Any]:
    """``{"name", "maker", "model", "device"}`` of the first device in a description. The text is searched, not parsed:
    no entity is ever expanded."""
    found: dict[str, str] = {}
    for key, value in PART.findall(body):
        found.setdefault(key.decode(), clean(_plain(value.decode("utf-8", "replace"))))
    kind = TYPE.fullmatch(found.get("deviceType", ""))
    told = {
        "name": found.get("friendlyName", ""),
        "maker": found.get("manufacturer", ""),
        "model": found.get("modelName", ""),
        "device": kind[1] if kind else "",
    }
    return {key: value for key, value in told.items() if value}


def _plain(text: str) -> str:
    for entity, mark in ENTITIES:
        text = text.replace(entity, mark)
    return text
