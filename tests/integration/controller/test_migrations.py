"""The schema: scripts and tables agree, a new database sets itself up, an older one is brought up by upgrade."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlmodel import Session, SQLModel, select

from controller import migrate
from controller.cli import main
from controller.config import Settings
from controller.db import open_engine
from controller.migrations import partitions
from controller.migrations.env_filter import include
from controller.tables import Agent, Audit, Hour, School, SealedBatch

RECORDED = Path(__file__).parents[2] / "recorded" / "databases" / "0001.sqlite"
NOON = 1_795_496_400.0


def test_the_scripts_make_exactly_the_tables(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    settings.data_dir.mkdir()
    migrate.prepare(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_every_script_can_be_undone(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    settings.data_dir.mkdir()
    migrate.prepare(engine)
    with engine.connect() as connection:
        command.downgrade(migrate.config(connection), "base")
        connection.commit()
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    engine.dispose()


def test_on_sqlite_an_upgrade_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = command.upgrade

    def up_and_fail(made: Config, revision: str) -> None:
        up(made, "0007")
        raise RuntimeError(revision)

    engine = open_engine(f"sqlite:///{tmp_path / 'half.sqlite'}")
    monkeypatch.setattr(command, "upgrade", up_and_fail)
    with pytest.raises(RuntimeError):
        migrate.prepare(engine)
    monkeypatch.undo()
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    migrate.prepare(engine)
    engine.dispose()


def test_a_database_of_the_pre_release_is_refused_until_it_is_upgraded_and_keeps_everything(tmp_path: Path) -> None:
    database = tmp_path / "truongnet.sqlite"
    shutil.copy(RECORDED, database)
    engine = open_engine(f"sqlite:///{database}")
    with pytest.raises(migrate.SchemaError, match="run truongnet upgrade"):
        migrate.prepare(engine)
    assert main(["--data-dir", str(tmp_path), "upgrade"]) == 1  # no keys to back up: nothing is touched
    assert main(["--data-dir", str(tmp_path), "upgrade", "--no-backup"]) == 0
    migrate.prepare(engine)
    with Session(engine) as session:
        assert session.exec(select(School)).one().name == "Trường THCS Hùng Vương"
        agent = session.exec(select(Agent)).one()
        assert (agent.next_seq, agent.ahead, agent.boots) == (42, [], {})
        assert session.exec(select(SealedBatch)).one().is_evidence
        assert session.exec(select(Hour)).one().windows[0]["name"] == "rtt_seconds"
        assert session.exec(select(Audit)).one().action == "school.create"
    engine.dispose()


def test_a_database_of_a_newer_release_and_a_strangers_are_refused(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    with pytest.raises(migrate.SchemaError, match="newer release"):
        migrate.prepare(engine)
    engine.dispose()
    engine = create_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(migrate.SchemaError, match="not ours"):
        migrate.prepare(engine)
    engine.dispose()


def test_an_upgrade_backs_up_first(settings: Settings) -> None:
    from controller import pki

    engine = open_engine(settings.database_url)
    settings.data_dir.mkdir()
    migrate.prepare(engine)
    pki.load(settings.keys_dir, "Tỉnh")
    with engine.connect() as connection:
        command.downgrade(migrate.config(connection), "0001")
        connection.commit()
    engine.dispose()
    address = ["--data-dir", str(settings.data_dir)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUONGNET_DATABASE", settings.database)
        assert main([*address, "upgrade"]) == 0
        assert main([*address, "upgrade"]) == 0  # twice is once
    assert len(list(settings.data_dir.glob("before-upgrade-*.tar"))) == 1


def test_hours_are_kept_in_months_that_are_made_ahead_and_dropped_whole(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    settings.data_dir.mkdir()
    migrate.prepare(engine)
    with engine.begin() as connection:
        made = partitions.make_ahead(connection, NOON)
        assert partitions.make_ahead(connection, NOON) == []
        if engine.dialect.name == "sqlite":
            assert made == []
            return
        assert made == ["hour_2026_10", "hour_2026_11", "hour_2026_12", "hour_2027_01", "hour_2027_02"]
        connection.execute(text("INSERT INTO hour VALUES (1, 1795496400, '[]'), (1, 0, '[]')"))
        assert connection.scalar(text("SELECT count(*) FROM hour_2026_11")) == 1
        assert connection.scalar(text("SELECT count(*) FROM hour_default")) == 1
    with engine.begin() as connection:
        assert partitions.drop_before(connection, NOON) == ["hour_2026_10"]
        assert connection.scalar(text("SELECT count(*) FROM hour")) == 2
    engine.dispose()
