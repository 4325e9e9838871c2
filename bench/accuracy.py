"""How far from the truth: our measurement, speedtest-cli and iperf3 on the same shaped links.

``python -m bench.accuracy [--parts rates,light,busy] [--runs 5] [--peer-runs 1] [--links 1,20,100/40,100/40/1]``; needs
root. ``light`` (bench/accuracy_light.py) asks whether light measurements notice a halved line, ``busy``
(bench/accuracy_busy.py) whether half of the line in use is named, by whomever it is used; ``rates`` is what follows. A
link is a rate in Mbit/s, optionally with a round-trip time in ms and a loss in per cent, the same both ways. The truth
is the shaped rate times the share of TCP payload in a full frame (tests/lab/links.py). Bytes are counted at the
client's interface, headers and both ways, for every tool alike.

A run that our probe itself calls invalid (on a machine that others load, too: "cpu-bound") is shown, set aside, and
repeated, at most SPARE times; when that does not bring enough valid ones, those set aside count, too,
oldest first, and are told as doubtful. A run that fails never counts as anything else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench import accuracy_busy, accuracy_light
from bench.peers import iperf3, speedtest_cli
from bench.peers.ours import measure_server
from bench.peers.outcome import Outcome
from tests.lab.links import ShapedPair

LINKS = "1,5,20,100,500,1000,1/40,5/40,20/40,100/40,1/40/1,5/40/1,20/40/1,100/40/1"
TARGETS = {
    "median_percent": 1.0,  # from 5 Mbit/s on
    "worst_percent": 2.0,
    "worst_percent_at_1000": 3.0,
    "up_worst_percent_at_1": 2.0,
    "mb_at_100": 75.0,  # without loss
}
SPARE = 2
OURS = "TruongNet"
ROW = "{:>10}  {:14} {:>4}  {:>8} {:>8}  {:>8} {:>8}  {:>8} {:>7} {:>7}"
HEAD = ROW.format("link", "tool", "runs", "down med", "worst", "up med", "worst", "MB", "CPU s", "RSS MB")

Measure = Callable[[], Outcome]


@dataclass(frozen=True, slots=True)
class Link:
    mbps: float
    rtt_ms: float = 0.0
    loss_percent: float = 0.0

    def __str__(self) -> str:
        parts = [self.mbps, self.rtt_ms, self.loss_percent]
        while not parts[-1]:
            parts.pop()
        return "/".join(f"{part:g}" for part in parts)


@dataclass(slots=True)
class Series:
    """The runs of one tool on one link."""

    link: Link
    tool: str
    doubtful: int = 0  # of the runs
    errors: dict[str, list[float]] = field(default_factory=lambda: {"down": [], "up": []})  # per cent
    megabytes: list[float] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)  # MB
    cpu: list[float] = field(default_factory=list)  # seconds
    set_aside: list[tuple[Outcome, float]] = field(default_factory=list)  # with their megabytes
    failed: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome, megabytes: float) -> None:
        down, up = self._errors(outcome)
        self.errors["down"].append(down)
        self.errors["up"].append(up)
        self.megabytes.append(megabytes)
        self.rss.append(outcome.rss / 1e6)
        self.cpu.append(outcome.cpu)

    def _errors(self, outcome: Outcome) -> tuple[float, float]:
        truth = ShapedPair.truth(self.link.mbps)
        return 100 * (outcome.down / truth - 1), 100 * (outcome.up / truth - 1)

    @property
    def tries(self) -> int:
        return self.runs + len(self.set_aside) + len(self.failed)

    def notes(self) -> Iterator[str]:
        for outcome, _ in self.set_aside:
            down, up = self._errors(outcome)
            yield f"set aside: {' '.join(outcome.doubts)}: {down:+.2f} % down, {up:+.2f} % up"
        yield from (f"failed: {words}" for words in self.failed)

    @property
    def runs(self) -> int:
        return len(self.megabytes)

    def middle(self, way: str) -> float:
        return median(self.errors[way])

    def worst(self, way: str) -> float:
        return max(self.errors[way], key=abs)

    def row(self) -> str:
        if not self.runs:
            return ROW.format(str(self.link), self.tool, 0, *["-"] * 7)
        errors = [f"{of(way):+.2f}" for way in ("down", "up") for of in (self.middle, self.worst)]
        rss = f"{max(self.rss):.0f}" if any(self.rss) else "-"
        cost = [f"{median(self.megabytes):.1f}", f"{median(self.cpu):.2f}", rss]
        return ROW.format(str(self.link), self.tool, self.runs, *errors, *cost)

    def figures(self) -> dict[str, Any]:
        found: dict[str, Any] = {"runs": self.runs, "doubtful": self.doubtful, "failed": len(self.failed)}
        if self.runs:
            found["mb"] = round(median(self.megabytes), 1)
            for way in ("down", "up"):
                found[f"{way}_median_percent"] = round(self.middle(way), 3)
                found[f"{way}_worst_percent"] = round(self.worst(way), 3)
        return found

    def misses(self) -> list[str]:
        """The targets that this series does not reach."""
        missed = [f"{len(self.failed)} failed"] if self.failed else []
        if not self.runs:
            return [*missed, "no run"]
        if self.link.mbps < 5:
            bounds = [("up", "worst", self.worst("up"), TARGETS["up_worst_percent_at_1"])]
        else:
            worst = TARGETS["worst_percent_at_1000" if self.link.mbps >= 1000 else "worst_percent"]
            bounds = [(way, "worst", self.worst(way), worst) for way in ("down", "up")]
            bounds += [(way, "median", self.middle(way), TARGETS["median_percent"]) for way in ("down", "up")]
        missed += [f"{way} {name} {found:+.2f} %" for way, name, found, most in bounds if abs(found) > most]
        if self.link.mbps == 100 and not self.link.loss_percent and median(self.megabytes) > TARGETS["mb_at_100"]:
            missed.append(f"{median(self.megabytes):.1f} MB")
        return missed


def links(text: str) -> list[Link]:
    return [Link(*(float(part) for part in each.split("/"))) for each in text.split(",")]


def measured(link: Link, runs: int, peer_runs: int) -> Iterator[Series]:
    """Each tool's series on this link, one tool after the other, never two at once."""
    shaped = ShapedPair(link.mbps, link.mbps, link.rtt_ms, link.loss_percent / 100)
    with shaped as pair, ExitStack() as servers:
        server = servers.enter_context(measure_server(pair.server))
        yield _series(link, OURS, pair, lambda: server.measure(pair.client), runs)
        if peer_runs:
            address = servers.enter_context(speedtest_cli.legacy_server(pair.server))
            measure: Measure = lambda: speedtest_cli.measure(pair.client, address)  # noqa: E731
            yield _series(link, "speedtest-cli", pair, measure, peer_runs)
            other = servers.enter_context(iperf3.iperf3_server(pair.server))
            yield _series(link, "iperf3", pair, lambda: iperf3.measure(pair.client, other), peer_runs)


