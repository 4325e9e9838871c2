"""The version of this software, as the installed distribution has it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _read() -> str:
    try:
        return version("truongnet")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "0.1.0"


VERSION = _read()
