"""The maker of a network card by its MAC address: IEEE's registries MA-L, MA-M, MA-S and IAB, the longest prefix wins.

The data is Debian's package ieee-data (CSV files of IEEE in /usr/share/ieee-data). It is made into a compact table:
sorted prefixes beside numbers of names, about 3 MB in memory. Where the table comes from, in this order:

1. ``inventory/data/vendors.tsv.gz``, when ``python -m inventory.vendors`` wrote it (for a machine without the package);
2. the CSV files, read once when the first vendor is asked for (about 0.2 s);
3. nothing: then no vendor is known, and :func:`source` says so. A private MAC never has one.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

IEEE_DATA = Path("/usr/share/ieee-data")
FILES = ("oui.csv", "mam.csv", "oui36.csv", "iab.csv")  # MA-L, MA-M, MA-S, and IAB, which came before MA-S
TABLE = Path(__file__).with_name("data") / "vendors.tsv.gz"
LENGTHS = (9, 7, 6)  # hexadecimal digits of a prefix, the longest first
NOT_A_MAKER = frozenset({"private", "ieee registration authority", ""})
MAX_NAME = 80


@dataclass(slots=True)
class Table:
    """For each length of prefix: sorted prefixes, and the number of each one's name."""

    source: str
    prefixes: dict[int, array[int]] = field(default_factory=dict)
    numbers: dict[int, array[int]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def vendor(self, mac: str) -> str:
        digits = "".join(letter for letter in mac if letter not in ":-.").lower()
        for length in LENGTHS:
            try:
                wanted = int(digits[:length], 16)
            except ValueError:
                return ""
            prefixes = self.prefixes.get(length)
            place = bisect_left(prefixes, wanted) if prefixes and len(digits) >= length else 0
            if prefixes and place < len(prefixes) and prefixes[place] == wanted and len(digits) >= length:
                return self.names[self.numbers[length][place]]
        return ""

    def __len__(self) -> int:
        return sum(len(each) for each in self.prefixes.values())


def build(pairs: Iterable[tuple[str, str]], source: str) -> Table:
    """From pairs of a prefix (hexadecimal digits) and a name. An owner that IEEE keeps secret is no maker; a block
    that was given away in smaller parts belongs to nobody as a whole."""
    table, by_name = Table(source), {}
    found: dict[int, dict[int, int]] = {length: {} for length in LENGTHS}
    for prefix, text in pairs:
        name = " ".join(text.split())[:MAX_NAME]
        if len(prefix) not in found:
            continue
        if name.lower() in NOT_A_MAKER:
            name = ""
        if name not in by_name:
            by_name[name] = len(table.names)
            table.names.append(name)
        found[len(prefix)].setdefault(int(prefix, 16), by_name[name])
    for length, entries in found.items():
        ordered = sorted(entries.items())
        table.prefixes[length] = array("Q", (prefix for prefix, _ in ordered))
        table.numbers[length] = array("I", (number for _, number in ordered))
    return table


def read_csv(directory: Path = IEEE_DATA) -> Iterator[tuple[str, str]]:
    """Of the files that are there. Raises FileNotFoundError when none is."""
    files = [directory / name for name in FILES if (directory / name).exists()]
    if not files:
        raise FileNotFoundError(f"{directory}: no CSV files of IEEE; install the Debian package ieee-data")
    for path in files:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                yield (row.get("Assignment") or "").strip(), row.get("Organization Name") or ""


def read_table(path: Path = TABLE) -> Iterator[tuple[str, str]]:
    """What :func:`write_table` wrote. Raises FileNotFoundError."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            name, *prefixes = line.rstrip("\n").split("\t")
            for prefix in prefixes:
                yield prefix, name


def write_table(pairs: Iterable[tuple[str, str]], path: Path = TABLE) -> int:
    """One line a maker: its name and its prefixes. How many bytes it takes. Raises OSError."""
    by_name: dict[str, list[str]] = {}
    for prefix, name in pairs:
        by_name.setdefault(" ".join(name.split())[:MAX_NAME], []).append(prefix.upper())
    text = "".join("\t".join([name, *sorted(prefixes)]) + "\n" for name, prefixes in sorted(by_name.items()))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(text.encode())
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed.getvalue())
    return len(packed.getvalue())


@cache
def table() -> Table:
    """The best table there is here; an empty one when there is none."""
    for name, read in ((str(TABLE), read_table), (str(IEEE_DATA), read_csv)):
        try:
            return build(read(), name)
        except OSError:
            continue
    return Table("")


def source() -> str:
    """Where the vendors come from; empty when none is known here."""
    return table().source


def vendor(mac: str) -> str:
    """The maker of the card with this MAC; empty when IEEE does not say. Ask ``controller.macs.is_private`` first: a
    private MAC names nobody, whatever its first digits are."""
    return table().vendor(mac)


if __name__ == "__main__":
    try:
        print(f"{TABLE}: {write_table(read_csv())} bytes, from {IEEE_DATA}")
    except OSError as error:
        sys.exit(str(error))
