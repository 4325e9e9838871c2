"""The school registry by the file: preview and apply an import, export everything."""

from __future__ import annotations

from controller.registry.actor import Actor
from controller.registry.console import export_file, import_file
from controller.registry.importing import Applied, Preview, apply, preview

__all__ = ["Actor", "Applied", "Preview", "apply", "export_file", "import_file", "preview"]
