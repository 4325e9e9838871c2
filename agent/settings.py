"""What a probe is told: the box's own file, overlaid by what the controller says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from agent.config import Config, ConfigError, check_probes, check_targets
from agent.decode import BadMessage, decode
from agent.frame import Target
from agent.probes import PROBES
from agent.slots import replace_file
from agent.wire import MeasureToken, Settings

T = TypeVar("T")
NOTHING = Settings(revision=0)


class ProbeSettings:
    """Both layers together. Safe to use from several threads."""

    def __init__(self, directory: Path, config: Config, controller: str) -> None:
        """``controller``: the address that probes measure towards."""
        self._file, self._config, self._controller = directory / "settings.json", config, controller
        self._lock = threading.Lock()
        self._told = NOTHING
        self._told = self._kept()
        self.problem = ""  # what was wrong with what the controller said last

    @property
    def revision(self) -> int:
        return self._told.revision

    @property
    def labels(self) -> Mapping[str, str]:
        return self._told.labels

    def take(self, told: Settings) -> None:
        """Use what the controller says from now on, and after a restart. A section that makes no sense is left out, so
        that one mistake at the province does not stop a province's boxes from measuring."""
        self.problem = ""
        known = {name: value for name, value in told.probes.items() if name in PROBES}  # a newer controller knows more
        sound = Settings(
            revision=told.revision,
            probes=self._sound(lambda: check_probes("probes", known), {}),
            targets=self._sound(lambda: list(check_targets("targets", told.targets)), []),
            labels=told.labels,
        )
        with self._lock:
            self._told = sound
            try:
                replace_file(self._file, json.dumps(asdict(sound), ensure_ascii=False).encode())
            except OSError as error:
                self.problem = str(error)

    def _sound(self, check: Callable[[], T], otherwise: T) -> T:
        try:
            return check()
        except ConfigError as error:
            self.problem = str(error)
            return otherwise

    def _kept(self) -> Settings:
        try:
            return decode(Settings, json.loads(self._file.read_bytes()))
        except (OSError, ValueError, BadMessage):
            return NOTHING  # the controller sends them again: our revision says 0

    def of(self, probe: str) -> dict[str, Any]:
        return {**self._config.probes.get(probe, {}), **self._told.probes.get(probe, {})}

    def every(self, probe: str) -> float:
        """Seconds between two runs; 0: switched off."""
        settings = self.of(probe)
        return float(settings.get("every", PROBES[probe][1])) if settings.get("enabled", True) else 0.0

    def target(self, probe: str, measure: MeasureToken | None = None, roots: Sequence[str] = ()) -> Target:
        """``roots``: what the probe may trust when it measures over TLS."""
        return Target(
            settings=self.of(probe) | ({"roots": list(roots)} if roots else {}),
            controller=self._controller,
            targets=tuple(self._told.targets or self._config.targets),
            measure=asdict(measure) if measure else None,
        )
