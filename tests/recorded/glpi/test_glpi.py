"""Messages of real inventory agents are read as what they are."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from inventory.identity import body, glpi

HERE = Path(__file__).parent
NOON = 1_795_496_400.0


def said(name: str) -> bytes:
    return (HERE / name).read_bytes()


def test_an_agent_that_does_not_know_us_greets_in_xml_and_is_understood() -> None:
    for greeting in ("1-prolog.xml", "3-contact.json"):
        message = glpi.read(body.parse(zlib.compress(said(greeting))))
        assert (message.action, message.device_id[:3]) == ("contact", "vm-")


def test_a_full_inventory_tells_what_the_machine_is_and_nothing_of_people() -> None:
    message = glpi.read(body.parse(said("2-inventory.json")))
    (seen,) = glpi.sightings(message, 1, NOON)
    assert seen.is_full
    assert seen.of("host") == {"vm"}
    assert seen.of("serial") == seen.of("uuid") == frozenset()  # it has none, and none is made up
    assert seen.of("mac") == frozenset()  # an address that was made up for a virtual card tells no machine
    assert seen.facts["os"] == "Debian GNU/Linux 12 (bookworm)"
    assert seen.facts["memory_bytes"] == 24_105 * 1024**2
    assert seen.facts["virtual"] is True


def test_what_only_changed_is_no_full_inventory() -> None:
    message = glpi.read(body.parse(said("4-partial.json")))
    (seen,) = glpi.sightings(message, 1, NOON)
    assert (message.is_partial, seen.is_full) == (True, False)
    assert {kind for kind, _ in seen.lookups()} == {"host"}


def test_the_xml_of_older_agents_is_refused_by_name() -> None:
    with pytest.raises(body.BodyError, match="xml"):
        body.parse(zlib.compress(said("fusioninventory.xml")))
    with pytest.raises(body.BodyError, match="xml"):  # a greeting is short
        body.parse(said("1-prolog.xml") + b" " * body.MAX_PROLOG)
