"""Who is on the wire over an hour's sweeps, and what they are: ours beside nmap and arp-scan, each in turn.

``python -m bench.discovery [ROUNDS]`` (root; default 8). The wire is a bridge with a network namespace a host; some
only answer ARP, some sleep (their link goes down for part of each round, so that a single look may miss them), some are
real daemons of Debian: lldpd, avahi, samba's nmbd, snmpd, miniupnpd, dnsmasq. Ours is the whole probe as the agent
starts it and what the agent keeps of it from run to run (agent/lan/keeper.py): there is who was seen in one of the last
four runs. Peers are told once as they are (one look) and once as the union of their last four looks, so that they are
not beaten by patience alone. One host is taken away after the first round; who still tells it at the end is wrong.

Recall is the mean of the rounds from the fourth on, when four looks lie behind; packets are what the box sends, by its
kernel's counters, the most within a second. Memory is the largest resident set of the probe and of its children.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from agent.decode import decode
from agent.lan.keeper import LanKeeper
from agent.lan.merge import RUNS
from agent.wire import Result
from tests.lab import things
from tests.lab.links import ROOT
from tests.lab.things import COMMUNITY, Things
from tests.lab.wire import GATEWAY, NET, Wire

OURS = "TruongNet, probe lan"
LISTEN = 12.0
TARGETS = {"recall": 0.99, "false": 0, "packets_a_second": 400}
QUIET, SLEEPERS = 30, 10
GONE = 200
SLEEPS = (15.0, 15.0)  # seconds awake, asleep
ASKED = {"settings": {"listen": LISTEN, "snmp_community": COMMUNITY}}
SWITCH = "sw-tang-1"


@dataclass(slots=True)
class Look:
    seconds: float
    packets: float  # a second, at most
    rss: float  # MB, of the program
    child: float  # MB, of its largest child
    found: set[str]


@dataclass(slots=True)
class Peer:
    words: list[str]
    found: Callable[[str], set[str]]
    looks: list[Look] = field(default_factory=list)
    recent: list[set[str]] = field(default_factory=list)


def hosts() -> dict[int, str]:
    """Host → MAC, all with makers' prefixes: a private one is only counted by ours."""
    draw = random.Random(82)
    numbers = [GATEWAY, GONE, *draw.sample([each for each in range(2, 250) if each not in (7, GONE)], 59)]
    return {number: f"18:c0:4d:00:00:{number:02x}" for number in numbers}


@dataclass(frozen=True)
class Truth:
    """What is there, and what each says of itself."""

    hosts: dict[int, str]
    sleepers: list[int]
    said: dict[str, dict[int, str]]  # protocol → host → name

    @classmethod
    def drawn(cls, macs: dict[int, str]) -> Truth:
        others = [host for host in macs if host not in (GATEWAY, GONE)]
        sleepers = others[:SLEEPERS]
        speaking = others[SLEEPERS + QUIET :]
        names = {
            "mdns": {host: f"may-in-{host}" for host in speaking[:6]},
            "netbios": {host: f"PHONGMAY-{host}" for host in speaking[6:11]},
            "snmp": {host: f"thiet-bi-{host}" for host in speaking[11:14]},
            "ssdp": {GATEWAY: "Bộ định tuyến thử"},
            "lldp": {7: SWITCH},
            "cdp": {7: SWITCH},
            "dhcp": {GATEWAY: f"{NET}.{GATEWAY}"},
        }
        return cls(macs, sleepers, names)

    def there(self, round_number: int) -> set[str]:
        return {mac for host, mac in self.hosts.items() if host != GONE or round_number == 0}


def start(there: Things, truth: Truth) -> None:
    there.lldpd(there.wire.switch, SWITCH, device="p7", cdp=True)
    there.miniupnpd(GATEWAY, truth.said["ssdp"][GATEWAY])
    there.dnsmasq(GATEWAY)
    for host, name in truth.said["mdns"].items():
        there.avahi(host, name, {"_ipp._tcp": "ty=HP LaserJet"})
    for host, name in truth.said["netbios"].items():
        there.nmbd(host, name)
    for host, name in truth.said["snmp"].items():
        there.snmpd(host, name, "Linux lab")


