"""Kinds of values that requests may carry, and the two bases of all models: what comes in, what goes out."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_INT = 2_147_483_647
MAX_TIME = 4_102_444_800.0  # the year 2100


def _printable(text: str) -> str:
    """One Unicode form, and nothing that a database, a terminal or a spreadsheet would trip over."""
    text = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") for letter in text):
        raise ValueError("control characters")
    return text


def _day(text: str) -> str:
    return dt.date.fromisoformat(text).isoformat()


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
CommuneCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+(). -]{0,30}$")]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")
]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
BitsPerSecond = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
IsoDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Moment = Annotated[float, Field(ge=0, le=MAX_TIME, allow_inf_nan=False, description="Unix seconds")]

CodeInPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["82001"])]
NumberInPath = Annotated[int, Path(ge=1, le=MAX_INT, examples=[1])]
BoxInPath = Annotated[str, Path(pattern=r"^[0-9a-z]{1,64}$", examples=["9f86d081884c7d65"])]
IdInPath = Annotated[str, Path(pattern=r"^[0-9a-f]{1,32}$", examples=["1a2b3c4d"])]


class In(BaseModel):
    """What a caller sends: a field that nobody knows is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What goes out, read from a row's attributes."""

    model_config = ConfigDict(from_attributes=True)
