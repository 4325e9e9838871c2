"""docs/add-a-probe.md is followed here, so that it stays true."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from types import ModuleType

from agent.frame import Target, run
from agent.probes import PROBES

DOC = (Path(__file__).parents[3] / "docs" / "add-a-probe.md").read_text()
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"^ *```python\n(.*?)^ *```$", DOC, re.MULTILINE | re.DOTALL)]


def test_the_probe_of_the_page_runs_and_its_parser_does_what_the_page_says() -> None:
    users = ModuleType("users")
    exec(compile(BLOCKS[0], "add-a-probe.md", "exec"), users.__dict__)  # noqa: S102 - our own page
    result = run("users", users.probe, Target(), 10.0)
    assert (result.outcome, [sample.name for sample in result.samples]) == ("ok", ["logged_in_users"]), result.detail
    assert users.parse("giaovien pts/0\nhieutruong tty1\ngiaovien pts/1\n\n") == {"giaovien", "hieutruong"}


def test_the_line_of_the_page_has_the_shape_of_those_that_are_there() -> None:
    line = ast.literal_eval("{" + BLOCKS[1] + "}")
    ((module, every, deadline),) = line.values()
    for known in PROBES.values():
        assert [type(part) for part in known] == [type(part) for part in (module, every, deadline)]


def test_every_file_that_the_page_names_is_there() -> None:
    root = Path(__file__).parents[3]
    named = set(re.findall(r"`((?:agent|tests)/[a-z_/.]+?)/?`", DOC))
    assert {"agent/frame.py", "agent/say_reasons.py", "agent/helper.py"} <= named
    assert [name for name in named if not (root / name).exists()] == []
