"""The service itself: problems, headers, health, metrics, logs without personal data, limits."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from controller import logs
from controller.config import load
from controller.main import create_app
from controller.middleware import MAX_BODY_BYTES
from controller.problems import CODES
from tests.integration.api.world import OWN, Person, World


def defective(app: FastAPI) -> None:
    @app.get("/api/v1/defect")
    def defect() -> None:
        raise RuntimeError("hoa@example.vn 0912345678 tnt_abc_secret")


def test_a_defect_of_ours_is_told_without_a_stack_trace(sqlite_world: World) -> None:
    defective(sqlite_world.app)
    answer = sqlite_world.client.get("/api/v1/defect", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "RuntimeError" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("wish", "title"), [("en-US,vi;q=0.5", "Not found"), ("vi", "Không tìm thấy"), ("fr", "Không tìm thấy")]
)
def test_problems_come_in_the_language_that_was_asked_for(sqlite_world: World, wish: str, title: str) -> None:
    answer = sqlite_world.client.get("/api/v1/nothing", headers={"Accept-Language": wish})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == title
    assert answer.headers["Content-Language"] in ("vi", "en")


def test_every_code_is_worded_in_both_languages() -> None:
    for code, entry in CODES.items():
        assert all([entry.vi.title, entry.vi.detail, entry.en.title, entry.en.detail]), code
        assert entry.vi != entry.en


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/v1/login", b"{not json", "invalid"),
        ("POST", "/api/v1/login", b"\xff\xfe", "invalid"),
        ("POST", "/api/v1/login", b"[" * 100_000, "bad-request"),
        ("POST", "/api/v1/login", b'{"login": "a", "password": 1e999}', "invalid"),
        ("PUT", "/api/v1/login", b"{}", "method-not-allowed"),
        ("GET", "/api/v1/schools/%00", b"", "not-authenticated"),
        ("GET", "/api/v1/schools?limit=-1", b"", "not-authenticated"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_never_a_failure(
    sqlite_world: World, method: str, path: str, body: bytes, code: str
) -> None:
    answer = sqlite_world.client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["code"] == code, answer.text


@pytest.mark.parametrize("path", ["schools/%00", "schools/..", "users/0", "users/99999999999999999999", "agents/A'--"])
def test_strange_names_in_a_path_are_refused(world: World, path: str) -> None:
    assert world.as_admin("GET", f"/api/v1/{path}").status_code in (404, 422)


@pytest.mark.parametrize(
    "query", ["q=%00", "school=%00", "actor=%00", "since=nan", "since=1e400", "kind=%00", "target=%00"]
)
def test_strange_values_in_a_query_are_never_a_failure(world: World, query: str) -> None:
    for path in ("schools", "events", "audit", "users", "agents", "communes", f"schools/{OWN}/windows"):
        assert world.as_admin("GET", f"/api/v1/{path}?{query}").status_code in (200, 422)


def test_a_body_that_is_too_large_is_refused_declared_or_not(sqlite_world: World) -> None:
    for content in (b"x" * (MAX_BODY_BYTES + 1), iter([b"x" * (MAX_BODY_BYTES + 1)])):
        answer = sqlite_world.client.post(
            "/api/v1/login", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_answers_carry_security_headers_and_a_new_nonce_each(sqlite_world: World) -> None:
    first, second = (sqlite_world.client.get("/healthz").headers for _ in range(2))
    policy = first["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert policy != second["Content-Security-Policy"]
    assert first["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in first


def test_under_tls_browsers_are_told_to_stay_with_it(tmp_path: Path) -> None:
    app = create_app(load(None, {}, data_dir=tmp_path, public_url="https://truongnet.example.vn"))
    answer = TestClient(app).get("/healthz")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    app.state.services.engine.dispose()


def test_the_service_is_ready_with_a_database_of_this_release(world: World) -> None:
    assert world.client.get("/healthz").json() == {"status": "ok"}
    assert world.client.get("/readyz").json() == {"ready": True, "database": "ok", "migrations": "ok", "disk": "ok"}
    with world.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        session.commit()
    answer = world.client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "outdated")


def test_the_service_is_not_ready_without_its_database(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.services.engine.dispose()
    (tmp_path / "data" / "truongnet.sqlite").unlink()
    (tmp_path / "data" / "truongnet.sqlite").mkdir()
    assert sqlite_world.client.get("/readyz").status_code == 503
    assert sqlite_world.client.get("/healthz").status_code == 200


def test_a_database_that_someone_holds_for_too_long_is_a_problem_to_come_back_later(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sqlite_world.as_admin("GET", "/api/v1/me")
    monkeypatch.setattr("controller.db.BUSY_MS", 50)
    sqlite_world.services.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "data" / "truongnet.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = sqlite_world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"pupils": 5})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "5"


def test_metrics_need_a_token_unless_the_caller_is_on_this_machine(world: World) -> None:
    assert world.client.get("/metrics").status_code == 401
    assert world.call(Person("school", "school", OWN), "GET", "/metrics").status_code == 403
    assert world.call(Person("auditor", "province"), "GET", "/metrics").status_code == 200
    local = TestClient(world.app, client=("127.0.0.1", 50000))
    assert local.get("/metrics").status_code == 200
    assert local.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401


def test_metrics_show_the_province_each_school_and_the_service(world: World) -> None:
    world.as_admin("GET", "/api/v1/schools")
    said = world.as_admin("GET", "/metrics").text
    assert 'truongnet_schools{status="up"} 3.0' in said
    assert f'truongnet_school_down_bps{{commune="29001",school="{OWN}"}} 9e+07' in said
    assert 'truongnet_boxes{state="pending"} 3.0' in said
    assert "truongnet_batches_total 0.0" in said
    assert 'route="/api/v1/schools"' in said
    assert "Đốc Binh Kiều" not in said


def test_two_applications_in_one_process_count_apart(world: World, tmp_path: Path) -> None:
    other = create_app(load(None, {}, data_dir=tmp_path / "other"))
    world.client.get("/healthz")
    assert b'route="/healthz"' not in other.state.metrics.text()
    other.state.services.engine.dispose()


CANARIES = ("Bí Mật", "0912345678", "bi.mat@example.vn", "canary-query", "canary-password", "tnt_", "203.0.113.9")


def test_logs_hold_nothing_personal(sqlite_world: World) -> None:
    stream = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.set_up("debug", stream)
    try:
        defective(sqlite_world.app)
        body = {"name": "Trần Bí Mật", "phone": "0912345678", "email": "bi.mat@example.vn"}
        sqlite_world.as_admin("POST", f"/api/v1/schools/{OWN}/contacts", json=body)
        sqlite_world.as_admin("GET", "/api/v1/schools?q=canary-query", headers={"X-Forwarded-For": "203.0.113.9"})
        login = {"login": "bi.mat@example.vn", "password": "canary-password"}
        sqlite_world.client.post("/api/v1/login", json=login)
        sqlite_world.client.get("/api/v1/defect")
        sqlite_world.as_admin("POST", f"/api/v1/schools/{OWN}/rooms", json={"code": "A101", "name": "Bí Mật"})
        logging.getLogger("truongnet.test").warning("called by %s on %s", "bi.mat@example.vn", "0912 345 678")
    finally:
        for handler in logging.getLogger().handlers:
            if handler not in before[0]:
                logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(before[1])
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["route"] for line in lines if line["event"] == "request"].count("/api/v1/schools") == 1
    failure = next(line for line in lines if line["event"] == "request failed")
    assert failure["error"] == "RuntimeError"
    assert any("defect" in frame for frame in failure["frames"])
    said = stream.getvalue()
    for canary in (*CANARIES, "0912 345 678"):
        assert canary not in said
