"""Kinds of identifiers, and each value in the one form in which it is compared; what says nothing becomes ""."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from uuid import UUID

from inventory.fold import fold
from inventory.identity import junk

# strong: each names one machine, or one part of it, when it is no junk
TAG, SERIAL, UUID_KIND, BOARD, MAC, DISK, MEMORY, KEY = "tag", "serial", "uuid", "board", "mac", "disk", "memory", "key"
# weak: they only add to what strong ones say
GLPI, HOST, MODEL = "glpi", "host", "model"
STRONG = (TAG, SERIAL, UUID_KIND, BOARD, MAC, DISK, MEMORY, KEY)
KINDS = (*STRONG, GLPI, HOST, MODEL)
SINGLE = frozenset({TAG, SERIAL, UUID_KIND, BOARD, KEY, GLPI, HOST, MODEL})  # a machine has one at a time
MAX_VALUES = 16  # of one kind in one sighting; a machine with more cards than that is a fault or a flood
MAX_LENGTH = 120


def plain(value: str) -> str:
    """One line of printable text, bounded."""
    text = unicodedata.normalize("NFKC", value)[: MAX_LENGTH * 2]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MAX_LENGTH]


def serial(value: str) -> str:
    text = plain(value).upper()
    return "" if junk.is_junk_text(text) else text


def uuid(value: str) -> str:
    """In the byte order that sorts first, so that Windows and Linux mean the same machine."""
    try:
        known = UUID(plain(value))
    except ValueError:
        return ""
    return "" if junk.is_junk_uuid(known) else min(str(known), str(junk.swapped(known)))


def mac(value: str) -> str:
    digits = re.sub(r"[^0-9a-f]", "", plain(value).lower())
    if len(digits) != 12:
        return ""
    text = ":".join(digits[place : place + 2] for place in range(0, 12, 2))
    return "" if junk.is_junk_mac(text) else text


def host(value: str) -> str:
    """The first part of a name, lower case."""
    name = plain(value).lower().partition(".")[0]
    return "" if junk.is_junk_host(name) else name


def model(value: str) -> str:
    return "" if junk.is_junk_text(plain(value)) else fold(plain(value))


def exact(value: str) -> str:
    return plain(value)


FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        TAG: serial, SERIAL: serial, UUID_KIND: uuid, BOARD: serial, MAC: mac, DISK: serial, MEMORY: serial,
        KEY: exact, GLPI: exact, HOST: host, MODEL: model,
    }
)  # fmt: skip


def normal(kind: str, values: Iterable[str]) -> frozenset[str]:
    """The values that carry weight, in the form in which they are compared; at most ``MAX_VALUES``."""
    form = FORMS[kind]
    return frozenset(sorted({good for value in values if (good := form(value))})[:MAX_VALUES])
