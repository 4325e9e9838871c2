"""Every route × every role × {own, sibling, parent, other}, walked over the routes of the real application."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from controller.config import load
from controller.deps import PUBLIC, Require
from controller.main import create_app
from controller.people.lockout import LoginGate
from tests.integration.api.conftest import open_world
from tests.integration.api.rules import RULES, Rule
from tests.integration.api.world import (
    ADMIN,
    COMMUNE_OF,
    HERE,
    NOBODY,
    OWN,
    SIBLING,
    Person,
    World,
    box_id,
    code_id,
    people,
)

PEOPLE = (*people(), NOBODY)
API = ("/api/", "/metrics", "/healthz", "/readyz")


def routes(app: FastAPI) -> Iterator[tuple[str, str, bool]]:
    """Method, path, and whether the route asks for a permission."""
    for one in iter_route_contexts(app.routes):
        path = str(one.path)
        dependant = getattr(one, "dependant", None)
        guarded = dependant is not None and any(isinstance(part.call, Require) for part in dependant.dependencies)
        for method in sorted((one.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield method, path, guarded or isinstance(one.original_route, Mount)


class Restored:
    """A world whose database goes back to its first state after each call that changed it."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world, self._file, self._kept = world, directory / "data" / "truongnet.sqlite", directory / "kept"
        for person in PEOPLE:
            world.call(person, "GET", "/api/v1/me")
        self._settle()
        shutil.copy(self._file, self._kept)

    def _settle(self) -> None:
        with self.world.services.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.world.services.engine.dispose()

    def restore(self) -> None:
        self._settle()
        shutil.copy(self._kept, self._file)


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Restored]:
    directory = tmp_path_factory.mktemp("matrix")
    for world in open_world(sqlite_template, directory):
        yield Restored(world, directory)


def expected(rule: Rule, person: Person | None) -> int:
    """The status that this rule promises to this person."""
    if rule.target == "public":
        return rule.good
    if person is None:
        return 401
    if rule.target == "self":
        return rule.good
    if person.role not in rule.roles:
        return 403
    if rule.target == "province":
        return rule.good if person.kind == "province" else 403
    reaches = {
        "list": True,
        "school": person.covers(OWN),
        "commune": person.kind == "province" or person.place == HERE,
        "any-school-of-commune": bool(person.sees & {OWN, SIBLING}),
    }
    return rule.good if reaches[rule.target] else 404


@pytest.mark.parametrize(("method", "path"), sorted(RULES), ids=lambda value: str(value))
def test_each_route_answers_each_role_as_its_rule_says(restored: Restored, method: str, path: str) -> None:
    rule, world = RULES[method, path], restored.world
    url = path.format(**rule.path)
    for person in (None, *PEOPLE):
        world.app.state.login_gate = LoginGate()  # here it is not about how often someone guesses
        answer = world.call(person, method, url, json=rule.body)
        login = person.login if person else "anonymous"
        if method != "GET" and answer.status_code < 400:
            restored.restore()
        assert answer.status_code == expected(rule, person), f"{login}: {answer.text[:300]}"
        shown = {school for school in COMMUNE_OF if school in answer.text}
        hidden = shown - (person.sees if person else set())
        if path not in ("/metrics",) and not (rule.target == "province" and answer.status_code < 400):
            assert not hidden, f"{login} was shown {hidden}"
        if rule.target == "list" and person and person.role in rule.roles and path not in COUNTS:
            assert shown == person.sees, f"{login} misses {person.sees - shown}"


# They show communes, numbers or a packed file, no school's code.
COUNTS = (
    "/api/v1/overview",
    "/api/v1/communes",
    "/api/v1/providers",
    "/api/v1/imports",
    "/api/v1/imports/preview",
    "/api/v1/imports/template.xlsx",
    "/api/v1/exports/registry.xlsx",
    "/api/v1/exports/everything.zip",
    "/api/v1/plan",
    "/api/v1/plan/upgrades",  # nothing is rolled up there: no contract is too small
)


def test_every_route_asks_for_a_permission_or_is_listed_as_public(restored: Restored) -> None:
    open_routes = {path for _, path, guarded in routes(restored.world.app) if not guarded and path not in PUBLIC}
    assert open_routes == set()


def test_every_route_of_the_api_has_a_rule(restored: Restored) -> None:
    found = {(method, path) for method, path, _ in routes(restored.world.app) if path.startswith(API)}
    assert found - set(RULES) == set(), "say in rules.py who may call it"
    assert set(RULES) - found == set(), "rules for routes that are gone"


def test_no_page_shows_a_school_outside_ones_scope(restored: Restored) -> None:
    """Pages need no rule each: whatever they answer, it must not name what the person may not see."""
    world = restored.world
    for method, path, _ in set(routes(world.app)):
        if method != "GET" or path.startswith((*API, "/static")) or path in PUBLIC | STREAMS:
            continue
        names = set(re.findall(r"{(\w+)}", path))
        assert names <= set(PARAMETERS), f"say in PARAMETERS what stands for {names - set(PARAMETERS)} in {path}"
        url = path.format(**PARAMETERS)
        for person in PEOPLE:
            answer = world.call(person, "GET", url, headers={"Accept": "text/html"})
            hidden = {school for school in COMMUNE_OF if school in answer.text} - person.sees
            assert not hidden or (OWN in url and hidden == {OWN} and answer.status_code >= 400), (
                f"{person.login} on {url}"
            )


STREAMS = frozenset({"/live"})  # server-sent events never end; they carry ids and no text
PARAMETERS = {"code": OWN, "agent_id": box_id(OWN, "accepted"), "number": "1", "code_id": code_id(OWN)}
PARAMETERS |= {"lang": "vi", "kind": "csv", "work_id": "0" * 24}


def test_a_new_route_without_a_rule_is_noticed(tmp_path: Path) -> None:
    app = create_app(load(None, {}, data_dir=tmp_path / "data"))

    @app.get("/api/v1/forgotten")
    def forgotten() -> str:
        return "open to all"

    assert ("GET", "/api/v1/forgotten", False) in set(routes(app))
    app.state.services.engine.dispose()


def test_an_administrator_of_the_province_sees_all_of_it(restored: Restored) -> None:
    assert ADMIN.sees == set(COMMUNE_OF)
