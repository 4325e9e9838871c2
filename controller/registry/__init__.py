"""The school registry by the file: preview and apply an import, export everything."""

from __future__ import annotations
