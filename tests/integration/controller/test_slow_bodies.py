"""Callers that announce a body and never end it: let go in time, on the boxes' wire and on the API alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import orjson
import pytest

from controller.api import agent_wire
from controller.middleware import Patience
from tests.integration.controller.conftest import Province


@pytest.fixture
def database_url() -> str:
    return ""


async def call(app: Any, path: str, parts: AsyncIterator[bytes]) -> tuple[int, dict[str, Any]]:
    """Status and problem, of a request whose body comes in ``parts`` and has no end."""
    answered: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(parts), "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"900"), (b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    async with asyncio.timeout(30):
        await app(scope, receive, send)
    return answered[0]["status"], orjson.loads(b"".join(part.get("body", b"") for part in answered))


async def nothing() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def drip() -> AsyncIterator[bytes]:
    while True:
        await asyncio.sleep(0.02)
        yield b"{"


@pytest.mark.parametrize("parts", [nothing, drip])
@pytest.mark.parametrize("path", ["/v1/exchange", "/v1/join", "/v1/beat"])
def test_a_box_that_never_ends_its_body_is_refused(
    province: Province, monkeypatch: pytest.MonkeyPatch, path: str, parts: Any
) -> None:
    monkeypatch.setattr(agent_wire, "BODY_SECONDS", 0.3)
    status, problem = asyncio.run(call(province.app, path, parts()))
    assert (status, problem["code"]) == (400, "bad-request")


@pytest.mark.parametrize("parts", [nothing, drip])
def test_a_caller_of_the_api_that_never_ends_its_body_is_refused(province: Province, parts: Any) -> None:
    impatient = Patience(province.app, seconds=0.3)
    status, problem = asyncio.run(call(impatient, "/api/v1/login", parts()))
    assert (status, problem["code"]) == (400, "bad-request")


def test_the_patience_of_the_api_is_bounded(province: Province) -> None:
    assert [one.kwargs for one in province.app.user_middleware if one.cls is Patience] == [{}]  # type: ignore[comparison-overlap]
    assert Patience(province.app).seconds == 120.0
