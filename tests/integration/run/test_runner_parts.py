"""The parts of ``truongnet run`` that decide: whom it lets in, and which packages it names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from agent.wire import fingerprint
from controller import joincodes, runner_demo
from controller.runner_demo import Seen
from controller.runner_say import missing_packages, told
from controller.tables import Agent, Audit, School
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province

__all__ = ["Province"]


def demo_code(province: Province) -> dict[str, str]:
    with province.session() as session:
        made = runner_demo.new_code(session, province.services.keys, province.services.settings, province.clock())
        session.commit()
    return joincodes.decode(made.text)


def state(province: Province, box: Box) -> str:
    with province.session() as session:
        found = session.get(Agent, box.id)
        assert found is not None
        return found.state


@pytest.fixture
def database_url() -> str:
    return ""


def test_only_the_box_whose_fingerprint_this_machine_holds_is_let_in(province: Province) -> None:
    ours, other = Box(booted_at=province.clock()), Box(booted_at=province.clock())
    province.join(ours, demo_code(province))
    province.join(other, demo_code(province))
    assert runner_demo.accept(province.services.engine, fingerprint(ours.public), province.clock())
    assert (state(province, ours), state(province, other)) == ("accepted", "pending")
    assert not runner_demo.accept(province.services.engine, fingerprint(ours.public), province.clock()), "only once"


def test_a_box_of_a_real_school_is_never_let_in_by_itself(province: Province) -> None:
    box = Box(booted_at=province.clock())
    province.join(box, province.code("82001"))
    assert not runner_demo.accept(province.services.engine, fingerprint(box.public), province.clock())
    assert state(province, box) == "pending"


def test_the_demonstration_school_is_made_once_marked_and_audited(province: Province) -> None:
    demo_code(province)
    demo_code(province)
    with province.session() as session:
        [school] = session.exec(select(School).where(School.is_demo)).all()
        actions = [row.action for row in session.exec(select(Audit).order_by("id"))]
    assert school.search.startswith("may nay")
    assert actions == ["school.create", "join-code.create", "join-code.create"]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen("lan", "skipped", "needs-root"), ["bỏ qua", "cần quyền quản trị / needs root", "skipped"]),
        (Seen("host", "failed", "deadline"), ["không được / failed", "deadline"]),
        (
            Seen("speed", facts=(("down_bps", 2.5e9), ("up_bps", 94.1e6), ("scope", "loopback"), ("detail", ""))),
            ["↓ 2.5 Gbit/s", "↑ 94.1 Mbit/s", "this machine only, not an Internet line"],
        ),
        (
            Seen(
                "inventory", facts=(("missing", {"memory.modules": {"reason": "needs-root"}, "usb": {"reason": "x"}}),)
            ),
            ["✔", "memory.modules (cần quyền quản trị / needs root)"],
        ),
    ],
)
def test_a_first_figure_is_one_plain_line(seen: Seen, words: Sequence[str]) -> None:
    for word in words:
        assert word in told(seen)


def test_a_speed_of_a_real_line_is_not_called_loopback() -> None:
    seen = Seen("speed", facts=(("down_bps", 1e8), ("up_bps", 1e8), ("scope", "network"), ("detail", "")))
    assert "Internet" not in told(seen)


def test_a_missing_debian_package_is_found_by_the_list_of_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "setup").mkdir()
    (tmp_path / "setup" / "debian.txt").write_text(
        "# packages\nbetter  no-such-package-82\nbetter  dpkg\ntest  nor-this\n"
    )
    assert missing_packages(root=tmp_path) == ["no-such-package-82"]
    assert missing_packages(root=tmp_path / "nowhere") == []
