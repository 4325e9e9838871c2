"""Reads a registry file in a process of its own, so that no file can take more memory or time than it is given.

In: one line of JSON ``{"filename", "communes": [[code, name, kind, province], …]}``, then the file. Out: one JSON
object, ``{"error": issue}`` or ``{"records", "issues", "count", "spoiled"}``. See controller/registry/reading.py.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import Any

from inventory.communes import CommuneRecord, Communes
from inventory.registry import tables
from inventory.registry.issues import FileError
from inventory.registry.parse import parse

MEMORY = 1024**3
SECONDS = 60


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(tables.MAX_BYTES + 1)
    sys.stdout.write(json.dumps(answer(data, head), ensure_ascii=False))
    return 0


def answer(data: bytes, head: dict[str, Any]) -> dict[str, Any]:
    names = ("code", "name", "kind", "province_code")
    communes = Communes(CommuneRecord(**dict(zip(names, row, strict=True))) for row in head["communes"])
    try:
        parsed = parse(tables.read(data, head["filename"]), communes)
    except FileError as error:
        return {"error": asdict(error.issue)}
    return {
        "records": {name: [asdict(one) for one in records] for name, records in parsed.records.items()},
        "issues": [asdict(issue) for issue in parsed.issues.listed],
        "count": parsed.issues.count,
        "spoiled": sorted(parsed.spoiled),
    }


if __name__ == "__main__":
    raise SystemExit(main())
