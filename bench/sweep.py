"""Who is on the wire: a /24 with 60 hosts, ours beside arp-scan and nmap, each in its own process, in turn.

``python -m bench.sweep [ROUNDS]`` (root; default 10). The wire is a bridge with a network namespace a host, so that
real kernels answer. Ours is the whole probe in its own process as the running agent starts it (``python -m agent.once
lan``), Python's own start included. Seconds are medians of the rounds, what was found is the worst round's, memory is
the largest resident set (VmHWM, which begins anew with each program, unlike ru_maxrss).
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
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.lab.links import ROOT
from tests.lab.wire import BOX, GATEWAY, NET, Wire

HOSTS = 60
OURS = "TruongNet, probe lan"
SWEEP_ONLY = '{"settings": {"discover": false, "sweeps": 1}}'  # as the peers do; for what they are see bench.discovery
TARGETS = {"seconds": 2.0, "found_ratio": 0.99, "rss_mb": 20.0}
Found = Callable[[str], set[str]]


@dataclass(frozen=True)
class Run:
    seconds: float
    cpu: float
    rss: float  # MB
    found: set[str]


def run(words: list[str], found: Found, question: str, there: set[str]) -> Run:
    """One program to its end, with ``question`` on its standard input; ``there`` is who can be found."""
    with tempfile.TemporaryFile("w+") as answers, tempfile.TemporaryFile("w+") as asks:
        asks.write(question)
        asks.seek(0)
        began, peak = time.monotonic(), 0
        process = subprocess.Popen(words, stdin=asks, stdout=answers, stderr=subprocess.DEVNULL, cwd=ROOT)
        while True:
            peak = max(peak, high_water(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.01)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        answers.seek(0)
        text = answers.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak / 1e6, found(text) & there)


def high_water(pid: int) -> int:
    """Bytes; 0 when the process is gone, or is not yet the program that it becomes ("ip netns exec" before it)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        program = Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return 0
    size = re.search(r"VmHWM:\s+(\d+)", status)
    is_ours = Path(f"/proc/{os.getpid()}/cmdline").read_bytes() == Path(f"/proc/{pid}/cmdline").read_bytes()
    return int(size[1]) * 1024 if size and program != "ip" and not is_ours else 0


def ours(text: str) -> set[str]:
    return {device["ip"] for device in json.loads(text)["facts"]["devices"]}


def by_pattern(pattern: str) -> Found:
    return lambda text: set(re.findall(pattern, text, re.MULTILINE))


def programs() -> dict[str, tuple[list[str], Found]]:
    return {
        OURS: ([sys.executable, "-P", "-m", "agent.once", "lan", "30"], ours),
        "arp-scan": (["arp-scan", "--interface=eth0", "--plain", f"{NET}.0/24"], by_pattern(r"^([\d.]+)\t")),
        "nmap -sn -n": (["nmap", "-sn", "-n", f"{NET}.0/24"], by_pattern(r"^Nmap scan report for ([\d.]+)$")),
    }


def measure(rounds: int) -> dict[str, list[Run]]:
    hosts = random.Random(82).sample([host for host in range(2, 255) if host != BOX], HOSTS - 1)
    runs: dict[str, list[Run]] = {}
    with Wire({GATEWAY: ""} | dict.fromkeys(hosts, "")) as wire:
        for _ in range(rounds):
            for name, (words, found) in programs().items():
                wire.box.run(["ip", "neigh", "flush", "all"])  # each starts the same
                question = SWEEP_ONLY if name == OURS else ""
                runs.setdefault(name, []).append(run(wire.box.argv(words), found, question, wire.addresses))
    return runs


def summary(runs: list[Run]) -> dict[str, float]:
    return {
        "seconds": round(median(one.seconds for one in runs), 3),
        "worst_seconds": round(max(one.seconds for one in runs), 3),
        "found_ratio": round(min(len(one.found) for one in runs) / HOSTS, 4),
        "cpu_seconds": round(median(one.cpu for one in runs), 3),
        "rss_mb": round(max(one.rss for one in runs), 1),
    }


def main(argv: list[str]) -> int:
    rounds = min(max(int(argv[0]) if argv else 10, 1), 100)
    if os.geteuid() != 0:
        print("bench.sweep needs root: it makes network namespaces")
        return 1
    missing = [name for name in ("arp-scan", "nmap") if shutil.which(name) is None]
    if missing:
        print(f"bench.sweep needs its peers: sudo apt-get install --no-install-recommends {' '.join(missing)}")
        return 1
    rows = {name: summary(runs) for name, runs in measure(rounds).items()}
    title = f"/24 with {HOSTS} hosts, {rounds} rounds"
    print(f"{title:35} {'seconds':>8} {'worst':>8} {'found':>8} {'CPU s':>8} {'RSS MB':>8}")
    for name, row in rows.items():
        times = f"{row['seconds']:8.2f} {row['worst_seconds']:8.2f}"
        print(f"{name:35} {times} {row['found_ratio']:8.1%} {row['cpu_seconds']:8.2f} {row['rss_mb']:8.1f}")
    figures = rows.pop(OURS)
    met = (
        figures["seconds"] <= TARGETS["seconds"]
        and figures["found_ratio"] >= TARGETS["found_ratio"]
        and figures["rss_mb"] <= TARGETS["rss_mb"]
    )
    print(json.dumps({"bench": "sweep", "figures": figures, "peers": rows, "targets": TARGETS, "met": met}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
