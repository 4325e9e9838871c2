"""A controller restored from an older backup: a new signed epoch, no box in quarantine, no result lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session, select
from starlette.testclient import TestClient

from agent.epoch import proven_epoch
from agent.seal import BadSeal
from controller import backup
from controller.config import Settings
from controller.main import create_app
from controller.tables import Agent, Event, Measurement, SealedBatch
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Clock, Province, add_schools

DAY = 86_400.0


@contextmanager
def running(settings: Settings, clock: Clock) -> Iterator[Province]:
    app = create_app(settings, clock)
    with TestClient(app) as client:
        yield Province(app, client, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def empty(settings: Settings) -> None:
    """What an operator does before a restore into PostgreSQL."""
    if settings.database:
        engine = create_engine(settings.database)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        engine.dispose()


def results(province: Province, box: Box) -> list[int]:
    with province.session() as session:
        return sorted(session.exec(select(Measurement.seq).where(Measurement.agent_id == box.id)))


def test_after_a_restore_of_a_day_old_backup_the_boxes_send_again_and_nothing_is_lost(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    kept: list[bytes] = []
    with running(settings, clock) as province:
        with province.session() as session:
            add_schools(session, clock())
        box = province.accepted()
        for _ in range(3):
            kept.append(box.batch(clock(), [box.speed(clock())]))
            province.exchange(box, kept[-1])
        backup.make(settings, tmp_path / "backup.tar")
        clock.now += DAY
        for _ in range(4):
            kept.append(box.batch(clock(), [box.speed(clock())]))
            province.exchange(box, kept[-1])
        roots = province.services.keys.roots_pem
    empty(settings)
    epoch = backup.restore(settings, tmp_path / "backup.tar", clock())
    with running(settings, clock) as province:
        clock.now += 60
        reply = province.exchange(box, box.batch(clock(), [box.speed(clock())]))
        assert proven_epoch(reply["epoch_proof"], roots) == reply["epoch"] == epoch
        assert reply["next_seq"] == 4
        province.exchange(box, *kept[3:])
        assert results(province, box) == [1, 2, 3, 4, 5, 6, 7, 8]
        again = province.exchange(box)
        assert (again["next_seq"], again["epoch_proof"]) == (9, None)
        with province.session() as session:
            assert session.exec(select(Agent)).one().state == "accepted"
            assert len(session.exec(select(SealedBatch)).all()) == 8


def test_a_box_that_joined_after_the_backup_is_taken_back_without_anybody(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    with running(settings, clock) as province:
        with province.session() as session:
            add_schools(session, clock())
        backup.make(settings, tmp_path / "backup.tar")
        box, code = Box(booted_at=clock() - 100), province.code()  # even the code was made after the backup
        province.join(box, code)
        province.accept(box)
        request = box.join_request(code, clock())
        batch = box.batch(clock(), [box.speed(clock())])
        province.exchange(box, batch)
        roots = province.services.keys.roots_pem
    empty(settings)
    backup.restore(settings, tmp_path / "backup.tar", clock())
    with running(settings, clock) as province:
        clock.now += 60
        answer = province.send(box)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-agent")
        assert proven_epoch(answer.json()["epoch_proof"], roots) > box.epoch
        joined = province.client.post("/v1/join", content=request).json()
        assert (joined["state"], joined["agent"]) == ("accepted", box.id)
        assert province.exchange(box, batch)["next_seq"] == 2
        assert results(province, box) == [1]
        with province.session() as session:
            event = session.exec(select(Event).where(Event.detail == "readmitted-after-restore")).one()
            assert event.after == "accepted"


def test_a_stranger_is_not_taken_back_after_a_restore(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    with running(settings, clock) as province:
        with province.session() as session:
            add_schools(session, clock())
        backup.make(settings, tmp_path / "backup.tar")
        code = province.code()
    empty(settings)
    backup.restore(settings, tmp_path / "backup.tar", clock())
    with running(settings, clock) as province:
        stranger = Box(booted_at=clock() - 100, token="82001.abc.def", epoch=1)
        assert province.send(stranger).json()["code"] == "unknown-agent"
        assert province.join(stranger, code | {"s": "A" * 22})["reason"] == "code-unknown"
        assert province.join(stranger, code)["state"] == "pending"  # a real code, but nobody compared the fingerprint


def test_two_restores_of_one_backup_begin_two_epochs(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    with running(settings, clock):
        backup.make(settings, tmp_path / "backup.tar")
    empty(settings)
    first = backup.restore(settings, tmp_path / "backup.tar", clock())
    empty(settings)
    clock.now += 1
    assert backup.restore(settings, tmp_path / "backup.tar", clock()) > first > 1


def test_the_backup_is_for_its_owner_alone_and_nothing_is_overwritten(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    with running(settings, clock):
        backup.make(settings, file)
        assert file.stat().st_mode & 0o777 == 0o600
        with pytest.raises(backup.BackupError, match="not overwritten"):
            backup.make(settings, file)


def test_keys_that_were_rolled_since_the_backup_are_kept(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    from controller import pki

    with running(settings, clock):
        backup.make(settings, tmp_path / "backup.tar")
    rolled = pki.roll(settings.keys_dir, settings.province_name)
    empty(settings)
    backup.restore(settings, tmp_path / "backup.tar", clock())
    assert pki.load(settings.keys_dir, settings.province_name).fingerprint == rolled.fingerprint


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\0" * 10_240])
def test_a_file_that_is_no_backup_changes_nothing(
    settings: Settings, clock: Clock, tmp_path: Path, content: bytes
) -> None:
    with running(settings, clock) as province, province.session() as session:
        add_schools(session, clock())
    (tmp_path / "wrong.tar").write_bytes(content)
    with pytest.raises(backup.BackupError):
        backup.restore(settings, tmp_path / "wrong.tar", clock())
    with running(settings, clock) as province:
        assert province.code()["i"]


def test_a_proof_by_another_province_is_not_believed(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    from controller import pki

    with running(settings, clock) as province:
        proof = province.services.ingest.epoch().proof
        assert proven_epoch(proof, province.services.keys.roots_pem) == 1
    other = pki.load(tmp_path / "other", "Tỉnh khác")
    with pytest.raises(BadSeal):
        proven_epoch(proof, other.roots_pem)


def test_audit_rows_survive_a_restore_with_their_chain(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    from controller import audit

    with running(settings, clock) as province, province.session() as session:
        audit.record(session, "cli", "test", "x", now=clock())
        session.commit()
        backup.make(settings, tmp_path / "backup.tar")
    empty(settings)
    backup.restore(settings, tmp_path / "backup.tar", clock())
    with running(settings, clock) as province, Session(province.services.engine) as session:
        audit.record(session, "cli", "test", "y", now=clock())
        session.commit()
        verified = audit.verify(session)
        assert (verified.count, verified.broken) == (2, None)
