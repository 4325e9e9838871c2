"""The description of the JSON API: /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts

from controller.api.common import ProblemBody
from controller.deps import COOKIE, CSRF_HEADER
from controller.problems import CODES
from controller.version import VERSION

PATH = "/api/v1/openapi.json"
DESCRIPTION = """\
Everything that the pages of TruongNet can do, for programs.

* Sign in with an API token (`Authorization: Bearer tnt_…`), or with the browser's session; then unsafe methods need \
the session's CSRF token in `X-CSRF-Token`.
* You see your own part of the province. What lies outside it is 404.
* Times are Unix seconds, speeds bits per second, shares from 0 to 1.
* Lists take `limit` and `offset`; `X-Total-Count` says how many there are. Answers carry an `ETag`; send it back \
in `If-None-Match`.
* Errors are `application/problem+json` (RFC 9457) with a stable `code`, worded in Vietnamese or English after \
`Accept-Language` or your account's language.

Codes: """

router = APIRouter(tags=["service"])


@router.get(PATH, include_in_schema=False)
def get_description(request: Request) -> JSONResponse:
    return JSONResponse(describe(request.app))


def describe(app: FastAPI) -> dict[str, Any]:
    """Made at the first call and kept with the application."""
    kept: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if kept is not None:
        return kept
    routes = [one for one in iter_route_contexts(app.routes) if (one.path or "").startswith(("/api/", "/metrics"))]
    made: dict[str, Any] = get_openapi(
        title="TruongNet",
        version=VERSION,
        description=DESCRIPTION + ", ".join(f"`{code}` ({entry.status})" for code, entry in CODES.items()) + ".",
        routes=routes,
    )
    parts = made.setdefault("components", {})
    schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = parts.setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    schemas["ProblemBody"] = schema
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "tnt_<id>_<secret>"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": f"with {CSRF_HEADER}"},
    }
    made["security"] = [{"token": []}, {"session": []}]
    app.state.openapi = made
    return made
