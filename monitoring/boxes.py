"""Which of a school's boxes speak of its line: those at the router. Pure."""

from __future__ import annotations

from collections.abc import Collection


def is_at_router(box: str, main: Collection[str]) -> bool:
    """``main``: ids of the boxes at the router (one, and those that were it before); of a school of which nobody knows,
    empty, and any box speaks. So does a figure that names no box."""
    return not main or not box or box in main
