"""Everything that one running agent has: opened once, in one place, handed to those who work with it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent import identity as identities
from agent.board import Board
from agent.config import Config
from agent.identity import Identity
from agent.settings import ProbeSettings
from agent.spool import Spool
from agent.standing import Standing


class AlreadyRunning(Exception):
    """Another agent works with the same directory."""


class NotJoined(Exception):
    """There is no identity yet: ``truongnet agent join`` makes it."""


@dataclass(slots=True)
class Box:
    config: Config
    identity: Identity  # the courier alone replaces it
    spool: Spool
    standing: Standing
    board: Board
    settings: ProbeSettings
    lock: int

    @property
    def directory(self) -> Path:
        return self.config.state_dir

    def close(self) -> None:
        self.spool.close()
        self.standing.close()
        os.close(self.lock)


def prepare(directory: Path) -> None:
    """Make the state directory, for the agent alone, with the small files that a full disk may not refuse later.

    Raises OSError.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    Spool(directory, 1024**2).close()
    Standing(directory).close()


def lock(directory: Path) -> int:
    """The descriptor that holds ``directory`` for this process. Raises AlreadyRunning, OSError."""
    descriptor = os.open(directory / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(str(directory)) from None
    return descriptor


def is_running(directory: Path) -> bool:
    with suppress(OSError, AlreadyRunning):
        os.close(lock(directory))
        return False
    return (directory / "run.lock").exists()


def open_box(config: Config) -> Box:
    """Raises NotJoined, AlreadyRunning, IdentityError, OSError."""
    directory = config.state_dir
    identity = identities.load(directory)
    if identity is None:
        raise NotJoined(str(directory))
    held = lock(directory)
    try:
        return Box(
            config=config,
            identity=identity,
            spool=Spool(directory, config.spool_limit),
            standing=Standing(directory),
            board=Board(directory),
            settings=ProbeSettings(directory, config, config.controller or identity.controller),
            lock=held,
        )
    except BaseException:
        os.close(held)
        raise
