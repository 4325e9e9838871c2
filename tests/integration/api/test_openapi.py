"""The API's description is true: schemathesis calls every operation as an administrator and finds no failure of ours.

Each operation is called with data that fits its description and with data that does not. No answer may be a 5xx, and
each must have the content type and the shape that the description promises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlmodel import Session

from controller.people import sessions
from tests.integration.api.conftest import open_world
from tests.integration.api.world import ADMIN, OWN, World, box_id, code_id, user_of

EXAMPLES = 8  # of each operation and kind of data
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]

# Ids that exist, so that calls reach behind the first look-up.
KNOWN: dict[str, list[Any]] = {
    "code": [OWN, "29001"],
    "agent_id": [box_id(OWN, "accepted"), box_id(OWN, "pending")],
    "number": [1, 2],
    "grant_id": [2],
    "code_id": [code_id(OWN)],
}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    for world in open_world(sqlite_template, tmp_path_factory.mktemp("fuzz")):
        world.call(ADMIN, "GET", "/api/v1/me")
        yield world


def as_admin(world: World) -> dict[str, str]:
    """A new session each time: some operations end sessions or ask for a new password."""
    with Session(world.services.engine) as session:
        user = user_of(session, ADMIN)
        user.must_change_password, user.is_active, user.totp_secret = False, True, ""
        started = sessions.start(session, user, world.clock(), is_full=True)
        session.add(user)
        session.commit()
    return {"Cookie": f"truongnet={started.cookie}", "X-CSRF-Token": started.csrf}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_no_operation_fails_whatever_it_is_sent(fuzzed: World, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", fuzzed.app)
    schema.config.generation.update(modes=list(GenerationMode), with_security_parameters=False)
    called, answers = 0, Counter[int]()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), pick=st.integers(0, 2))
        def call(case: schemathesis.Case[Any], pick: int) -> None:
            for name, values in KNOWN.items():
                if name in case.path_parameters and pick < len(values):
                    case.path_parameters[name] = values[pick]
            response = case.call(headers=as_admin(fuzzed))
            answers[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        with suppress(Unsatisfiable):  # an operation without anything to give has no wrong data either
            call()
        called += 1
    assert called > 60
    assert answers[401] < answers.total() / 5, "calls that get no further prove nothing"
    if mode is GenerationMode.POSITIVE:
        assert answers[200] + answers[201] + answers[204] > answers.total() / 3
    else:
        assert answers[422] > answers.total() / 3
