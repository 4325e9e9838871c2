"""Checking an evidence file that a person sent: in a child process, bounded, the answer kept for an hour, no file kept.

The file goes from the request to the child's input and nowhere else; the audit log keeps who had which content checked
and what was found, with a hash in place of the file's name. It is checked against this province's own CA: a file that
another CA signed is genuine to nobody here, and whoever trusts that other one checks it offline.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from controller import audit
from controller.people.principal import Caller
from controller.problems import Problem
from controller.services import Services
from controller.web.work import Works

KIND = "evidence-check"
MAX_BYTES = 32 * 1024 * 1024  # of a file that is sent; 30 days of one school are 2 MB
QUICK = 4.0  # seconds that an answer waits: a month's file takes about two
SECONDS = 90.0
TOO_MUCH = {
    "vi": "Việc kiểm tra tốn quá nhiều bộ nhớ hoặc thời gian nên đã dừng; chưa kết luận gì. "
    "Hãy kiểm tra trên máy của bạn bằng truongnet verify.",
    "en": "Checking took too much memory or time and was stopped; nothing is concluded. "
    "Check it on your own machine with truongnet verify.",
}
log = logging.getLogger("truongnet.evidence")


def start(services: Services, works: Works, who: Caller, data: bytes, name: str) -> str:
    """The id of the work. Problem "busy" when too many run already."""
    work_id = works.new(KIND, who.user_id, name)
    try:
        works.start(work_id, "check", lambda _report: _noted(services, who.login, data, name), wait=QUICK)
    except Problem:
        works.remove(work_id)
        raise
    return work_id


def _noted(services: Services, login: str, data: bytes, name: str) -> Mapping[str, Any]:
    """``check`` against this province's CA, with its row in the audit log, also when it came to no end."""
    verdict = "unchecked"
    try:
        said = check(data, services.keys.fingerprint)
        verdict = "genuine" if said["good"] else "refused"
        return said
    finally:
        detail: dict[str, Any] = {"verdict": verdict, "sha256": _hash(data), "name_sha256": _hash(name.encode())}
        with Session(services.engine) as session:
            audit.record(session, login, "evidence.check", "file:evidence", now=services.clock(), **detail)
            session.commit()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check(data: bytes, root: str, seconds: float = SECONDS) -> Mapping[str, Any]:
    """What ``truongnet verify --json --fingerprint root`` says, with "bytes" and "sha256".

    Problem "evidence-unchecked" when the child took more than it may; it never raises for what is in the file.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "controller.evidence.check_child"],
            input=orjson.dumps({"wanted": [root]}) + b"\n" + data,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    except subprocess.TimeoutExpired:
        raise Problem("evidence-unchecked", detail=TOO_MUCH) from None
    if child.returncode != 0:
        # The last line names the error (MemoryError, a signal), never what is in the file.
        last = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        log.warning("an evidence file ended its check", extra={"code": child.returncode, "error": last[:80]})
        raise Problem("evidence-unchecked", detail=TOO_MUCH)
    said: dict[str, Any] = orjson.loads(child.stdout)
    return {**said, "bytes": len(data), "sha256": _hash(data)}
