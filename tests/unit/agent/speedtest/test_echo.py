"""What became of questions over UDP: loss each way, round trips, jitter. No network: answers are handed in."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speedtest.echo import ANSWER, PACKET, SIZE, Echo, Tally, echoing, stamp
from agent.speedtest.udp import udp_facts, udp_samples

NONCE = bytes(range(16))


def answered(count: int, *, lost_up: tuple[int, ...] = (), lost_down: tuple[int, ...] = ()) -> Echo:
    """``count`` questions, of which some never arrived and of others the answer was lost."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        echo, seen = Echo(ours, NONCE), 0
        for number in range(1, count + 1):
            echo.ask()
            if number in lost_up:
                continue
            seen += 1
            if number not in lost_down:
                theirs.send((ANSWER + NONCE + struct.pack("!II", number, seen) + b"12345678").ljust(SIZE, b"\0"))
                echo.read()
        return echo


def test_all_answered_is_no_loss() -> None:
    tally = answered(20).tally(0, 20)
    assert (tally.sent, tally.lost, tally.lost_up, tally.loss) == (20, 0, 0, 0.0)
    assert tally.rtt is not None
    assert 0 <= tally.rtt < 1


def test_the_loss_of_both_ways_is_told_apart() -> None:
    tally = answered(20, lost_up=(3, 4, 5), lost_down=(10, 11)).tally(0, 20)
    assert (tally.lost, tally.lost_up, tally.loss) == (5, 3, 0.25)


def test_a_part_of_the_questions_has_a_tally_of_its_own() -> None:
    echo = answered(20, lost_up=(3, 15))
    first, second = echo.tally(0, 10), echo.tally(10, 20)
    assert (first.lost, first.lost_up) == (1, 1)
    assert (second.lost, second.lost_up) == (1, 1)


def test_nothing_answered_is_all_lost_and_no_figure() -> None:
    tally = answered(6, lost_up=tuple(range(7))).tally(0, 6)
    assert (tally.lost, tally.rtt, tally.jitter) == (6, None, None)
    assert udp_samples("", tally) == {}
    assert udp_facts(idle=tally)["state"] == "blocked"


def test_jitter_is_the_mean_difference_of_neighbours() -> None:
    assert Tally(4, [0.010, 0.020, 0.010, 0.040], 0).jitter == pytest.approx(0.05 / 3)


def test_samples_say_when_they_were_taken() -> None:
    names = udp_samples("_loaded_down", Tally(10, [0.01] * 9, 1))
    assert names["udp_loss_loaded_down_ratio"] == pytest.approx(0.1)
    assert set(names) == {"udp_loss_loaded_down_ratio", "udp_rtt_loaded_down_seconds", "udp_jitter_loaded_down_seconds"}


def test_too_few_questions_are_no_ratio() -> None:
    assert udp_samples("", Tally(4, [0.01] * 4, 0)) == {}


def test_a_server_that_offers_nothing_is_no_block() -> None:
    assert udp_facts(idle=None)["state"] == "not-offered"


@given(st.binary(max_size=200))
def test_a_datagram_of_a_stranger_is_no_answer(data: bytes) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        echo = Echo(ours, NONCE)
        echo.ask()
        theirs.send(data)
        for magic in (ANSWER, PACKET):
            theirs.send(magic + NONCE + data)
        echo.read()
        assert echo.tally(0, 1).lost == 1 or struct.unpack_from("!I", data)[0] == 1


@given(st.lists(st.tuples(st.integers(), st.integers(), st.binary(max_size=32)), max_size=4))
def test_whatever_the_kernel_tells_is_a_time(told: list[tuple[int, int, bytes]]) -> None:
    assert isinstance(stamp(told), float)


@pytest.mark.parametrize(
    "offer",
    [
        None,
        [],
        {},
        {"v": 2, "port": 9, "nonce": "0" * 32},
        {"v": 1, "port": 0, "nonce": "0" * 32},
        {"v": 1, "port": "9", "nonce": "0" * 32},
        {"v": 1, "port": 9, "nonce": "x" * 32},
        {"v": 1, "port": 9, "nonce": "0" * 31},
        {"v": 1, "port": 70_000, "nonce": "0" * 32},
    ],
    ids=str,
)
def test_an_offer_that_makes_no_sense_is_none(offer: Any) -> None:
    async def opened() -> bool:
        async with echoing("127.0.0.1", offer) as echo:
            return echo is not None

    assert not asyncio.run(opened())
