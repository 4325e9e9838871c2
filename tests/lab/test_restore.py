"""The province loses its database and has yesterday's backup: no box is in quarantine, no result is lost."""

from __future__ import annotations

import time

import pytest

from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.lab import CONTROLLER, Lab, as_user, stopwatch
from tests.lab.ledger import settle

pytestmark = [pytest.mark.lab, pytest.mark.patient, pytest.mark.timeout(1_200)]
DAY, STEPS = 86_400.0, 2
RESULTS = "SELECT agent_id, seq, item, probe FROM measurement ORDER BY 1, 2, 3"
BACKUPS = "/var/backups/truongnet"


def test_after_a_restore_of_a_day_old_backup_nothing_is_lost_and_nobody_is_in_quarantine(
    lab: Lab, figure: Figure
) -> None:
    agents = {school: lab.joined(school) for school in lab.schools}
    for school, agent in agents.items():
        settle(lab, school, agent)
    lab.province.run("systemctl", "start", "truongnet-backup")
    at_backup = len(lab.sql(RESULTS))
    for _ in range(STEPS):  # a day of work: windows, inventories, speed tests
        lab.clock.pass_by(DAY / STEPS)
        time.sleep(12)
    until(lambda: len(lab.sql(RESULTS)) >= at_backup + 2 * len(agents), "a day's results are there", 120)
    lab.province.run("systemctl", "stop", CONTROLLER)
    before = {tuple(row) for row in lab.sql(RESULTS)}
    as_user(lab.province, "postgres", "psql", "-qc", "ALTER DATABASE truongnet RENAME TO truongnet_before")
    lab.make_database()
    newest = lab.province.sh(f"ls -d {BACKUPS}/*.tar | tail -n 1")
    lab.truongnet("restore", newest)
    restored = len(lab.sql(RESULTS))
    assert restored <= at_backup
    lab.province.run("systemctl", "start", CONTROLLER)
    watch = stopwatch()
    until(lab.api.is_ready, "the controller is ready", told=lambda: lab.province.log(CONTROLLER))
    count = sum(len(settle(lab, school, agent, 300).envelopes) for school, agent in agents.items())
    after = {tuple(row) for row in lab.sql(RESULTS)}
    assert before <= after, f"results that are lost: {sorted(before - after)}"
    states = {box["id"]: (box["state"], box["epoch"]) for box in lab.api.get("/agents", limit=200)}
    assert {states[agent][0] for agent in agents.values()} == {"accepted"}
    assert len({states[agent][1] for agent in agents.values()}) == 1
    as_user(lab.province, "postgres", "dropdb", "truongnet_before")
    figure(f"{len(before) - restored} of {len(before)} results were not in the backup, all back after {watch():.0f} s,")
    figure(f"{count} batches of {len(agents)} boxes, 0 in quarantine, 0 results lost")
