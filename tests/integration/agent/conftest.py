"""Controllers and boxes for the agent's integration tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.box import prepare
from agent.exchange import Exchange
from agent.identity import Identity
from agent.join import ask, link_to, new_identity, parse_code, with_root
from agent.spool import Spool
from agent.standing import Standing
from agent.wire import ExchangeReply
from tests.integration.agent.ca import Authority, authority
from tests.integration.agent.fake_controller import FakeController, join_code, serving


@pytest.fixture(scope="session")
def root() -> Authority:
    return authority()


@pytest.fixture
def controller(root: Authority, tmp_path: Path) -> Iterator[FakeController]:
    """Over TLS, by a certificate of ``root``."""
    certificate = root.server_file(tmp_path / "server.pem", "127.0.0.1")
    with serving(FakeController(ca_pem=root.pem, epoch_proof=root.epoch_proof(1)), certificate) as running:
        yield running


@pytest.fixture
def plain() -> Iterator[FakeController]:
    """Over plain HTTP on loopback."""
    with serving(FakeController()) as running:
        yield running


@dataclass
class Joined:
    """A box's exchange and all its parts."""

    directory: Path
    identity: Identity
    spool: Spool
    standing: Standing
    exchange: Exchange
    replies: list[ExchangeReply]

    def again(self) -> Joined:
        """The same box after a restart."""
        self.close()
        return assemble(self.directory, self.identity)

    def close(self) -> None:
        self.exchange.link.close()
        self.spool.close()
        self.standing.close()


def assemble(directory: Path, identity: Identity) -> Joined:
    spool, standing = Spool(directory, 64 * 1024**2), Standing(directory)
    replies: list[ExchangeReply] = []
    exchange = Exchange(identity, link_to(identity), spool, standing, lambda: 0, replies.append)
    return Joined(directory, identity, spool, standing, exchange, replies)


@pytest.fixture
def join(tmp_path: Path, root: Authority) -> Iterator[Callable[[FakeController], Joined]]:
    made: list[Joined] = []

    def joined(controller: FakeController) -> Joined:
        directory = tmp_path / "box"
        prepare(directory)
        hint = root.hint if controller.ca_pem else ""
        identity = with_root(new_identity(parse_code(join_code(controller, hint))))
        link = link_to(identity)
        identity, _reply = ask(identity, link)
        link.close()
        made.append(assemble(directory, identity))
        return made[-1]

    yield joined
    for box in made:
        box.close()
