"""The disks that the lab's hosts start from: layers, each made once, kept in ``.setup/lab`` and laid over one another.

``base``: a Debian 12 as debootstrap makes it, with Python as Debian's standard installation has it: the bare host.
``tools``: what one adds with apt before installing TruongNet. ``school`` and ``province``: the locked Python packages
in a venv at /opt/truongnet. What changes with every edit, TruongNet itself, is installed by the lab into a layer of its
own.

The mirror is the one that this machine's own apt uses. Nothing is mounted outside of a mount namespace that ends with
the command, so nothing stays mounted, however that ends. Needs root.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / ".setup" / "lab"
SUITE = "bookworm"
BASE = (
    "ca-certificates,dbus,iproute2,iputils-ping,netbase,procps,python3,systemd-sysv",
    "--variant=minbase",
)
TOOLS = ("dmidecode", "libfaketime", "postgresql-15", "python3-venv", "prometheus", "prometheus-alertmanager",
         "victoria-metrics")  # fmt: skip
STACK = ("prometheus", "prometheus-alertmanager", "victoria-metrics")  # off until a test sets them up
VENV = "/opt/truongnet"
MINUTE = 60.0
FORMAT = "2"  # of these layers: raise it when the way they are made changes


class ImageError(Exception):
    """A layer could not be made; the text carries the end of what the command said."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A directory and those it lies on, lowest first."""

    path: Path
    below: tuple[Path, ...] = ()

    @property
    def stack(self) -> tuple[Path, ...]:
        return (*self.below, self.path)


