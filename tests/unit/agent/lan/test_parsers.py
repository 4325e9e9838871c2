"""What each protocol's messages mean, and what hostile ones do not do."""

from __future__ import annotations

import struct
import time

import pytest

from agent.lan import dhcp, dns, mdns, netbios, snmp, ssdp, wire

HOST = ("may-in", "local")


def message(*records: bytes, questions: int = 0) -> bytes:
    return dns.HEADER.pack(0, 0x8400, questions, len(records), 0, 0) + b"".join(records)


def name(*labels: str) -> bytes:
    return b"".join(bytes([len(label.encode())]) + label.encode() for label in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 0x8001, 120, len(data)) + data


def test_a_name_a_service_and_a_model_are_read_of_mdns() -> None:
    instance = name("HP 400 (P. 3)", "_ipp", "_tcp", "local")
    said = message(
        record(name("_services", "_dns-sd", "_udp", "local"), dns.PTR, name("_ipp", "_tcp", "local")),
        record(name("_ipp", "_tcp", "local"), dns.PTR, instance),
        record(instance, dns.TXT, b"\x0cty=LaserJet4\x05rp=ip"),
        record(name(*HOST), dns.A, bytes((10, 82, 1, 20))),
    )
    assert mdns.described(dns.parse(said), "10.82.1.20") == {
        "name": "may-in", "services": ["_ipp._tcp"], "model": "LaserJet4",
    }  # fmt: skip


def test_an_address_of_another_gives_no_name() -> None:
    said = message(record(name(*HOST), dns.A, bytes((10, 82, 1, 21))))
    assert mdns.described(dns.parse(said), "10.82.1.20") == {}


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\xff", b"\xc0\x0e"])
def test_a_pointer_that_leads_round_ends_the_message_and_nothing_else(pointer: bytes) -> None:
    began = time.monotonic()
    assert (
        dns.parse(dns.HEADER.pack(0, 0x8400, 0, 1, 0, 0) + pointer + struct.pack("!HHIH", 12, 1, 1, 2) + pointer) == []
    )
    assert time.monotonic() - began < 0.5


def test_a_message_that_promises_65535_records_takes_no_time() -> None:
    began = time.monotonic()
    assert dns.parse(dns.HEADER.pack(0, 0x8400, 65_535, 65_535, 65_535, 65_535) + b"\0" * 9_000) == []
    assert len(dns.parse(dns.HEADER.pack(0, 0x8400, 0, 65_535, 0, 0) + record(b"\0", dns.A, b"abcd") * 700)) == 128
    assert time.monotonic() - began < 0.5


def test_a_question_is_no_answer() -> None:
    assert dns.parse(dns.query([("_ipp", "_tcp", "local")])) == []


def test_a_question_asks_what_it_should() -> None:
    asked = dns.query([dns.reverse("10.82.1.20")])
    assert asked[12:] == name("20", "1", "82", "10", "in-addr", "arpa") + struct.pack("!HH", 12, 0x8001)


def node_status(*names: tuple[bytes, int, int], count: int | None = None) -> bytes:
    body = b"".join(text.ljust(15) + bytes([kind]) + struct.pack("!H", flags) for text, kind, flags in names)
    head = (
        struct.pack("!6H", 1, 0x8400, 0, 1, 0, 0) + netbios.ENCODED + struct.pack("!HHIH", 0x21, 1, 0, len(body) + 47)
    )
    return head + bytes([len(names) if count is None else count]) + body


def test_a_pc_and_its_group_are_read_of_netbios() -> None:
    said = node_status((b"PHONGMAY-01", 0, 0x0400), (b"TRUONG", 0, 0x8400), (b"PHONGMAY-01", 0x20, 0x0400))
    assert netbios.parse(said) == {"name": "PHONGMAY-01", "group": "TRUONG", "server": True}
    assert netbios.parse(node_status((b"A", 0, 0), count=255)) == {"name": "A"}
    assert netbios.parse(netbios.question(1)) == {}


def answer(*bindings: bytes, number: int = 7, trouble: bytes = b"\0") -> bytes:
    put = snmp._put
    body = put(snmp.INTEGER, number.to_bytes(4, "big")) + put(snmp.INTEGER, trouble) + put(snmp.INTEGER, b"\0")
    reply = put(snmp.RESPONSE, body + put(snmp.SEQUENCE, b"".join(bindings)))
    return put(snmp.SEQUENCE, put(snmp.INTEGER, b"\1") + put(snmp.STRING, b"public") + reply)


