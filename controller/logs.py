"""Structured logs without personal data: a line of JSON an event, or readable text when a person watches a terminal.

What may hold a name, an address or a secret never gets here: requests are logged by their route, not their path, and
failures by type and place, not by text. The last step hides what looks like an e-mail address, a telephone number or a
token all the same.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any, TextIO

import structlog

HIDDEN = "…"
_SECRETS = re.compile(
    r"tnt_[0-9a-f]+_[\w-]+"  # API tokens
    r"|tn1:[\w-]+"  # join codes
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail addresses
    r"|(?<![\w.:-])(?:\+84|0)(?:[ .-]?\d){9}(?![\w.:-])"  # telephone numbers as Viet Nam writes them
    r"|\?[^\s\"']+=[^\s\"']*"  # query strings
)
_FRAMES = 12
_DROPPED = ("_record", "_from_structlog")


def set_up(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every logger of this process, those of libraries too, through one chain to ``stream`` (standard error)."""
    target = stream or sys.stderr
    is_terminal = target.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place_of_failure,
        hide,
    ]
    renderer = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in ("uvicorn.access", "sqlalchemy.engine", "httpx"):  # they log query strings, addresses and parameters
        logging.getLogger(name).setLevel(logging.CRITICAL)


def place_of_failure(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """An exception as its type and the frames it went through: its text may quote what people typed."""
    found = event.pop("exc_info", None)
    event.pop("exception", None)
    event.pop("stack_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__qualname__
        cause = error.__cause__
        if cause is not None:
            event["cause"] = type(cause).__qualname__
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["frames"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames]
    return event


def hide(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last net under a rule that is kept where logs are written."""
    return {key: _clean(value) for key, value in event.items() if key != "stack"}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRETS.sub(HIDDEN, value)
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return value if isinstance(value, int | float | None) else _SECRETS.sub(HIDDEN, str(value))