def run(words: Sequence[str], seconds: float, **more: str) -> str:
    """The command's output. Raises ImageError."""
    try:
        done = subprocess.run(
            list(words), capture_output=True, text=True, timeout=seconds, check=False, env=os.environ | more
        )
    except subprocess.TimeoutExpired:
        raise ImageError(f"{words[0]} did not end within {seconds:.0f} s") from None
    if done.returncode:
        raise ImageError(f"{' '.join(words)[:200]}: {(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def overlay(lower: Sequence[Path], upper: Path, work: Path) -> list[str]:
    """The words that mount at ``$0`` of the shell that runs them."""
    stack = ":".join(str(path) for path in reversed(lower))
    return ["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={stack},upperdir={upper},workdir={work}"]


def mirror() -> tuple[str, str]:
    """Where this machine's apt gets Debian 12 from, and the proxy that it uses (empty: none). Raises ImageError."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(CODENAME) $(COMPONENT)"]
    for is_last in (False, True):
        known = run([*words, "Created-By: Packages"], MINUTE)
        if found := re.search(rf"(?m)^(\S+) Debian {SUITE} main$", known):
            proxy = re.search(r"='(.*)'", run(["apt-config", "shell", "P", "Acquire::http::Proxy"], MINUTE))
            return found[1], proxy[1] if proxy else ""
        if not is_last:
            run(["apt-get", "-qq", "update"], 5 * MINUTE)
    raise ImageError(f"this machine's apt knows no source of Debian {SUITE}")


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join((FORMAT, *parts)).encode()).hexdigest()[:12]


@contextmanager
def making(name: str) -> Iterator[Path | None]:
    """A directory to fill, which then appears as ``STORE/name`` at once; None when it is there already."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for part in STORE.glob("*.part*"):
            shutil.rmtree(part)  # of one who was killed: we hold the lock
        if (STORE / name).exists():
            yield None
            return
        part = STORE / f"{name}.part{secrets.token_hex(3)}"
        part.mkdir()
        try:
            yield part
            part.rename(STORE / name)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        for old in STORE.glob(f"{name.rsplit('-', 1)[0]}-*"):
            if old.name != name:
                shutil.rmtree(old)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def base() -> Layer:
    """Debian 12 without anything of ours, about 70 s and 300 MB the first time."""
    name = f"base-{digest(*BASE)}"
    with making(name) as part:
        if part is not None:
            say("Tạo máy Debian cho phòng thí nghiệm / making the lab's Debian (once)")
            address, proxy = mirror()
            more = {"http_proxy": proxy} if proxy else {}
            run(
                ["debootstrap", BASE[1], f"--include={BASE[0]}", SUITE, str(part / "root"), address],
                15 * MINUTE,
                **more,
            )
            for file in (part / "root/var/cache/apt/archives").glob("*.deb"):
                file.unlink()
            (part / "root/etc/machine-id").write_text("")  # each host gets its own
    return Layer(STORE / name / "root")


def in_layer(below: Layer, part: Path, script: str, seconds: float, binds: dict[Path, str] | None = None) -> None:
    """Run a shell script as root inside ``below`` plus ``part/root``, where all that it changes stays.

    It sees this machine's resolver, so that apt finds its mirror; ``binds`` are read-only.
    """
    for name in ("root", "work", "merged"):
        (part / name).mkdir(exist_ok=True)
    merged = part / "merged"
    shown = {Path("/etc/resolv.conf"): "/etc/resolv.conf", Path("/etc/hosts"): "/etc/hosts"}
    shown |= binds or {}
    steps = ["set -e", " ".join([*overlay(below.stack, part / "root", part / "work"), str(merged)])]
    for source, target in shown.items():
        if source.exists():
            make = "mkdir -p" if source.is_dir() else "touch"
            steps.append(f"{make} {merged}{target}; mount --bind -o ro {source} {merged}{target}")
    steps += [f"mount -t proc proc {merged}/proc", f"mount --bind /dev {merged}/dev"]
    steps.append(f'exec chroot {merged} /bin/sh -euc "$1"')
    run(["unshare", "--mount", "sh", "-c", "\n".join(steps), "sh", script], seconds)
    shutil.rmtree(part / "work")
    merged.rmdir()


def tools() -> Layer:
    below = base()
    name = f"tools-{digest(below.path.parent.name, *TOOLS)}"
    with making(name) as part:
        if part is not None:
            acquire = part / "acquire.conf"
            told = run(["apt-config", "dump", "Acquire"], MINUTE)
            trusted = re.search(r'(?m)^Acquire::https::CaInfo "(.+)";$', told)
            roots = Path(trusted[1] if trusted else "/etc/ssl/certs/ca-certificates.crt")
            acquire.write_text(told + 'Acquire::https::CaInfo "/run/roots.crt";\n')
            script = f"""
                printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
                export LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive APT_CONFIG=/run/acquire.conf
                apt-get -qq update
                apt-get -qq -y --no-install-recommends install {" ".join(TOOLS)} >/dev/null
                systemctl -q disable {" ".join(STACK)}
                apt-get clean
                rm -r /usr/sbin/policy-rc.d /var/lib/apt/lists
            """
            in_layer(below, part, script, 10 * MINUTE, {acquire: "/run/acquire.conf", roots: "/run/roots.crt"})
    return Layer(STORE / name / "root", below.stack)


def packages(kind: str, requirements: str, extra: str) -> Layer:
    """A venv with the locked packages of ``requirements``, less those that only a checkout needs (``extra``)."""
    below, lock = tools(), ROOT / "requirements" / requirements
    name = f"{kind}-{digest(below.path.parent.name, lock.read_text())}"
    with making(name) as part:
        if part is not None:
            wheels = part / "wheels"
            wanted = part / "requirements.txt"
            wanted.write_text(without(lock.read_text(), extra))
            pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
            run([*pip, "download", "--no-deps", "--require-hashes", "-r", str(wanted), "-d", str(wheels)], 10 * MINUTE)
            script = f"""
                python3 -m venv {VENV}
                {VENV}/bin/pip -q install --no-index --no-deps --find-links /run/wheels --require-hashes -r /run/wanted
            """
            in_layer(below, part, script, 5 * MINUTE, {wheels: "/run/wheels", wanted: "/run/wanted"})
            shutil.rmtree(wheels)
    return Layer(STORE / name / "root", below.stack)


def without(lock: str, package: str) -> str:
    """A lock file's text less one package: entries begin at the margin, what belongs to them is indented."""
    entries = re.split(r"(?m)^(?=\S)", lock)
    return "".join(entry for entry in entries if not (package and entry.startswith(package)))


def wheel(directory: Path) -> Path:
    """TruongNet's own wheel, built of a copy of the tree so that nothing is left in it."""
    tree = directory / "tree"
    tree.mkdir(parents=True)
    for name in ("agent", "controller", "inventory", "monitoring"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("truongnet.py", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tree / name)
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory), str(tree)]
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], 5 * MINUTE)
    (made,) = directory.glob("truongnet-*.whl")
    shutil.rmtree(tree)
    return made
