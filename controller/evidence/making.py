"""Making an evidence file while a person waits: in a child process, a few at once, audited, kept for an hour.

The work's folder holds the file; its state says how far it is (controller/web/work.py). The work names its school, and
whoever asks for the file must still be allowed to export that school.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from controller import audit
from controller.evidence.errors import EvidenceError
from controller.evidence.period import period_of
from controller.people.principal import Caller
from controller.problems import Problem
from controller.scope import key_of
from controller.services import Services
from controller.tables import School
from controller.web.work import Report, Work, Works

KIND, FILE = "evidence", "evidence.zip"
QUICK = 1.5  # seconds that an answer waits for a small file
FAILED = {
    "vi": "Việc lập hồ sơ dừng giữa chừng, có thể vì quá nhiều số liệu. Hãy chọn kỳ ngắn hơn.",
    "en": "Making the file stopped half-way, maybe because of too much data. Choose a shorter period.",
}
log = logging.getLogger("truongnet.evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one work makes."""

    services: Services
    school: School
    login: str
    first: str  # ISO dates as they were asked for, both included
    last: str
    start: float
    end: float
    now: float
    file: Path


def start(services: Services, works: Works, who: Caller, school: School, first: str, last: str) -> str:
    """The id of the work. Problem "invalid" for a period that cannot be, "busy" when too many run already."""
    now = services.clock()
    try:
        begun, ended = period_of(first, last, now, services.settings.zone)
    except EvidenceError as error:
        raise Problem("invalid", errors=[{"field": "last", "code": error.code, "message": str(error)}]) from None
    work_id = works.new(KIND, who.user_id, f"{school.code} {first} {last}")
    order = Order(
        services=services,
        school=school,
        login=who.login,
        first=first,
        last=last,
        start=begun,
        end=ended,
        now=now,
        file=works.folder(work_id) / FILE,
    )
    try:
        works.start(work_id, "make", lambda report: _make(order, report), wait=QUICK)
    except Problem:
        works.remove(work_id)
        raise
    return work_id


def find(works: Works, who: Caller, school: School, work_id: str) -> Work:
    """Problem "not-found" also for someone else's work and for another school's."""
    work = works.find(work_id, KIND, who.user_id)
    if work.title.partition(" ")[0] != school.code:
        raise Problem("not-found")
    return work


def file_of(works: Works, work: Work) -> tuple[Path, str]:
    """The file and the name by which it is saved. Problem "not-found" while there is none."""
    file = works.folder(work.id) / FILE
    if work.state != "done" or not file.is_file():
        raise Problem("not-found")
    code, first, last = work.title.split(" ")
    return file, f"truongnet-{code}-{first}-{last}.zip"


def _make(order: Order, report: Report) -> Mapping[str, Any]:
    """Problem "evidence-failed" with the reason."""
    made = _run(order, report)
    if "sha256" not in made:
        raise Problem("evidence-failed", detail={"vi": made["vi"], "en": made["en"]})
    school, services = order.school, order.services
    detail = {"first": order.first, "last": order.last, **made}
    with Session(services.engine) as session:
        name = f"school:{school.code}"
        audit.record(session, order.login, "evidence.make", name, key_of(school), now=services.clock(), **detail)
        session.commit()
    return made


def _run(order: Order, report: Report) -> dict[str, Any]:
    """The last thing that the child said."""
    settings = {
        name: str(value.resolve()) if isinstance(value, Path) else value
        for name, value in asdict(order.services.settings).items()
    }
    asked: dict[str, Any] = {"settings": settings, "school": order.school.code, "out": str(order.file)}
    asked |= {"start": order.start, "end": order.end, "now": order.now}
    last: dict[str, Any] = dict(FAILED)
    with subprocess.Popen(
        [sys.executable, "-m", "controller.evidence.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as child:
        assert child.stdin is not None  # noqa: S101 - both were asked for
        assert child.stdout is not None  # noqa: S101
        child.stdin.write(orjson.dumps(asked))
        child.stdin.close()
        for line in child.stdout:
            said = orjson.loads(line)
            if "part" in said:
                report(said["part"], said["note"])
            else:
                last = said
    if child.returncode != 0:
        log.warning("making an evidence file ended with %d", child.returncode)
        return dict(FAILED)
    return last
