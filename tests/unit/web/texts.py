"""Finds every text of the pages: in templates by their syntax tree, in Python where ``N_`` marks it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

WEB = Path(__file__).resolve().parents[3] / "controller" / "web"


def in_template(source: str) -> Iterator[tuple[str, bool]]:
    """Each text and whether it is counted (``_n``). A text that is put together fails: nobody could translate it."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in ("_", "_n"):
            continue
        first = call.args[0]
        if isinstance(first, nodes.Const):
            yield str(first.value), call.node.name == "_n"
        elif isinstance(first, nodes.TemplateData | nodes.Concat | nodes.Add):
            raise AssertionError(f"line {call.lineno}: a text that is put together cannot be translated")


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
            text = node.args[0]
            assert isinstance(text, ast.Constant), f"line {node.lineno}: N_ takes the text itself"
            yield str(text.value)


def everything() -> dict[str, set[str]]:
    """text -> the files that it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted((WEB / "templates").rglob("*.html")):
        for text, _ in in_template(path.read_text("utf-8")):
            found.setdefault(text, set()).add(path.name)
    for path in sorted(WEB.rglob("*.py")):
        for text in in_python(path.read_text("utf-8")):
            found.setdefault(text, set()).add(path.name)
    return found


def counted() -> set[str]:
    return {
        text
        for path in (WEB / "templates").rglob("*.html")
        for text, is_counted in in_template(path.read_text("utf-8"))
        if is_counted
    }
