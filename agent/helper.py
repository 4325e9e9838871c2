"""What needs rights, as a process of its own: a fixed list of verbs behind a unix socket, and nothing else.

``python -m agent.helper serve SOCKET`` (truongnet-helper.service). One line of JSON is one question, ``{"verb", "args",
"seconds"}``; the answer is ``{"ok": {…}}`` or ``{"reason", "detail", "skipped"}``. Who asks must be root or of the
helper's own group, by what the kernel says of the peer. Questions, answers, time and the number of them at once are
bounded; no shell is ever started, and no argument reaches a program or a socket before it was found in the kernel's
own lists.

The verbs give raw bytes: what parses them runs without rights (agent/probes/host_*.py), or has given them up first
(agent/lan/child.py).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from agent import arp, route
from agent.clock import monotonic
from agent.frame import ProbeError, Skip
from agent.privileged import MAX_REPLY, MAX_REQUEST

Verb = Callable[[Mapping[str, Any], float], dict[str, Any]]

DMI = Path("/sys/firmware/dmi/tables")
BLOCK = Path("/sys/block")
SMARTCTL = ("/usr/sbin/smartctl", "/sbin/smartctl", "/usr/local/sbin/smartctl")
MAX_DMI = 256 * 1024
MAX_SMART = 256 * 1024
MAX_SECONDS = 60.0
AT_ONCE = 4
QUESTION_SECONDS = 3.0
SMART_SECONDS = 15.0
MAX_LISTEN = 50.0
LISTENER = (sys.executable, "-I", "-m", "agent.lan.child")
BARE = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}


def dmi(_args: Mapping[str, Any], _deadline: float) -> dict[str, Any]:
    """The machine's SMBIOS table as it lies in memory, base64."""
    try:
        entry, table = (_head(DMI / name, MAX_DMI) for name in ("smbios_entry_point", "DMI"))
    except FileNotFoundError:
        raise Skip("no-dmi") from None
    except PermissionError:
        raise Skip("needs-root", "dmi") from None
    return {"entry": base64.b64encode(entry).decode(), "table": base64.b64encode(table).decode()}


