"""What a device says of itself by mDNS and DNS-SD: its name, its services, its model. RFC 6763. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent.lan import dns
from agent.lan.text import clean

GROUP, PORT = "224.0.0.251", 5353
SERVICES: dns.Name = ("_services", "_dns-sd", "_udp", "local")
MAX_SERVICES = 24
# Where a service's TXT record names the product, by what makers write: printers (Bonjour printing), Apple, Chromecast.
MODEL_KEYS = ("ty", "md", "model", "product")


def described(records: Iterable[dns.Record], address: str) -> dict[str, Any]:
    """``{"name", "services", "model"}`` as far as they are said by the device at ``address``; {} when nothing is."""
    name, model = "", ""
    services: set[str] = set()
    for record in records:
        if record.kind == dns.A and record.address == address and not name:
            name = _host(record.name)
        elif record.kind == dns.PTR and record.name == dns.reverse(address):
            name = _host(record.target) or name
        elif record.kind == dns.PTR and _lower(record.name) == SERVICES:
            services.update(_service(record.target))
        elif record.kind in (dns.PTR, dns.SRV, dns.TXT):
            services.update(_service(record.name))
        if record.kind == dns.SRV and not name:
            name = _host(record.target)
        if record.kind == dns.TXT:
            model = model or _model(record.text)
    told = {"name": name, "services": sorted(services)[:MAX_SERVICES], "model": model}
    return {key: value for key, value in told.items() if value}


def types(found: Iterable[dict[str, Any]]) -> list[dns.Name]:
    """The kinds of services that were named, to be asked for one by one; the most named first."""
    count: dict[str, int] = {}
    for each in found:
        for service in each.get("services", ()):
            count[service] = count.get(service, 0) + 1
    best = sorted(count, key=lambda service: (-count[service], service))[:MAX_SERVICES]
    return [(*service.split("."), "local") for service in best]


def _lower(name: dns.Name) -> dns.Name:
    return tuple(label.lower() for label in name)


def _host(name: dns.Name) -> str:
    """ "may-in-hp" of "may-in-hp.local"."""
    return clean(name[0]) if len(name) == 2 and name[1].lower() == "local" else ""


def _service(name: dns.Name) -> list[str]:
    """["_ipp._tcp"] of "HP 400._ipp._tcp.local"; nothing where no service is named."""
    labels = _lower(name)[:-1] if name and name[-1].lower() == "local" else ()
    if len(labels) < 2 or labels[-1] not in ("_tcp", "_udp") or not labels[-2].startswith("_"):
        return []
    service = clean(f"{labels[-2]}.{labels[-1]}", 32)
    return [service] if service.isascii() and service not in ("_dns-sd._udp",) else []


def _model(text: Iterable[tuple[str, str]]) -> str:
    said = {key.lower(): value for key, value in text}
    return next((clean(said[key].strip("()")) for key in MODEL_KEYS if said.get(key)), "")
