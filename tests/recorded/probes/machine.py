"""Lays a recorded machine out on the disk, and answers as its helper and its programs did."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.frame import ProbeError, Skip
from agent.probes.host_source import Source


def lay_out(text: str, root: Path) -> None:
    """``path = value``, ``path -> link``, ``path := hexadecimal``, and ``path <<`` with the lines below indented."""
    block: Path | None = None
    for line in text.splitlines():
        if line.startswith("    "):
            assert block is not None
            with block.open("a") as file:
                file.write(line[4:] + "\n")
            continue
        name, sign, value = (line + " ").split(" ", 2)
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if sign == "->":
            path.symlink_to(value.strip())
        elif sign == ":=":
            path.write_bytes(bytes.fromhex(value))
        elif sign == "<<":
            block = path
            path.write_text("")
        else:
            path.write_text(value[:-1] + "\n")


def source(case: Path, root: Path) -> Source:
    lay_out((case / "tree.txt").read_text(), root)
    architecture = case / "architecture"

    def ask(verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
        if (case / "no-helper").exists():
            raise Skip("needs-root", verb)
        if verb == "dmi":
            if not (case / "dmi.hex").exists():
                raise Skip("no-dmi")
            return {"table": base64.b64encode(bytes.fromhex((case / "dmi.hex").read_text())).decode()}
        report = case / f"smart-{args['disk']}.json"
        if not report.exists():
            raise ProbeError("bad-argument", "disk")
        return {"json": report.read_text()}

    def run(words: list[str]) -> str:
        answer = case / ("_".join(words) + ".txt")
        if not answer.exists():
            raise Skip(f"no-{words[0]}")
        return answer.read_text()

    return Source(root, ask, run, architecture.read_text().strip() if architecture.exists() else "x86_64")