def _series(link: Link, tool: str, pair: ShapedPair, measure: Measure, runs: int) -> Series:
    series = Series(link, tool)
    while series.runs < runs and series.tries < runs + SPARE:
        before = pair.carried()
        try:
            outcome = measure()
        except RuntimeError as error:
            series.failed.append(f"{str(error).strip().splitlines()[-1]:.200}")
            continue
        megabytes = (pair.carried() - before) / 1e6
        if outcome.doubts:
            series.set_aside.append((outcome, megabytes))
        else:
            series.add(outcome, megabytes)
    series.doubtful = max(0, min(runs - series.runs, len(series.set_aside)))
    for outcome, megabytes in series.set_aside[: series.doubtful]:
        series.add(outcome, megabytes)
    return series


def rates(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Figures, and the targets that are missed."""
    print(f"errors in per cent of the truth; link: Mbit/s, /RTT in ms, /loss in per cent\n{HEAD}", flush=True)
    figures: dict[str, dict[str, Any]] = {}
    missed: list[str] = []
    for link in arguments.links:
        for series in measured(link, arguments.runs, arguments.peer_runs):
            print(series.row(), flush=True)
            for words in series.notes():
                print(f"{'':12}{words}", flush=True)
            figures.setdefault(str(link), {})[series.tool] = series.figures()
            if series.tool == OURS:
                missed += [f"{link}: {words}" for words in series.misses()]
    return figures, missed


def light(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    print(f"light measurements on a whole and on a halved line\n{accuracy_light.HEAD}", flush=True)
    seen = []
    for link in arguments.light_links:
        seen.append(
            accuracy_light.measured(str(link), (link.mbps, link.rtt_ms, link.loss_percent), arguments.light_trials)
        )
        print(seen[-1].row(), flush=True)
        for words in seen[-1].failed:
            print(f"{'':12}failed: {words:.200}", flush=True)
    return {each.link: each.figures() for each in seen}, accuracy_light.misses(seen)


def busy(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    figures: dict[str, Any] = {}
    missed: list[str] = []
    for scene in arguments.busy_scenes.split(","):
        seen = accuracy_busy.measured(scene, arguments.busy_trials)
        print(f"{scene}: half of the line in use: named in {seen.named} of {seen.trials} runs", flush=True)
        print(f"{scene}: quiet line: called busy in {seen.wrong} of {seen.quiet} runs", flush=True)
        figures[scene] = seen.figures()
        missed += accuracy_busy.misses(scene, seen)
    return figures, missed


PARTS = {"rates": rates, "light": light, "busy": busy}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="of " + ", ".join(PARTS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer-runs", type=int, default=1, help="0: ours alone")
    parser.add_argument("--links", type=links, default=links(LINKS))
    parser.add_argument("--light-links", type=links, default=links(accuracy_light.LINKS))
    parser.add_argument("--light-trials", type=int, default=20, help="on the whole and on the halved line, each")
    parser.add_argument("--busy-trials", type=int, default=5, help="on each link and each way")
    parser.add_argument("--busy-scenes", default=",".join(accuracy_busy.SCENES))
    arguments = parser.parse_args(argv)
    if os.geteuid() != 0:
        print("bench.accuracy needs root: it makes network namespaces")
        return 1
    found = {name: PARTS[name](arguments) for name in arguments.parts.split(",")}
    missed = [words for _, some in found.values() for words in some]
    for words in missed:
        print(f"not reached: {words}")
    figures = {name: some for name, (some, _) in found.items()}
    targets = TARGETS | accuracy_light.TARGETS | accuracy_busy.TARGETS
    print(json.dumps({"bench": "accuracy", "figures": figures, "targets": targets, "met": not missed}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
