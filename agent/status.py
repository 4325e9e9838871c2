"""``truongnet agent status``: what works, what does not, and what to do next, in plain words."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from agent import board, machine
from agent.box import is_running
from agent.clock import boot_id, monotonic
from agent.config import Config
from agent.identity import Identity
from agent.say import Speaker

CLOCK_OFF = 120.0  # seconds
SILENT_AFTER = 2 * 3600.0

Mark = Literal["good", "bad", "open"]
MARKS: dict[Mark, str] = {"good": "✔", "bad": "✘", "open": "·"}


@dataclass(slots=True)
class Findings:
    lines: list[tuple[Mark, str]] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)

    def add(self, mark: Mark, text: str, todo: str = "") -> None:
        self.lines.append((mark, text))
        if todo and todo not in self.todo:
            self.todo.append(todo)


def examine(config: Config, identity: Identity | None, facts: dict[str, Any], say: Speaker, now: float) -> Findings:
    """``facts`` is what the running agent wrote down (``agent.board``)."""
    found = Findings()
    running = is_running(config.state_dir)
    if identity is None:
        found.add("bad", say("status.not_joined"), say.advice("join"))
        return found
    found.add("good" if running else "bad", say("status.running" if running else "status.not_running"),
              "" if running else say.advice("start"))  # fmt: skip
    _joining(found, identity, facts, say, now)
    if running:
        _targets(found, facts, say)
        _probes(found, facts, say)
        _machine(found, facts, say)
    copied = machine.differences(identity.binding, machine.binding())
    if copied:
        found.add("bad", say("status.copied", what=", ".join(copied)), say.advice("copied"))
    return found


def _joining(found: Findings, identity: Identity, facts: dict[str, Any], say: Speaker, now: float) -> None:
    reason = facts.get("reason") or identity.reason
    state = identity.state if identity.state in ("accepted", "refused") else "pending"
    found.add({"accepted": "good", "refused": "bad"}.get(state, "open"), say(f"status.{state}"))  # type: ignore[arg-type]
    exchanged = facts.get("exchanged")
    if exchanged and state == "accepted":
        ago = now - (facts.get("clock_skew") or 0.0) - exchanged
        mark: Mark = "bad" if ago > SILENT_AFTER else "good"
        found.add(mark, say("status.contact", ago=say.ago(ago)))
    elif state == "accepted":
        found.add("open", say("status.no_contact"))
    if reason:
        waiting = reason in ("not-accepted", "rejoining", "busy", "slow-down")
        found.add("open" if waiting else "bad", say.reason(reason, facts.get("detail", "")), say.todo(reason))
    elif state == "pending":
        found.add("open", say.reason("not-accepted"), say.todo("not-accepted"))


def _targets(found: Findings, facts: dict[str, Any], say: Speaker) -> None:
    states = {name.removeprefix("target:"): state for name, state in facts.get("targets", {}).items()}
    for target, state in states.items():
        kind, _, name = target.partition(":")
        label = say(f"target.{kind}", name=name) if f"target.{kind}" in say.keys else target
        found.add({"up": "good", "down": "bad"}.get(state, "open"), say(f"status.{state}", name=label))  # type: ignore[arg-type]
    if states.get("gateway") == "down":
        found.todo.append(say.advice("gateway"))
    elif "down" in states.values() and states.get("gateway") == "up":
        outside = [state for target, state in states.items() if target not in ("gateway", "dns", "controller")]
        if outside and "up" not in outside:
            found.todo.append(say.advice("line"))


def _probes(found: Findings, facts: dict[str, Any], say: Speaker) -> None:
    for name, last in facts.get("probes", {}).items():
        called = say(f"probe.{name}") if f"probe.{name}" in say.keys else name
        at = last.get("at") or {}
        if last.get("outcome") == "ok" and at.get("boot") == boot_id():
            found.add("good", say("status.measured", name=called, ago=say.ago(monotonic() - at.get("mono", 0.0))))
        if last.get("outcome") not in ("failed", "skipped"):
            continue
        text = say(
            "status.probe",
            name=called,
            outcome=say(f"outcome.{last['outcome']}"),
            reason=say.reason(last.get("reason", "")),
            detail=last.get("detail", ""),
        )
        found.add("bad" if last["outcome"] == "failed" else "open", text.rstrip(), say.todo(last.get("reason", "")))


def _machine(found: Findings, facts: dict[str, Any], say: Speaker) -> None:
    spool = facts.get("spool") or {}
    if spool:
        used, limit = _size(spool["bytes"]), _size(spool["limit"])
        mark: Mark = "bad" if spool["bytes"] > 0.9 * spool["limit"] else "good"
        found.add(mark, say("status.spool", used=used, limit=limit, batches=spool["unacknowledged"]))
    if facts.get("spool_trouble"):
        found.add("bad", say("status.disk", why=facts["spool_trouble"]), say.advice("disk"))
    skew = facts.get("clock_skew")
    if skew is not None and abs(skew) > CLOCK_OFF:
        found.add("open", say("status.clock", seconds=abs(skew)), say.advice("clock"))


def _size(count: int) -> str:
    return f"{count / 1024**2:.1f} MB"


def fingerprint_lines(identity: Identity, say: Speaker) -> Iterator[str]:
    """Six words, the same bytes in hexadecimal, and a QR code that opens the province's page of this box."""
    digest = hashlib.sha256(identity.public_key).hexdigest()[:12]
    yield say("status.fingerprint")
    yield f"    {identity.fingerprint}"
    yield "    " + " ".join(digest[place : place + 2] for place in range(0, 12, 2))
    if not identity.agent:
        return
    try:
        import segno
    except ImportError:
        return  # an optional extra
    drawn = io.StringIO()
    segno.make(f"{identity.controller}/boxes?agent={identity.agent}", error="l").terminal(drawn, compact=True)
    yield from drawn.getvalue().splitlines()


def report(config: Config, identity: Identity | None, say: Speaker) -> tuple[list[str], bool]:
    """The lines to print, and whether all is well. Raises PermissionError."""
    facts = board.read(config.state_dir)
    found = examine(config, identity, facts, say, time.time())
    school = identity.school_name or identity.school if identity else ""
    lines = [say("status.title", school=school or say("status.no_school")), ""]
    lines += [f"  {MARKS[mark]} {text}" for mark, text in found.lines]
    lines.append("")
    if found.todo:
        lines += [say("status.todo"), *(f"  {number}. {text}" for number, text in enumerate(found.todo, 1)), ""]
    elif all(mark != "bad" for mark, _text in found.lines):
        lines += [say("status.all_well"), ""]
    if identity is not None:
        lines += fingerprint_lines(identity, say)
    return lines, not any(mark == "bad" for mark, _text in found.lines)


def as_json(config: Config, identity: Identity | None) -> dict[str, Any]:
    """The same for programs."""
    return {
        "running": is_running(config.state_dir),
        "joined": identity.state if identity else "",
        "agent": identity.agent if identity else "",
        "controller": identity.controller if identity else "",
        "school": identity.school if identity else "",
        "fingerprint": identity.fingerprint if identity else "",
        "boot": boot_id(),
        "facts": board.read(config.state_dir),
    }
