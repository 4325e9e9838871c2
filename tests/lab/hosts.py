"""A real Debian host: systemd as its first process, a root of layered disks, a network namespace of its own.

What the host writes lies in memory of a bounded size and is gone with it, so that a disk can be filled and nothing is
left behind. It ends with this process, even when that is killed. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab.images import Layer
from tests.lab.links import Namespace
from tests.lab.network import NAMES

BOOT_SECONDS = 60.0
STOP_SECONDS = 20.0
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
}
IDLE_UNITS = ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "postgresql.service")


class HostError(Exception):
    """A host did not start, or a command in it failed; the text says what it printed."""


class Host:
    """``with Host("truong-1", layer, namespace, work) as host: host.run("systemctl", "status")``."""

    def __init__(
        self,
        name: str,
        layer: Layer,
        namespace: Namespace,
        work: Path,
        *,
        megabytes: int = 256,
        masked: Sequence[str] = IDLE_UNITS,
        shown: dict[Path, str] | None = None,
    ) -> None:
        """``work``: an empty directory of this host's own. ``shown``: what it may read of this machine, and where."""
        self.name, self.layer, self.namespace = name, layer, namespace
        self.megabytes, self.masked, self.shown = megabytes, tuple(masked), shown or {}
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None
        self._nspawn = 0
        self.leader = 0  # process id, as this machine has it, of the host's first process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Power on, until its services run. Raises HostError."""
        self.power_on()
        self.wait_booted()

    def power_on(self) -> None:
        self._work.mkdir(parents=True, exist_ok=True)
        with (self._work / "console").open("wb") as console:
            # When we die, unshare is killed, then nspawn, who is the first process of a namespace that ends with it.
            outer = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--mount-proc", "--kill-child"]
            words = [*outer, "sh", "-euc", self._script()]
            # A Ctrl-C is for us alone: we end the hosts one after the other.
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )

    def wait_booted(self) -> None:
        end = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < end:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            if self._find_leader() and self.run("systemctl", "is-active", "multi-user.target", check=False) == "active":
                return
            time.sleep(0.2)
        said = (self._work / "console").read_text(errors="replace")[-2000:]
        self.stop()
        raise HostError(f"{self.name} did not start: {said}")

    def _script(self) -> str:
        """Everything that is mounted here, is mounted in the mount namespace of this one process."""
        disk = self._work / "disk"
        lower = ":".join(str(path) for path in reversed(self.layer.stack))
        etc = f"{disk}/upper/etc"
        lines = [
            f"mkdir -p {disk}",
            f"mount -t tmpfs -o size={self.megabytes}m,mode=0755 tmpfs {disk}",
            f"mkdir -p {disk}/work {disk}/root {etc}/systemd/system",
            f"echo {self.name} >{etc}/hostname",
            f"printf '127.0.0.1 localhost {self.name}\\n' >{etc}/hosts",
            f"echo nameserver {NAMES} >{etc}/resolv.conf",
            *(f"ln -s /dev/null {etc}/systemd/system/{unit}" for unit in self.masked),
            f"mount -t overlay overlay -o lowerdir={lower},upperdir={disk}/upper,workdir={disk}/work {disk}/root",
        ]
        # Only /proc/sys/net may be written in there, which is the namespace's own: no host sets what is the machine's.
        nspawn = ["exec env SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn --quiet --boot --settings=no"]
        nspawn += [
            f"--directory={disk}/root --machine={self.name} --network-namespace-path=/run/netns/{self.namespace.name}"
        ]
        nspawn += ["--register=no --keep-unit --resolv-conf=off --timezone=off --link-journal=no --console=pipe"]
        nspawn += [f"--bind-ro={source}:{target}" for source, target in self.shown.items()]
        return "\n".join([*lines, " ".join(nspawn)])

    def _find_leader(self) -> bool:
        """unshare has one child, nspawn, and that has one, the first process of the host, once it has made it."""
        assert self._process is not None
        with contextlib.suppress(OSError, ValueError):
            self._nspawn = _only_child(self._process.pid)
            leader = _only_child(self._nspawn)
            if Path("/proc", str(leader), "comm").read_text().strip() == "systemd":
                self.leader = leader
                return True
        return False

    def argv(self, words: Sequence[str]) -> list[str]:
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid")
        return ["nsenter", "--target", str(self.leader), *spaces, "--root", "--wd", "--", *words]

    def run(self, *words: str, check: bool = True, seconds: float = 60.0, **options: Any) -> str:
        """What the command printed, stripped. Raises HostError when it fails, unless told not to."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            self.argv(words), capture_output=True, text=True, timeout=seconds, check=False, env=ENVIRONMENT, **options
        )
        if check and done.returncode:
            raise HostError(f"{self.name}: {' '.join(words)[:300]}: {(done.stdout + done.stderr).strip()[-2000:]}")
        return done.stdout.strip()

    def sh(self, script: str, **options: Any) -> str:
        """A fixed shell script of a test, never made from input."""
        return self.run("sh", "-euc", script, **options)

    def write(self, path: str, content: str | bytes, mode: str = "0644") -> None:
        data = content.encode() if isinstance(content, str) else content
        words = ["install", "-D", "-m", mode, "/dev/stdin", path]
        subprocess.run(self.argv(words), input=data, check=True, timeout=60, capture_output=True)

    def read(self, path: str) -> bytes:
        return subprocess.run(self.argv(["cat", path]), capture_output=True, check=True, timeout=60).stdout

    def pid_of(self, unit: str) -> str:
        """The main process of a service, as the host numbers it; "0" when it does not run."""
        return self.run("systemctl", "show", "--property=MainPID", "--value", unit)

    def log(self, unit: str) -> str:
        return self.run("journalctl", "--no-pager", "--output=cat", "--unit", unit, "-n", "60", check=False)

    def stop(self) -> None:
        """Power off; pull the plug when that takes too long."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            if self.leader and process.poll() is None:
                os.kill(self._nspawn, signal.SIGTERM)  # it asks systemd to power off
            else:
                process.kill()
            self.leader = 0
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)

    def pull_the_plug(self) -> None:
        """Everything of the host ends at once, as without power. Its disk, in memory, is gone, too."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None


def _only_child(pid: int) -> int:
    """Raises OSError, ValueError when there is not exactly one."""
    (child,) = Path("/proc", str(pid), "task", str(pid), "children").read_text().split()
    return int(child)
