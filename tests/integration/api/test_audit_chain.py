"""The audit log: everything is written down, nothing can be changed, and a change behind its back shows."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from controller import audit
from controller.tables import Audit
from tests.integration.api.world import HERE, OWN, STRANGER, Person, World

FORBIDDEN = ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "UPDATE audit SET detail = '{}' WHERE id = 1")


def guards_off(session: Session) -> None:
    """What someone with the database's own password could do."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
    else:
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_no_{verb}"))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_to_change_or_remove_a_row(world: World, statement: str) -> None:
    with world.session() as session, pytest.raises(DBAPIError, match="only be added to"):
        session.execute(text(statement))


def test_postgresql_refuses_to_empty_the_table(world: World) -> None:
    with world.session() as session:
        if session.get_bind().dialect.name != "postgresql":
            pytest.skip("SQLite has no TRUNCATE")
        with pytest.raises(DBAPIError, match="only be added to"):
            session.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'someone-else' WHERE id = 2",
        "UPDATE audit SET at = at + 1 WHERE id = 2",
        "UPDATE audit SET detail = '{\"a\": 1}' WHERE id = 2",
        "UPDATE audit SET school_id = NULL WHERE id = 2",
    ],
)
def test_a_row_changed_behind_its_back_is_found(world: World, change: str) -> None:
    with world.session() as session:
        assert audit.verify(session).broken is None
        guards_off(session)
        session.execute(text(change))
        assert audit.verify(session).broken == 2


def test_a_row_taken_out_of_the_middle_is_found(world: World) -> None:
    with world.session() as session:
        guards_off(session)
        session.execute(text("DELETE FROM audit WHERE id = 2"))
        assert audit.verify(session).broken == 3


def test_rows_cut_off_the_end_show_by_the_head(world: World) -> None:
    with world.session() as session:
        before = audit.verify(session)
        guards_off(session)
        session.execute(text("DELETE FROM audit WHERE id = 3"))
        after = audit.verify(session)
    assert after.broken is None
    assert (before.head, before.count) != (after.head, after.count)


def test_many_at_once_make_one_chain(world: World) -> None:
    def write(number: int) -> None:
        with world.session() as session:
            for turn in range(10):
                audit.record(session, "system", "test", f"test:{number}-{turn}", value=1.5, words="chữ")
                session.commit()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.session() as session:
        found = audit.verify(session)
        assert (found.broken, found.count) == (None, 63)


def test_what_is_rolled_back_is_not_written_down(world: World) -> None:
    with world.session() as session:
        audit.record(session, "system", "test", "test:1")
        session.rollback()
        assert audit.verify(session).count == 3


def test_who_did_what_is_written_down_without_personal_data(world: World) -> None:
    world.as_admin("PATCH", f"/api/v1/schools/{OWN}", json={"pupils": 411})
    world.as_admin("POST", f"/api/v1/schools/{OWN}/contacts", json={"name": "Trần Bí Mật", "phone": "0912345678"})
    with world.session() as session:
        rows = session.exec(select(Audit).order_by(col(Audit.id).desc()).limit(2)).all()
    assert [(row.actor, row.action) for row in reversed(rows)] == [
        ("province-admin-province-all", "school.update"),
        ("province-admin-province-all", "contact.create"),
    ]
    assert rows[1].detail == {"fields": ["pupils"]}
    assert "Bí Mật" not in str(rows)
    assert "0912" not in str(rows)


def test_an_auditor_of_a_commune_reads_what_concerned_its_schools(world: World) -> None:
    auditor = Person("auditor", "commune", HERE)
    listed = world.call(auditor, "GET", "/api/v1/audit")
    assert OWN in listed.text
    assert STRANGER not in listed.text
    assert world.call(auditor, "GET", "/api/v1/audit/verify").status_code == 403
    whole = world.call(Person("auditor", "province"), "GET", "/api/v1/audit/verify").json()
    assert (whole["whole"], whole["count"]) == (True, 3)
    assert len(whole["head"]) == 64
