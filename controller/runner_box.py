"""This machine's own agent as ``truongnet run`` starts it: its settings, its environment, and how it joins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from controller import runner_demo
from controller.commands.common import CommandError
from controller.config import PREFIX, Settings
from controller.pki import Keys

JOIN_SECONDS = 60.0
KEPT = ("HELPER", "LANG")  # of the settings in the environment; others are the controller's, some of the same name
SETTINGS = """\
# The demonstration box of `truongnet run`: see agent/config.py for what can stand here.

[probes.lan]
# Whoever only tries TruongNet out may sit in somebody else's network: it is swept once you say so here.
enabled = false
"""


class Box:
    def __init__(self, settings: Settings, data: Path) -> None:
        self._settings, self._directory, self._file = settings, data / "agent", data / "agent.toml"

    @property
    def listen(self) -> str:
        """The address that the servers listen on."""
        return "127.0.0.1" if self._settings.host == "localhost" else self._settings.host

    def environment(self) -> dict[str, str]:
        names = {PREFIX + name for name in KEPT}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in names}
        settings = self._settings
        if ip_address(self.listen).is_unspecified and not settings.tls_cert and not settings.is_plain:
            # The public address may not lead back to this machine; its certificate holds this name, too.
            kept[PREFIX + "CONTROLLER"] = f"https://{'[::1]' if ':' in self.listen else '127.0.0.1'}:{settings.port}"
        return kept

    def options(self) -> list[str]:
        """A settings file of its own, so that the one of a real box on this machine stays out of it."""
        if not self._file.exists():
            self._file.write_text(SETTINGS, "utf-8")
        return ["--config", str(self._file), "--state-dir", str(self._directory)]

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [sys.executable, "-P", "-m", "agent", *self.options(), *words],
                env=self.environment(),
                capture_output=True,
                text=True,
                timeout=JOIN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CommandError(f"agent không trả lời / the agent does not answer: {words[0]}") from None

    def _known(self) -> tuple[str, str]:
        """Fingerprint and controller's address of the box in our data directory; empty before it has one."""
        try:
            known: Mapping[str, object] = json.loads(self._ask("status", "--json").stdout)
        except ValueError:
            return "", ""
        return str(known.get("fingerprint") or ""), str(known.get("controller") or "")

    def join(self, engine: Engine, keys: Keys) -> str:
        """Make sure that this machine's box is let in and calls the address that we serve, as far as we may.

        "joined" just now, or the state of the box. Raises CommandError.
        """
        fingerprint, address = self._known()
        now = time.time()
        with Session(engine) as session:
            state = runner_demo.state_of(session, fingerprint)
            if state in ("accepted", "pending") and address != self._settings.base_url:
                runner_demo.retire(session, fingerprint, now)  # HOST or PORT is another one now, so is whom to trust
                state = ""
            code = runner_demo.new_code(session, keys, self._settings, now) if state == "" else None
            session.commit()
        if code is not None:
            asked = self._ask("join", code.text, "--again")
            fingerprint, _ = self._known()
            if not runner_demo.accept(engine, fingerprint, time.time()):
                raise CommandError(f"máy này không tham gia được / this machine could not join: {asked.stderr.strip()}")
            return "joined"
        if state == "pending" and runner_demo.accept(engine, fingerprint, time.time()):
            return "joined"
        return state
