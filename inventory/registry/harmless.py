"""Cells that a spreadsheet would run as a formula come out as text, in every export."""

from __future__ import annotations

import re
from typing import Any

_BREAKS = re.compile(r"[\t\r\n]+")  # they would begin a new cell in some programs
# At the start of a cell; behind ";" too, because a spreadsheet set up for Viet Nam splits a CSV there. Some read the
# wide signs as the narrow ones.
_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def harmless(value: Any) -> Any:
    """Text gets an apostrophe before what starts a formula; numbers stay numbers. The import takes it off again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'\2", _BREAKS.sub(" ", value))
    return value
