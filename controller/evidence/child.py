"""Makes one evidence file in a process of its own: it takes seconds of processor and hundreds of megabytes, and boxes
wait for their acknowledgements meanwhile.

``python -m controller.evidence.child`` reads one JSON object: ``{"settings", "school", "start", "end", "now", "out"}``
(the settings may hold a password, so they come that way), and answers with JSON lines: ``{"part", "note"}`` while it
works, at last ``{"bytes", "sha256"}`` or ``{"code", "vi", "en"}``.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session, select

from controller import pki
from controller.config import Settings
from controller.db import open_engine
from controller.evidence.build import Asked, build
from controller.evidence.errors import EvidenceError
from controller.keyfiles import KeyFileError
from controller.tables import School

MEMORY, SECONDS, NICE = 2 * 1024**3, 300, 5
PATHS = ("data_dir",)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(NICE)
    asked = orjson.loads(sys.stdin.buffer.read())
    try:
        _say(_made(asked))
    except EvidenceError as error:
        _say({"code": error.code, "vi": error.vi, "en": error.en})
    except KeyFileError as error:
        _say({"code": "keys", "vi": f"khóa của tỉnh: {error}", "en": f"the province's keys: {error}"})
    return 0


def _made(asked: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {name: Path(value) if name in PATHS else value for name, value in asked["settings"].items()}
    settings = Settings(**given)
    engine = open_engine(settings.database_url)
    try:
        keys = pki.open_keys(settings)
        with Session(engine) as session:
            school = session.exec(select(School).where(School.code == asked["school"])).one()
        wanted = Asked(school=school, start=asked["start"], end=asked["end"], now=asked["now"])
        data = build(engine, keys, settings, wanted, lambda part, note: _say({"part": part, "note": note}))
    finally:
        engine.dispose()
    out = Path(asked["out"])
    out.touch(0o600)
    out.write_bytes(data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _say(what: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    raise SystemExit(main())
