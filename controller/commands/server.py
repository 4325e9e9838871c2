"""``truongnet serve``: the controller as a server; ``truongnet run``: everything on this machine, for a first look."""

from __future__ import annotations

import argparse
import fcntl
import gc
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from controller.commands.common import CommandError
from controller.config import PREFIX, Settings

if TYPE_CHECKING:
    from controller.services import Services

KEEP_ALIVE = 120  # seconds: a box beats each 30 s over one connection
GRACE = 3  # seconds that a call may still take when we are told to stop; who watches a live page is cut off
RENEW_EVERY = 86_400.0
log = logging.getLogger("truongnet.server")


def add(verbs: Any) -> None:
    serve = verbs.add_parser("serve", help="chạy máy chủ / run the controller")
    serve.set_defaults(command=serve_command)
    run = verbs.add_parser("run", help="chạy thử tất cả trên máy này / run everything on this machine")
    run.set_defaults(command=run_command)
    for verb in (serve, run):
        verb.add_argument("--host", help="địa chỉ IP của máy này / an address of this machine")
        verb.add_argument("--port", type=int)
        verb.add_argument("--public-url", help="địa chỉ các trường dùng / what schools use, https://…")
        verb.set_defaults(overrides=_overrides)


def _overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"host": arguments.host, "port": arguments.port, "public_url": arguments.public_url}


@contextmanager
def locked(path: Path, refusal: str) -> Iterator[None]:
    """Holds the lock of ``path``. Raises CommandError with ``refusal`` when another process does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(refusal) from None
        yield


@contextmanager
def running(data_dir: Path) -> Iterator[None]:
    """Holds the lock that says "a controller runs on this data". Raises CommandError when another one does."""
    refusal = f"một máy chủ đang chạy trên {data_dir} / a controller is running on {data_dir}; stop it first"
    with locked(data_dir / "controller.lock", refusal):
        yield


def server_names(settings: Settings) -> set[str]:
    """What the certificate is issued for: every name under which boxes and people may call this machine."""
    names = {"localhost", "127.0.0.1", "::1", settings.measuring_host, urlsplit(settings.base_url).hostname or ""}
    if settings.host != "localhost" and not ip_address(settings.host).is_unspecified:
        names.add(settings.host)
    names.add(socket.gethostname())
    return {name for name in names if name}


def serve_command(settings: Settings, _arguments: argparse.Namespace) -> int:
    import uvicorn

    from controller import pki
    from controller.main import create_app, create_services

    with running(settings.data_dir):
        calm_collector()
        set_up_logs(settings.log_level)
        options: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "timeout_keep_alive": KEEP_ALIVE,
            "timeout_graceful_shutdown": GRACE,
            "access_log": False,
            "log_config": None,
            "server_header": False,
            "proxy_headers": False,
        }
        keys = pki.open_keys(settings)
        if settings.tls_cert:
            options.update(ssl_certfile=settings.tls_cert, ssl_keyfile=settings.tls_key)
        elif not settings.is_plain:
            chain, key = keys.server_files(server_names(settings))
            options.update(ssl_certfile=str(chain), ssl_keyfile=str(key))
            print(f"Dấu vân tay CA / CA fingerprint (SHA-256): {keys.fingerprint}", flush=True)
        print(f"TruongNet: {settings.base_url}", flush=True)
        if settings.workers > 1:
            os.environ.update(as_environment(settings))
            services = create_services(settings)
            tell_first_password(services)
            services.engine.dispose()
            tell_systemd()
            uvicorn.run(
                "controller.commands.server:app_from_environment", factory=True, workers=settings.workers, **options
            )
            return 0
        app = create_app(settings)
        tell_first_password(app.state.services)
        config = uvicorn.Config(app, **options)
        config.load()
        stop = threading.Event()
        if config.ssl is not None and not settings.tls_cert:
            threading.Thread(target=_renew, args=(settings, keys, config.ssl, stop), daemon=True).start()
        _server(config).run()
        stop.set()
    return 0


def _server(config: Any) -> Any:
    """uvicorn's server, which says so when it listens."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                tell_systemd()

    return Server(config)


def tell_systemd() -> None:
    """Ready, as sd_notify(3) has it: what comes after us in the order of units may start."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
            notify.connect("\0" + address[1:] if address.startswith("@") else address)
            notify.sendall(b"READY=1")


def tell_first_password(services: Services) -> None:
    """The first start makes the administrator's account; its password is shown once and has to be changed."""
    from controller.people.accounts import ensure_admin

    password = ensure_admin(services.engine, services.clock())
    if password is not None:
        print(f"Tài khoản / account: admin   Mật khẩu dùng một lần / one-time password: {password}", flush=True)


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings for a child process that reads them with ``load``."""
    return {PREFIX + field.name.upper(): str(getattr(settings, field.name)) for field in fields(settings)}


def app_from_environment() -> Any:
    """One of several worker processes: the parent put its settings into the environment."""
    from controller.config import load
    from controller.main import create_app

    settings = load()
    calm_collector()
    set_up_logs(settings.log_level)
    return create_app(settings)


def calm_collector() -> None:
    """Each batch is hundreds of small objects, none of them in a cycle: at its usual pace Python's collector of cycles
    would look through all of them again and again, a fifth of the work."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def set_up_logs(level: str) -> None:
    from controller import logs

    logs.set_up(level)


def _renew(settings: Settings, keys: Any, context: Any, stop: threading.Event) -> None:
    """A server that runs for years hands its renewed certificate to new connections without a restart."""
    while not stop.wait(RENEW_EVERY):
        try:
            context.load_cert_chain(*keys.server_files(server_names(settings)))
        except OSError:
            log.exception("the server's certificate could not be renewed")


def run_command(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller import runner

    return runner.main(settings)
