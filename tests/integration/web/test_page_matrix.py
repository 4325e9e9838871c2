"""Every page and form × every role × {own, sibling, parent, other}, walked over the routes of the real application.

Rules stand in ``rules_*.py`` of this directory, in the words of ``tests.integration.api.rules``. Whoever is not signed
in is led to the sign-in; whoever may not at all is told 403; what lies outside one's part of the province is 404.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from controller.people.lockout import LoginGate
from tests.integration import web
from tests.integration.api.conftest import open_world
from tests.integration.api.rules import Rule
from tests.integration.api.test_route_matrix import API, PEOPLE, Restored, expected, routes
from tests.integration.api.world import COMMUNE_OF

STREAMS = frozenset({"/live"})  # server-sent events never end; test_live.py looks at them
ELSEWHERE = (*API, "/v1/", "/static")


def collect() -> Iterator[tuple[tuple[str, str], Rule]]:
    for module in pkgutil.iter_modules(web.__path__):
        if module.name.startswith("rules_"):
            found: Mapping[tuple[str, str], Rule] = importlib.import_module(f"{web.__name__}.{module.name}").RULES
            yield from found.items()


RULES = dict(collect())


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Restored]:
    directory = tmp_path_factory.mktemp("pages")
    for world in open_world(sqlite_template, directory):
        yield Restored(world, directory)


@pytest.mark.parametrize(("method", "path"), sorted(RULES), ids=lambda value: str(value))
def test_each_page_answers_each_role_as_its_rule_says(restored: Restored, method: str, path: str) -> None:
    rule, world = RULES[method, path], restored.world
    url = path.format(**rule.path) + (f"?{rule.query}" if rule.query else "")
    for person in (None, *PEOPLE):
        world.app.state.login_gate = LoginGate()  # here it is not about how often someone guesses
        form = {"data": rule.body} if method == "POST" else {}
        headers = {"Accept": "text/html"}
        answer = world.call(person, method, url, headers=headers, follow_redirects=False, **form)
        login = person.login if person else "anonymous"
        if method != "GET" and answer.status_code < 400:
            restored.restore()
        if person is None and rule.target != "public":
            assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), (
                f"{url}: {answer.text[:300]}"
            )
            continue
        if rule.target == "public" and person is not None:
            assert answer.status_code < 500  # who is signed in already is led on
            continue
        assert answer.status_code == expected(rule, person), f"{login}: {answer.text[:2000]}"
        shown = {school for school in COMMUNE_OF if school in answer.text}
        if answer.status_code < 400 and rule.target != "province":
            hidden = shown - (person.sees if person else set())
            assert not hidden, f"{login} was shown {hidden}"


def test_every_page_has_a_rule(restored: Restored) -> None:
    found = {
        (method, path)
        for method, path, _ in routes(restored.world.app)
        if not path.startswith(ELSEWHERE) and path not in STREAMS
    }
    assert found - set(RULES) == set(), "say in rules_*.py who may open it"
    assert set(RULES) - found == set(), "rules for pages that are gone"


def test_a_form_without_its_token_is_refused_by_every_page(restored: Restored) -> None:
    world = restored.world
    for (method, path), rule in sorted(RULES.items()):
        if method != "POST" or rule.target == "public":
            continue
        url = path.format(**rule.path)
        headers = {"Accept": "text/html", "X-CSRF-Token": "wrong"}
        world.call(PEOPLE[0], "GET", "/account")  # signed in
        started = world.cookies[PEOPLE[0].login]
        headers["Cookie"] = f"truongnet={started.cookie}"
        answer = world.client.post(url, data=rule.body, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, f"{url}: {answer.text[:300]}"
        world.client.cookies.clear()
