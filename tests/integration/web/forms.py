"""Posting forms and reading pages as a person does, without a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import httpx2 as httpx

from tests.integration.api.world import ADMIN, Person, World

PAGE = {"Accept": "text/html"}


def get(world: World, url: str, person: Person = ADMIN) -> str:
    """The text of a page that opens."""
    answer = world.call(person, "GET", url, headers=PAGE)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def post(
    world: World, url: str, data: Mapping[str, Any] | None = None, person: Person = ADMIN, **more: Any
) -> httpx.Response:
    return world.call(person, "POST", url, data=dict(data or {}), headers=PAGE, follow_redirects=False, **more)


def done(answer: httpx.Response) -> str:
    """Where a form that was good leads to."""
    assert answer.status_code == 303, shown(answer.text)[:800]
    return str(answer.headers["location"])


def shown(page: str) -> str:
    """What stands on a page, without its tags."""
    main = page[page.find("<main") :]
    return " ".join(html.unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", main, flags=re.DOTALL)).split())


def errors(page: str) -> dict[str, str]:
    """What a form says is wrong, by field."""
    found = re.findall(r'<p class="field-error" id="([\w.]+)-error">(.*?)</p>', page, flags=re.DOTALL)
    return {name: shown(f"<main{text}") for name, text in found}


def value(page: str, name: str) -> str:
    """What a field shows."""
    tag = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    assert tag, f"no field {name}"
    found = re.search(r'\bvalue="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else ""
