"""The UDP port: who is answered, by how many bytes, how often, and what is dropped. The fixture proves after each test
that the server still measures for the next box."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.measure.datagrams import BURST, LONGEST, SHORTEST, Budget, Datagrams
from tests.integration.measure.place import HOST, UDP_PATIENCE, Caller, Place

TRAIN: dict[str, Any] = {"op": "train", "direction": "down", "train": 1, "packets": 10, "size": 1_000}


def question(nonce: bytes, number: int = 1, size: int = SHORTEST) -> bytes:
    return (b"TNQ1" + nonce + struct.pack("!I", number)).ljust(size, b"\0")


def line(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.connect((HOST, port))
    opened.settimeout(UDP_PATIENCE)
    return opened


def answers(opened: socket.socket) -> list[bytes]:
    """All that comes until nothing does."""
    found = []
    try:
        while True:
            found.append(opened.recv(4_096))
    except TimeoutError:
        return found


def offered(welcome: dict[str, Any]) -> tuple[int, bytes]:
    udp = welcome["udp"]
    assert udp["v"] == 1
    return udp["port"], bytes.fromhex(udp["nonce"])


def test_a_question_is_answered_once_and_by_exactly_as_many_bytes(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        for size in (SHORTEST, 100, LONGEST):
            with line(port) as opened:
                opened.send(question(nonce, 7, size))
                (answer,) = answers(opened)
            assert (len(answer), answer[:4], answer[4:20]) == (size, b"TNA1", nonce)
            assert struct.unpack_from("!I", answer, 20)[0] == 7


@pytest.mark.parametrize("size", [1, SHORTEST - 1, LONGEST + 1, 1_400])
def test_a_question_of_another_length_is_not(province: Place, size: int) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        with line(port) as opened:
            opened.send(question(nonce, 1, 2_000)[:size])
            assert answers(opened) == []


def test_strangers_are_not_answered(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        with line(port) as opened:
            for data in (question(bytes(16)), b"TNA1" + nonce + bytes(44), b"TNT1" + nonce + bytes(60), b"\xff" * 100):
                opened.send(data)
            assert answers(opened) == []


def test_the_nonce_dies_with_its_test(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        caller.say(op="bye")
        assert caller.hear() is None
    with line(port) as opened:
        opened.send(question(nonce))
        assert answers(opened) == []


def test_one_test_is_answered_only_so_often(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        with line(port) as opened:
            began = time.monotonic()
            for number in range(1_500):
                opened.send(question(nonce, number))
                if number % 50 == 0:
                    time.sleep(0.001)
            found = answers(opened)
            lasted = time.monotonic() - began
        assert 10 < len(found) <= BURST * (1 + lasted) + 1


def test_what_is_answered_is_taken_from_the_budget(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave(max_bytes=10 * 2 * (SHORTEST + 28))))
        with line(port) as opened:
            for number in range(30):
                opened.send(question(nonce, number))
            assert len(answers(opened)) == 10


def test_a_train_goes_to_who_can_tell_the_cookie_and_costs_its_budget(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave(max_bytes=8_000)))
        with line(port) as opened:
            opened.send(question(nonce))
            (answer,) = answers(opened)
            caller.say(**TRAIN, cookie=answer[28:36].hex())
            assert caller.expect("trained")["packets"] == (8_000 - 2 * 92) // 1_028
            found = answers(opened)
        assert [len(datagram) for datagram in found] == [1_000] * 7
        assert {datagram[:24] for datagram in found} == {b"TNT1" + nonce + struct.pack("!I", 1)}


def test_a_train_of_ours_is_stamped_and_told(province: Place) -> None:
    with Caller(province.port) as caller:
        port, nonce = offered(caller.hello(province.leave()))
        caller.say(**TRAIN | {"direction": "up", "train": 5})
        assert caller.expect("listen")["train"] == 5
        with line(port) as opened:
            for index in range(10):
                opened.send((b"TNT1" + nonce + struct.pack("!II", 5, index)).ljust(1_000, b"\0"))
                opened.send((b"TNT1" + nonce + struct.pack("!II", 6, index)).ljust(1_000, b"\0"))  # another train
        caller.say(op="arrivals", packets=10)
        told = caller.expect("arrivals")
    assert (told["train"], [index for index, _ in told["arrivals"]]) == (5, list(range(10)))
    moments = [at for _, at in told["arrivals"]]
    assert moments[0] == 0
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    "message",
    [
        TRAIN,
        {**TRAIN, "cookie": ""},
        {**TRAIN, "cookie": "00" * 8},
        {**TRAIN, "cookie": None},
        {**TRAIN, "direction": "sideways"},
        {**TRAIN, "direction": "up", "packets": 0},
        {**TRAIN, "direction": "up", "packets": 100_000},
        {**TRAIN, "direction": "up", "packets": True},
        {**TRAIN, "direction": "up", "size": 1},
        {**TRAIN, "direction": "up", "size": 65_000},
        {**TRAIN, "direction": "up", "train": -1},
        {**TRAIN, "direction": "up", "train": 2**32},
        {**TRAIN, "direction": "up", "train": "1"},
        {"op": "train"},
        {"op": "arrivals", "packets": 10},
        {"op": "arrivals"},
    ],
    ids=json.dumps,
)
def test_a_box_that_says_nonsense_of_trains_is_hung_up_on(province: Place, message: dict[str, Any]) -> None:
    with Caller(province.port) as caller:
        caller.hello(province.leave())
        caller.say(**message)
        assert caller.hear() is None


def test_trains_without_end_are_hung_up_on(province: Place) -> None:
    with Caller(province.port) as caller:
        caller.hello(province.leave())
        for number in range(100):
            caller.say(**TRAIN | {"direction": "up", "train": number})
        heard = 0
        while caller.hear() is not None:
            heard += 1
    assert heard < 30


def test_a_server_without_udp_hangs_up_on_who_asks_for_a_train(tmp_path: Any) -> None:
    from tests.integration.measure.place import place

    with place(tmp_path, "--no-udp") as province, Caller(province.port) as caller:
        assert "udp" not in caller.hello(province.leave())
        caller.say(**TRAIN | {"direction": "up"})
        assert caller.hear() is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=1_500),
            st.builds(
                lambda magic, known, rest: magic + (bytes(range(16)) if known else bytes(16)) + rest,
                st.sampled_from([b"TNQ1", b"TNA1", b"TNT1", b"TNQ2"]),
                st.booleans(),
                st.binary(max_size=300),
            ),
        ),
        max_size=8,
    )
)
def test_whatever_arrives_is_never_answered_by_more_bytes(datagrams: list[bytes]) -> None:
    """Each datagram by itself: what comes back is nothing, or exactly as long, and only for the live nonce."""

    async def played() -> None:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((HOST, 0))
        port = server.getsockname()[1]
        talking = Datagrams(server)
        talk = talking.expect(Budget(1_000_000))
        talking._talks[bytes(range(16))] = talk
        talk.nonce = bytes(range(16))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
            box.connect((HOST, port))
            box.setblocking(False)
            for data in datagrams:
                box.send(data)
                for _ in range(4):  # until the loop has looked
                    await asyncio.sleep(0)
                try:
                    answer = box.recv(65_536)
                except BlockingIOError:
                    answer = b""
                assert len(answer) in (0, len(data))
                assert not answer or data[:20] == b"TNQ1" + bytes(range(16))
        talking.close()

    asyncio.run(played())
