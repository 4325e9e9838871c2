"""What a router tells of its line: by UPnP and SNMP, from texts that may be anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.clock import monotonic
from agent.lan import igd, snmp, snmp_wan, wan
from agent.lan.fetch import MOST, exchanged
from agent.lan.snmp import COUNTER64, INTEGER, OID, RESPONSE, SEQUENCE, STRING
from agent.lan.wan import Span, Total, between

ROUTER = "192.168.1.1"
LOCATION = f"http://{ROUTER}:5000/rootDesc.xml"
SERVICE = """<service><serviceType>{kind}</serviceType><SCPDURL>/WANCfg.xml</SCPDURL>
<controlURL>{url}</controlURL></service>"""
OTHER = SERVICE.format(kind="urn:schemas-upnp-org:service:WANIPConnection:1", url="/ctl/IPConn")


def described(url: str, before: str = "") -> bytes:
    return f"<root>{before}<device>{OTHER}{SERVICE.format(kind=igd.SERVICE, url=url)}</device></root>".encode()


@pytest.mark.parametrize("url", ["/ctl/CmnIfCfg", "ctl/CmnIfCfg", f"http://{ROUTER}:5000/ctl/CmnIfCfg"])
def test_the_service_of_the_line_is_found_however_it_is_written(url: str) -> None:
    assert igd.control(described(url), LOCATION, ROUTER) == (5000, "/ctl/CmnIfCfg")


def test_a_base_address_of_the_router_is_followed() -> None:
    base = f"<URLBase>http://{ROUTER}:49152/</URLBase>"
    assert igd.control(described("upnp/control", base), LOCATION, ROUTER) == (49152, "/upnp/control")


@pytest.mark.parametrize(
    "body",
    [
        described("http://192.168.1.7/ctl"),
        described("http://[/ctl"),
        described("/ctl", "<URLBase>http://203.113.7.9/</URLBase>"),
        f"<root>{OTHER}</root>".encode(),
        b'<!DOCTYPE r [<!ENTITY u "/ctl">]>' + described("&u; x"),
        b"",
    ],
)
def test_nobody_but_the_router_is_ever_asked(body: bytes) -> None:
    assert igd.control(body, LOCATION, ROUTER) is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n<s:Body><NewTotalBytesSent>4294967295</NewTotalBytesSent>", 4_294_967_295),
        (b'HTTP/1.1 200 OK\r\n\r\n<NewTotalBytesSent dt="ui4"> 7 </NewTotalBytesSent>', 7),
        (b"HTTP/1.1 500 Internal\r\n\r\n<NewTotalBytesSent>7</NewTotalBytesSent>", None),
        (b"HTTP/1.1 200 OK\r\n\r\n<NewTotalBytesSent>-7</NewTotalBytesSent>", None),
        (b"HTTP/1.1 200 OK\r\n\r\n<NewTotalBytesReceived>7</NewTotalBytesReceived>", None),
        (b"", None),
    ],
)
def test_a_count_is_a_plain_number_or_none(answer: bytes, told: int | None) -> None:
    assert igd.count(answer, "TotalBytesSent") == told


def answered(number: int, *rows: tuple[bytes, int, bytes], community: str = "doc") -> bytes:
    bindings = b"".join(snmp._put(SEQUENCE, snmp._put(OID, oid) + snmp._put(kind, value)) for oid, kind, value in rows)
    head = snmp._put(INTEGER, number.to_bytes(4, "big")) + 2 * snmp._put(INTEGER, b"\0")
    reply = snmp._put(RESPONSE, head + snmp._put(SEQUENCE, bindings))
    return snmp._put(SEQUENCE, snmp._put(INTEGER, b"\1") + snmp._put(STRING, community.encode()) + reply)


@pytest.mark.parametrize(("column", "start"), snmp_wan.ROUTES)
def test_the_card_of_the_route_to_everywhere_is_found_in_each_routing_table(column: bytes, start: bytes) -> None:
    assert snmp_wan.card(answered(7, (column + start + bytes(4), INTEGER, b"\x01\x02")), 7) == 258
    assert snmp_wan.card(answered(7, (column + b"\x0a" + start[1:], INTEGER, b"\x02")), 7) is None, "another route"
    assert snmp_wan.card(answered(8, (column + start, INTEGER, b"\x02")), 7) is None, "another question's answer"


def test_64_bit_counters_of_that_card_are_read_and_both_are_needed() -> None:
    received = (snmp_wan.RECEIVED + b"\x82\x02", COUNTER64, (2**40).to_bytes(6, "big"))
    sent = (snmp_wan.SENT + b"\x82\x02", COUNTER64, b"\x07")
    assert snmp_wan.counts(answered(7, received, sent), 7, 258) == (2**40, 7)
    assert snmp_wan.counts(answered(7, received), 7, 258) is None
    assert snmp_wan.counts(answered(7, received, (sent[0], 0x80, b"")), 7, 258) is None, "noSuchObject"
    assert snmp_wan.counts(answered(7, received, sent), 7, 2) is None


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (100, 1_000, 900),
        (2**32 - 100, 900, 1_000),
        (2**33, 2**33 + 5, 5),
        (2**33, 5, None),
        (1_000_000, 5, None),
        (2**31 + 5, 2**31 + 4, None),
    ],
    ids=["more", "32 bits are over", "64 bits", "64 bits anew", "anew", "backwards"],
)
def test_a_counter_that_starts_over_is_told_from_one_that_began_anew(
    before: int, after: int, passed: int | None
) -> None:
    span = between(Total(before, 0, 10.0), Total(after, 50, 12.0))
    assert span == (Span(passed, 50, 2.0) if passed is not None else None)


@contextmanager
def router(*answers: bytes) -> Iterator[int]:
    """Answers one connection after the other; b"" for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            for answer in answers:
                line, _ = server.accept()
                with line:
                    line.recv(4_096)
                    try:
                        while not answer:
                            line.sendall(bytes(8_192))
                        line.sendall(answer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def soap(name: str, value: int) -> bytes:
    return f"HTTP/1.0 200 OK\r\n\r\n<New{name}>{value}</New{name}>".encode()


def test_both_counts_are_asked_for_and_one_that_is_missing_is_an_error() -> None:
    with router(soap("TotalBytesReceived", 11), soap("TotalBytesSent", 12)) as port:
        total = wan._total("127.0.0.1", port, "/ctl")
    assert (total.received, total.sent) == (11, 12)
    with (
        router(soap("TotalBytesReceived", 11), b"HTTP/1.0 401 No\r\n\r\n") as port,
        pytest.raises(OSError, match="Sent"),
    ):
        wan._total("127.0.0.1", port, "/ctl")


def test_an_answer_without_an_end_is_cut_and_a_silent_router_is_left() -> None:
    with router(b"") as port:
        assert len(exchanged("127.0.0.1", port, b"GET", monotonic() + 5)) == MOST
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        exchanged("127.0.0.1", silent.getsockname()[1], b"GET", monotonic() + 0.1)
