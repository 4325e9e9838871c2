"""Who may give addresses, and when somebody who may not is news."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lan.rogue import CLEAN_RUNS, Server, Watched, judge

GATEWAY = "192.168.1.1"


def server(address: str, mac: str = "", router: str = "") -> Server:
    return {"server": address, "mac": mac or f"mac of {address}", "routers": [router or address]}


OWN, OTHER = server(GATEWAY), server("192.168.1.66")


def rogues(servers: Sequence[Server], watched: Watched | None = None, named: Sequence[str] = ()) -> list[str]:
    return [each["server"] for each in judge(watched or Watched(), servers, {GATEWAY}, named).rogues]


@pytest.mark.parametrize(
    ("servers", "found"),
    [
        ([], []),
        ([OWN], []),
        ([OWN, OTHER], ["192.168.1.66"]),
        ([OTHER], ["192.168.1.66"]),  # static addresses, and somebody offers another way out
        ([server("192.168.1.5", router=GATEWAY)], []),  # a server of the school's own that leads to the gateway
        ([server("192.168.1.5", router=GATEWAY), OTHER], ["192.168.1.66"]),
        ([{"server": "192.168.1.5", "mac": "a"}], []),  # alone, and leads nowhere
        ([OWN, server(GATEWAY, mac="another", router="192.168.1.66")], [GATEWAY]),  # with the gateway's own address
    ],
)
def test_who_may_give_addresses_without_being_named(servers: list[Server], found: list[str]) -> None:
    assert rogues(servers) == found


def test_settings_say_the_last_word() -> None:
    assert rogues([OTHER], named=["192.168.1.66"]) == []
    assert rogues([OWN], named=["192.168.1.66"]) == [GATEWAY]


def test_a_server_that_was_the_schools_own_stays_so_when_the_gateway_is_silent() -> None:
    first = judge(Watched(), [server("192.168.1.5", router=GATEWAY)], {GATEWAY})
    assert rogues([server("192.168.1.5", router="192.168.1.2")], first.watched) == []
    assert rogues([OTHER], first.watched) == ["192.168.1.66"]


def test_a_rogue_is_news_once_and_its_end_after_it_was_not_heard_twice() -> None:
    told, watched = [], Watched()
    for servers in ([OWN], [OWN, OTHER], [OWN, OTHER], [OWN], [OWN, OTHER], [OWN], [OWN], [OWN]):
        verdict = judge(watched, servers, {GATEWAY})
        watched = verdict.watched
        told.append(verdict.changed)
    assert told == ["", "present", "", "", "", "", "none", ""]
    assert CLEAN_RUNS == 2


servers = st.lists(
    st.builds(
        server,
        st.sampled_from([GATEWAY, "192.168.1.5", "192.168.1.66"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([GATEWAY, "192.168.1.66", ""]),
    ),
    max_size=6,
)


@given(runs=st.lists(servers, max_size=12))
def test_news_alternates_whatever_is_heard(runs: list[list[Server]]) -> None:
    told, watched = [], Watched()
    for heard in runs:
        verdict = judge(watched, heard, {GATEWAY})
        watched = verdict.watched
        if verdict.changed:
            told.append(verdict.changed)
    assert told == ["present", "none"] * (len(told) // 2) + ["present"] * (len(told) % 2)


@pytest.mark.parametrize("kept", [None, [], {}, {"learned": 5}, {"learned": ["a"], "clean": "x", "present": 1}])
def test_a_file_that_makes_no_sense_is_a_beginning(kept: object) -> None:
    assert Watched.of(kept).present is False
