"""A probe in a process of its own: what it imports, leaks or breaks ends with it, and it can be stopped."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict

from agent.clock import monotonic, stamp
from agent.decode import BadMessage, decode
from agent.encode import to_json
from agent.frame import Target
from agent.wire import MAX_TEXT, Result

GRACE = 5.0  # seconds beyond the probe's own deadline
MAX_OUTPUT = 8 * 1024 * 1024


def command(name: str, seconds: float) -> list[str]:
    return [sys.executable, "-P", "-m", "agent.once", name, str(seconds)]


def run_in_child(
    name: str, target: Target, seconds: float, stop: threading.Event, argv: list[str] | None = None
) -> Result:
    """As ``agent.frame.run``, in a child that is killed when it does not end in time or when ``stop`` is set."""
    started, began = stamp(), monotonic()

    def failed(reason: str, detail: str) -> Result:
        passed = monotonic() - began
        return Result(
            probe=name, outcome="failed", started=started, duration=passed, reason=reason, detail=detail[:MAX_TEXT]
        )

    try:
        child = subprocess.Popen(
            argv or command(name, seconds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return failed("no-child", str(error))
    with child:
        watch = threading.Thread(target=_watch, args=(child, seconds + GRACE, stop), daemon=True)
        watch.start()
        output, complaint = _talk(child, to_json(asdict(target)))
    if child.returncode != 0:
        late = monotonic() - began > seconds + GRACE - 0.5
        return failed("deadline" if late else "child-died", f"exit {child.returncode}: {complaint}")
    try:
        return decode(Result, json.loads(output))
    except (ValueError, BadMessage, RecursionError) as error:
        return failed("defect", f"the probe's process answered nonsense: {error!s:.300}")


def _watch(child: subprocess.Popen[bytes], seconds: float, stop: threading.Event) -> None:
    end = monotonic() + seconds
    while child.poll() is None and monotonic() < end and not stop.is_set():
        stop.wait(min(0.2, max(0.0, end - monotonic())))
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(2.0)
    if child.poll() is None:
        child.kill()


def _talk(child: subprocess.Popen[bytes], question: bytes) -> tuple[bytes, str]:
    """Write, then read at most MAX_OUTPUT; a child that says more is ended."""
    assert child.stdin is not None  # noqa: S101 - as they were asked for
    assert child.stdout is not None  # noqa: S101
    assert child.stderr is not None  # noqa: S101
    complaints: list[bytes] = []
    errors = child.stderr
    listener = threading.Thread(target=lambda: complaints.append(_drained(errors.read)), daemon=True)
    listener.start()
    with contextlib.suppress(OSError), child.stdin:
        child.stdin.write(question)
    output = child.stdout.read(MAX_OUTPUT + 1)
    if len(output) > MAX_OUTPUT:
        child.kill()
    listener.join(GRACE)
    return output, b"".join(complaints).decode("utf-8", "replace").strip()[-500:]


def _drained(read: Callable[[int], bytes]) -> bytes:
    """All that comes, so that the child never blocks; only the last part is kept."""
    kept = b""
    while part := read(65_536):
        kept = (kept + part)[-4_096:]
    return kept
