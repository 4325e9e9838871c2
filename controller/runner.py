"""``truongnet run``: controller, measurement server and this machine's own agent, as child processes, for a first look.

The agent joins as a demonstration school (``controller/runner_demo.py``). Ctrl-C or SIGTERM ends all of it; when one of
the children dies, the others are ended too and its last words are shown.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from controller import runner_demo
from controller.commands.common import CommandError, opened
from controller.commands.server import as_environment, locked, running, server_names
from controller.config import PREFIX, Settings
from controller.people.accounts import ensure_admin
from controller.pki import Keys
from controller.runner_box import Box
from controller.runner_children import Child
from controller.runner_demo import Seen
from controller.runner_say import KINDS, missing_packages, say, told

START_SECONDS = 60.0
END_SECONDS = 8.0
FIRST_SECONDS = 180.0  # that we look for first figures
LOOK_EVERY = 2.0
RESTART = 75  # the agent's "start me again"
EXPECTED = ("inventory", "windows", "speed")
JOINED = {
    "accepted": (),
    "joined": ("Máy này đã tham gia làm trường trình diễn / this machine joined as a demonstration school.",),
}


class Stopped(Exception):
    """A person asked us to end."""


def main(settings: Settings) -> int:
    """Raises CommandError with a text for a person."""
    stop = threading.Event()

    def signalled(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, signalled) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with _alone(settings.data_dir):
            Runner(settings, stop).run()
    except Stopped:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    say("Đã dừng. / Stopped.")
    return 0


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Raises CommandError when this data directory is in use."""
    with running(data_dir):
        pass  # a controller by itself, such as the one of systemd
    refusal = f"TruongNet đang chạy trên {data_dir} / TruongNet runs on {data_dir} already; stop it first"
    with locked(data_dir / "run.lock", refusal):
        yield


