"""``truongnet agent join``: the command around agent.join."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from agent import identity as identities
from agent.box import AlreadyRunning, lock, prepare
from agent.clock import monotonic
from agent.config import Config
from agent.identity import Identity, IdentityError
from agent.join import JoinCode, JoinError, ask, keep_aside, link_to, new_identity, parse_code, with_root
from agent.link import LinkError
from agent.say import Speaker
from agent.status import fingerprint_lines

RETRY_SECONDS = 3.0


def join(code: str, config: Config, say: Speaker, *, ca: Path | None, again: bool, wait: float) -> int:
    """Make an identity for ``code``, ask the controller, and say what a person has to do next."""
    directory = config.state_dir
    try:
        identity = _identity(parse_code(code), config, say, again)
        if identity is None:
            return 1
        identity = with_root(identity, ca.read_text("ascii", "replace") if ca else None)
        identity.save(directory)
        return _ask_until(identity, config, say, monotonic() + wait)
    except AlreadyRunning as error:
        _complain(say("running", path=error))
    except IdentityError as error:
        _complain(say("identity", why=error))
    except JoinError as error:
        _complain(f"{say.reason(error.reason, error.detail)}\n→ {say.todo(error.reason)}")
        if error.reason == "bad-ca":
            (directory / identities.FILE).unlink(missing_ok=True)
    except LinkError as error:
        _complain(say("join.waiting", why=say.reason(error.reason, error.detail)))
        _complain(f"→ {say.todo(error.reason)}")
    except PermissionError:
        raise
    except OSError as error:
        _complain(say("no_directory", path=error.filename or directory, why=error.strerror))
    return 1


def _identity(code: JoinCode, config: Config, say: Speaker, again: bool) -> Identity | None:
    """The kept identity when it already asked with this code, a fresh one otherwise; None when the box belongs to a
    school already."""
    directory = config.state_dir
    prepare(directory)
    known = identities.load(directory)
    if known is not None and again:
        held = lock(directory)
        try:
            keep_aside(directory)
            prepare(directory)
        finally:
            os.close(held)
    elif known is not None and known.state == "accepted":
        _complain(say("join.already", school=known.school_name or known.school))
        return None
    elif known is not None and known.code_id == code.code_id and known.state == "pending":
        return known
    identity = new_identity(code)
    identity.save(directory)
    return identity


def _ask_until(identity: Identity, config: Config, say: Speaker, end: float) -> int:
    """Ask, and go on asking while pending and there is time. Raises LinkError."""
    link = link_to(identity, config.controller)
    told = False
    try:
        while True:
            identity, reply = ask(identity, link)
            identity.save(config.state_dir)
            if reply.state == "accepted":
                print(say("join.accepted", school=identity.school_name or identity.school))
                return 0
            if reply.state == "refused":
                _complain(f"{say.reason(reply.reason)}\n→ {say.todo(reply.reason)}")
                return 1
            if not told:
                print(say("join.sent", school=identity.school_name or identity.school))
                print(say("join.compare"))
                print("\n".join(list(fingerprint_lines(identity, say))[1:]), flush=True)
                told = True
            if monotonic() >= end:
                return 0
            time.sleep(min(RETRY_SECONDS, max(end - monotonic(), 0.0)))
    finally:
        link.close()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
