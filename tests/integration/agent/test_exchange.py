"""Exchanges with a controller, good and bad."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest

from agent import exchange
from agent.link import LinkError, Refused
from agent.wire import MAX_EXCHANGE_BYTES
from tests.integration.agent.ca import Authority, authority
from tests.integration.agent.conftest import Joined
from tests.integration.agent.fake_controller import Answer, FakeController, problem
from tests.integration.agent.sealed import numbers, result

Join = Callable[[FakeController], Joined]


def test_everything_arrives_once_over_one_connection(controller: FakeController, join: Join) -> None:
    box = join(controller)
    before = controller.connections
    for round_ in range(3):
        for number in range(5):
            box.spool.put("result", result(5 * round_ + number))
        box.exchange.run()
        box.exchange.beat()
    assert numbers(controller.items()) == list(range(15))
    assert controller.repeated == []
    assert controller.connections - before == 1
    assert box.spool.state().unacknowledged == 0
    assert controller.beats[0]["token"] == "beat"


def test_a_long_queue_goes_up_in_several_bounded_calls(plain: FakeController, join: Join) -> None:
    box = join(plain)
    for number in range(24):
        box.spool.put("result", result(number, os.urandom(80_000).hex()))
    box.exchange.run()
    assert numbers(plain.items()) == list(range(24))
    assert len(plain.bodies) > 2
    assert max(plain.bodies) <= MAX_EXCHANGE_BYTES
    assert plain.repeated == []


def test_the_token_of_the_last_reply_is_used_next_also_after_a_restart(plain: FakeController, join: Join) -> None:
    box = join(plain)
    box.exchange.run()
    box.exchange.run()
    again = box.again()
    again.exchange.run()
    again.close()
    assert [head["token"] for head in plain.heads] == ["", "token-1", "token-2"]


def test_a_lost_reply_repeats_the_batches_and_loses_nothing(plain: FakeController, join: Join) -> None:
    box = join(plain)
    box.exchange.run()
    box.spool.put("result", result(1))
    lost: list[int] = []

    def lose(path: str, body: bytes) -> Answer | None:
        if path == "/v1/exchange" and not lost:
            lost.append(1)
            plain._exchange(body)  # it was taken, and the answer is cut
            return 200, {"Content-Type": "application/json", "Content-Length": "5000"}, b'{"v": 1, "now"'
        return None

    plain.hook = lose
    with pytest.raises(LinkError):
        _short(box)
    box.exchange.run()
    assert numbers(plain.items()) == [1]
    assert plain.repeated == [1]


def _short(box: Joined) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "CALL_SECONDS", 0.5)
        box.exchange.run()


def test_the_controllers_time_is_known_after_the_first_reply(plain: FakeController, join: Join) -> None:
    plain.offset = 10 * 365 * 86_400.0
    box = join(plain)
    assert box.standing.controller_time() is None
    box.exchange.run()
    told = box.standing.controller_time()
    assert told is not None
    assert told == pytest.approx(time.time() + plain.offset, abs=1.0)


def test_a_restored_controller_gets_back_what_it_lost(controller: FakeController, join: Join, root: Authority) -> None:
    box = join(controller)
    for number in range(6):
        box.spool.put("result", result(number))
        box.exchange.run()
    controller.batches = {seq: batch for seq, batch in controller.batches.items() if seq <= 2}
    controller.next_seq, controller.epoch, controller.epoch_proof = 3, 2_000_000_000, root.epoch_proof(2_000_000_000)
    controller.token = controller.previous = "of yesterday"
    box.spool.put("result", result(6))
    box.exchange.run()
    assert numbers(controller.items()) == list(range(7))
    assert controller.repeated == [7]  # the one that went up before the controller told where it stands
    assert box.standing.words.epoch == 2_000_000_000


@pytest.mark.parametrize("forgery", ["none", "other-ca", "other-name", "other-number", "signature", "garbage"])
def test_an_epoch_without_a_good_proof_rewinds_nothing(
    controller: FakeController, join: Join, root: Authority, forgery: str
) -> None:
    box = join(controller)
    box.spool.put("result", result(1))
    box.exchange.run()
    controller.next_seq, controller.epoch = 1, 7
    proofs: dict[str, Any] = {
        "none": None,
        "other-ca": authority("root").epoch_proof(7),
        "other-name": root.epoch_proof(7, name="server"),
        "other-number": root.epoch_proof(8),
        "signature": root.epoch_proof(7) | {"signatures": root.epoch_proof(7)["signatures"]},
        "garbage": {"cert": "-----BEGIN", "payload": 5},
    }
    controller.epoch_proof = proofs[forgery]
    with pytest.raises(LinkError) as caught:
        box.exchange.run()
    assert caught.value.reason == "epoch-unproven"
    assert box.standing.words.epoch == 1
    assert box.spool.state().unacknowledged == 0


def test_an_epoch_that_runs_backwards_is_refused(controller: FakeController, join: Join, root: Authority) -> None:
    controller.epoch, controller.epoch_proof = 9, root.epoch_proof(9)
    box = join(controller)
    box.exchange.run()
    controller.epoch, controller.epoch_proof = 8, root.epoch_proof(8)
    with pytest.raises(LinkError) as caught:
        box.exchange.run()
    assert caught.value.reason == "epoch-backwards"


def test_a_controller_ahead_of_an_old_disk_makes_the_box_go_on_above(plain: FakeController, join: Join) -> None:
    box = join(plain)
    plain.next_seq = 50
    plain.batches = {seq: {"seq": seq, "items": []} for seq in range(1, 50)}
    box.spool.put("result", result(1))
    box.exchange.run()
    assert numbers(plain.items()) == [1]
    assert max(plain.batches) >= 50
    assert box.spool.next_seq > 50


def test_a_batch_that_the_disk_spoiled_does_not_block_the_others(plain: FakeController, join: Join) -> None:
    box = join(plain)
    for number in range(3):
        box.spool.put("result", result(number))
        box.spool.seal(box.identity.agent, box.identity.key)
    with sqlite3.connect(box.directory / "spool.sqlite") as database:
        spoiled = database.execute("SELECT envelope FROM batch WHERE seq = 2").fetchone()[0].replace(b"H4sI", b"H5sI")
        database.execute("UPDATE batch SET envelope = ? WHERE seq = 2", (spoiled,))
    database.close()
    box.exchange.run()
    box.exchange.run()
    assert numbers(plain.items()) == [0, 2]
    assert plain.settled == {2}
    assert plain.next_seq == 5


def test_too_large_is_answered_by_less_and_a_batch_too_large_alone_is_held(plain: FakeController, join: Join) -> None:
    box = join(plain)
    for number, size in enumerate((10_000, 60_000, 10_000)):
        box.spool.put("result", result(number, os.urandom(size).hex()))
        box.spool.seal(box.identity.agent, box.identity.key)

    def narrow(path: str, body: bytes) -> Answer | None:
        return problem(413, "too-large") if path == "/v1/exchange" and len(body) > 60_000 else None

    plain.hook = narrow
    box.exchange.run()
    box.exchange.run()
    assert numbers(plain.items()) == [0, 2]
    assert plain.settled == {2}


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (404, "unknown-agent", None),
        (403, "not-accepted", 30.0),
        (403, "quarantined", None),
        (400, "bad-seal", None),
        (409, "clone-suspected", None),
        (409, "replayed", 1.0),
        (429, "slow-down", 12.0),
        (503, "busy", 5.0),
        (400, "version", None),
        (500, "some-day", None),
    ],
)
def test_a_refusal_comes_with_its_code_and_nothing_is_lost(
    plain: FakeController, join: Join, status: int, code: str, retry: float | None
) -> None:
    box = join(plain)
    box.spool.put("result", result(1))
    plain.hook = lambda path, _body: problem(status, code, retry) if path == "/v1/exchange" else None
    with pytest.raises(Refused) as caught:
        box.exchange.run()
    assert (caught.value.status, caught.value.reason, caught.value.retry_after) == (status, code, retry)
    plain.hook = lambda _path, _body: None
    box.exchange.run()
    assert numbers(plain.items()) == [1]


GOOD = {"v": 1, "now": 1.0, "epoch": 1, "next_seq": 1, "token": "t", "beat_token": "b", "beat_every": 30,
        "exchange_after": 900}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"[]",
        b"null",
        b'{"v": 1}',
        json.dumps(GOOD)[:-10].encode(),
        json.dumps(GOOD | {"next_seq": 0}).encode(),
        json.dumps(GOOD | {"next_seq": 10**15}).encode(),
        json.dumps(GOOD | {"now": "soon"}).encode(),
        json.dumps(GOOD | {"now": float("nan")}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_reply_that_makes_no_sense_acknowledges_nothing(plain: FakeController, join: Join, body: bytes) -> None:
    box = join(plain)
    box.spool.put("result", result(1))
    plain.hook = lambda path, _body: (200, {"Content-Type": "application/json"}, body) if "exchange" in path else None
    with pytest.raises(LinkError) as caught:
        box.exchange.run()
    assert caught.value.reason == "bad-reply"
    assert box.spool.state().unacknowledged == 1
    assert box.standing.words.token == ""


def test_an_older_controller_without_optional_fields_is_understood(plain: FakeController, join: Join) -> None:
    box = join(plain)
    box.spool.put("result", result(1))
    plain.hook = lambda path, _body: (
        (200, {"Content-Type": "application/json"}, json.dumps(GOOD | {"next_seq": 2}).encode())
        if "exchange" in path
        else None
    )
    reply = box.exchange.run()
    assert reply.epoch_proof is None
    assert box.spool.state().unacknowledged == 0


def test_a_token_that_cannot_be_written_down_is_not_used(plain: FakeController, join: Join) -> None:
    box = join(plain)
    box.exchange.run()
    box.standing.close()  # as good as a disk that refuses
    box.exchange.run()
    box.exchange.run()
    assert [head["token"] for head in plain.heads] == ["", "token-1", "token-1"]