@contextmanager
def sleeping(wire: Wire, sleepers: list[int]) -> Iterator[None]:
    """Their links go down and up, each in its own turn, until the end."""
    stop = threading.Event()

    def one(host: int, wait: float) -> None:
        stop.wait(wait)
        while not stop.is_set():
            for state, seconds in (("down", SLEEPS[1]), ("up", SLEEPS[0])):
                words = ["ip", "-n", wire.space(host), "link", "set", "eth0", state]
                subprocess.run(words, check=False, timeout=10, capture_output=True)
                if stop.wait(seconds):
                    break
        words = ["ip", "-n", wire.space(host), "link", "set", "eth0", "up"]
        subprocess.run(words, check=False, timeout=10, capture_output=True)

    turns = [
        threading.Thread(target=one, args=(host, number * sum(SLEEPS) / len(sleepers)))
        for number, host in enumerate(sleepers)
    ]
    for turn in turns:
        turn.start()
    try:
        yield
    finally:
        stop.set()
        for turn in turns:
            turn.join()


def resident(pid: int) -> tuple[float, float]:
    """MB of the program and of its largest child, as far as they are Python or the program itself."""
    own, most = 0.0, 0.0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "status").read_text()
        except OSError:
            continue
        size = re.search(r"VmRSS:\s+(\d+)", status)
        parent = re.search(r"PPid:\s+(\d+)", status)
        if size and int(path.name) == pid:
            own = int(size[1]) * 1024 / 1e6
        elif size and parent and int(parent[1]) == pid:
            most = max(most, int(size[1]) * 1024 / 1e6)
    return own, most


