"""What is wrong in a file, in plain words: which sheet, row and column, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_ISSUES = 1_000  # listed; the rest is counted
MAX_VALUE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """``row`` counts as the spreadsheet shows it, from 1; 0: the sheet as a whole. ``column`` is its heading."""

    code: str  # stable: "required", "not-a-number", …
    vi: str
    en: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""


class FileError(Exception):
    """The file cannot be read at all; ``issue`` says why and what to do."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.issue = Issue(code=code, vi=vi, en=en)


@dataclass(frozen=True, slots=True)
class Said:
    """Why one cell cannot be taken."""

    code: str
    vi: str
    en: str


@dataclass(slots=True)
class Issues:
    """Gathers, up to a bound, so that a file of 100,000 wrong rows does not fill the memory."""

    listed: list[Issue] = field(default_factory=list)
    count: int = 0

    def add(self, issue: Issue) -> None:
        self.count += 1
        if len(self.listed) < MAX_ISSUES:
            self.listed.append(issue)

    def extend(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self.add(issue)


def shortened(value: object) -> str:
    """A cell's value as an issue quotes it."""
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
