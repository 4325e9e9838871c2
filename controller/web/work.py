"""Long work that a person waits for: it runs in a thread, and a page asks now and then how far it is.

Each piece has a folder of its own below ``data_dir/work`` with what was uploaded and a small state file, so that any
process on this machine can answer. It belongs to who started it, is forgotten after an hour, and when its process ends
in the middle the page says so: what it did not commit was never done.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Request

from controller.problems import Problem

KEEP_SECONDS = 3_600.0
MAX_KEPT = 50
AT_ONCE = 3  # in this process; a large file takes a few hundred megabytes while it is read
BEAT = 0.4  # seconds between two notes of how far it is
DEAD = 60.0  # without a note, the process that worked is gone
ID = re.compile(r"^[0-9a-f]{24}$")
log = logging.getLogger("truongnet.work")

State = Literal["running", "done", "failed", "lost"]
Report = Callable[[float, str], None]  # part of the whole (0 to 1), what is being done
Do = Callable[[Report], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    id: str
    kind: str  # "import"
    phase: str
    owner: int  # user id
    state: State
    title: str = ""  # a person's own name for it: the file's
    part: float = 0.0
    note: str = ""
    problem: str = ""  # code of what stopped it
    detail: Mapping[str, str] = field(default_factory=dict)  # the problem's own texts, by language
    result: Mapping[str, Any] = field(default_factory=dict)
    started_at: float = 0.0
    at: float = 0.0


class Works:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def new(self, kind: str, owner: int, title: str = "") -> str:
        """The id of a new piece of work, whose folder is there."""
        self._sweep()
        work_id = secrets.token_hex(12)
        folder = self.folder(work_id)
        folder.mkdir(mode=0o700, parents=True)
        now = time.time()
        made = Work(id=work_id, kind=kind, phase="", owner=owner, state="done", title=title, started_at=now, at=now)
        self._write(made)
        return work_id

    def folder(self, work_id: str) -> Path:
        """Problem "not-found" for what is no id."""
        if not ID.match(work_id):
            raise Problem("not-found")
        return self.directory / work_id

    def find(self, work_id: str, kind: str, owner: int) -> Work:
        """Problem "not-found" also for someone else's."""
        self._sweep()
        work = self._read(work_id)
        if work is None or work.kind != kind or work.owner != owner:
            raise Problem("not-found")
        return work

    def start(self, work_id: str, phase: str, do: Do, *, wait: float = 0.0) -> None:
        """Begin, and wait a moment for what is quick. Problem "busy" while it runs already, or too many others do."""
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            work = self._read(work_id)
            if work is None:
                raise Problem("not-found")
            if work.state == "running" or len(self._threads) >= AT_ONCE:
                raise Problem("busy", retry_after=10)
            now = time.time()
            begun = replace(work, phase=phase, state="running", part=0.0, note="", problem="", started_at=now, at=now)
            self._write(begun)
            thread = threading.Thread(target=self._run, args=(begun, do), name=f"work-{work.kind}", daemon=True)
            self._threads.append(thread)
            thread.start()
        thread.join(wait)

    def wait(self, seconds: float) -> None:
        """Until all that was begun here has ended, each within ``seconds``."""
        for thread in self._threads:
            thread.join(seconds)

    def remove(self, work_id: str) -> None:
        shutil.rmtree(self.folder(work_id), ignore_errors=True)

    def _run(self, work: Work, do: Do) -> None:
        last = 0.0
        newest = work

        def report(part: float, note: str = "") -> None:
            nonlocal last, newest
            now = time.monotonic()
            if now - last >= BEAT:
                last = now
                newest = replace(work, part=min(max(part, 0.0), 1.0), note=note, at=time.time())
                self._write(newest)

        stop = threading.Event()
        pulse = threading.Thread(target=self._pulse, args=(lambda: newest, stop), daemon=True)
        pulse.start()
        try:
            result = do(report)
            ended = replace(work, state="done", part=1.0, result=result)
        except Problem as problem:
            ended = replace(work, state="failed", problem=problem.code, detail=problem.detail or {})
        except Exception as error:  # the thread's one broad catch: the person who waits gets an answer
            log.exception("long work failed", exc_info=error, extra={"kind": work.kind})
            ended = replace(work, state="failed", problem="internal")
        stop.set()
        pulse.join()
        self._write(replace(ended, at=time.time()))

    def _pulse(self, newest: Callable[[], Work], stop: threading.Event) -> None:
        """Says "still alive" through steps that report nothing."""
        while not stop.wait(DEAD / 6):
            self._write(replace(newest(), at=time.time()))

    def _all(self) -> list[Work]:
        if not self.directory.is_dir():
            return []
        found = [self._read(folder.name) for folder in self.directory.iterdir() if ID.match(folder.name)]
        return [work for work in found if work is not None]

    def _read(self, work_id: str) -> Work | None:
        try:
            work = Work(**orjson.loads((self.folder(work_id) / "state.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return replace(work, state="lost") if work.state == "running" and time.time() - work.at > DEAD else work

    def _write(self, work: Work) -> None:
        folder = self.folder(work.id)
        fresh = folder / f"state-{secrets.token_hex(4)}.new"
        try:
            fresh.write_bytes(orjson.dumps(asdict(work)))
            fresh.replace(folder / "state.json")
        except FileNotFoundError:
            pass  # it was removed meanwhile: nobody waits for it any more

    def _sweep(self) -> None:
        kept = sorted(self._all(), key=lambda work: work.at, reverse=True)
        for position, work in enumerate(kept):
            if work.state != "running" and (position >= MAX_KEPT or time.time() - work.at > KEEP_SECONDS):
                self.remove(work.id)


async def works(request: Request) -> Works:
    """One for the application; made on the event loop, so that there is never a second."""
    found: Works | None = getattr(request.app.state, "works", None)
    if found is None:
        found = request.app.state.works = Works(request.app.state.services.settings.data_dir / "work")
    return found


Wk = Annotated[Works, Depends(works)]
