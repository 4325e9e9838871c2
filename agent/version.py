"""The version of this software, as the box tells it to the controller."""

from __future__ import annotations

VERSION = "0.1.0"
