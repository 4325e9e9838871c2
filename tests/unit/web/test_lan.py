"""What a school's page says of its wire, from whatever a box told."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.tables import Event
from controller.web.read.school_lan import KIND_WORDS, Lan, of_body, tell_rogue
from inventory.kinds import KINDS

BODY: dict[str, Any] = {
    "facts": {
        "neighbours": [
            {"by": "lldp", "name": "sw-tang-1", "port": "00:11:22:33:44:55", "port_name": "Gi0/3", "vlan": 10},
            {"by": "cdp", "mac": "00:00:0c:00:00:01", "port": "Gi0/3", "runs_ago": 2},
        ],
        "servers": [{"server": "192.168.1.1", "mac": "a"}, {"server": "192.168.1.66", "mac": "b"}],
        "rogues": ["192.168.1.66"],
        "missing": {"listen": {"reason": "no-scapy", "detail": ""}},
    },
    "samples": [{"name": "lan_private_macs", "value": 17.0}, {"name": "lan_devices_waiting", "value": 2.0}],
}


def test_the_port_the_servers_and_the_counts_are_read() -> None:
    lan = of_body(BODY, {"after": "present", "at": 5.0})
    assert [(one.name, one.port, one.vlan) for one in lan.ports] == [
        ("sw-tang-1", "00:11:22:33:44:55 (Gi0/3)", "10"),
        ("00:00:0c:00:00:01", "Gi0/3", ""),
    ]
    assert [one.is_rogue for one in lan.servers] == [False, True]
    assert (lan.is_rogue, lan.rogue_since, lan.private, lan.waiting) == (True, 5.0, 17, 2)
    assert lan.missing is not None
    assert "install.sh" in lan.missing.values["command"]


def test_without_a_sweep_nothing_is_claimed() -> None:
    assert of_body({}, {}) == Lan()


def test_every_kind_has_its_word() -> None:
    assert set(KIND_WORDS) == set(KINDS)


def test_a_rogue_is_told_with_its_address_and_what_to_do() -> None:
    event = Event(
        at=5.0, kind="lan", subject="lan:rogue-dhcp", after="present", facts={"server": "192.168.1.66", "mac": "b"}
    )
    tone, said, advice = tell_rogue(event)
    assert (tone, said.values, bool(advice)) == ("bad", {"server": "192.168.1.66", "mac": "b"}, True)
    tone, said, advice = tell_rogue(Event(at=5.0, kind="lan", subject="lan:rogue-dhcp", after="none"))
    assert (tone, advice) == ("good", "")


KEYS = (
    "facts neighbours servers rogues missing listen samples name value port server mac by runs_ago reason at after vlan"
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=60, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(body=plain, state=plain)
def test_whatever_a_box_said_the_page_can_be_made(body: Any, state: Any) -> None:
    of_body(body if isinstance(body, dict) else {}, state if isinstance(state, dict) else {})
