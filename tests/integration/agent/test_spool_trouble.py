"""The spool when disk, file or process fail."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from agent.slots import SLOT, Slots
from agent.spool import WAITING_LIMIT, Spool
from tests.integration.agent.sealed import KEY, items, numbers, opened, result, window

ROOMY = 64 * 1024**2
NOW = 1_763_978_400.0


def test_on_a_full_disk_items_wait_in_memory_and_reach_it_when_there_is_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY, max_pages=60)
    for number in range(100):
        spool.put("result", result(number, "x" * 5_000))
    assert "full" in spool.trouble
    assert spool.state().bytes >= 500_000, "what waits in memory is counted"
    widen(spool)
    assert spool.flush()
    assert spool.trouble == ""
    spool.seal("agent", KEY)
    assert numbers(items(spool)) == list(range(100))


def test_a_full_disk_that_stays_full_is_bounded_and_what_is_lost_is_reported(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY, max_pages=60)
    for number in range(60):
        spool.put("windows", window(number, "x" * 100_000))
        spool.put("result", result(number, "x" * 10_000))
    assert spool.state().bytes <= WAITING_LIMIT + 60 * 4096
    widen(spool)
    assert spool.flush()
    spool.seal("agent", KEY)
    found = items(spool)
    assert numbers(found) == list(range(60)), "windows went, results stayed"
    kept = [item for item in found if item["kind"] == "windows"]
    (thinned,) = [item["body"] for item in found if item["kind"] == "thinned"]
    assert thinned["reason"] == "disk-full"
    assert thinned["records"] == 60 - len(kept)
    assert thinned["oldest"]["boot"] == thinned["newest"]["boot"]


def test_a_full_disk_gives_up_acknowledged_batches_first(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY, max_pages=200)
    for number in range(300):
        spool.put("result", result(number, os.urandom(5_000).hex()))
        spool.seal("agent", KEY)
        spool.acknowledge(spool.next_seq, NOW)
        assert spool.state().unacknowledged == 0, f"stuck after {number}: {spool.trouble}"
    assert Path(tmp_path / "spool.sqlite").stat().st_size <= 200 * 4096


LIMITED = """
import resource, sys
from pathlib import Path
from agent.spool import Spool
from tests.integration.agent.sealed import KEY, items, numbers, result

spool = Spool(Path(sys.argv[1]), 64 * 1024**2)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
for number in range(300):
    spool.put("result", result(number, "x" * 5_000))
