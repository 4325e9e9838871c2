"""Chance that comes out the same each time: everything invented is drawn from a seed and a name."""

from __future__ import annotations

from random import Random


def chance(*names: object) -> Random:
    """A source of its own for each thing, so that a change in one place leaves the others as they were."""
    return Random(":".join(str(name) for name in names))  # noqa: S311 - sample data, not a secret
