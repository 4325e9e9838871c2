"""What a kit installs: the wheels of the agent, pip to install them with, and Python for a host that has none.

Wheels come from this checkout (built) and from the package registry (locked by version and hash), or, where there is
no checkout or no way out, from a folder that was filled elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.commands.common import CommandError

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600.0
# What Debian 12 (glibc 2.36) takes, newest first.
GLIBCS = ("2_36", "2_35", "2_34", "2_31", "2_28", "2_17")
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
IN_EVERY_DEBIAN = ("required", "important")
TREE = ("agent", "controller", "inventory", "monitoring", "truongnet.py", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    architecture: str = "amd64"
    python: str = "3.11"
    wheels: Path | None = None  # a folder to take all of them from
    cache: Path | None = None  # where downloads are kept for the next kit
    with_python: bool = False  # Debian's own packages of Python, too


def gather(source: Source, folder: Path) -> None:
    """Fill ``folder/wheels``, and ``folder/debs`` when asked. Raises CommandError."""
    wheels = folder / "wheels"
    wheels.mkdir()
    if source.wheels is not None:
        _copy_wheels(source.wheels, wheels)
    else:
        _build(wheels)
        _download(source, wheels)
    if not list(wheels.glob("pip-*.whl")):
        shutil.copy(bundled_pip(), wheels)
    if source.with_python:
        (folder / "debs").mkdir()
        _download_debs(source, folder / "debs")


def _copy_wheels(given: Path, wheels: Path) -> None:
    found = sorted(given.glob("*.whl")) if given.is_dir() else []
    if not any(file.name.startswith("truongnet-") for file in found):
        raise CommandError(f"{given} không có gói truongnet / has no wheel of truongnet")
    for file in found:
        shutil.copy(file, wheels)


def _build(wheels: Path) -> None:
    """Our own wheel, built beside the checkout, so that nothing is left in it."""
    if not (ROOT / "pyproject.toml").is_file():
        raise CommandError(
            "bản cài này không có mã nguồn; dùng --wheels THƯ-MỤC / this installation is no checkout: give --wheels "
            "FOLDER with the wheels of truongnet and of requirements/agent.txt"
        )
    with tempfile.TemporaryDirectory() as scratch:
        for name in TREE:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, Path(scratch) / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (ROOT / name).is_file():
                shutil.copy(ROOT / name, scratch)
        _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(wheels), scratch)


def _download(source: Source, wheels: Path) -> None:
    """The locked requirements of the agent for the box's processor, kept for the next kit."""
    locked = ROOT / "requirements" / "agent.txt"
    key = hashlib.sha256(locked.read_bytes() + f"{source.architecture} {source.python}".encode()).hexdigest()[:16]
    kept = source.cache / key if source.cache else None
    if kept is None or not kept.is_dir():
        machine = ARCHITECTURES[source.architecture]
        platforms = [f"--platform=manylinux_{glibc}_{machine}" for glibc in GLIBCS]
        with tempfile.TemporaryDirectory() as scratch:
            _pip(
                "download",
                "--no-deps",
                "--require-hashes",
                "--only-binary=:all:",
                "--implementation=cp",
                f"--python-version={source.python}",
                *platforms,
                f"--dest={scratch}",
                f"--requirement={locked}",
            )
            if kept is None:
                _copy_all(Path(scratch), wheels)
                return
            part = kept.with_name(kept.name + ".part")
            part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(scratch, part)
            part.rename(kept)
    _copy_all(kept, wheels)


def _copy_all(source: Path, target: Path) -> None:
    for file in sorted(source.iterdir()):
        shutil.copy(file, target)


def bundled_pip() -> Path:
    """pip as it comes with Python; Debian keeps it in a place of its own. Raises CommandError."""
    found = importlib.util.find_spec("ensurepip")
    places = [Path(found.origin).parent / "_bundled"] if found and found.origin else []
    for place in (*places, Path("/usr/share/python-wheels")):
        wheels = sorted(place.glob("pip-*.whl"))
        if wheels:
            return wheels[-1]
    raise CommandError("thiếu gói python3-venv / pip is missing: sudo apt-get install python3-venv")


def _pip(*words: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], Path.cwd())


def _run(argv: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"không chạy được / cannot run {argv[0]}: {error}") from None
    if done.returncode != 0:
        told = "\n".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise CommandError(f"không lấy được gói cài / the packages cannot be had:\n{told}")
    return done.stdout


def _download_debs(source: Source, debs: Path) -> None:
    """Debian's Python and what it needs beyond what every Debian has, of this machine's own release."""
    own = _run(["dpkg", "--print-architecture"], debs).strip()
    if own != source.architecture:
        raise CommandError(f"--with-python: máy này là {own} / this machine is {own}, not {source.architecture}")
    # As if nothing were installed or kept here; of alternatives apt takes the one that it would take there.
    with tempfile.TemporaryDirectory() as empty:
        (Path(empty) / "partial").mkdir()
        bare = ["--option=Dir::State::status=/dev/null", f"--option=Dir::Cache::archives={empty}"]
        quiet = ["--no-install-recommends", "--print-uris", "--quiet=2", "--yes"]
        planned = _run(["apt-get", *bare, *quiet, "install", "python3"], debs)
    names = sorted({line.split()[1].partition("_")[0] for line in planned.splitlines() if line.startswith("'")})
    shown = _run(["apt-cache", "show", "--no-all-versions", *names], debs)
    optional, name = [], ""
    for line in shown.splitlines():
        key, _, value = line.partition(": ")
        if key == "Package":
            name = value
        elif key == "Priority" and value not in IN_EVERY_DEBIAN:
            optional.append(name)
    _run(["apt-get", "--quiet=2", "download", *optional], debs)
