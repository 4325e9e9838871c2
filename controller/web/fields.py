"""What a person typed into a form: checked by the models of the JSON API, and what is wrong is said at its field.

A page keeps what was typed, also when it was refused, so that nobody types anything twice.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.datastructures import FormData

from controller.problem_fields import describe
from controller.problems import Lang, Problem

Model = TypeVar("Model", bound=BaseModel)
SHOWN_AT_FIELDS = frozenset({"cannot-grant", "commune-not-found"})  # besides all of 409, 412 and 422
EMPTY = ("hãy điền mục này", "please fill this in")
CHOOSE = ("hãy chọn một mục", "please choose one")

# What the rules behind "does not have the right form" are, field by field.
PLAIN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "code": (
            "chỉ gồm chữ không dấu, số, dấu chấm, gạch ngang và gạch dưới; bắt đầu bằng chữ hoặc số; tối đa 40 ký tự",
            "only letters without accents, digits, dot, hyphen and underscore; begins with a letter or digit; "
            "at most 40 characters",
        ),
        "login": (
            "từ 3 đến 64 ký tự: chữ thường không dấu, số, dấu chấm, gạch ngang, gạch dưới; "
            "bắt đầu và kết thúc bằng chữ hoặc số",
            "3 to 64 characters: small letters without accents, digits, dot, hyphen, underscore; "
            "begins and ends with a letter or digit",
        ),
        "email": ("cần có dạng ten@coquan.vn, hoặc để trống", "must look like name@office.vn, or be empty"),
        "phone": (
            "chỉ gồm số, dấu cách và các dấu + ( ) . -; tối đa 30 ký tự",
            "only digits, spaces and the signs + ( ) . -; at most 30 characters",
        ),
        "scope_id": ("không có nơi này", "there is no such place"),
        "address": (
            "cần một tên miền hoặc địa chỉ IP, ví dụ 203.119.8.1",
            "must be a host name or an IP address, such as 203.119.8.1",
        ),
        "name": ("có ký tự không hợp lệ, hoặc quá dài", "has a character that is not allowed, or is too long"),
    }
)


@dataclass(slots=True)
class Form:
    """``values`` as typed; ``errors`` by field; ``problem`` and ``detail`` concern the form as a whole."""

    lang: Lang
    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    detail: str = ""
    refused: int = 422  # the status of what refused it

    @property
    def is_good(self) -> bool:
        return not self.errors and not self.problem

    @property
    def status(self) -> int:
        """Of the answer that shows it."""
        return 200 if self.is_good else self.refused

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def text(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def wrong(self, name: str, texts: tuple[str, str]) -> None:
        """The first thing that is wrong with a field is the one that is said."""
        self.errors.setdefault(name, texts[self.lang == "en"])

    def bind(self, model: type[Model], given: Mapping[str, Any]) -> Model | None:
        """``given`` as a model, or None and what is wrong with it."""
        try:
            made = model.model_validate(dict(given))
        except ValidationError as error:
            for found in describe(error.errors(), self.lang):
                self._say(found, given)
            return None
        return made if self.is_good else None

    def _say(self, found: Mapping[str, str], given: Mapping[str, Any]) -> None:
        name, code = found["field"], found["code"]
        last = name.rpartition(".")[2]
        value = given.get(name)
        if value in ("", None) and "." not in name:
            self.wrong(name, CHOOSE if code == "literal_error" else EMPTY)
        elif code in ("string_pattern_mismatch", "value_error") and last in PLAIN:
            self.wrong(name, PLAIN[last])
        else:
            self.errors.setdefault(name, found["message"])

    def refuse(self, problem: Problem, at: Mapping[str, str]) -> None:
        """A problem of the API, said at its fields, or at the one that ``at`` names for its code."""
        self.refused = problem.status
        if problem.errors:
            for error in problem.errors:
                self.errors.setdefault(error["field"], in_one(error["message"], self.lang))
            return
        body = problem.body(self.lang)
        if problem.code in at:
            self.errors.setdefault(at[problem.code], f"{body['title']}. {body['detail']}")
        else:
            self.problem, self.detail = str(body["title"]), str(body["detail"])

    def guard(self, session: Session, at: Mapping[str, str] | None = None) -> Guard:
        """``with form.guard(session):`` what the body refuses becomes part of the form."""
        return Guard(self, session, at or {})


@dataclass(frozen=True, slots=True)
class Guard:
    """Nothing of a body that was refused stays in the database."""

    form: Form
    session: Session
    at: Mapping[str, str]

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        problem = Problem("conflict") if isinstance(error, IntegrityError) else error
        if not isinstance(problem, Problem):
            return False
        if problem.status not in (409, 412, 422) and problem.code not in SHOWN_AT_FIELDS:
            return False
        self.session.rollback()
        self.form.refuse(problem, self.at)
        return True


def in_one(message: str, lang: Lang) -> str:
    """Of "tiếng Việt / English" the one half; a text in one language stays as it is."""
    parts = message.split(" / ")
    return parts[lang == "en"] if len(parts) == 2 else message


_GROUPS = re.compile(r"^\d{1,3}(?:[., \u00a0]\d{3})+$")
_DECIMAL = re.compile(r"^-?\d+,\d+$")


def number(text: str) -> str:
    """As Vietnamese and English write numbers, for pydantic to read: "1.250" and "1,250" become 1250, "10,5" 10.5."""
    text = text.strip()
    if _GROUPS.match(text):
        return re.sub(r"\D", "", text)
    return text.replace(",", ".") if _DECIMAL.match(text) else text


def degrees(text: str) -> str:
    """A decimal number that has no groups: "10,4567" and "10.456" are what they look like."""
    text = text.strip().rstrip("°").strip()
    return text.replace(",", ".") if _DECIMAL.match(text) else text


async def submitted(request: Request) -> FormData:
    """The fields of the form that was sent."""
    return await request.form(max_files=1)


async def close_form(request: Request) -> AsyncIterator[None]:
    """For routers that take files: a file that was sent is closed with the answer, whatever that is."""
    try:
        yield
    finally:
        await request.close()


Submitted = Annotated[FormData, Depends(submitted)]


def texts(data: FormData) -> dict[str, str]:
    """The first value of each field that is text."""
    return {name: value for name, value in reversed(data.multi_items()) if isinstance(value, str)}


def columns(data: FormData, *names: str) -> list[tuple[str, ...]]:
    """Rows of fields that repeat: the n-th of each; rows where nothing was typed are left out."""
    lists = [[value.strip() if isinstance(value, str) else "" for value in data.getlist(name)] for name in names]
    rows = zip(*lists, strict=False)
    return [row for row in rows if any(row)]
