"""What somebody can put into an address or a form by hand: never a failure of ours, never taken over as markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from controller.people.lockout import LoginGate
from tests.integration.api.conftest import open_world
from tests.integration.api.test_route_matrix import PEOPLE, Restored
from tests.integration.web.test_page_matrix import RULES

ADMIN = PEOPLE[0]
MARKUP = '"><script>alert(1)</script>'
STRANGE = (
    "",
    " ",
    "-1",
    "99999999999999999999",
    "nan",
    "1e400",
    "\x00",
    "\u202e",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%",
    "é" * 600,
    "{{ 7 * 7 }}",
    MARKUP,
)
WORST = ("\x00", "99999999999999999999", MARKUP)
HTML = {"Accept": "text/html"}
PAGES = sorted(path for method, path in RULES if method == "GET")
FORMS = sorted(path for method, path in RULES if method == "POST")


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[Restored]:
    directory = tmp_path_factory.mktemp("strange")
    for world in open_world(sqlite_template, directory):  # type: ignore[arg-type]
        yield Restored(world, directory)


def declared(dependant: Any) -> set[str]:
    """Query parameters of a route and of all that it depends on."""
    names = {field.alias for field in dependant.query_params}
    return names.union(*(declared(one) for one in dependant.dependencies))


def parameters(app: FastAPI, path: str) -> set[str]:
    """Of the query: those that the route declares, and a few that pages read by themselves."""
    names = {"q", "page", "sort", "next", "lang", "range", "since"}
    for one in iter_route_contexts(app.routes):
        dependant = getattr(one, "dependant", None)
        if one.path == path and dependant is not None:
            names |= declared(dependant)
    return names


def check(restored: Restored, method: str, url: str, kind: Mapping[str, str] | None = None, **more: object) -> None:
    kind = dict(kind or {})
    world = restored.world
    world.app.state.login_gate = LoginGate()
    answer = world.call(ADMIN, method, url, headers=HTML | kind, follow_redirects=False, **more)
    assert answer.status_code < 500, f"{method} {url[:200]} {str(more)[:300]}: {answer.text[:500]}"
    assert MARKUP not in answer.text, f"{method} {url[:200]}"
    assert answer.headers.get("location", "/").startswith("/"), "led away from this site"
    assert not answer.headers.get("location", "/").startswith("//")
    if method == "POST" and answer.status_code < 400:
        restored.restore()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_survives_any_query_and_any_name_in_its_path(restored: Restored, path: str) -> None:
    rule = RULES["GET", path]
    url = path.format(**rule.path)
    names = sorted(parameters(restored.world.app, path))
    for value in STRANGE:  # all of them at once, and the worst also one by one, since one may hide another
        check(restored, "GET", f"{url}?{'&'.join(f'{name}={quote(value)}' for name in names)}")
    for name in names:
        for value in WORST:
            check(restored, "GET", f"{url}?{name}={quote(value)}")
        check(restored, "GET", f"{url}?{name}=%FF%FE&{name}=1")
    for name in rule.path:
        for value in ("%00", "..", "A'--", "0", "99999999999999999999", "%C3%A9", quote(MARKUP, safe="")):
            check(restored, "GET", path.format(**{**rule.path, name: value}))


@pytest.mark.parametrize("path", FORMS)
def test_a_form_survives_any_value_in_each_of_its_fields(restored: Restored, path: str) -> None:
    rule = RULES["POST", path]
    url = path.format(**rule.path)
    body = dict(rule.body) if isinstance(rule.body, dict) else {}
    for name in body:
        for value in STRANGE:
            check(restored, "POST", url, data={**body, name: value})
        check(restored, "POST", url, data={**body, name: ["1", "2"]})
        check(restored, "POST", url, data={key: value for key, value in body.items() if key != name})
    check(restored, "POST", url, data={f"field-{number}": "x" for number in range(200)})
    check(
        restored,
        "POST",
        url,
        kind={"Content-Type": "multipart/form-data; boundary=x"},
        content=b"--x\r\nno form at all",
    )
