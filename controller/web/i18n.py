"""Texts of the pages: written in Vietnamese where they are used, in English in ``locale/en/LC_MESSAGES/<area>.po``.

In templates ``{{ _("Trường") }}`` and ``{{ _n("{n} trường", count) }}``; in Python mark a text with ``N_`` where it is
written and translate it where it is shown. A test fails for a text without English. Vietnamese has no plural; English
takes it from ``msgid_plural`` (the same Vietnamese text once more).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES"
English = Mapping[str, tuple[str, str]]  # Vietnamese -> English of one, English of several


def N_(text: str) -> str:
    """Marks ``text`` as one to be translated later."""
    return text


def _messages(path: Path) -> Iterator[Message]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en")
    return (message for message in catalogue if message.id and not message.fuzzy)


def plurals(path: Path) -> set[str]:
    """The texts of one catalogue that are counted."""
    return {message.id[0] for message in _messages(path) if not isinstance(message.id, str)}


def read(path: Path) -> dict[str, tuple[str, str]]:
    """The finished texts of one catalogue."""
    found = {}
    for message in _messages(path):
        source = message.id if isinstance(message.id, str) else message.id[0]
        texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if all(texts):
            found[source] = (texts[0], texts[-1])
    return found


@lru_cache(maxsize=4)
def load(directory: Path = LOCALE) -> English:
    """All catalogues together; a text that two of them hold is the same in both, or a test fails."""
    merged: dict[str, tuple[str, str]] = {}
    for path in sorted(directory.glob("*.po")):
        merged.update(read(path))
    return MappingProxyType(merged)


class Translate:
    """``_`` of one language; ``{name}`` in a text is filled from the keywords."""

    def __init__(self, lang: str, english: English) -> None:
        self.lang, self._english = lang, english

    def __call__(self, text: str, **values: Any) -> str:
        if self.lang == "en":
            text = self._english.get(text, (text, text))[0]
        return text.format_map(values) if values else text

    def count(self, text: str, n: int, **values: Any) -> str:
        """The text for ``n`` things; ``{n}`` in it is the number, or what ``shown`` says."""
        if self.lang == "en":
            one, several = self._english.get(text, (text, text))
            text = one if n == 1 else several
        return text.format_map({"n": values.pop("shown", n), **values})
