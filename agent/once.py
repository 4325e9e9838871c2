"""One probe, once: for a person at the box, and as the child process of the running agent.

``python -m agent.once PROBE SECONDS`` is that child. It imports what a probe needs and no more: neither TLS nor the
settings nor the texts for people, so that a sweep or an inventory costs a small box 16 MB for as long as it lasts.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.decode import BadMessage, decode
from agent.encode import to_json
from agent.frame import Target, run
from agent.probes import PROBES, load
from agent.wire import MeasureToken

if TYPE_CHECKING:
    from agent.config import Config
    from agent.say import Speaker

MAX_QUESTION = 1024 * 1024


def by_hand(name: str, config: Config, say: Speaker, *, leave: str | None = None, as_json: bool) -> int:
    """``leave``: file with leave to measure, "-" for standard input."""
    if name not in PROBES:
        print(say("once.unknown", name=name, known=", ".join(PROBES)), file=sys.stderr)
        return 2
    try:
        measure = _leave(leave) if leave else None
    except (OSError, ValueError, RecursionError, BadMessage) as error:
        print(say("once.leave", why=error), file=sys.stderr)
        return 2
    target = _target(name, config, measure)
    result = run(name, lambda told, deadline: load(name)(told, deadline), target, PROBES[name][2])
    if as_json:
        print(to_json(asdict(result)).decode())
    else:
        from agent.table import result_lines

        print("\n".join(result_lines(result, say)))
    return 1 if result.outcome == "failed" else 0


def _leave(file: str) -> MeasureToken:
    """Raises OSError, ValueError, RecursionError, BadMessage."""
    with open(0 if file == "-" else file, "rb", closefd=file != "-") as said:
        return decode(MeasureToken, json.loads(said.read(MAX_QUESTION)))


def _target(name: str, config: Config, measure: MeasureToken | None) -> Target:
    """As the running agent would measure, as far as this person may read what it knows."""
    from agent import identity
    from agent.settings import ProbeSettings

    try:
        known = identity.load(config.state_dir)
        controller = config.controller or (known.controller if known else "")
        roots = known.roots if known and measure else ()
        return ProbeSettings(config.state_dir, config, controller).target(name, measure, roots)
    except (identity.IdentityError, PermissionError):
        return Target(
            settings=config.probes.get(name, {}),
            controller=config.controller,
            targets=config.targets,
            measure=asdict(measure) if measure else None,
        )


def as_child(name: str, seconds: float) -> int:
    """Target as JSON on stdin, Result as JSON on stdout."""
    try:
        target = decode(Target, json.loads(sys.stdin.buffer.read(MAX_QUESTION)))
        # Whatever a library prints must not mix with the answer.
        answer, sys.stdout = sys.stdout.buffer, sys.stderr
        result = run(name, lambda told, deadline: load(name)(told, deadline), target, seconds)
    except (ValueError, BadMessage) as error:
        print(error, file=sys.stderr)
        return 2
    answer.write(to_json(asdict(result)))
    answer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(as_child(sys.argv[1], float(sys.argv[2])))
