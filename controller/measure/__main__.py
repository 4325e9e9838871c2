"""``python -m controller.measure``: the measurement server. Says "ready HOST PORT" when it listens; SIGTERM ends it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sqlite3
import ssl
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from controller.measure.server import Server
from controller.measure.session import TESTS, Limits
from controller.measure.spent import Spent

USAGE = 2
RENEW_SECONDS = 3_600.0


class StartError(Exception):
    """What is wrong and what to do, in both languages."""

    def __init__(self, vietnamese: str, english: str) -> None:
        super().__init__(f"{vietnamese}\n{english}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m controller.measure",
        description="máy chủ đo tốc độ của tỉnh / the province's measurement server",
    )
    made.add_argument("--listen", required=True, metavar="HOST:PORT", help="cổng điều khiển / control port")
    made.add_argument("--bulk-port", required=True, type=int, metavar="N", help="cổng dữ liệu / bulk port")
    made.add_argument("--public-key", required=True, type=Path, metavar="FILE", help="khóa công khai / public key")
    made.add_argument("--state", required=True, type=Path, metavar="DIR", help="nơi nhớ lượt đã dùng / spent tokens")
    made.add_argument("--tests", type=int, default=TESTS, metavar="N", help="số phép đo cùng lúc / tests at once")
    made.add_argument("--cert", type=Path, metavar="FILE", help="chứng thư TLS / TLS certificate, PEM")
    made.add_argument("--key", type=Path, metavar="FILE", help="khóa của chứng thư / its private key, PEM")
    made.add_argument(
        "--metrics-port",
        type=int,
        metavar="N",
        help="số liệu cho Prometheus, chỉ trên máy này / metrics, loopback only",
    )
    made.add_argument("--plain", action="store_true", help="không TLS, chỉ trên máy này / no TLS, this machine only")
    return made


def address(text: str) -> tuple[str, int]:
    """Host and port out of ``HOST:PORT`` or ``[v6]:PORT``. Raises StartError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ip_address(host)
        if not 0 <= int(port) <= 65_535:
            raise ValueError
    except ValueError:
        raise StartError(
            f"--listen {text}: phải là ĐỊA-CHỈ-IP:CỔNG, ví dụ 0.0.0.0:8085",
            f"--listen {text}: must be IP-ADDRESS:PORT, such as 0.0.0.0:8085",
        ) from None
    return host, int(port)


def listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256, dualstack_ipv6=host == "::")
    except (OSError, OverflowError) as error:
        raise StartError(
            f"không mở được cổng {port} tại {host}: {error}; chọn cổng khác hoặc dừng chương trình đang dùng nó",
            f"cannot listen on {host} port {port}: {error}; choose another port or stop the program that uses it",
        ) from None


def public_key(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise StartError(
            f"--public-key {file}: không đọc được: {error}; lấy tệp measure.pub của máy chủ chính",
            f"--public-key {file}: cannot be read: {error}; take measure.pub of the controller",
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise StartError(f"--public-key {file}: không phải khóa Ed25519", f"--public-key {file}: not an Ed25519 key")
    return key


def tls(arguments: argparse.Namespace, host: str) -> ssl.SSLContext | None:
    if arguments.plain:
        if not ip_address(host).is_loopback:
            raise StartError(
                f"--plain chỉ dùng cho địa chỉ của riêng máy này, không phải {host}; hãy dùng --cert và --key",
                f"--plain is for loopback addresses only, not {host}; use --cert and --key",
            )
        return None
    if arguments.cert is None or arguments.key is None:
        raise StartError(
            "thiếu --cert và --key (hoặc --plain trên 127.0.0.1)",
            "--cert and --key are missing (or --plain on 127.0.0.1)",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(arguments.cert, arguments.key)
    except (OSError, ssl.SSLError) as error:
        raise StartError(
            f"chứng thư TLS không dùng được: {error}", f"the certificate cannot be used: {error}"
        ) from None
    return context


async def renew(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """A server that runs for years hands a renewed certificate to new connections without a restart."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError):
            logging.getLogger("truongnet.measure").exception("the renewed certificate cannot be used")


@contextlib.contextmanager
def watched(server: Server, port: int | None) -> Iterator[None]:
    """Metrics meanwhile, when a port was given for them. Raises StartError."""
    if port is None:
        yield
        return
    from controller.measure import metrics

    try:
        stop = metrics.serve(port, lambda: server.running, lambda: dict(server.counts))
    except (OSError, OverflowError) as error:
        raise StartError(
            f"--metrics-port {port}: không mở được: {error}", f"--metrics-port {port}: cannot listen: {error}"
        ) from None
    try:
        yield
    finally:
        stop()


async def serve(arguments: argparse.Namespace) -> None:
    host, port = address(arguments.listen)
    context, key = tls(arguments, host), public_key(arguments.public_key)
    control, bulk = listener(host, port), listener(host, arguments.bulk_port)
    try:
        spent = Spent(arguments.state / "spent.sqlite")
    except (OSError, sqlite3.Error) as error:
        raise StartError(
            f"--state {arguments.state}: không ghi được: {error}",
            f"--state {arguments.state}: cannot be written: {error}",
        ) from None
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    renewing = asyncio.create_task(renew(context, arguments.cert, arguments.key)) if context else None
    print(f"ready {host} {control.getsockname()[1]}", flush=True)
    try:
        server = Server(key, spent, Limits(tests=arguments.tests))
        with watched(server, arguments.metrics_port):
            await server.serve(control, bulk, context, stop)
    finally:
        if renewing:
            renewing.cancel()
        spent.close()


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        asyncio.run(serve(arguments))
    except StartError as error:
        print(error, file=sys.stderr)
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
