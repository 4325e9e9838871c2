"""Errors that people and programs see: problem+json (RFC 9457) with a stable ``code``, worded in the caller's language.

The codes and their texts stand in ``controller.problem_codes``. No answer carries a stack trace, and no text repeats
what the caller sent.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException

from controller.problem_codes import CODES, LANGS, Lang, Text
from controller.problem_fields import describe

__all__ = ["CODES", "LANGS", "MEDIA_TYPE", "Lang", "Problem", "answer", "install", "is_page", "language"]

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("truongnet.api")

_BY_STATUS = {400: "bad-request", 401: "not-authenticated", 403: "forbidden", 404: "not-found"} | {
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media",
    429: "slow-down",
    503: "busy",
}


class Problem(Exception):
    """Something that the caller should know; ``errors`` lists fields, ``params`` fill the text and travel along."""

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after: float | None = None,
        detail: Mapping[str, str] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code)
        self.code, self.errors, self.retry_after, self.params = code, errors, retry_after, params
        self.detail = detail  # {"vi": …, "en": …}: more exact than the table's
        if retry_after is not None:
            params.setdefault("seconds", max(1, math.ceil(retry_after)))

    @property
    def status(self) -> int:
        return CODES[self.code].status

    def body(self, lang: Lang) -> dict[str, Any]:
        text: Text = getattr(CODES[self.code], lang)
        detail = self.detail[lang] if self.detail else text.detail
        body: dict[str, Any] = {
            "type": f"urn:truongnet:problem:{self.code}",
            "title": text.title,
            "status": self.status,
            "code": self.code,
            "detail": detail.format_map({"seconds": "?", **self.params}),
            **self.params,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return body

    def response(self, lang: Lang) -> Response:
        headers = {"Content-Language": lang, "Cache-Control": "no-store"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.params["seconds"])
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="truongnet"'
        return JSONResponse(self.body(lang), self.status, headers, MEDIA_TYPE)


def language(request: Request) -> Lang:
    """The caller's language: the account's, else the first of Accept-Language that we speak, else Vietnamese."""
    known = getattr(request.state, "lang", None)
    if known in LANGS:
        return "en" if known == "en" else "vi"
    wishes: list[tuple[float, int, Lang]] = []
    for position, part in enumerate(request.headers.get("accept-language", "")[:500].split(",")):
        name, _, rest = part.strip().partition(";")
        base = name.strip().lower().partition("-")[0]
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if base in LANGS and weight > 0:
            wishes.append((-weight, position, "en" if base == "en" else "vi"))
    return min(wishes)[2] if wishes else "vi"


def is_page(request: Request) -> bool:
    """Whether the caller is a person with a browser, not a program."""
    path = request.url.path
    is_program = path.startswith(("/api/", "/v1/", "/metrics", "/healthz", "/readyz"))
    return not is_program and "text/html" in request.headers.get("accept", "")


def answer(request: Request, problem: Problem) -> Response:
    page: Callable[[Request, Problem], Response] | None = getattr(request.app.state, "html_problem", None)
    if page is not None and is_page(request):
        return page(request, problem)
    return problem.response(language(request))


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return answer(request, error)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    return answer(request, Problem("invalid", errors=describe(error.errors(), language(request))))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    code = _BY_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    response = answer(request, Problem(code))
    if "allow" in {name.lower() for name in error.headers or {}}:
        response.headers["Allow"] = {**(error.headers or {})}.get("Allow", "")
    return response


def _on_conflict(request: Request, error: Exception) -> Response:
    """Two at once, where each alone would have been good: the database's own rule decided."""
    log.warning("refused by a rule of the database", extra={"error": type(error).__name__})
    return answer(request, Problem("conflict"))


def _on_trouble(request: Request, error: Exception) -> Response:
    """The database cannot be reached, or someone else held it for too long."""
    log.error("the database did not answer", exc_info=error)
    return answer(request, Problem("busy", retry_after=5))


def _on_data(request: Request, _error: Exception) -> Response:
    """A value that no column can hold, and no rule of ours caught before."""
    return answer(request, Problem("bad-request"))


def install(app: FastAPI) -> None:
    """Handlers for what is no defect; defects are answered by middleware.Failures."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(IntegrityError, _on_conflict)
    app.add_exception_handler(DataError, _on_data)
    app.add_exception_handler(OperationalError, _on_trouble)
