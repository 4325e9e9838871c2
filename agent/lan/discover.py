"""Everything that is found out about a wire beyond who answers ARP, in one go: heard by the helper's child while the
devices are asked by plain UDP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.clock import monotonic
from agent.frame import ProbeError, Skip
from agent.privileged import ask as ask_helper

AFTER = 6.0  # seconds beyond the listening: scapy is loaded, on a small processor
Missing = dict[str, dict[str, str]]


@dataclass(slots=True)
class Heard:
    """``wire``: the answer of the verb ``lan-listen``, empty when it could not be; ``told``: address → protocol → what
    the device says; ``missing``: what could not be found out, and why."""

    wire: Mapping[str, Any] = field(default_factory=dict)
    told: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    missing: Missing = field(default_factory=dict)

    def lacks(self, what: str, error: Skip | ProbeError) -> None:
        self.missing[what] = {"reason": error.reason, "detail": error.detail[:200]}


class Listening:
    """The helper's child at work, beside what else is done. Use as a context; ``result`` waits for its end."""

    def __init__(self, interface: str, seconds: float, deadline: float) -> None:
        self._args = {"interface": interface, "seconds": seconds}
        self._deadline = deadline
        self._answer: Mapping[str, Any] = {}
        self._error: Skip | ProbeError | None = None
        self._thread = threading.Thread(target=self._run, name="lan-listen", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = ask_helper("lan-listen", self._args, self._deadline)
        except (Skip, ProbeError) as error:
            self._error = error
        except OSError as error:  # TimeoutError is one
            self._error = ProbeError("deadline" if isinstance(error, TimeoutError) else "helper-answer", str(error))

    def result(self, heard: Heard) -> None:
        self._thread.join(max(0.0, self._deadline + 1.0 - monotonic()))
        if self._thread.is_alive():
            heard.lacks("listen", ProbeError("deadline", "lan-listen"))
        elif self._error is not None:
            heard.lacks("listen", self._error)
        else:
            heard.wire = self._answer


def ask_devices(
    own: str, near: Callable[[str], bool], addresses: list[str], community: str, deadline: float, heard: Heard
) -> None:
    """Ask ``addresses`` what they are, into ``heard``."""
    from agent.lan.ask import ask

    try:
        heard.told = ask(own, near, addresses, community, deadline).told
    except OSError as error:
        heard.lacks("ask", ProbeError("no-address", str(error)))