def look(wire: Wire, inside: int, words: list[str], question: str) -> tuple[Look, str]:
    """One program to its end, watched ten times a second; ``inside``: a process that lives in the box's namespace."""
    with tempfile.TemporaryFile("w+") as answers, tempfile.TemporaryFile("w+") as asks:
        asks.write(question)
        asks.seek(0)
        began = time.monotonic()
        process = subprocess.Popen(
            wire.box.argv(words), stdin=asks, stdout=answers, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        counts: list[tuple[float, int]] = []
        own = child = 0.0
        while process.poll() is None:
            counts.append((time.monotonic(), sent(inside)))
            mine, theirs = resident(process.pid)
            own, child = max(own, mine), max(child, theirs)
            time.sleep(0.1)
        seconds = time.monotonic() - began
        answers.seek(0)
        text = answers.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {process.returncode}")
    return Look(seconds, peak(counts), own, child, set()), text


def sent(inside: int) -> int:
    """The packets that the box's card has sent so far."""
    for line in Path(f"/proc/{inside}/net/dev").read_text().splitlines():
        name, colon, figures = line.partition(":")
        if colon and name.strip() == "eth0":
            return int(figures.split()[9])
    raise RuntimeError("the box has no card")


def peak(counts: list[tuple[float, int]]) -> float:
    """The most within one second."""
    most = 0.0
    for number, (at, count) in enumerate(counts):
        later = next((each for each in counts[number:] if each[0] >= at + 1.0), None)
        if later is not None:
            most = max(most, (later[1] - count) / (later[0] - at))
    return most


def by_mac(text: str) -> set[str]:
    return {mac.lower() for mac in re.findall(r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b", text)}


def measure(rounds: int) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    macs = hosts()
    truth = Truth.drawn(macs)
    ours: list[Look] = []
    single: list[float] = []
    peers = {
        "arp-scan": Peer(["arp-scan", "--interface=eth0", "--plain", f"{NET}.0/24"], by_mac),
        "nmap -sn -n": Peer(["nmap", "-sn", "-n", f"{NET}.0/24"], by_mac),
    }
    told: list[set[str]] = []
    facts: dict[str, Any] = {}
    with Wire(macs) as wire, Things(wire) as there, tempfile.TemporaryDirectory() as folder:
        start(there, truth)
        time.sleep(8)
        keeper = LanKeeper(Path(folder))
        with sleeping(wire, truth.sleepers), wire.box.popen(["sleep", "infinity"]) as anchor:
            for number in range(rounds):
                wire.box.run(["ip", "neigh", "flush", "all"])
                seen, text = look(
                    wire, anchor.pid, [sys.executable, "-P", "-m", "agent.once", "lan", "58"], json.dumps(ASKED)
                )
                result = decode(Result, json.loads(text))
                seen.found = {each["mac"] for each in result.facts["devices"]}
                single.append(len(seen.found & truth.there(number)) / len(truth.there(number)))
                kept, _ = keeper.take(result, {})
                facts = kept.facts
                told.append({each["mac"] for each in facts["devices"]})
                ours.append(seen)
                for peer in peers.values():
                    wire.box.run(["ip", "neigh", "flush", "all"])
                    seen, text = look(wire, anchor.pid, peer.words, "")
                    seen.found = peer.found(text) - {own_mac(wire)}
                    peer.looks.append(seen)
                    peer.recent = [*peer.recent[-3:], seen.found]
                if number == 0:
                    words = ["ip", "-n", wire.space(GONE), "link", "set", "eth0", "down"]
                    subprocess.run(words, check=True, timeout=10)
            anchor.terminate()
    last = truth.there(rounds - 1)
    recalls = [len(each & truth.there(number)) / len(truth.there(number)) for number, each in enumerate(told)]
    settled = recalls[RUNS - 1 :]
    figures: dict[str, Any] = {
        "recall": round(sum(settled) / len(settled), 4),
        "worst_recall": round(min(settled), 4),
        "recall_of_one_run": round(min(single), 4),
        "false": len(told[-1] - last),
        "packets_a_second": round(max(each.packets for each in ours)),
        "seconds": round(median(each.seconds for each in ours), 1),
        "rss_mb": round(max(each.rss for each in ours), 1),
        "child_rss_mb": round(max(each.child for each in ours), 1),
        "named_right": named(facts, truth),
        "devices": len(last),
        "rounds": rounds,
    }
    return figures, {name: summary(peer, truth, rounds) for name, peer in peers.items()}


def own_mac(wire: Wire) -> str:
    return wire.box.run(["cat", "/sys/class/net/eth0/address"]).stdout.strip()


def summary(peer: Peer, truth: Truth, rounds: int) -> dict[str, float]:
    last = truth.there(rounds - 1)
    alone = [len(each.found & truth.there(number)) / len(truth.there(number)) for number, each in enumerate(peer.looks)]
    union = set().union(*peer.recent)
    return {
        "recall_of_one_run": round(min(alone), 4),
        "recall_of_four_together": round(len(union & last) / len(last), 4),
        "false": len(union - last),
        "packets_a_second": round(max(each.packets for each in peer.looks)),
        "seconds": round(median(each.seconds for each in peer.looks), 2),
        "rss_mb": round(max(max(each.rss, each.child) for each in peer.looks), 1),
    }


def named(facts: dict[str, Any], truth: Truth) -> dict[str, str]:
    """Of each protocol, how many of those who speak it were named right after the last round."""
    by_address = {each["ip"]: each.get("heard", {}) for each in facts["devices"]}
    right: dict[str, str] = {}
    for protocol, names in truth.said.items():
        if protocol in ("lldp", "cdp"):
            found = [one.get("name") for one in facts["neighbours"] if one["by"] == protocol]
            right[protocol] = f"{sum(name in found for name in names.values())}/{len(names)}"
        elif protocol == "dhcp":
            servers = [one["server"] for one in facts["servers"]]
            right[protocol] = f"{sum(name in servers for name in names.values())}/{len(names)}"
        else:
            said = {host: by_address.get(f"{NET}.{host}", {}).get(protocol, {}).get("name") for host in names}
            right[protocol] = f"{sum(said[host] == name for host, name in names.items())}/{len(names)}"
    return right


def main(argv: list[str]) -> int:
    rounds = min(max(int(argv[0]) if argv else 8, RUNS), 50)
    if os.geteuid() != 0:
        print("bench.discovery needs root: it makes network namespaces")
        return 1
    missing = [name for name in ("arp-scan", "nmap") if shutil.which(name) is None] + things.missing()
    if missing:
        print(f"bench.discovery needs: sudo apt-get install --no-install-recommends {' '.join(missing)}")
        return 1
    figures, peers = measure(rounds)
    print(f"/24 with {figures['devices']} hosts, {SLEEPERS} of them asleep half of the time, {rounds} rounds")
    head = ("one run", "four", "false", "packets/s", "seconds", "RSS MB")
    print(f"{'':24}" + "".join(f"{each:>11}" for each in head))
    mine = {**figures, "recall_of_four_together": figures["recall"]}
    for name, row in {OURS: mine, **peers}.items():
        print(
            f"{name:24}{row['recall_of_one_run']:11.1%}{row['recall_of_four_together']:11.1%}{row['false']:11}"
            f"{row['packets_a_second']:11}{row['seconds']:11.1f}{row['rss_mb']:11.1f}"
        )
    print(f"the child that hears the wire: {figures['child_rss_mb']:.0f} MB, and only while it dissects")
    print("named right: " + ", ".join(f"{protocol} {share}" for protocol, share in figures["named_right"].items()))
    met = (
        figures["recall"] >= TARGETS["recall"]
        and figures["false"] <= TARGETS["false"]
        and figures["packets_a_second"] <= TARGETS["packets_a_second"]
    )
    print(json.dumps({"bench": "discovery", "figures": figures, "peers": peers, "targets": TARGETS, "met": met}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
