"""Where the host probe reads from: a root of the file system, the helper, and a few programs. Tests bring their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.frame import ProbeError, Skip
from agent.wire import Sample

MAX_TEXT = 500
MAX_BYTES = 64 * 1024
MAX_LIST = 256  # of anything that a machine has many of
# What boards say when their maker did not care.
PLACEHOLDERS = frozenset(
    """
    to be filled by o.e.m.|default string|system product name|system manufacturer|system version|system serial number
    |chassis serial number|base board serial number|not specified|not available|not applicable|none|unknown|n/a|na|oem
    |o.e.m.|undefined|empty|x.x|0123456789|123456789|00000000|0000000000|xxxxxxxx|base board|no dimm|invalid|null
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)

Ask = Callable[[str, Mapping[str, Any]], dict[str, Any]]
Run = Callable[[list[str]], str]


@dataclass(slots=True)
class Source:
    """What one run reads, and what it could not read: ``missing`` names the section or part, and why."""

    root: Path
    ask: Ask  # a verb of the helper; raises Skip or ProbeError
    run: Run  # a program's standard output; raises Skip when it is not installed, ProbeError when it fails
    architecture: str
    missing: dict[str, dict[str, str]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def path(self, name: str) -> Path:
        return self.root / name

    def text(self, name: str | Path) -> str:
        """One value of sysfs, cleaned; empty when it cannot be read."""
        return clean(self.bytes(name)[:MAX_TEXT].decode("utf-8", "replace"))

    def whole(self, name: str | Path) -> str:
        try:
            return (self.root / name).read_text("utf-8", "replace")
        except OSError:
            return ""

    def bytes(self, name: str | Path) -> bytes:
        try:
            with (self.root / name).open("rb") as file:
                return file.read(MAX_BYTES)
        except OSError:
            return b""

    def number(self, name: str | Path) -> int | None:
        try:
            return int(self.text(name), 0)
        except ValueError:
            return None

    def names(self, directory: str | Path) -> list[str]:
        """What is in a directory, sorted; empty when there is none."""
        try:
            return sorted(os.listdir(self.root / directory))[:MAX_LIST]  # noqa: PTH208 - names, not paths
        except OSError:
            return []

    def link(self, name: str | Path) -> str:
        """The last part of what a symbolic link of sysfs points to (a driver, a bus)."""
        try:
            return Path(os.readlink(self.root / name)).name  # noqa: PTH115 - relative as it is
        except OSError:
            return ""

    def udev(self, device: str) -> dict[str, str]:
        """What udev knows of a device: ``b8:0``, ``n2``. Readable by everybody."""
        pairs = (
            line[2:].partition("=") for line in self.whole(f"run/udev/data/{device}").splitlines() if line[:2] == "E:"
        )
        return {name: clean(value) for name, _, value in pairs}

    def lack(self, what: str, reason: str, detail: str = "") -> None:
        self.missing[what] = {"reason": reason} | ({"detail": detail} if detail else {})

    def lack_by(self, what: str, error: Skip | ProbeError) -> None:
        self.lack(what, error.reason, error.detail)

    def sample(self, name: str, value: float | None, **labels: str) -> None:
        if value is not None:
            self.samples.append(Sample(name=name, value=float(value), labels=labels))


def clean(text: str) -> str:
    """Without control characters and the blanks around it; a maker's placeholder is nothing."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MAX_TEXT]
    return "" if text.lower() in PLACEHOLDERS or not text.strip(" .-_") else text


def filled(section: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in section.items() if value not in ("", None)}


def key_values(text: str, separator: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, found, value = line.partition(separator)
        if found:
            yield name.strip(), value.strip()


def runner(deadline: Callable[[], float]) -> Run:
    """Runs programs of the system for at most ``deadline()`` seconds, five at most."""

    def run(words: list[str]) -> str:
        places = (Path(directory) / words[0] for directory in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"))
        program = next((place for place in places if os.access(place, os.X_OK)), None)
        if program is None:
            raise Skip(f"no-{words[0]}")
        try:
            done = subprocess.run(
                [os.fspath(program), *words[1:]],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(0.1, min(5.0, deadline())),
                check=False,
                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
        except subprocess.TimeoutExpired:
            raise ProbeError("deadline", words[0]) from None
        except OSError as error:
            raise ProbeError(f"no-{words[0]}", str(error)) from None
        return done.stdout[:MAX_BYTES].decode("utf-8", "replace")

    return run
