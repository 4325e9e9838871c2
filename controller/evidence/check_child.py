"""Checks an evidence file that somebody sent, in a process of its own: it may be anything, and takes what it needs.

``python -m controller.evidence.check_child`` reads one line of JSON, ``{"wanted": [fingerprints of roots]}``, then the
file, and answers with the object of ``truongnet verify --json``. It has no database and no keys.
"""

from __future__ import annotations

import json
import os
import resource
import sys

from controller.evidence.check import as_json
from controller.evidence.verify import verify

MEMORY = 2 * 1024**3  # as the child that makes files: what could be made can be checked
SECONDS, NICE = 60, 5


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    head = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    sys.stdout.write(json.dumps(as_json(verify(data, head["wanted"])), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
