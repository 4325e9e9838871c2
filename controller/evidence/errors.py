"""What keeps an evidence file from being made."""

from __future__ import annotations


class EvidenceError(Exception):
    """``code`` is stable, the text is for a person in both languages."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.code, self.vi, self.en = code, vi, en
