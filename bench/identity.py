"""Is each computer one record? 10,000 made-up school computers over a year, ours beside three simpler ways.

What is counted, with the truth that only the made-up world knows:

* *wrong merges*: records that hold sightings of two real machines (by full inventories and forms). Must be 0.
* *duplicates*: records too many for a real machine that nobody was asked about, as a part of all machines. At most
  0.5 %. Records that stand in the merge queue beside their own machine are told apart: a human joins them with one
  press.
* *queue*: questions to humans in the whole year, and how many of them were about one machine indeed.
* *wrong sightings on the wire*: an address that was seen on a school's network and laid to another machine, as an
  adapter that is passed round does. It changes nothing but "last seen".

The simpler ways get the same sightings and our list of junk, since without one they are far worse (``plain_serial``).

``python -m bench.identity [--quick] [--seed 1] [--pcs 10000] [--rounds 12]``
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.identity_world import Seen, World
from bench.peers.identity_rules import Rules, by_glpi, by_serial, by_uuid
from inventory.identity.memory import MemoryBook
from inventory.identity.sighting import Sighting, sight

TARGETS = {"wrong_merges": 0, "duplicates": 0.005}
SCHOOL = 50  # computers of a school
COUNTRY = 41_000  # schools


@dataclass(slots=True)
class Count:
    """Which record each sighting went to."""

    records: dict[int, set[int]] = field(default_factory=dict)  # record -> real machines
    of: dict[int, set[int]] = field(default_factory=dict)  # real machine -> records
    nowhere: int = 0

    def note(self, record: int, seen: Seen) -> None:
        if not record:
            self.nowhere += 1
        elif seen.source != "lan":
            self.records.setdefault(record, set()).add(seen.truth)
            self.of.setdefault(seen.truth, set()).add(record)

    def figures(self, machines: int, asked: Iterable[tuple[int, int]] = ()) -> dict[str, Any]:
        linked: dict[int, set[int]] = {}
        for one, other in asked:
            linked.setdefault(one, set()).add(other)
            linked.setdefault(other, set()).add(one)
        silent = sum(_parts(records, linked) - 1 for records in self.of.values())
        extra = sum(len(records) - 1 for records in self.of.values())
        wrong = [those for those in self.records.values() if len(those) > 1]
        return {
            "wrong_merges": len(wrong),
            "machines_merged_wrongly": sum(len(those) for those in wrong),
            "duplicates": round(silent / machines, 5),
            "duplicates_in_queue": round((extra - silent) / machines, 5),
            "never_recorded": machines - len(self.of),
        }


def _parts(records: set[int], linked: dict[int, set[int]]) -> int:
    """Groups of records that no question joins."""
    left, parts = set(records), 0
    while left:
        parts += 1
        edge = {left.pop()}
        while edge:
            edge = {other for one in edge for other in linked.get(one, ()) if other in left}
            left -= edge
    return parts


def read(seen: Seen) -> Sighting:
    """As the controller reads each source."""
    return sight(seen.source, seen.school, seen.at, seen.told, is_full=seen.source == "glpi")


def ours(told: list[Seen], machines: int) -> dict[str, Any]:
    book, count, times, wire = MemoryBook(), Count(), [], Counter[str]()
    begun = time.perf_counter()
    for seen in told:
        start = time.perf_counter()
        taken = book.take(read(seen))
        times.append(time.perf_counter() - start)
        count.note(taken.machine, seen)
        if seen.source == "lan":
            wire[
                "nowhere"
                if not taken.machine
                else "right"
                if seen.truth in count.records.get(taken.machine, {seen.truth})
                else "wrong"
            ] += 1
    seconds = time.perf_counter() - begun
    same = sum(bool(count.records.get(one, set()) & count.records.get(other, set())) for one, other in book.pairs)
    figures = count.figures(machines, book.pairs)
    return figures | {
        "queue": len(book.pairs),
        "queue_a_year_per_100_machines": round(100 * len(book.pairs) / machines, 2),
        "queue_one_machine_indeed": round(same / len(book.pairs), 3) if book.pairs else None,
        "wire": dict(wire),
        "seconds": round(seconds, 2),
        "median_us": round(1e6 * median(times), 1),
        "p99_us": round(1e6 * sorted(times)[int(len(times) * 0.99)], 1),
        "one_school_ms": round(1e3 * SCHOOL * seconds / len(told), 2),
        "country_seconds": round(COUNTRY * SCHOOL * seconds / len(told), 0),
    }


def theirs(told: list[Seen], machines: int, rules: Rules, read_values: Callable[[Seen], Any]) -> dict[str, Any]:
    count = Count()
    begun = time.perf_counter()
    for seen in told:
        count.note(rules.take(read_values(seen)), seen)
    return count.figures(machines) | {"seconds": round(time.perf_counter() - begun, 2), "not_matched": count.nowhere}


def plain(seen: Seen) -> dict[str, frozenset[str]]:
    """Values as they were told, junk and all."""
    return {kind: frozenset(value for value in values if value) for kind, values in seen.told.items()}


def bench(seed: int, pcs: int, rounds: int) -> dict[str, Any]:
    world = World(seed=seed, schools=max(2, pcs // SCHOOL), each=SCHOOL, rounds=rounds)
    told = list(world.sightings())
    machines = len({seen.truth for seen in told if seen.source != "lan"})
    sources = Counter(seen.source for seen in told)
    print(f"seed {seed}: {machines} machines, {len(told)} sightings {dict(sources)}", flush=True)
    print(f"  what happened: {dict(sorted(world.counts.items()))}", flush=True)
    found = {"ours": ours(told, machines)}
    for name, keys in (("serial", by_serial), ("uuid", by_uuid), ("glpi_rules", by_glpi)):
        found[name] = theirs(told, machines, Rules(keys), lambda seen: read(seen).values)
    found["plain_serial"] = theirs(told, machines, Rules(by_serial), plain)
    for name, one in found.items():
        print(f"  {name:<13} {json.dumps(one)}", flush=True)
    return {"machines": machines, "sightings": len(told), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="500 computers, 4 months")
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--pcs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=12, help="months")
    arguments = parser.parse_args()
    pcs, rounds, seeds = arguments.pcs, arguments.rounds, arguments.seed
    if arguments.quick:
        pcs, rounds, seeds = 500, 4, seeds[:1]
    figures = {f"seed {seed}": bench(seed, pcs, rounds) for seed in seeds}
    met = all(run["ours"][name] <= limit for run in figures.values() for name, limit in TARGETS.items())
    print(json.dumps({"bench": "identity", "figures": figures, "targets": TARGETS, "met": met}))


if __name__ == "__main__":
    main()
