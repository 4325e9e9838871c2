"""Static files are addressed by their content, compressed, and nothing else of the disk can be had by them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from controller.web.assets import ROOT, Assets
from tests.integration.api.world import World

SET_UP = Path(__file__).resolve().parents[3] / "setup" / "frontend.py"


def test_a_file_is_kept_for_ever_under_the_address_of_its_content(sqlite_world: World, tmp_path: Path) -> None:
    url = Assets().url("app.css")
    answer = sqlite_world.client.get(url, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" not in sqlite_world.client.get("/static/app.css").headers["Cache-Control"]
    (tmp_path / "a.css").write_text("a", "utf-8")
    before = Assets(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b", "utf-8")
    assert Assets(tmp_path).url("a.css") != before


def test_a_script_of_modules_has_the_type_that_browsers_take(sqlite_world: World) -> None:
    for name in ("vendor/maplibre-gl.mjs", "vendor/maplibre-gl-worker.mjs", "map.js"):
        assert "javascript" in sqlite_world.client.get(f"/static/{name}").headers["Content-Type"], name


def test_everything_that_set_up_copies_is_there() -> None:
    files = runpy.run_path(str(SET_UP))["FILES"]
    missing = [name for name in files.values() if not (ROOT / "vendor" / name).is_file()]
    assert not missing


@pytest.mark.parametrize(
    "path", ["/static/../render.py", "/static/%2e%2e/render.py", "/static/", "/static/nothing.css"]
)
def test_nothing_else_is_served(sqlite_world: World, path: str) -> None:
    assert sqlite_world.client.get(path).status_code == 404


def test_an_answer_says_what_browsers_may_do_with_it(sqlite_world: World) -> None:
    answer = sqlite_world.client.get("/login", headers={"Accept": "text/html"})
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert " style=" not in answer.text
