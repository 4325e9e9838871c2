"""The spool on a real disk: order, acknowledgement, rewinding, limits."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from agent.spool import KEPT_AFTER_ACK, Spool
from agent.wire import MAX_BATCH_BYTES, MAX_BATCH_ITEMS
from tests.integration.agent.sealed import KEY, items, numbers, opened, result, window

NOW = 1_763_978_400.0
ROOMY = 64 * 1024**2


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, ROOMY)


def noise(size: int, seed: int = 1) -> str:
    return random.Random(seed).randbytes(size // 2).hex()


def test_what_was_put_in_is_there_after_a_restart(spool: Spool, tmp_path: Path) -> None:
    spool.put("result", result(1))
    spool.close()
    again = Spool(tmp_path, ROOMY)
    assert again.seal("agent", KEY) == 1
    assert numbers(items(again)) == [1]


def test_batches_rise_by_one_and_keep_the_order_of_their_class(spool: Spool) -> None:
    for number in range(10):
        spool.put("result", result(number))
        spool.put("windows", window(number))
        if number % 3 == 0:
            spool.seal("agent", KEY)
    spool.seal("agent", KEY)
    batches = spool.pending(0, ROOMY)
    assert [batch.seq for batch in batches] == list(range(1, len(batches) + 1))
    found = opened(batches)
    assert [batch["seq"] for batch in found] == [batch.seq for batch in batches]
    assert numbers(items(spool)) == list(range(10))
    for batch in found:
        assert batch["agent"] == "agent"
        assert len({item["kind"] == "windows" for item in batch["items"]}) == 1, "classes do not mix in a batch"


def test_what_names_the_schools_machines_goes_into_batches_of_its_own(spool: Spool) -> None:
    """An evidence file about the line cites whole batches, and must not carry the LAN along."""
    at = {"wall": NOW, "mono": 1.0, "boot": "b"}
    plain = {"probe": "speed", "outcome": "ok"}
    spool.put("result", plain)
    spool.put("result", {"probe": "lan", "outcome": "ok", "facts": {"devices": [{"mac": "b8:27:eb:00:00:01"}]}})
    spool.put("inventory", {"at": at, "full": True, "digest": "d"})
    spool.put("state", {"at": at, "subject": "lan:rogue-dhcp", "before": "none", "after": "present"})
    spool.put("state", {"at": at, "subject": "target:gateway", "before": "up", "after": "down"})
    spool.put("result", plain)
    assert spool.seal("agent", KEY) == 2
    kinds = [
        [item["body"].get("probe") or item["body"].get("subject") or item["kind"] for item in batch["items"]]
        for batch in opened(spool.pending(0, ROOMY))
    ]
    assert kinds == [["speed", "target:gateway", "speed"], ["lan", "inventory", "lan:rogue-dhcp"]]


def test_batches_keep_the_bounds_of_the_wire(spool: Spool) -> None:
    for number in range(6):
        spool.put("result", result(number, noise(150_000, number)))
    for number in range(MAX_BATCH_ITEMS + 10):
        spool.put("state", {"number": number})
    spool.seal("agent", KEY)
    batches = spool.pending(0, ROOMY)
    assert all(len(batch.envelope) <= MAX_BATCH_BYTES for batch in batches)
    assert all(len(batch["items"]) <= MAX_BATCH_ITEMS for batch in opened(batches))
    assert numbers(items(spool)) == list(range(6))


def test_pending_is_bounded_but_gives_at_least_one(spool: Spool) -> None:
    for number in range(5):
        spool.put("result", result(number, noise(10_000, number)))
        spool.seal("agent", KEY)
    assert [batch.seq for batch in spool.pending(0, 1)] == [1]
    assert [batch.seq for batch in spool.pending(2, 20_000)] == [2, 3]


def test_acknowledged_batches_are_not_sent_again_and_stay_for_seven_days(spool: Spool) -> None:
    for number in range(3):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.acknowledge(3, NOW)
    assert numbers(items(spool)) == [2]
    spool.acknowledge(1, NOW + KEPT_AFTER_ACK - 10, may_rewind=True)
    assert numbers(items(spool)) == [0, 1, 2]
    spool.acknowledge(4, NOW)
    spool.acknowledge(4, NOW + KEPT_AFTER_ACK + 10)
    assert spool.state().bytes == 0


def test_a_lower_number_without_proof_of_a_restore_is_not_followed(spool: Spool) -> None:
    for number in range(3):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.acknowledge(4, NOW)
    spool.acknowledge(1, NOW)
    spool.seal("agent", KEY)
    assert items(spool) == []


def test_what_a_restored_controller_asks_for_and_is_gone_is_reported_once(spool: Spool) -> None:
    for number in range(4):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.acknowledge(3, NOW)
    spool.acknowledge(3, NOW + KEPT_AFTER_ACK + 1)  # 1 and 2 have left
    for _ in range(3):
        spool.acknowledge(1, NOW + KEPT_AFTER_ACK + 2, may_rewind=True)
    spool.seal("agent", KEY)
    thinned = [item["body"] for item in items(spool) if item["kind"] == "thinned"]
    assert [body["seqs"] for body in thinned] == [[1, 2]]
    assert thinned[0]["reason"] == "gone"
    assert numbers(items(spool)) == [2, 3]


def test_over_the_limit_the_oldest_windows_go_and_every_drop_is_reported(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1024**2)
    for number in range(100):
        spool.put("windows", window(number, noise(20_000, number)))
        spool.put("result", result(number))
        if number % 5 == 4:
            spool.seal("agent", KEY)
    spool.seal("agent", KEY)
    assert spool.state().bytes <= 1024**2
    found = items(spool)
    assert numbers(found) == list(range(100)), "results are never dropped"
    kept = [item["body"][0]["count"] for item in found if item["kind"] == "windows"]
    assert kept == list(range(100))[-len(kept) :], "the oldest go first"
    thinned = [item["body"] for item in found if item["kind"] == "thinned"]
    assert {body["reason"] for body in thinned} == {"spool-full"}
    assert sum(body["records"] for body in thinned) == 100 - len(kept)
    missing = set(range(1, spool.next_seq)) - {batch.seq for batch in spool.pending(0, ROOMY)}
    assert {seq for body in thinned for seq in body["seqs"]} == missing


def test_what_was_acknowledged_goes_before_anything_that_was_not(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1024**2)
    for number in range(4):
        spool.put("result", result(number, noise(100_000, number)))
        spool.seal("agent", KEY)
    spool.acknowledge(5, NOW)
    for number in range(40):
        spool.put("windows", window(number, noise(20_000, number)))
    spool.seal("agent", KEY)
    assert [item["kind"] for item in items(spool)].count("thinned") == 0
    assert spool.state().bytes <= 1024**2


def test_a_batch_that_the_disk_spoiled_is_dropped_and_reported(spool: Spool) -> None:
    for number in range(3):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.discard_damaged(2)
    spool.seal("agent", KEY)
    found = items(spool)
    assert numbers(found) == [0, 2]
    assert [item["body"]["seqs"] for item in found if item["kind"] == "thinned"] == [[2]]


def test_a_batch_that_is_held_stays_on_the_box_and_is_reported_to_the_controller(spool: Spool, tmp_path: Path) -> None:
    for number in range(2):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.hold(1)
    spool.seal("agent", KEY)
    assert [batch.seq for batch in spool.pending(0, ROOMY)] == [2, 3]
    spool.acknowledge(4, NOW)
    spool.acknowledge(4, NOW + 2 * KEPT_AFTER_ACK)
    with sqlite3.connect(tmp_path / "spool.sqlite") as database:
        assert database.execute("SELECT seq FROM batch").fetchall() == [(1,)]
    database.close()


def test_a_controller_that_knows_later_numbers_makes_everything_unsent_go_out_under_higher_ones(spool: Spool) -> None:
    for number in range(3):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.reseal(KEY, next_seq=10)
    spool.seal("agent", KEY)
    assert [batch.seq for batch in spool.pending(0, ROOMY)] == [10, 11]  # what was resealed, and the report of it
    assert numbers(items(spool)) == [0, 1, 2]
    assert spool.next_seq == 12


def test_the_state_tells_how_full_it_is(spool: Spool) -> None:
    assert (spool.state().unacknowledged, spool.state().oldest) == (0, None)
    spool.put("result", result(1))
    state = spool.state()
    assert state.bytes > 0
    assert state.oldest is not None
    spool.seal("agent", KEY)
    assert spool.state().unacknowledged == 1