class Runner:
    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._data = settings.data_dir.resolve()
        self._box = Box(settings, self._data)
        self._children: list[Child] = []
        self._started = time.time()

    def run(self) -> None:
        """Until someone asks to stop. Raises Stopped, CommandError, SchemaError, KeyFileError."""
        settings = self._settings
        say(f"TruongNet khởi động, dữ liệu ở {self._data} / starting, data in {self._data}")
        for name in ("port", "measure_port", "measure_bulk_port"):
            check_port(self._box.listen, getattr(settings, name), f"{PREFIX}{name.upper()}=…")
        with opened(settings) as (engine, keys):
            password = ensure_admin(engine, time.time())
            try:
                self._start("controller", "controller", "serve")
                self._wait_for(self._box.listen, settings.port)
                self._start("measure", "controller.measure", *self._measure_options(keys))
                self._welcome(keys, password)
                state = self._box.join(engine, keys)
                self._pause(0)
                say(*JOINED.get(state, (f"Thiết bị của máy này: {state}; this machine's box: {state} (/boxes)",)))
                self._start("agent", "agent", *self._box.options(), "run")
                self._watch(engine)
            finally:
                self._end()

    # -- children -----------------------------------------------------------------------------------------------------

    def _start(self, name: str, module: str, *options: str) -> None:
        environment = self._box.environment() if name == "agent" else {**os.environ, **as_environment(self._settings)}
        child = Child(name, [sys.executable, "-P", "-m", module, *options], environment, self._data / "log")
        self._children.append(child)

    def _measure_options(self, keys: Keys) -> list[str]:
        settings = self._settings
        host = f"[{self._box.listen}]" if ":" in self._box.listen else self._box.listen
        options = ["--listen", f"{host}:{settings.measure_port}", "--bulk-port", str(settings.measure_bulk_port)]
        options += ["--public-key", str(keys.measure_public), "--state", str(self._data / "measure")]
        if settings.is_plain:
            return [*options, "--plain"]
        chain, key = settings.tls_cert, settings.tls_key
        if not chain:
            chain, key = map(str, keys.server_files(server_names(settings)))
        return [*options, "--cert", chain, "--key", key]

    def _wait_for(self, host: str, port: int) -> None:
        """Until somebody listens; the child that should must live."""
        end = time.monotonic() + START_SECONDS
        if ip_address(host).is_unspecified:
            host = "::1" if ":" in host else "127.0.0.1"
        while time.monotonic() < end:
            self._check()
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.settimeout(1.0)
                if probe.connect_ex((host, port)) == 0:
                    return
            self._pause(0.1)
        raise CommandError("máy chủ không khởi động được / the controller did not start; see log/controller.log")

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _check(self) -> None:
        """Raises CommandError when a child has died."""
        for child in self._children:
            if child.ended is None:
                continue
            if child.name == "agent" and child.ended == RESTART:
                child.again()
                continue
            words = "".join(f"\n    {line}" for line in child.last_words())
            raise CommandError(
                f"«{child.name}» đã dừng, mã {child.ended}; nhật ký: {child.log} / "
                f"{child.name} ended with code {child.ended}; log: {child.log}{words}"
            )

    def _end(self) -> None:
        """The agent first, so that it can still write down what it has; then the others together."""
        for child in reversed(self._children):
            if child.name == "agent":
                child.end(END_SECONDS)
            else:
                child.ask_to_end()
        for child in self._children:
            child.end(END_SECONDS)

    # -- what people read ---------------------------------------------------------------------------------------------

    def _welcome(self, keys: Keys, password: str | None) -> None:
        say("", f"  Địa chỉ / address:    {self._settings.base_url}")
        if password is not None:
            say("  Tài khoản / account:  admin", f"  Mật khẩu dùng một lần / one-time password:  {password}")
        else:
            say(f"  Quên mật khẩu / forgotten password:  {own_command(self._settings)} admin reset-password")
        if not self._settings.is_plain:
            say(f"  Dấu vân tay CA / CA fingerprint (SHA-256):\n    {in_groups(keys.fingerprint)}")
        say("  Ctrl-C để dừng tất cả / ends everything", "")
        packages = missing_packages()
        if packages:
            say(
                "Thiếu gói Debian, đo được ít hơn; cài bằng / with these Debian packages it shows more:",
                f"    sudo apt-get install --no-install-recommends {' '.join(packages)}",
            )

    def _watch(self, engine: Engine) -> None:
        """Tell each first figure once, then only mind the children."""
        said: set[str] = set()
        end, look = time.monotonic() + FIRST_SECONDS, 0.0
        say("Số đo đầu tiên sau khoảng một phút / the first figures come within a minute:")
        probes = tomllib.loads((self._data / "agent.toml").read_text("utf-8")).get("probes", {})
        if not probes.get("lan", {}).get("enabled", True):
            say(f"  – {KINDS['lan']}: bỏ qua / skipped ({self._data / 'agent.toml'}: [probes.lan] enabled = true)")
        while True:
            self._check()
            if look <= time.monotonic() < end and not said.issuperset(EXPECTED):
                look = time.monotonic() + LOOK_EVERY
                with suppress(SQLAlchemyError):  # such as a database that is busy: it is looked at again
                    self._tell(list(runner_demo.seen(engine, self._started)), said)
            self._pause(0.5)

    def _tell(self, found: list[Seen], said: set[str]) -> None:
        for one in found:
            key = {"host": "inventory", "reach": "windows"}.get(one.key, one.key)
            if key not in said and not (one.key in ("host", "reach") and one.outcome == "ok"):
                said.add(key)
                say(told(one))


def own_command(settings: Settings) -> str:
    """How this installation's ``truongnet`` is called from where the person stands."""
    program, here = Path(sys.prefix, "bin", "truongnet"), Path.cwd()
    named = program.relative_to(here) if program.is_relative_to(here) else program
    return str(named) if settings.data_dir == Settings().data_dir else f"{named} --data-dir {settings.data_dir}"


def in_groups(fingerprint: str) -> str:
    """In groups of four digits, as people read it aloud."""
    return " ".join(fingerprint[place : place + 4] for place in range(0, len(fingerprint), 4))


def check_port(host: str, port: int, hint: str) -> None:
    """Raises CommandError when the address is not this machine's or the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        raise CommandError(
            f"cổng {port} cần quyền quản trị; chọn cổng từ 1024 / port {port} needs root; choose one from 1024"
        ) from None
    except OSError as error:
        raise CommandError(
            f"không dùng được {host} cổng {port} ({error.strerror}); chọn cổng khác: {hint} / "
            f"cannot use {host} port {port} ({error.strerror}); choose another: {hint}"
        ) from None
