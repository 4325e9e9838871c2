"""One page of a table: what was asked by query parameters, and the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """``params`` are the filters as they stand in the address, without ``sort`` and ``page``."""

    id: str  # of the element that htmx swaps
    url: str
    rows: Sequence[Any]
    total: int
    page: int = 1
    size: int = PAGE_SIZE
    sort: str = ""
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * self.size + len(self.rows)

    @property
    def previous_url(self) -> str:
        return self.link(page=self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        return self.link(page=self.page + 1) if self.page < self.pages else ""

    def sorted_by(self, name: str, first: str = "") -> str:
        """The address that sorts by ``name``; the other way round when it does already. ``first``: "" or "-"."""
        other = "" if first else "-"
        return self.link(sort=other + name if self.sort == first + name else first + name, page=1)

    def link(self, **changes: Any) -> str:
        """This table with other parameters; what is empty is left out."""
        wanted = {"sort": self.sort, "page": self.page, **self.params, **changes}
        if wanted["page"] == 1:
            wanted["page"] = ""
        kept = {name: value for name, value in wanted.items() if value not in ("", None, [], ())}
        return f"{self.url}?{urlencode(kept, doseq=True)}" if kept else self.url