def _head(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def smart(args: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    """What smartctl says of one whole disk, JSON as text; a sleeping disk is not woken."""
    import subprocess  # only here: a sweep needs none of it

    disk = args.get("disk")
    if not isinstance(disk, str) or not re.fullmatch(r"[a-z][a-z0-9]{1,31}", disk) or not (BLOCK / disk).exists():
        raise ProbeError("bad-argument", "disk: not in /sys/block")
    program = next((path for path in SMARTCTL if os.access(path, os.X_OK)), None)
    if program is None:
        raise Skip("no-smartctl")
    seconds = min(SMART_SECONDS, max(0.5, deadline - monotonic()))
    words = [program, "--json=c", "--info", "--health", "--attributes", "--nocheck=standby", f"/dev/{disk}"]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False, env={"LC_ALL": "C"}
        )
    except subprocess.TimeoutExpired:
        raise ProbeError("deadline", f"smartctl /dev/{disk}") from None
    except OSError as error:
        raise ProbeError("no-smartctl", str(error)) from None
    return {"json": done.stdout[:MAX_SMART].decode("utf-8", "replace")}


def arp_sweep(args: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    """Who answers on the network of one of this machine's own cards; no other network is ever asked."""
    interface = args.get("interface")
    if not isinstance(interface, str) or interface not in (name for _, name in socket.if_nameindex()):
        raise ProbeError("bad-argument", "interface: there is none of that name")
    own = route.ipv4(interface)
    if own is None:
        raise Skip("no-address", interface)
    prefix = args.get("prefix", own[1])
    if not isinstance(prefix, int) or isinstance(prefix, bool) or prefix < own[1]:
        raise ProbeError("bad-argument", "prefix: must be a part of the card's own network")
    rate = args.get("rate", arp.Pace().rate)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not arp.SLOWEST <= rate <= arp.FASTEST:
        raise ProbeError("bad-argument", f"rate: must be from {arp.SLOWEST:g} to {arp.FASTEST:g}")
    try:
        targets = arp.addresses(own[0], prefix)
    except ValueError as error:
        raise Skip("network-size", str(error)) from None
    try:
        done = arp.sweep(interface, own[0], targets, deadline, arp.Pace(rate=float(rate)))
    except PermissionError:
        raise Skip("needs-root", "arp-sweep") from None
    return {
        "address": own[0],
        "prefix": prefix,
        "asked": done.asked,
        "sent": done.sent,
        "seconds": round(done.seconds, 3),
        "complete": done.complete,
        "found": [[address, sorted(macs)] for address, macs in done.found.items()],
    }


def lan_listen(args: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    """What the wire of one of this machine's cards says by itself, and who gives addresses there, by a program of its
    own that drops every right before it reads a frame (agent/lan/child.py)."""
    import subprocess

    interface, seconds, asking = args.get("interface"), args.get("seconds"), args.get("ask", True)
    if not isinstance(interface, str) or interface not in (name for _, name in socket.if_nameindex()):
        raise ProbeError("bad-argument", "interface: there is none of that name")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1 <= seconds <= MAX_LISTEN:
        raise ProbeError("bad-argument", f"seconds: must be from 1 to {MAX_LISTEN:g}")
    if not isinstance(asking, bool):
        raise ProbeError("bad-argument", "ask: must be true or false")
    words = [*LISTENER, interface, f"{seconds:g}", "1" if asking else "0"]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=BARE,
            timeout=max(1.0, deadline - monotonic()),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ProbeError("deadline", "lan-listen") from None
    try:
        said = json.loads(done.stdout[:MAX_REPLY]) if done.returncode == 0 else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ProbeError("child-died", f"exit {done.returncode}: {done.stderr[-200:].decode('utf-8', 'replace')}")
    if "reason" in said:
        raise (Skip if said.get("skipped") else ProbeError)(str(said["reason"]), str(said.get("detail", "")))
    return said


VERBS: Mapping[str, Verb] = {"dmi": dmi, "smart": smart, "arp-sweep": arp_sweep, "lan-listen": lan_listen}


# -- the socket -------------------------------------------------------------------------------------------------------


def answer(line: bytes) -> dict[str, Any]:
    """The reply to one question. Never raises: a bad question must not end the helper."""
    try:
        question = json.loads(line)
        verb, args, seconds = VERBS[question["verb"]], question.get("args") or {}, float(question.get("seconds", 10))
        if not isinstance(args, dict) or not 0 < seconds <= MAX_SECONDS:
            raise ValueError("args or seconds")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {"reason": "bad-question", "detail": f"{type(error).__name__}: {error}"[:200], "skipped": False}
    try:
        return {"ok": verb(args, monotonic() + seconds)}
    except Skip as skip:
        return {"reason": skip.reason, "detail": skip.detail, "skipped": True}
    except ProbeError as error:
        return {"reason": error.reason, "detail": error.detail, "skipped": False}
    except Exception as error:  # noqa: BLE001 - the one broad catch: a defect in a verb is an answer, not an end
        return {"reason": "defect", "detail": f"{type(error).__name__}: {error}"[:500], "skipped": False}


def may_ask(peer: socket.socket) -> bool:
    """By the kernel's word: root, or someone whose group is ours."""
    _pid, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return uid in (0, os.geteuid()) or gid == os.getegid()


def converse(peer: socket.socket) -> None:
    with peer, contextlib.suppress(OSError):
        line, end = b"", monotonic() + QUESTION_SECONDS
        while b"\n" not in line and len(line) <= MAX_REQUEST:
            peer.settimeout(max(0.01, end - monotonic()))
            part = peer.recv(MAX_REQUEST)
            if not part:
                return
            line += part
        # Read before it is refused: what is closed with something unread loses its answer, too.
        refusal = {"reason": "needs-root", "detail": "not of the helper's group", "skipped": True}
        reply = json.dumps(answer(line[:MAX_REQUEST]) if may_ask(peer) else refusal).encode()
        peer.settimeout(QUESTION_SECONDS)
        peer.sendall(reply if len(reply) < MAX_REPLY else b'{"reason": "too-long", "skipped": false}')


def serve(path: Path) -> None:
    """Until SIGTERM or SIGINT. The socket is open to root and the helper's own group. Raises OSError."""
    path.unlink(missing_ok=True)
    free = threading.BoundedSemaphore(AT_ONCE)

    def one(peer: socket.socket) -> None:
        try:
            converse(peer)
        finally:
            free.release()

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as door:
        before = os.umask(0o117)
        try:
            door.bind(os.fspath(path))
        finally:
            os.umask(before)
        door.listen(16)
        try:
            while True:
                peer, _ = door.accept()
                free.acquire()  # who comes while all are busy waits in the kernel's queue
                threading.Thread(target=one, args=(peer,), daemon=True).start()
        finally:
            path.unlink(missing_ok=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(argv: list[str]) -> int:
    if len(argv) != 2 or argv[0] != "serve":
        print("python -m agent.helper serve SOCKET", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        serve(Path(argv[1]))
    except OSError as error:
        print(f"{argv[1]}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
