"""What a box, or one who pretends to be one, can send that is wrong: refused or set aside, and never in the way."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from sqlmodel import select

from agent.seal import seal
from agent.wire import BATCH_TYPE, MAX_BATCH_JSON_BYTES, MAX_EXCHANGE_BYTES
from controller.seal import keyid, pae
from controller.tables import Measurement, Rejected, SealedBatch
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province


@pytest.fixture
def database_url() -> str:
    """SQLite alone: nothing of this reaches the database but the reasons."""
    return ""


def rejected(province: Province) -> list[Rejected]:
    with province.session() as session:
        return list(session.exec(select(Rejected).order_by("id")).all())


def sealed_batches(province: Province) -> list[int]:
    with province.session() as session:
        return sorted(row.seq for row in session.exec(select(SealedBatch)))


def good(box: Box, province: Province) -> bytes:
    return box.batch(province.clock(), [box.windows(province.clock() - 900, "gateway")])


def test_a_body_that_is_too_large_is_refused_before_it_is_read(province: Province) -> None:
    box = province.accepted()
    answer = province.client.post("/v1/exchange", content=box.head(province.clock()) + b"\n" * MAX_EXCHANGE_BYTES)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize("body", [b"", b"\n\n", b"{", b"null", b'{"payload": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_exchange_is_refused_with_a_code(province: Province, body: bytes) -> None:
    for path in ("/v1/exchange", "/v1/join", "/v1/beat"):
        answer = province.client.post(path, content=body)
        assert answer.status_code in (400, 413), (path, body[:10])
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_head_with_a_wrong_signature_is_refused(province: Province) -> None:
    box = province.accepted()
    envelope = json.loads(box.head(province.clock()))
    envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    answer = province.client.post("/v1/exchange", content=json.dumps(envelope))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-seal")


def test_another_boxs_batch_is_set_aside_and_the_rest_is_taken(province: Province) -> None:
    box, thief = province.accepted(), Box(booted_at=province.clock())
    reply = province.exchange(box, good(box, province), good(thief, province), good(box, province))
    assert reply["next_seq"] == 3
    assert [row.reason for row in rejected(province)] == ["bad-seal"]


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_truncated_batch_between_two_good_ones_is_set_aside_once_and_its_number_is_settled(
    province: Province, cut: int
) -> None:
    box = province.accepted()
    one, two, three = (good(box, province) for _ in range(3))
    reply = province.exchange(box, one, two[:-cut], three)
    assert reply["next_seq"] == 4
    assert reply["problems"] == [{"seq": 2, "item": None, "reason": "bad-seal"}]
    province.exchange(box, two[:-cut])
    assert [(row.seq, row.reason) for row in rejected(province)] == [(2, "bad-seal")]
    assert sealed_batches(province) == [1, 3]


def test_a_gzip_bomb_costs_no_more_than_its_limit_and_is_set_aside(province: Province) -> None:
    box = province.accepted()
    first = good(box, province)
    packed = gzip.compress(b" " * (200 * 1024 * 1024), mtime=0)
    envelope = {
        "payload": base64.b64encode(packed).decode(),
        "payloadType": BATCH_TYPE,
        "signatures": [
            {"keyid": keyid(box.public), "sig": base64.b64encode(box.key.sign(pae(BATCH_TYPE, packed))).decode()}
        ],
    }
    box.seq += 1
    reply = province.exchange(box, first, json.dumps(envelope).encode(), good(box, province))
    assert (reply["next_seq"], [row.reason for row in rejected(province)]) == (4, ["too-large"])
    assert MAX_BATCH_JSON_BYTES < 200 * 1024 * 1024


def test_a_batch_longer_than_its_bound_is_set_aside(province: Province) -> None:
    box = province.accepted()
    noise = base64.b64encode(bytes(range(256)) * 1200).decode()
    box.seq += 1
    huge = seal(BATCH_TYPE, json.dumps({"noise": noise}).encode(), box.key)
    huge = huge[:-2] + b" " * 300_000 + huge[-2:]
    reply = province.exchange(box, huge, good(box, province))
    assert (reply["next_seq"], [row.reason for row in rejected(province)]) == (3, ["too-large"])


def test_a_future_version_is_refused_whole_so_that_the_box_keeps_it(province: Province) -> None:
    box = province.accepted()
    answer = province.send(box, v=2)
    assert (answer.status_code, answer.json()["code"]) == (400, "version")
    batch = box.batch(province.clock(), [], v=2)
    assert province.send(box, batch).json()["code"] == "version"
    assert sealed_batches(province) == []


def test_unknown_fields_and_kinds_do_not_stop_what_is_known(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    speed = box.speed(now)
    extended = {"kind": "result", "body": {**speed.body, "weather": "rain"}, "new": [1]}
    reply = province.exchange(box, box.batch(now, [extended, {"kind": "hologram", "body": {}}], mood="good"), mood=1)
    assert reply["problems"] == [{"seq": 1, "item": 1, "reason": "unknown-kind"}]
    with province.session() as session:
        assert session.exec(select(Measurement)).one().down_bps == 95e6


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", '"NaN"', '"inf"'])
def test_an_item_with_a_number_that_is_none_is_set_aside_and_its_neighbours_are_taken(
    province: Province, number: str
) -> None:
    box, now = province.accepted(), province.clock()
    speed = box.speed(now)
    document = {
        "v": 1,
        "agent": box.id,
        "seq": 1,
        "sealed": {"wall": now, "mono": 1.0, "boot": "boot-1"},
        "items": [
            {"kind": "result", "body": {**speed.body, "samples": [{"name": "x", "value": "@@"}]}},
            {"kind": "result", "body": speed.body},
        ],
    }
    text = json.dumps(document).replace('"@@"', number)
    box.seq = 2
    reply = province.exchange(box, seal(BATCH_TYPE, text.encode(), box.key))
    assert [problem["item"] for problem in reply["problems"]] == [0]
    assert [row.reason for row in rejected(province)] == ["not-finite"]
    with province.session() as session:
        assert session.exec(select(Measurement)).one().item == 1


def test_a_million_samples_do_not_fit_and_20_001_in_one_item_are_set_aside(province: Province) -> None:
    box, now = province.accepted(), province.clock()
    sample = {"name": "x", "value": 1}
    speed = box.speed(now).body
    many = {"kind": "result", "body": {**speed, "samples": [sample] * 20_001}}
    reply = province.exchange(box, box.batch(now, [many, box.speed(now)]))
    assert [row.reason for row in rejected(province)] == ["too-many-samples"]
    million = {"kind": "result", "body": {**speed, "samples": [sample] * 1_000_000}}
    reply = province.exchange(box, box.batch(now, [million]), good(box, province))
    assert reply["next_seq"] == 4
    assert [row.reason for row in rejected(province)][1:] == ["too-large"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"probe": 5}, "bad-shape"),
        ({"outcome": "great"}, "bad-shape"),
        ({"started": None}, "bad-shape"),
        ({"duration": -1}, "out-of-range"),
        ({"detail": "x" * 5_000}, "too-long"),
        ({"facts": {"é": json.loads("[" * 40 + "]" * 40)}}, "too-deep"),
        ({"samples": [{"name": "x", "value": 1, "labels": {str(n): "" for n in range(17)}}]}, "too-many-labels"),
        ({"started": {"wall": 1e9, "mono": -4e9, "boot": "boot-1"}}, "too-old"),
    ],
)
def test_an_item_of_the_wrong_shape_is_set_aside_with_its_reason(
    province: Province, change: dict[str, Any], reason: str
) -> None:
    box, now = province.accepted(), province.clock()
    bad = {"kind": "result", "body": {**box.speed(now).body, **change}}
    reply = province.exchange(box, box.batch(now, [bad, box.speed(now)]))
    assert [problem["reason"] for problem in reply["problems"]] == [reason]
    (row,) = rejected(province)
    assert (row.reason, row.seq, row.item) == (reason, 1, 0)
    with province.session() as session:
        assert len(session.exec(select(Measurement)).all()) == 1


@pytest.mark.parametrize("items", [None, {}, "x", [None], [1], [[]], [{"kind": None}], [{"kind": ["result"]}]])
def test_items_that_are_no_items_are_set_aside(province: Province, items: Any) -> None:
    box = province.accepted()
    first = good(box, province)
    second = box.batch(province.clock(), [], items=items)
    assert province.exchange(box, first, second, good(box, province))["next_seq"] == 4
    assert len(rejected(province)) == 1


def test_a_batch_that_names_another_box_is_not_taken(province: Province) -> None:
    box, other = province.accepted(), province.accepted("82002")
    batch = box.batch(province.clock(), [box.speed(province.clock())], agent=other.id)
    province.exchange(box, batch)
    assert [row.reason for row in rejected(province)] == ["foreign-agent"]
    assert sealed_batches(province) == []


@pytest.mark.parametrize("seq", [0, -1, 1.5, "1", True, 2**60])
def test_a_sequence_number_that_is_none_is_not_taken(province: Province, seq: Any) -> None:
    box = province.accepted()
    document = json.dumps(
        {"v": 1, "agent": box.id, "seq": seq, "sealed": {"wall": 1, "mono": 1, "boot": "b"}, "items": []}
    )
    province.exchange(box, seal(BATCH_TYPE, document.encode(), box.key))
    assert (sealed_batches(province), [row.reason for row in rejected(province)]) == ([], ["bad-shape"])
