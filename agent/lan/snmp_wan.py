"""Which card of a router leads to the Internet, and what it carried, by SNMP: the routing tables of RFC 1213, RFC 2096
and RFC 4292, and the 64-bit counters of RFC 2863. Pure."""

from __future__ import annotations

from agent.lan.snmp import COUNTER64, GET, INTEGER, NEXT, bindings, request

IP = bytes((0x2B, 6, 1, 2, 1, 4))  # 1.3.6.1.2.1.4
# The columns that name the card of a route, and what the index of the route to everywhere begins with.
ROUTES = (
    (IP + bytes((21, 1, 2)), bytes(4)),  # ipRouteIfIndex
    (IP + bytes((24, 4, 1, 5)), bytes(8)),  # ipCidrRouteIfIndex
    (IP + bytes((24, 7, 1, 7)), bytes((1, 4, 0, 0, 0, 0, 0))),  # inetCidrRouteIfIndex
)
CARD = bytes((0x2B, 6, 1, 2, 1, 31, 1, 1, 1))  # ifXEntry
RECEIVED, SENT = CARD + bytes((6,)), CARD + bytes((10,))  # ifHCInOctets, ifHCOutOctets


def route_question(community: str, number: int) -> bytes:
    """What is the first route: the one to everywhere, where there is one. Of RFC 1213 the address itself is the whole
    index, so that the column alone is asked for."""
    first, *others = ROUTES
    return request(NEXT, community, number, [first[0], *(column + start for column, start in others)])


def card(message: bytes, number: int) -> int | None:
    """The index of the card towards the Internet."""
    for oid, kind, content in bindings(message, number):
        if kind != INTEGER or not content:
            continue
        for column, start in ROUTES:
            index = int.from_bytes(content, "big")
            if oid.startswith(column + start) and 0 < index < 2**31:
                return index
    return None


def count_question(community: str, number: int, index: int) -> bytes:
    return request(GET, community, number, [column + _sub(index) for column in (RECEIVED, SENT)])


def counts(message: bytes, number: int, index: int) -> tuple[int, int] | None:
    """Bytes received and sent; None unless both are told."""
    told = {
        oid: int.from_bytes(content, "big")
        for oid, kind, content in bindings(message, number)
        if kind == COUNTER64 and len(content) <= 9
    }
    received, sent = told.get(RECEIVED + _sub(index)), told.get(SENT + _sub(index))
    return None if received is None or sent is None else (received, sent)


def _sub(number: int) -> bytes:
    """One part of an OID, in base 128."""
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))
