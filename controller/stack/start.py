"""The stack on this machine, to try it: three programs of Debian as child processes, until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.runner_children import Child
from controller.stack.files import DATA, Plan, commands

ENDS_WITHIN = 15.0
PACKAGES = "prometheus prometheus-alertmanager victoria-metrics"


class StackError(Exception):
    """The stack cannot run here; the text says what to do, Vietnamese first."""


def programs() -> dict[str, str]:
    """Where the programs are. Raises StackError when one is missing."""
    found = {unit: shutil.which(unit) for unit in DATA}
    missing = [unit for unit, path in found.items() if path is None]
    if missing:
        raise StackError(
            f"thiếu {', '.join(missing)}; cài bằng / missing, install with: "
            f"apt-get install --no-install-recommends {PACKAGES}"
        )
    return {unit: path for unit, path in found.items() if path is not None}


@contextmanager
def running(plan: Plan, directory: Path) -> Iterator[list[Child]]:
    """The three programs, their data and logs below ``directory``."""
    data = {unit: str(directory.absolute() / "data" / unit) for unit in DATA}
    for path in data.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    children: list[Child] = []
    try:
        for unit, words in commands(plan, directory, data).items():
            children.append(Child(unit, words, dict(os.environ), directory / "log"))
        yield children
    finally:
        for child in children:
            child.ask_to_end()
        for child in children:
            child.end(ENDS_WITHIN)


def wait(children: list[Child], stop: threading.Event) -> None:
    """Until told to stop. Raises StackError when one of them ends by itself."""
    while not stop.wait(0.5):
        for child in children:
            if child.ended is not None:
                said = "\n".join(child.last_words())
                raise StackError(f"{child.name} đã dừng / ended ({child.ended}):\n{said}")
