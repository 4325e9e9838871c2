"""Asks the helper for the few things that need rights (agent/helper.py), or does them itself when it is root."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.clock import monotonic
from agent.frame import ProbeError, Skip

SOCKET = "/run/truongnet/helper.sock"
MAX_REQUEST = 4_096
MAX_REPLY = 1024 * 1024


def ask(verb: str, args: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    """What the verb gives. ``deadline`` by ``agent.clock.monotonic``.

    Raises Skip ("needs-root": there is no helper and no right; or the helper's own reason), ProbeError, TimeoutError.
    """
    path = Path(os.environ.get("TRUONGNET_HELPER", SOCKET))
    try:
        return _over_socket(path, verb, args, deadline)
    except (FileNotFoundError, ConnectionRefusedError):
        pass  # no helper runs
    except TimeoutError:
        raise
    except PermissionError:
        if os.geteuid() != 0:
            raise Skip("needs-root", f"{verb}: {path} is not open to this user") from None
    except OSError as error:
        raise ProbeError("helper-answer", f"{verb}: {error.strerror or error}") from None
    if os.geteuid() == 0:
        from agent.helper import VERBS

        return VERBS[verb](args, deadline)
    raise Skip("needs-root", verb)


def _over_socket(path: Path, verb: str, args: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    left = max(0.1, deadline - monotonic())
    request = json.dumps({"verb": verb, "args": dict(args), "seconds": round(left, 3)}).encode() + b"\n"
    if len(request) > MAX_REQUEST:
        raise ProbeError("helper-request", f"{verb}: the question is too long")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as helper:
        helper.settimeout(left)
        helper.connect(os.fspath(path))
        helper.sendall(request)
        reply = _received(helper, verb, deadline)
    try:
        answer = json.loads(reply)
        given = answer.get("ok")
    except (ValueError, AttributeError):
        raise ProbeError("helper-answer", f"{verb}: the helper answered nonsense") from None
    if isinstance(given, dict):
        return given
    reason, detail = str(answer.get("reason", "helper-answer"))[:64], str(answer.get("detail", ""))[:500]
    raise Skip(reason, detail) if answer.get("skipped") else ProbeError(reason, detail)


def _received(helper: socket.socket, verb: str, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= MAX_REPLY:
        helper.settimeout(max(0.01, deadline + 1.0 - monotonic()))
        part = helper.recv(65_536)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    raise ProbeError("helper-answer", f"{verb}: the helper's answer is too long")
