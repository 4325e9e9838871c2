"""Values that stand where an identity should: made by makers who left the firmware's template as it was.

The list is data (``junk.json``, each entry with where it was seen). What it does not know is caught by form (one letter
over and over, digits in order), and what that misses is found by use: a value that two machines hold at once.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

DATA = Path(__file__).with_name("junk.json")
RISING = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Words of templates that never stand in a real number: "Chassis Serial#", "[Default String]", "To Be Filled …".
WORDS = re.compile(
    r"FILLED|DEFAULT ?STRING|SERIAL ?(NUM|#|$)|O\.?E\.?M\.?$|SPECIFIED|AVAILABLE|APPLICABLE|UNKNOWN|PRODUCT NAME"
)
MIN_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Lists:
    edition: str
    texts: frozenset[str]
    uuids: frozenset[str]
    macs: frozenset[str]
    mac_prefixes: tuple[str, ...]
    hosts: frozenset[str]


@cache
def lists() -> Lists:
    """The data, read once."""
    data = json.loads(DATA.read_text("utf-8"))

    def values(name: str) -> list[str]:
        return [value for entry in data[name] for value in entry["values"]]

    return Lists(
        edition=data["edition"],
        texts=frozenset(bare(value) for value in values("texts")),
        uuids=frozenset(value.lower() for value in values("uuids")),
        macs=frozenset(values("macs")),
        mac_prefixes=tuple(values("mac_prefixes")),
        hosts=frozenset(values("hosts")),
    )


def bare(text: str) -> str:
    """Upper case, single blanks, without what stands around it: "[ default  string ]" becomes "DEFAULT STRING"."""
    return " ".join(text.upper().split()).strip(" .,:;*#/\\-_[](){}<>\"'")


def is_junk_text(text: str) -> bool:
    """Whether a serial number, tag or model says nothing."""
    plain = bare(text)
    if len(plain) < MIN_LENGTH or plain in lists().texts or WORDS.search(plain):
        return True
    letters = re.sub(r"[^A-Z0-9]", "", plain)
    return is_patterned(letters)


def is_patterned(letters: str) -> bool:
    """One or two letters over and over, or letters in their order: nobody numbers machines so."""
    if len(letters) < MIN_LENGTH or len(set(letters)) <= 1:
        return True
    if letters in RISING or letters in RISING[::-1] or letters in "1234567890" * 3:
        return True
    pair = letters[:2]
    return len(letters) >= 6 and (pair * len(letters))[: len(letters)] == letters


def is_junk_uuid(value: UUID) -> bool:
    """Nil, all ones, listed, or with hardly any digit of its own."""
    if str(value) in lists().uuids or str(swapped(value)) in lists().uuids:
        return True
    digits = value.hex
    return len(set(digits)) <= 2 or digits[:16] == digits[16:] or is_patterned(digits.upper())


def swapped(value: UUID) -> UUID:
    """The same 16 bytes with the first three fields in the other byte order (SMBIOS 2.6 settled it; not all follow)."""
    return UUID(bytes=value.bytes_le)


def is_junk_mac(mac: str) -> bool:
    """``mac``: six bytes as ``aa:bb:cc:dd:ee:ff``. Made up by the device, for a group, or listed."""
    first = int(mac[:2], 16)
    return bool(first & 0b11) or mac in lists().macs or mac.startswith(lists().mac_prefixes) or len(set(mac)) <= 2


def is_junk_host(name: str) -> bool:
    return len(name) < 2 or name in lists().hosts