assert spool.trouble
assert spool.seal("agent", KEY) == 0 or spool.pending(0, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert spool.flush(), spool.trouble
spool.seal("agent", KEY)
assert numbers(items(spool)) == list(range(300)), numbers(items(spool))
"""


def test_writes_that_the_kernel_refuses_lose_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_sealing_on_a_full_disk_uses_no_number_twice_and_skips_none(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    spool.put("result", result(0, os.urandom(50_000).hex()))
    narrow(spool)
    for _ in range(5):
        assert spool.seal("agent", KEY) == 0
    widen(spool)
    assert spool.seal("agent", KEY) == 1
    assert [batch.seq for batch in spool.pending(0, ROOMY)] == [1]


def test_a_file_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite").mkdir()
    spool = Spool(tmp_path, ROOMY)
    spool.put("result", result(1))
    assert spool.trouble
    assert spool.pending(0, ROOMY) == []
    (tmp_path / "spool.sqlite").rmdir()
    spool.put("result", result(2))
    spool.seal("agent", KEY)
    assert numbers(items(spool)) == [1, 2]


def test_a_file_of_garbage_is_moved_aside_and_numbers_go_on_above_the_old_ones(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    for number in range(3):
        spool.put("result", result(number))
        spool.seal("agent", KEY)
    spool.close()
    (tmp_path / "spool.sqlite").write_bytes(b"garbage " * 10_000)
    again = Spool(tmp_path, ROOMY)
    assert again.was_damaged
    assert (tmp_path / "spool.sqlite.damaged").exists()
    again.put("result", result(9))
    again.seal("agent", KEY)
    assert [batch["seq"] for batch in opened(again.pending(0, ROOMY))] == [4]
    again.acknowledge(2, NOW)  # the controller holds 1 and waits for 2
    again.seal("agent", KEY)
    (thinned,) = [item["body"] for item in items(again) if item["kind"] == "thinned"]
    assert thinned["seqs"] == [2, 3]


def test_what_a_damaged_file_still_gives_is_taken_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    for number in range(40):
        spool.put("result", result(number, os.urandom(3_000).hex()))
        spool.seal("agent", KEY)
    spool.close()
    path = tmp_path / "spool.sqlite"
    with path.open("r+b") as file:  # the last third is spoiled
        file.seek(path.stat().st_size * 2 // 3 // 4096 * 4096)
        file.write(os.urandom(path.stat().st_size // 3))
    again = Spool(tmp_path, ROOMY)
    assert again.was_damaged
    assert numbers(items(again)) == list(range(len(items(again))))
    assert len(items(again)) >= 10
    assert again.next_seq == 41


def test_damage_that_shows_while_running_is_repaired_in_passing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    for number in range(40):
        spool.put("result", result(number, os.urandom(3_000).hex()))
        spool.seal("agent", KEY)
    spool.put("result", result(40))
    with sqlite3.connect(tmp_path / "spool.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    path = tmp_path / "spool.sqlite"
    with path.open("r+b") as file:
        file.write(b"\0" * 100)
        file.seek(4096)
        file.write(os.urandom(20_000))
    spool.put("result", result(41))
    spool.put("result", result(42))
    spool.seal("agent", KEY)
    assert 42 in numbers(items(spool))
    seqs = [batch.seq for batch in spool.pending(0, ROOMY)]
    assert len(set(seqs)) == len(seqs)
    assert seqs[-1] > 40


def test_a_lost_number_file_is_made_up_for_by_the_database(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROOMY)
    spool.put("result", result(1))
    spool.seal("agent", KEY)
    spool.close()
    (tmp_path / "seq.slots").unlink()
    assert Spool(tmp_path, ROOMY).next_seq == 2


def test_a_torn_slot_leaves_the_word_before(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "x.slots")
    for number in range(1, 4):
        slots.write({"number": number})
    slots.close()
    page = (tmp_path / "x.slots").read_bytes()
    for half in (0, 1):
        torn = bytearray(page)
        torn[half * SLOT + 30 : half * SLOT + 40] = b"\xff" * 10
        (tmp_path / "torn.slots").write_bytes(bytes(torn))
        found = Slots(tmp_path / "torn.slots")
        assert found.value["number"] in (2, 3)
        found.write({"number": 9})
        found.close()
        assert Slots(tmp_path / "torn.slots").value == {"number": 9}


CHILD = """
import sys
from pathlib import Path
from agent.spool import Spool
from tests.integration.agent.sealed import KEY, result

spool = Spool(Path(sys.argv[1]), 64 * 1024**2)
number = int(sys.argv[2])
while True:
    spool.put("result", result(number, "x" * 2000))
    print(number, flush=True)  # said only after it was kept
    number += 1
    if number % 7 == 0:
        spool.seal("agent", KEY)
    if number % 50 == 0:
        spool.acknowledge(max(1, spool.next_seq - 1000), 1.0)
"""


def test_twenty_kills_in_mid_write_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    said: list[int] = []
    for life in range(20):
        start = 100_000 * life
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(start)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        with child:
            child.stdout.readline()
            time.sleep(0.01 + 0.007 * life)
            os.kill(child.pid, signal.SIGKILL)
            said += [start, *(int(line) for line in child.stdout.read().splitlines() if line)]
    spool = Spool(tmp_path, ROOMY)
    assert not spool.was_damaged
    spool.seal("agent", KEY)
    kept = numbers(items(spool))
    assert len(kept) == len(set(kept)), "nothing twice"
    assert set(said) <= set(kept), "nothing that was said to be kept is lost"
    seqs = [batch["seq"] for batch in opened(spool.pending(0, ROOMY))]
    assert len(seqs) == len(set(seqs))


def widen(spool: Spool) -> None:
    """The disk has room again."""
    spool._store.read("PRAGMA max_page_count = 1000000")


def narrow(spool: Spool) -> None:
    """The disk is full from now on."""
    spool._store.read("PRAGMA max_page_count = 1")