def binding(key: str, value: bytes) -> bytes:
    return snmp._put(snmp.SEQUENCE, snmp._put(snmp.OID, snmp.ASKED[key]) + snmp._put(snmp.STRING, value))


def test_what_a_device_is_is_read_of_snmp_only_from_the_answer_to_our_question() -> None:
    said = answer(binding("descr", b"RouterOS RB750"), binding("name", "gác mái".encode()))
    assert snmp.parse(said, 7) == {"descr": "RouterOS RB750", "name": "gác mái"}
    assert snmp.parse(said, 8) == {}
    assert snmp.parse(answer(binding("descr", b"x"), trouble=b"\x05"), 7) == {}
    assert snmp.parse(snmp.question("x", 7), 7) == {}


def test_an_answer_to_a_search_and_a_description_are_read() -> None:
    said = (
        b"HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
        b"SERVER: Linux UPnP/1.1 MiniUPnPd/2.3\r\nLocation: http://10.82.1.1:5000/root.xml\r\n\r\n"
    )
    told = ssdp.parse(said)
    assert (told["type"], told["server"]) == ("InternetGatewayDevice", "Linux UPnP/1.1 MiniUPnPd/2.3")
    assert ssdp.place(told["location"], "10.82.1.1") == (5000, "/root.xml")
    body = b"<root><device><friendlyName>TV &amp; loa</friendlyName><modelName>X1</modelName></device></root>"
    assert ssdp.description(body) == {"name": "TV & loa", "model": "X1"}


@pytest.mark.parametrize(
    "location",
    [
        "http://10.82.1.2/other", "http://127.0.0.1/", "http://10.82.1.1@evil/", "http://10.82.1.1:99999/",
        "https://10.82.1.1/", "http://10.82.1.1:x/", "http://[::1/", "http://10.82.1.1/a b\r\nX: y",
    ],
)  # fmt: skip
def test_a_description_is_fetched_only_from_the_device_that_named_it(location: str) -> None:
    parsed = ssdp.parse(f"HTTP/1.1 200 OK\r\nLOCATION: {location}\r\nST: x\r\n\r\n".encode()).get("location", "")
    where = ssdp.place(parsed, "10.82.1.1") if parsed else None
    assert where is None or "\r" not in where[1]
    if "a b" not in location:
        assert where is None


def test_the_question_for_addresses_names_no_lease_of_this_machine() -> None:
    frame = dhcp.discover(bytes.fromhex("18c04d000007"), 0x01020304, b"twelve bytes")
    assert frame[:14] == b"\xff" * 6 + bytes.fromhex("18c04d000007") + b"\x08\x00"
    assert dhcp.number_of(frame) == 0x01020304
    assert b"\x3d\x0d\x00twelve bytes" in frame
    assert len(frame) >= 14 + 20 + 8 + 300


def reply(number: int, filler: int) -> bytes:
    frame = bytearray(dhcp.discover(b"\x02" * 6, number, b"x" * 12))
    frame[34:38] = struct.pack("!2H", 67, 68)
    return bytes(frame) + filler.to_bytes(4, "big")


def test_a_flood_of_dhcp_is_counted_and_does_not_crowd_out_the_answer_to_our_question() -> None:
    catch = wire.Catch()
    for number in range(20_000):
        catch.take(reply(1_000 + number, number), 7)
    catch.take(reply(7, 1), 7)
    catch.take(reply(7, 1), 7)
    assert len(catch.frames["dhcp"]) == wire.KEPT["dhcp"]
    assert len(catch.frames["offer"]) == 1
    assert (catch.counts["dhcp"], catch.counts["offer"]) == (20_000, 2)
    assert catch.dropped == 20_000 - wire.KEPT["dhcp"]


def test_the_filter_s_jumps_stay_inside_the_program() -> None:
    words = wire.assembled(wire.PROGRAM)
    size = len(wire.PROGRAM)
    assert len(words) == 8 * size
    for number in range(size):
        operation, yes, no, _ = struct.unpack_from("=HBBI", words, 8 * number)
        if operation in (wire.JEQ, wire.JSET):
            assert number + 1 + max(yes, no) < size
