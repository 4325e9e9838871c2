"""The school registry as a file: what its sheets and columns are, reading them, and writing them. Pure functions."""

from __future__ import annotations
