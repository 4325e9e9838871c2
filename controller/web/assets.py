"""Static files, addressed by their content: a changed file has another address, so browsers may keep each for ever."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
A_MONTH = "public, max-age=2592000"  # fonts: their style sheet names them without a version
A_WHILE = "public, max-age=300"


class Assets:
    """``url("app.css")`` gives "/static/app.css?v=1a2b3c4d"; hashes are made when first asked for."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._versions: dict[str, str] = {}
        self._lock = threading.Lock()

    def url(self, name: str) -> str:
        """Raises FileNotFoundError for a file that is not there: a mistake in a template."""
        with self._lock:
            version = self._versions.get(name)
            if version is None:
                version = hashlib.sha256((self.root / name).read_bytes()).hexdigest()[:10]
                self._versions[name] = version
        return f"/static/{name}?v={version}"

    def app(self) -> StaticFiles:
        return _Versioned(directory=self.root)


class _Versioned(StaticFiles):
    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        unversioned = A_MONTH if path.endswith(".woff2") else A_WHILE
        response.headers["Cache-Control"] = FOR_EVER if scope["query_string"].startswith(b"v=") else unversioned
        return response
