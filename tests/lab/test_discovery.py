"""What the devices are, on a wire where Debian's own daemons speak: nothing here was made up for the test."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.lan.rights import is_open_to_all
from tests.lab import things
from tests.lab.things import COMMUNITY, Things
from tests.lab.wire import NET, Wire

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces"),
    pytest.mark.skipif(bool(things.missing()), reason=f"Debian packages are missing: {', '.join(things.missing())}"),
]

ROUTER, PRINTER, PC, MANAGED, PHONE = 1, 20, 30, 40, 50
HOSTS = {
    ROUTER: "a4:2b:b0:00:00:01",
    PRINTER: "00:17:c8:aa:00:14",
    PC: "18:c0:4d:00:00:1e",
    MANAGED: "b8:27:eb:00:00:28",
    PHONE: "da:a1:19:12:34:56",
}
SETTINGS = {"listen": 12, "snmp_community": COMMUNITY}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with Wire(HOSTS) as made, Things(made) as there:
        there.lldpd(made.switch, "sw-tang-1", device="p7", cdp=True)
        there.avahi(PRINTER, "may-in-hieu-bo", {"_ipp._tcp": "ty=HP LaserJet 400;rp=ipp/print"})
        there.nmbd(PC, "PHONGMAY-01")
        there.snmpd(MANAGED, "kho-tang-2", "Linux lab 6.1 server")
        there.avahi(PHONE, "dien-thoai-cua-em-an", {"_apple-mobdev2._tcp": ""})
        there.miniupnpd(ROUTER, "Bộ định tuyến của trường")
        there.dnsmasq(ROUTER)
        time.sleep(6)  # until all have told their names to themselves
        yield made


def once(wire: Wire, directory: Path, settings: dict[str, Any]) -> dict[str, Any]:
    words = [sys.executable, "-P", "-m", "agent.once", "lan", "58"]
    done = wire.box.run(words, input=json.dumps({"settings": settings}), timeout=90)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["outcome"] == "ok", found
    return found


@pytest.fixture(scope="module")
def facts(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = once(wire, tmp_path_factory.mktemp("once"), SETTINGS)["facts"]
    return found


def heard(facts: dict[str, Any], host: int) -> dict[str, Any]:
    by_address = {device["ip"]: device for device in facts["devices"]}
    said: dict[str, Any] = by_address[f"{NET}.{host}"].get("heard", {})
    return said


def test_nothing_is_missing_and_everybody_is_found(facts: dict[str, Any]) -> None:
    assert "missing" not in facts
    assert {device["mac"] for device in facts["devices"]} == set(HOSTS.values())


def test_the_switch_and_the_port_that_the_box_hangs_on_are_named_by_lldp_and_by_cdp(facts: dict[str, Any]) -> None:
    by = {one["by"]: one for one in facts["neighbours"]}
    assert (by["lldp"]["name"], by["lldp"]["port"] in ("p7", by["lldp"]["mac"])) == ("sw-tang-1", True)
    assert "p7" in (by["lldp"]["port"], by["lldp"].get("port_name"))
    assert (by["cdp"]["name"], by["cdp"]["port"]) == ("sw-tang-1", "p7")


def test_a_printer_says_its_name_its_service_and_its_model_by_mdns(facts: dict[str, Any]) -> None:
    said = heard(facts, PRINTER)["mdns"]
    assert (said["name"], said["model"]) == ("may-in-hieu-bo", "HP LaserJet 400")
    assert "_ipp._tcp" in said["services"]


def test_a_pc_says_its_name_by_netbios_and_a_managed_thing_by_snmp(facts: dict[str, Any]) -> None:
    assert heard(facts, PC)["netbios"] == {"name": "PHONGMAY-01", "group": "TRUONG", "server": True}
    assert heard(facts, MANAGED)["snmp"] == {"name": "kho-tang-2", "descr": "Linux lab 6.1 server"}


def test_a_router_says_what_it_is_by_ssdp_and_that_it_gives_addresses(facts: dict[str, Any]) -> None:
    said = heard(facts, ROUTER)
    assert (said["ssdp"]["name"], "InternetGatewayDevice" in said["ssdp"]["types"]) == (
        "Bộ định tuyến của trường",
        True,
    )
    assert [(one["server"], one["mac"]) for one in facts["servers"]] == [(f"{NET}.{ROUTER}", HOSTS[ROUTER])]


def test_a_telephone_is_counted_and_never_called_by_its_name(facts: dict[str, Any]) -> None:
    assert "em-an" not in json.dumps(facts)
    assert "name" not in heard(facts, PHONE).get("mdns", {})


def test_the_community_never_leaves_the_box(facts: dict[str, Any]) -> None:
    assert COMMUNITY not in json.dumps(facts)


def test_without_scapy_the_rest_is_found_and_what_lacks_is_said(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['scapy'] = None\n")
    code = "import agent.helper as h; h.BARE['PYTHONPATH'] = %r; h.LISTENER = h.LISTENER[:1] + h.LISTENER[2:]"
    code = f"{code % str(tmp_path)}; import agent.once; raise SystemExit(agent.once.as_child('lan', 58.0))"
    done = wire.box.run([sys.executable, "-P", "-c", code], input=json.dumps({"settings": {"listen": 2}}))
    found = json.loads(done.stdout)
    assert found["outcome"] == "ok", found
    assert found["facts"]["missing"]["listen"]["reason"] == "no-scapy"
    assert heard(found["facts"], PC)["netbios"]["name"] == "PHONGMAY-01"


def test_without_rights_the_sweep_is_skipped_with_its_reason(wire: Wire) -> None:
    words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--bounding-set=-all", sys.executable]
    done = wire.box.run([*words, "-P", "-m", "agent.once", "lan", "58"], input='{"settings": {"listen": 2}}')
    found = json.loads(done.stdout)
    assert (found["outcome"], found["reason"]) == ("skipped", "needs-root")


def test_the_child_that_hears_the_wire_has_no_rights_left_while_it_listens(wire: Wire) -> None:
    words = [sys.executable, "-I", "-m", "agent.lan.child", "eth0", "3", "0"]
    with wire.box.popen(words, stdout=-1) as child:
        time.sleep(1.5)
        status = Path(f"/proc/{child.pid}/status").read_text()
        assert child.wait(20) == 0
    if is_open_to_all(Path(os.__file__)):  # a Python below /root cannot be read by nobody: then root without rights
        assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status
    assert "CapPrm:\t0000000000000000" in status
