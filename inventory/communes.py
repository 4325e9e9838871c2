"""The wards and communes of a province after the merger of 2025, from ``vietnam-provinces``, and how to find one.

Offices write a commune by its code, or by its name with or without accents and with or without "Xã", "Phường", "TT.".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from inventory.fold import fold

_PREFIX = re.compile(r"^(phuong|xa|thi tran|dac khu|p|x|tt)(?:\.\s*|\s+)")
_SIGNS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommuneRecord:
    code: str  # the General Statistics Office's, five digits
    name: str  # with its kind in front: "Xã Mỹ Thọ"
    kind: str  # "xã", "phường", "đặc khu"
    province_code: str  # two digits


class CommuneError(Exception):
    """No commune, or more than one, is meant; ``choices`` are those that it could be."""

    def __init__(self, text: str, choices: tuple[CommuneRecord, ...]) -> None:
        super().__init__(text)
        self.choices = choices


def of_province(province_code: str) -> tuple[CommuneRecord, ...]:
    """The communes of a province ("82"), by code; none for a code that no province has."""
    from vietnam_provinces import Ward  # it holds the whole country: only read when a province is set up

    if not province_code.isdigit():
        return ()
    wards = (ward for ward in Ward.iter_all() if int(ward.province_code) == int(province_code))
    found = [
        CommuneRecord(
            code=f"{int(ward.code):05d}",
            name=ward.name,
            kind=str(ward.division_type.value),
            province_code=f"{int(province_code):02d}",
        )
        for ward in wards
    ]
    return tuple(sorted(found, key=lambda commune: commune.code))


class Communes:
    """Finds communes among those of one province."""

    def __init__(self, communes: Iterable[CommuneRecord]) -> None:
        self.all = tuple(communes)
        self._by_code = {commune.code: commune for commune in self.all}
        self._by_name: dict[str, list[CommuneRecord]] = {}
        self._by_bare: dict[str, list[CommuneRecord]] = {}
        for commune in self.all:
            self._by_name.setdefault(_plain(commune.name), []).append(commune)
            self._by_bare.setdefault(bare(commune.name), []).append(commune)

    def find(self, text: str) -> CommuneRecord:
        """The one commune that ``text`` means, by code or by name. Raises CommuneError.

        Two that differ in accents alone are told apart by the accents; when those are missing, both are the choices.
        """
        text = text.strip()
        if text.isdigit():
            code = text.zfill(5)
            if code in self._by_code:
                return self._by_code[code]
            if text in self._by_code:
                return self._by_code[text]
            raise CommuneError(text, ())
        plain = _plain(text)  # a name may begin like a kind: "Phương Thịnh" is no ward called Thịnh
        found = self._by_name.get(plain) or self._by_bare.get(plain) or self._by_bare.get(bare(text)) or []
        if len(found) > 1:
            exact = [one for one in found if _accented(text, one.name) == _accented(one.name, one.name)]
            found = exact if len(exact) == 1 else found
        if len(found) == 1:
            return found[0]
        raise CommuneError(text, tuple(found) or self._near(text))

    def _near(self, text: str) -> tuple[CommuneRecord, ...]:
        """Those that hold all words of ``text``; a few at most."""
        words = bare(text).split()
        near = [commune for commune in self.all if words and set(words) <= set(bare(commune.name).split())]
        return tuple(near[:5])


def bare(name: str) -> str:
    """The name folded and without its kind: "Phường Mỹ Tho" becomes "my tho"."""
    folded = fold(name)
    return _SIGNS.sub(" ", _PREFIX.sub("", folded, count=1)).strip() or folded


def _plain(name: str) -> str:
    return _SIGNS.sub(" ", fold(name)).strip()


def _accented(text: str, name: str) -> str:
    """The last words of ``text``, with their accents, as many as ``name`` has without its kind."""
    words = _SIGNS.sub(" ", unicodedata.normalize("NFC", text).casefold()).split()
    return " ".join(words[-len(bare(name).split()) :])
