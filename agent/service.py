"""``truongnet agent run``: waits for an identity, opens the box, and runs the scheduler until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from agent import identity as identities
from agent.box import AlreadyRunning, Box, NotJoined, open_box
from agent.config import Config
from agent.identity import IdentityError
from agent.say import Speaker

POLL_SECONDS = 3.0
RESTART = 75  # EX_TEMPFAIL: systemd starts us again


def serve(config: Config, say: Speaker) -> int:
    """0 after SIGTERM or SIGINT; 75 when the identity was replaced and a new start is needed."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        if not _wait_for_identity(config.state_dir, say):
            return 0
        box = open_box(config)
    except AlreadyRunning as error:
        print(say("running", path=error), file=sys.stderr)
        return 1
    except IdentityError as error:
        print(say("identity", why=error), file=sys.stderr)
        return 1
    except NotJoined:
        return RESTART  # taken away between the look and the opening
    except PermissionError:
        raise
    except OSError as error:
        print(say("no_directory", path=error.filename or config.state_dir, why=error.strerror), file=sys.stderr)
        return 1
    return _run(box, say)


def _run(box: Box, say: Speaker) -> int:
    from agent.scheduler import Scheduler

    scheduler = Scheduler(box)
    with contextlib.ExitStack() as stack:
        if box.config.metrics_port:
            stack.callback(_metrics(box))
        scheduler.run()
    if scheduler.identity_replaced:
        print(say("other_identity"), file=sys.stderr)
        return RESTART
    return 0


def _metrics(box: Box) -> Callable[[], None]:
    from agent.metrics import serve as serve_metrics

    try:
        return serve_metrics(box.config.metrics_port, box.board.facts)
    except (ImportError, OSError) as error:
        logging.getLogger("truongnet").warning("no metrics: %s", error)
        return lambda: None


def _wait_for_identity(directory: Path, say: Speaker) -> bool:
    """False when we are told to stop first."""
    if identities.load(directory) is not None:
        return True
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    print(say("not_joined_run"), file=sys.stderr, flush=True)
    while not stop.wait(POLL_SECONDS):
        if identities.load(directory) is not None:
            return True
    return False
