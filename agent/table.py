"""A probe's result as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.say import Speaker
from agent.wire import Result, Sample

WIDTH = 120


def value_text(sample: Sample) -> str:
    """With its unit, which the name ends in."""
    value, name = sample.value, sample.name
    if name.endswith("_seconds"):
        return f"{value * 1000:.2f} ms" if abs(value) < 1 else f"{value:.1f} s"
    if name.endswith(("_bits_per_second", "_bps")):
        return f"{value / 1e6:.2f} Mbit/s"
    if name.endswith("_ratio"):
        return f"{value:.1%}"
    if name.endswith("_bytes"):
        for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if abs(value) >= size:
                return f"{value / size:.1f} {unit}"
        return f"{value:.0f} B"
    return f"{value:g}"


def _rows(samples: list[Sample]) -> Iterator[tuple[str, str, str]]:
    """Name, labels, value; of several samples with the same labels the middle one, and how many there are."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        labels = " ".join(f"{name}={text}" for name, text in sample.labels.items())
        groups.setdefault((sample.name, labels), []).append(sample)
    for (name, labels), group in groups.items():
        middle = sorted(group, key=lambda sample: sample.value)[len(group) // 2]
        yield name, labels, value_text(middle) + (f"  ({len(group)}×)" if len(group) > 1 else "")


def result_lines(result: Result, say: Speaker) -> list[str]:
    lines = [
        say(
            "once.took",
            probe=result.probe,
            outcome=say(f"outcome.{result.outcome}"),
            seconds=result.duration,
        )
    ]
    if result.reason:
        lines.append(f"  {say.reason(result.reason, result.detail)}")
        if todo := say.todo(result.reason):
            lines.append(f"  → {todo}")
    rows = list(_rows(result.samples))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines += [f"  {name:{widths[0]}}  {labels:{widths[1]}}  {value:>14}" for name, labels, value in rows]
    facts = dict(result.facts)
    missing = facts.pop("missing", None)
    lines += _facts(facts, "  ")
    return lines + (_missing(missing, say) if isinstance(missing, dict) and missing else [])


def _missing(missing: dict[str, Any], say: Speaker) -> list[str]:
    """What an inventory could not read, and why, in words."""
    named = [(name, why) for name, why in missing.items() if isinstance(why, dict)]
    width = max((len(name) for name, _ in named), default=0)
    lines = [f"  {say('once.missing')}"]
    for name, why in named:
        code = str(why.get("reason", ""))
        lines.append(f"    {name:{width}}  {say.reason(code, str(why.get('detail', '')))}")
    todo = dict.fromkeys(text for _, why in named if (text := say.todo(str(why.get("reason", "")))))
    return lines + [f"  → {text}" for text in todo]


def _facts(facts: Any, indent: str) -> list[str]:
    """Nested facts as an indented list; what is long is cut, since --json has it all."""
    lines = []
    for name, value in facts.items() if isinstance(facts, dict) else enumerate(facts, 1):
        head = f"{indent}-" if isinstance(facts, list) else f"{indent}{name}:"
        if isinstance(value, dict) and not _is_nested(value) and (isinstance(facts, list) or _fits(head, value)):
            lines.append(f"{head} {_in_line(value)}"[:WIDTH])  # a row of a table
        elif isinstance(value, list) and value and all(isinstance(each, list) for each in value):
            lines.append(f"{head} {len(value)}×")  # a curve
        elif isinstance(value, dict | list) and value and len(indent) < 10:
            lines += [head, *_facts(value, indent + "  ")]
        else:
            lines.append(f"{head} {value if value not in ([], {}) else '-'}"[:WIDTH])
    return lines


def _fits(head: str, value: dict[str, Any]) -> bool:
    return bool(value) and len(f"{head} {_in_line(value)}") <= WIDTH


def _is_nested(value: dict[str, Any]) -> bool:
    return any(isinstance(each, dict | list) for each in value.values())


def _in_line(value: dict[str, Any]) -> str:
    return "  ".join(f"{name}={each}" for name, each in value.items() if each not in ("", None))
