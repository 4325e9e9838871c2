"""The peers of ``bench.footprint``: Debian's prometheus-node-exporter and fusioninventory-agent."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

Row = tuple[str, float, float, float]  # name, resident MB, percent of a core, MB a day
SCRAPE_EVERY = 15.0
HEADERS = 600.0  # bytes of TCP/IP and HTTP around one scrape over a kept connection


def node_exporter(seconds: float) -> Row:
    """Scraped each 15 s, as Prometheus does by default in its examples; gzip, as Prometheus asks for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        ["prometheus-node-exporter", f"--web.listen-address={address}"], stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(1.0)
        request = urllib.request.Request(f"http://{address}/metrics", headers={"Accept-Encoding": "gzip"})
        size = _scrape(request)
        before, began = _cpu(process.pid), time.monotonic()
        rss = 0
        while time.monotonic() - began < seconds:
            time.sleep(min(SCRAPE_EVERY, seconds))
            size = _scrape(request)
            rss = max(rss, _rss(process.pid))
        share = (_cpu(process.pid) - before) / (time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(10)
    day = 86_400 / SCRAPE_EVERY * (size + HEADERS)
    return "node_exporter (scraped each 15 s)", rss / 1e6, 100 * share, day / 1e6


def _scrape(request: urllib.request.Request) -> int:
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return len(answer.read())


def fusioninventory() -> Row:
    """One inventory a day; the memory is that of the run, since it need not stay."""
    with tempfile.TemporaryDirectory() as directory:
        words = ["fusioninventory-agent", "--local", directory, "--force", "--no-task=deploy,collect,esx,netdiscovery"]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _pid, _status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        size = sum(path.stat().st_size for path in Path(directory).iterdir())
    seconds = usage.ru_utime + usage.ru_stime
    return "fusioninventory-agent (once a day)", usage.ru_maxrss * 1024 / 1e6, 100 * seconds / 86_400, size / 1e6


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:13]) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0
